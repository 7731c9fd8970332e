//! The monotone path of most attention.

/// How the path came to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Move {
    /// Next token, next frame.
    Both,
    /// Next token, same frame.
    Token,
    /// Same token, next frame.
    Frame,
}

/// The frame at which the path reaches each token. `attention` is `[token][frame]` of finite
/// numbers; tokens and frames are not zero. The path leads from the first token and frame to the
/// last ones; the costs are the negative attention.
pub(super) fn begins(attention: &[f32], tokens: usize, frames: usize) -> Vec<usize> {
    backtrace(&trace(attention, frames), tokens, frames)
}

fn trace(attention: &[f32], frames: usize) -> Vec<Move> {
    let mut trace = Vec::with_capacity(attention.len());
    // The costs of the token before, from one frame before the first on.
    let mut costs = vec![f32::INFINITY; frames + 1];
    if let Some(start) = costs.first_mut() {
        *start = 0.0;
    }
    for row in attention.chunks_exact(frames) {
        let mut both = f32::INFINITY;
        let mut frame = f32::INFINITY;
        if let Some(start) = costs.first_mut() {
            both = std::mem::replace(start, f32::INFINITY);
        }
        for (attention, cost) in row.iter().zip(costs.iter_mut().skip(1)) {
            let token = *cost;
            let (least, step) = cheapest(both, token, frame);
            frame = least - attention;
            (*cost, both) = (frame, token);
            trace.push(step);
        }
    }
    trace
}

/// Equal costs go to the next frame, as in the original.
#[inline]
fn cheapest(both: f32, token: f32, frame: f32) -> (f32, Move) {
    if both < token && both < frame {
        (both, Move::Both)
    } else if token < both && token < frame {
        (token, Move::Token)
    } else {
        (frame, Move::Frame)
    }
}

fn backtrace(trace: &[Move], tokens: usize, frames: usize) -> Vec<usize> {
    let mut begins = vec![0; tokens];
    let (mut token, mut frame) = (tokens.saturating_sub(1), frames.saturating_sub(1));
    while token > 0 {
        let step = match trace.get(token * frames + frame) {
            // At the first frame only tokens are left to go.
            Some(step) if frame > 0 => *step,
            _ => Move::Token,
        };
        if step != Move::Frame {
            if let Some(begin) = begins.get_mut(token) {
                *begin = frame;
            }
            token -= 1;
        }
        if step != Move::Token {
            frame -= 1;
        }
    }
    begins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_follows_the_attention() {
        // As after the standardisation: below zero where a token attends less than the others.
        #[rustfmt::skip]
        let attention = [
             1.0,  1.0, -1.0, -1.0, -1.0, -1.0,
            -1.0, -1.0,  1.0, -1.0, -1.0, -1.0,
            -1.0, -1.0, -1.0,  1.0,  1.0,  1.0,
        ];
        assert_eq!(begins(&attention, 3, 6), [0, 2, 3]);
    }

    #[test]
    fn one_frame_and_one_token_are_enough() {
        assert_eq!(begins(&[0.5; 3], 3, 1), [0, 0, 0]);
        assert_eq!(begins(&[0.5; 3], 1, 3), [0]);
        assert_eq!(begins(&[0.5], 1, 1), [0]);
    }
}
