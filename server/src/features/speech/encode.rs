//! Audio of the engine as bytes of the reply.

use bytes::Bytes;
use locutor::{
    Result,
    audio::{Audio, pcm, wav},
};

use super::request::AudioFormat;

/// Rate of raw samples in OpenAI's interface; clients that play `pcm` rely on it.
const PCM_RATE: u32 = 24_000;

/// `Content-Type` of the reply.
pub fn content_type(format: AudioFormat) -> &'static str {
    match format {
        AudioFormat::Wav => "audio/wav",
        AudioFormat::Pcm => "audio/pcm",
    }
}

/// The whole audio as one file.
pub fn whole(audio: &Audio, format: AudioFormat) -> Result<Bytes> {
    match format {
        AudioFormat::Wav => Ok(wav::encode(audio).into()),
        AudioFormat::Pcm => piece(audio, format),
    }
}

/// What comes before the first piece of a file whose length is not known yet.
pub fn header(sample_rate: u32, format: AudioFormat) -> Bytes {
    match format {
        AudioFormat::Wav => Bytes::copy_from_slice(&wav::streaming_header(sample_rate)),
        AudioFormat::Pcm => Bytes::new(),
    }
}

/// A piece of the audio.
pub fn piece(audio: &Audio, format: AudioFormat) -> Result<Bytes> {
    let samples = match format {
        AudioFormat::Wav => pcm::to_s16le(&audio.samples),
        AudioFormat::Pcm => pcm::to_s16le(&audio.resampled(PCM_RATE)?.samples),
    };
    Ok(samples.into())
}
