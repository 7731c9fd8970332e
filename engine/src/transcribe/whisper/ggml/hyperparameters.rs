//! The dimensions of the network, as the file's header gives them.

use super::reader::Reader;
use super::{Error, Result};

/// Stored numbers are `1000 * version of the quantisation + type`.
const VERSION_FACTOR: usize = 1000;

/// The dimensions of a Whisper; all but `file_type` are at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hyperparameters {
    /// Tokens, special ones included; at most 1,048,576.
    pub vocabulary: usize,
    /// Positions of the encoder, 1500 in all published models: 30 s at 50 per second.
    pub audio_context: usize,
    /// Width of the encoder; a multiple of `audio_heads`, at most 65,536.
    pub audio_state: usize,
    /// Attention heads of each layer of the encoder.
    pub audio_heads: usize,
    /// Layers of the encoder, at most 1024.
    pub audio_layers: usize,
    /// Positions of the decoder, 448 in all published models.
    pub text_context: usize,
    /// Width of the decoder, equal to `audio_state`.
    pub text_state: usize,
    /// Attention heads of each layer of the decoder.
    pub text_heads: usize,
    /// Layers of the decoder, at most 1024.
    pub text_layers: usize,
    /// Bands of the spectrogram: 80, or 128 since large-v3; at most 256.
    pub mel_bands: usize,
    /// GGML's number of the format of most matrices, without the version: 0 is f32, 1 f16,
    /// 2 `Q4_0`, 3 `Q4_1`, 7 `Q8_0`, 8 `Q5_0`, 9 `Q5_1`. It only informs: each tensor tells its
    /// own format, by other numbers.
    pub file_type: usize,
}

impl Hyperparameters {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut next = |name, least, most| bounded(reader.integer()?, name, least, most);
        let hyperparameters = Self {
            vocabulary: next("vocabulary", 1, 1 << 20)?,
            audio_context: next("audio_context", 1, 1 << 16)?,
            audio_state: next("audio_state", 1, 1 << 16)?,
            audio_heads: next("audio_heads", 1, 1 << 16)?,
            audio_layers: next("audio_layers", 1, 1 << 10)?,
            text_context: next("text_context", 1, 1 << 16)?,
            text_state: next("text_state", 1, 1 << 16)?,
            text_heads: next("text_heads", 1, 1 << 16)?,
            text_layers: next("text_layers", 1, 1 << 10)?,
            mel_bands: next("mel_bands", 1, 1 << 8)?,
            file_type: next("file_type", 0, i32::MAX as usize)? % VERSION_FACTOR,
        };
        hyperparameters.check()
    }

    /// The decoder attends to the encoder without a projection between their widths, and each
    /// head takes an equal share of the width.
    fn check(self) -> Result<Self> {
        let refuse = |name, value: usize, allowed: String| {
            let value = i32::try_from(value).unwrap_or(i32::MAX);
            Err(Error::Hyperparameter {
                name,
                value,
                allowed,
            })
        };
        let state = self.audio_state;
        if self.text_state != state {
            return refuse("text_state", self.text_state, format!("{state}"));
        }
        if !state.is_multiple_of(self.audio_heads) {
            return refuse(
                "audio_heads",
                self.audio_heads,
                format!("a divisor of {state}"),
            );
        }
        if !state.is_multiple_of(self.text_heads) {
            return refuse(
                "text_heads",
                self.text_heads,
                format!("a divisor of {state}"),
            );
        }
        Ok(self)
    }
}

fn bounded(value: i32, name: &'static str, least: usize, most: usize) -> Result<usize> {
    usize::try_from(value)
        .ok()
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| Error::Hyperparameter {
            name,
            value,
            allowed: format!("from {least} to {most}"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: [i32; 11]) -> Result<Hyperparameters> {
        let bytes: Vec<u8> = values.into_iter().flat_map(i32::to_le_bytes).collect();
        Hyperparameters::read(&mut Reader::new(&bytes))
    }

    fn refused(values: [i32; 11]) -> &'static str {
        match read(values) {
            Err(Error::Hyperparameter { name, .. }) => name,
            _ => "none",
        }
    }

    #[test]
    fn fields_come_in_the_order_of_the_header() {
        let tiny = [51864, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 2007];
        let read = read(tiny).unwrap();
        assert_eq!((read.vocabulary, read.text_context), (51864, 448));
        assert_eq!((read.mel_bands, read.file_type), (80, 7));
    }

    #[test]
    fn what_does_not_fit_together_is_refused_by_name() {
        let wide = [51864, 1500, 384, 6, 4, 448, 512, 6, 4, 80, 1];
        assert_eq!(refused(wide), "text_state");
        let heads = [51864, 1500, 384, 6, 4, 448, 384, 7, 4, 80, 1];
        assert_eq!(refused(heads), "text_heads");
        let negative = [51864, 1500, 384, 6, -4, 448, 384, 6, 4, 80, 1];
        assert_eq!(refused(negative), "audio_layers");
    }
}
