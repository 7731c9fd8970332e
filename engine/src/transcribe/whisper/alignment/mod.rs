//! When each token was said, from the decoder's attention to the audio.
//!
//! The method of `OpenAI`'s `timing.py`: some heads of the cross-attention follow the speech; their
//! attention is standardised, smoothed over time and averaged, and the cheapest monotone path
//! through it is found by dynamic time warping (Sakoe and Chiba, "Dynamic programming algorithm
//! optimization for spoken word recognition", 1978).

use std::ops::Range;

mod median;
mod standardise;
#[cfg(test)]
mod tests;
mod warping;

/// The weights are not as many as the dimensions say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} attention weights cannot be {heads} heads of {tokens} tokens and {frames} frames")]
pub struct DimensionsError {
    found: usize,
    heads: usize,
    tokens: usize,
    frames: usize,
}

/// Cross-attention of the alignment heads over the whole sequence of tokens.
#[derive(Debug, Clone, Copy)]
pub struct Attention<'a> {
    weights: &'a [f32],
    heads: usize,
    tokens: usize,
    frames: usize,
}

impl<'a> Attention<'a> {
    /// `weights` are attention weights (after the softmax, so not negative), laid out
    /// `[head][token][frame]`; a frame is one position of the encoder, 20 ms.
    ///
    /// Weights of frames beyond the audio must be left out. A row need not sum to one: each is
    /// scaled to do so, which equals the softmax over its frames only that the original takes.
    ///
    /// # Errors
    /// [`DimensionsError`] when `weights` has another length than the dimensions' product.
    pub fn new(
        weights: &'a [f32],
        heads: usize,
        tokens: usize,
        frames: usize,
    ) -> Result<Self, DimensionsError> {
        let product = heads
            .checked_mul(tokens)
            .and_then(|rows| rows.checked_mul(frames));
        if product == Some(weights.len()) {
            Ok(Self {
                weights,
                heads,
                tokens,
                frames,
            })
        } else {
            Err(DimensionsError {
                found: weights.len(),
                heads,
                tokens,
                frames,
            })
        }
    }

    /// The frames of each token of `rows`, which is cut to the tokens there are.
    ///
    /// All tokens take part in the standardisation, those of `rows` in the alignment. A row
    /// attends to what the *next* token says: the original aligns the rows from the one before
    /// the first text token to the last text token, so that the last range begins where the text
    /// ends.
    ///
    /// The ranges follow each other without gaps from 0 to the number of frames; some may be
    /// empty. Takes `rows` times frames bytes and floats; weights that are no numbers count as
    /// average ones.
    pub fn align(&self, rows: Range<usize>) -> Vec<Range<usize>> {
        let rows = rows.start.min(self.tokens)..rows.end.min(self.tokens);
        let count = rows.len();
        if count == 0 || self.frames == 0 {
            return vec![0..0; count];
        }
        let begins = warping::begins(&self.average(&rows), count, self.frames);
        let ends = begins.iter().copied().skip(1).chain([self.frames]);
        begins
            .iter()
            .zip(ends)
            .map(|(begin, end)| *begin..end)
            .collect()
    }

    /// The rows' standardised and smoothed attention, averaged over the heads.
    fn average(&self, rows: &Range<usize>) -> Vec<f32> {
        let mut sum = vec![0.0; rows.len() * self.frames];
        let mut head = vec![0.0; self.tokens * self.frames];
        let mut standardiser = standardise::Standardiser::new(self.frames);
        let mut median = median::Median::new(self.frames);
        for weights in self.weights.chunks_exact(head.len()) {
            standardiser.standardise(weights, &mut head);
            let tokens = head.chunks_exact(self.frames).skip(rows.start);
            for (row, sum) in tokens.zip(sum.chunks_exact_mut(self.frames)) {
                median.add(row, sum);
            }
        }
        let share = 1.0 / self.heads.max(1) as f32;
        for value in &mut sum {
            *value *= share;
        }
        sum
    }
}
