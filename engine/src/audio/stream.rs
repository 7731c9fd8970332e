//! Changing the sample rate of audio while it comes.

use super::resample::Converter;
use crate::Result;

/// Converts samples from one rate to another, piece by piece; the pieces together are what
/// [`Audio::resampled`](super::Audio::resampled) makes of the whole.
pub struct Stream(Option<Converter>);

impl Stream {
    /// Converts from one rate to another, in hertz.
    ///
    /// # Errors
    /// [`crate::Error::Audio`] when either is outside [`super::RATES`].
    pub fn new(from: u32, to: u32) -> Result<Self> {
        let converter = Converter::new(from, to)?;
        Ok(Self((from != to).then_some(converter)))
    }

    /// The next piece, less what the filter still needs to see more for.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when the resampler fails.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let Some(converter) = &mut self.0 else {
            return Ok(samples.iter().copied().map(super::mono::sane).collect());
        };
        converter.push(samples)?;
        Ok(converter.take())
    }

    /// The rest, when no piece follows.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when the resampler fails.
    pub fn flush(&mut self) -> Result<Vec<f32>> {
        match &mut self.0 {
            Some(converter) => {
                converter.flush()?;
                Ok(converter.take())
            }
            None => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    #[test]
    fn pieces_are_what_the_whole_is() {
        let samples: Vec<f32> = (0..50_000_u16)
            .map(|n| 0.5 * (f32::from(n) * 0.05).sin())
            .collect();
        for (from, to) in [(44_100, 16_000), (8_000, 16_000), (16_000, 16_000)] {
            let whole = Audio {
                samples: samples.clone(),
                sample_rate: from,
            };
            let whole = whole.resampled(to).unwrap().samples;
            let mut stream = Stream::new(from, to).unwrap();
            let mut pieces = Vec::new();
            for piece in samples.chunks(777) {
                pieces.extend(stream.push(piece).unwrap());
            }
            pieces.extend(stream.flush().unwrap());
            assert_eq!(pieces, whole, "{from} to {to}");
        }
    }
}
