//! Sounds to send: WAV files made here, and speech from the server's own voice.

use std::f32::consts::TAU;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Server;

const RATE: u32 = 16_000;

/// A 16-bit mono WAV file of the samples at 16 kHz.
pub fn wav(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(samples.len() * 2 + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&length.saturating_add(36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 2).to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// A WAV file of silence.
pub fn silence(seconds: usize) -> Vec<u8> {
    wav(&vec![0; seconds * RATE as usize])
}

/// A WAV file of a 440 Hz tone.
pub fn tone(seconds: usize) -> Vec<u8> {
    let sample = |index: usize| (TAU * 440.0 * index as f32 / RATE as f32).sin();
    let samples = (0..seconds * RATE as usize).map(|index| (sample(index) * 8_000.0) as i16);
    wav(&samples.collect::<Vec<_>>())
}

/// A WAV file of the server's voice saying the text.
///
/// # Errors
/// When the server cannot speak.
pub fn spoken(server: &Server, text: &str) -> Result<Vec<u8>> {
    let request = json!({
        "model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav",
    });
    let reply = server.post("/v1/audio/speech", &request)?.expect(200)?;
    ensure!(reply.body.starts_with(b"RIFF"), "no WAV file");
    Ok(reply.body)
}
