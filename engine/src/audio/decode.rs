//! Decoding audio files of any common format to mono samples, with symphonia.
//!
//! bytes -> probe (which container?) -> packets -> decoder -> [`Mono`] -> [`Audio`]. Every failure
//! says what was met and what to do; memory is bounded by the limits, not by what a header claims.

use std::io::{Cursor, Read, Seek, SeekFrom};

use symphonia::core::{
    codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions},
    errors::Error as Symphonia,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::{MediaSource, MediaSourceStream},
    meta::MetadataOptions,
};

use super::{Audio, mono::Mono};
use crate::{Error, Result};

/// Formats named in error messages.
const FORMATS: &str = "WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF";

/// A header may promise a little more than there is: encoders pad, and MP3 lengths are estimates.
const MISSING_SECONDS: f64 = 0.5;

/// Bounds of one decoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Longest audio in seconds. Default: two hours and a minute.
    pub max_seconds: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_seconds: 2.0 * 3_600.0 + 60.0,
        }
    }
}

/// Decodes a whole file held in memory, keeping its sample rate.
///
/// WAV (integer, float, A-law, µ-law), FLAC, MP3, OGG Vorbis, M4A/AAC, AIFF and a few more; the
/// channels are averaged, and samples that are not finite are silenced.
///
/// # Errors
/// [`Error::Audio`] for empty, truncated, overlong or foreign bytes.
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Audio> {
    decode_bytes(bytes, None, limits)
}

/// Decodes like [`decode()`], converting to `rate` hertz on the way: two hours of stereo at 48 kHz
/// then take the memory of two hours of mono at `rate`.
///
/// # Errors
/// As [`decode()`].
pub fn decode_at(bytes: &[u8], rate: u32, limits: Limits) -> Result<Audio> {
    decode_bytes(bytes, Some(rate), limits)
}

/// Decodes from a file or another seekable source; `rate` of `None` keeps the file's own.
///
/// # Errors
/// As [`decode()`], also when reading fails.
pub fn decode_reader(
    mut reader: impl Read + Seek + Send + Sync,
    rate: Option<u32>,
    limits: Limits,
) -> Result<Audio> {
    let unreadable = |source: std::io::Error| Error::audio(format!("cannot be read: {source}"));
    let length = reader.seek(SeekFrom::End(0)).map_err(unreadable)?;
    reader.rewind().map_err(unreadable)?;
    refuse_empty(length)?;
    decode_source(Box::new(Seekable { reader, length }), rate, limits)
}

fn decode_bytes(bytes: &[u8], rate: Option<u32>, limits: Limits) -> Result<Audio> {
    refuse_empty(bytes.len() as u64)?;
    decode_source(Box::new(Cursor::new(bytes)), rate, limits)
}

fn refuse_empty(length: u64) -> Result<()> {
    if length == 0 {
        return Err(Error::audio(format!(
            "the file is empty; send {FORMATS} data"
        )));
    }
    Ok(())
}

fn decode_source<'s>(
    source: Box<dyn MediaSource + 's>,
    rate: Option<u32>,
    limits: Limits,
) -> Result<Audio> {
    let stream = MediaSourceStream::new(
        source,
        symphonia::core::io::MediaSourceStreamOptions::default(),
    );
    let mut format = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|source| not_recognised(&source))?;
    let track = Track::of(format.as_ref())?;
    let mut decoder = track.decoder()?;
    let mono = read_packets(format.as_mut(), decoder.as_mut(), &track, rate, limits)?;
    refuse_truncated(&mono, &track)?;
    mono.finish()
}

/// What is needed of the file's audio track.
struct Track {
    id: u32,
    parameters: AudioCodecParameters,
    /// Frames the header promises.
    promised: Option<u64>,
}

