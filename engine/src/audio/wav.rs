//! Writing WAV files: 16-bit mono PCM, whole or as a stream whose length is not known yet.
//!
//! Layout after the RIFF specification of Microsoft and IBM (1991): a `RIFF` header, a 16-byte
//! `fmt ` chunk and the `data` chunk.

use super::{Audio, pcm};

/// Bytes before the first sample.
pub const HEADER_LENGTH: usize = 44;

/// What a streamed header states in place of a length; players read on until the end.
const UNKNOWN: u32 = u32::MAX;

/// A complete WAV file.
pub fn encode(audio: &Audio) -> Vec<u8> {
    let samples = pcm::to_s16le(&audio.samples);
    // A file beyond 4 GiB cannot state its length; players then read to its end.
    let length = u32::try_from(samples.len())
        .ok()
        .filter(|length| length.checked_add(HEADER_LENGTH as u32).is_some())
        .unwrap_or(UNKNOWN);
    let mut bytes = header(audio.sample_rate, length).to_vec();
    bytes.extend_from_slice(&samples);
    bytes
}

/// The header of a stream of unknown length; [`pcm::to_s16le`] makes what follows it.
pub fn streaming_header(sample_rate: u32) -> [u8; HEADER_LENGTH] {
    header(sample_rate, UNKNOWN)
}

fn header(sample_rate: u32, data_length: u32) -> [u8; HEADER_LENGTH] {
    let riff_length = data_length.saturating_add(HEADER_LENGTH as u32 - 8);
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &riff_length.to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &sample_rate.to_le_bytes(),
        &sample_rate.saturating_mul(2).to_le_bytes(),
        &2_u16.to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &data_length.to_le_bytes(),
    ];
    let mut header = [0; HEADER_LENGTH];
    let mut at = 0;
    for field in fields {
        header[at..at + field.len()].copy_from_slice(field);
        at += field.len();
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Limits, decode};

    fn ramp() -> Audio {
        Audio {
            samples: (0..1_000).map(|n| (n as f32 / 500.0) - 1.0).collect(),
            sample_rate: 22_050,
        }
    }

    #[test]
    fn hound_reads_what_we_write() {
        let audio = ramp();
        let mut reader = hound::WavReader::new(std::io::Cursor::new(encode(&audio))).unwrap();
        let spec = reader.spec();
        assert_eq!(
            (spec.channels, spec.sample_rate, spec.bits_per_sample),
            (1, 22_050, 16)
        );
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        let golden: Vec<i16> = audio.samples.iter().map(|s| pcm::to_i16(*s)).collect();
        assert_eq!(samples, golden);
    }

    #[test]
    fn a_streamed_file_decodes_to_the_same_samples() {
        let audio = ramp();
        let mut bytes = streaming_header(audio.sample_rate).to_vec();
        bytes.extend(pcm::to_s16le(&audio.samples));
        let streamed = decode(&bytes, Limits::default()).unwrap();
        let whole = decode(&encode(&audio), Limits::default()).unwrap();
        assert_eq!(streamed, whole);
        assert_eq!(whole.samples.len(), audio.samples.len());
    }
}