impl Track {
    fn of(format: &dyn FormatReader) -> Result<Self> {
        let track = format
            .default_track(TrackType::Audio)
            .ok_or_else(|| Error::audio("the file has no audio track; choose one that has"))?;
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .ok_or_else(|| Error::audio("the audio track has no known codec"))?
            .clone();
        let promised = track
            .num_frames
            .filter(|frames| is_a_length(*frames, &parameters));
        Ok(Self {
            id: track.id,
            promised,
            parameters,
        })
    }

    fn decoder(&self) -> Result<Box<dyn AudioDecoder>> {
        symphonia::default::get_codecs()
            .make_audio_decoder(&self.parameters, &AudioDecoderOptions::default())
            .map_err(|source| {
                Error::audio(format!(
                    "its codec cannot be decoded ({source}); convert it to {FORMATS}"
                ))
            })
    }
}

/// Streamed WAV files carry a huge number in place of a length.
fn is_a_length(frames: u64, parameters: &AudioCodecParameters) -> bool {
    const STREAMED: u64 = 0x7fff_0000;
    let channels = parameters
        .channels
        .as_ref()
        .map_or(1, symphonia::core::audio::Channels::count);
    let bytes = parameters.bits_per_sample.unwrap_or(8).div_ceil(8);
    frames.saturating_mul(channels as u64 * u64::from(bytes)) < STREAMED
}

fn read_packets(
    format: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    track: &Track,
    rate: Option<u32>,
    limits: Limits,
) -> Result<Mono> {
    let mut mono = None;
    let mut interleaved = Vec::<f32>::new();
    let mut damage = None;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // What was decoded up to here is judged by the promised length.
            Err(source) => {
                damage = Some(source.to_string());
                break;
            }
        };
        if packet.track_id != track.id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let (spec_rate, channels) =
                    (buffer.spec().rate(), buffer.spec().channels().count());
                interleaved.resize(buffer.samples_interleaved(), 0.0);
                buffer.copy_to_slice_interleaved(&mut interleaved);
                if mono.is_none() {
                    mono = Some(Mono::new(spec_rate, rate, limits)?);
                }
                if let Some(mono) = &mut mono {
                    mono.push(&interleaved, channels, spec_rate)?;
                }
            }
            // One damaged packet is a click, not the end of the file.
            Err(Symphonia::DecodeError(problem)) => damage = Some(problem.to_owned()),
            Err(source) => {
                damage = Some(source.to_string());
                break;
            }
        }
    }
    match mono {
        Some(mono) if mono.frames() > 0 => Ok(mono),
        _ => Err(nothing_decoded(damage)),
    }
}

fn nothing_decoded(damage: Option<String>) -> Error {
    match damage {
        Some(problem) => Error::audio(format!(
            "nothing could be decoded: the file is damaged or cut off ({problem}); send all of it"
        )),
        None => Error::audio("the file holds no samples; record or export it again"),
    }
}

fn refuse_truncated(mono: &Mono, track: &Track) -> Result<()> {
    let Some(promised) = track.promised else {
        return Ok(());
    };
    let rate = f64::from(mono.source_rate());
    let (found, promised) = (mono.frames() as f64 / rate, promised as f64 / rate);
    if promised - found <= MISSING_SECONDS.min(promised * 0.1) {
        return Ok(());
    }
    Err(Error::audio(format!(
        "the file is cut off: its header promises {promised:.2} s, {found:.2} s are there; send \
         all of it"
    )))
}

fn not_recognised(source: &Symphonia) -> Error {
    match source {
        Symphonia::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::audio(format!("cannot be read: {error}"))
        }
        _ => Error::audio(format!(
            "this is not an audio file that can be read, or its start is cut off ({source}); send \
             {FORMATS} data"
        )),
    }
}

/// A seekable source of known length.
struct Seekable<R> {
    reader: R,
    length: u64,
}

impl<R: Read> Read for Seekable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl<R: Seek> Seek for Seekable<R> {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.reader.seek(position)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Seekable<R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
