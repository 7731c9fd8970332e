//! The shape of a network, as its header describes it.

use super::rotation::Pairing;
use crate::{
    Result,
    generate::metadata::{Metadata, damaged},
    kernel::{PANEL, Precision, attention::MOST_WIDTH},
};

/// Longest sequence in tokens: it bounds the memory of the keys and values.
const MAX_CONTEXT: usize = 32_768;

/// What a decoder looks like. Every number is at least 1 and small enough to multiply.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::generate) struct Config {
    pub(super) layers: usize,
    /// Numbers in the residual stream.
    pub(super) width: usize,
    pub(super) heads: usize,
    /// Heads of keys and values, each shared by as many query heads.
    pub(super) kv_heads: usize,
    pub(super) head_width: usize,
    /// Numbers between the two products of the feed-forward part.
    pub(super) feed_forward: usize,
    pub(super) epsilon: f32,
    pub(super) pairing: Pairing,
    /// Base of the rotary frequencies.
    pub(super) rotation_base: f64,
    /// By which positions are divided, for models that were stretched.
    pub(super) rotation_scale: f64,
    /// Longest sequence in tokens.
    pub(in crate::generate) context: usize,
    /// How finely what goes into the products of the layers is rounded.
    pub(super) precision: Precision,
}

/// Numbers of the largest model whose outliers are rounded more finely.
const SMALL_PARAMETERS: usize = 200_000_000;

/// How finely inputs have to be rounded. With eight bits, models of half a billion numbers choose
/// as they would with exact inputs; `SmolLM2` of 135 million derails now and then ("L capital of
/// France is Paris"), and needs its outliers unrounded, at a seventh more arithmetic.
pub(super) fn precision(parameters: usize) -> Precision {
    if parameters > SMALL_PARAMETERS {
        Precision::Eight
    } else {
        Precision::Outliers
    }
}

impl Config {
    /// Reads and checks the header.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] for an architecture that is not supported, or numbers that do
    /// not fit each other.
    pub(in crate::generate) fn read(metadata: &Metadata<'_>, precision: Precision) -> Result<Self> {
        let architecture = metadata.text("general.architecture")?;
        let pairing = match architecture {
            "llama" => Pairing::Neighbours,
            "qwen2" => Pairing::Halves,
            other => {
                return Err(damaged(format!(
                    "the architecture `{other}` is not supported; supported: llama, qwen2"
                )));
            }
        };
        let key = |name: &str| format!("{architecture}.{name}");
        let number = |name: &str, most: usize| bounded(metadata, &key(name), most);
        let fraction = |name: &str, absent: f64| -> Result<f64> {
            let found = metadata.fraction(&key(name))?.unwrap_or(absent);
            if found.is_finite() && found > 0.0 {
                Ok(found)
            } else {
                Err(damaged(format!("`{}` is {found}", key(name))))
            }
        };
        let width = number("embedding_length", 1 << 16)?;
        let heads = number("attention.head_count", 1 << 10)?;
        let kv_heads = if metadata.has(&key("attention.head_count_kv")) {
            number("attention.head_count_kv", 1 << 10)?
        } else {
            heads
        };
        let head_width = if metadata.has(&key("attention.key_length")) {
            number("attention.key_length", 1 << 10)?
        } else {
            width / heads
        };
        if !heads.is_multiple_of(kv_heads) {
            return Err(damaged(format!(
                "{heads} heads cannot share {kv_heads} heads of keys evenly"
            )));
        }
        if !head_width.is_multiple_of(PANEL) || !(PANEL..=MOST_WIDTH).contains(&head_width) {
            return Err(damaged(format!(
                "heads of {head_width} numbers are not supported; multiples of {PANEL} up to {MOST_WIDTH} are"
            )));
        }
        let rotated = key("rope.dimension_count");
        if metadata.has(&rotated) && metadata.number(&rotated)? != head_width {
            return Err(damaged(format!(
                "`{rotated}` differs from the width of a head, which is not supported"
            )));
        }
        Ok(Self {
            layers: number("block_count", 1 << 10)?,
            width,
            heads,
            kv_heads,
            head_width,
            feed_forward: number("feed_forward_length", 1 << 18)?,
            epsilon: fraction("attention.layer_norm_rms_epsilon", 1e-5)? as f32,
            pairing,
            rotation_base: fraction("rope.freq_base", 10_000.0)?,
            rotation_scale: scale(metadata, &key("rope.scaling.type"), || {
                fraction("rope.scaling.factor", 1.0)
            })?,
            context: number("context_length", usize::MAX)?.min(MAX_CONTEXT),
            precision,
        })
    }

    /// Query heads that share a head of keys and values.
    pub(super) fn group(&self) -> usize {
        self.heads / self.kv_heads
    }

    /// Numbers of all query heads.
    pub(super) fn query_width(&self) -> usize {
        self.heads * self.head_width
    }

    /// Numbers of all heads of keys, and of values.
    pub(super) fn kv_width(&self) -> usize {
        self.kv_heads * self.head_width
    }
}

fn bounded(metadata: &Metadata<'_>, key: &str, most: usize) -> Result<usize> {
    let number = metadata.number(key)?;
    if (1..=most).contains(&number) {
        Ok(number)
    } else {
        Err(damaged(format!(
            "`{key}` is {number}; 1 to {most} is usable"
        )))
    }
}

/// By which positions are divided.
fn scale(metadata: &Metadata<'_>, kind: &str, factor: impl FnOnce() -> Result<f64>) -> Result<f64> {
    if !metadata.has(kind) {
        return Ok(1.0);
    }
    match metadata.text(kind)? {
        "none" => Ok(1.0),
        "linear" => factor(),
        other => Err(damaged(format!(
            "positions are scaled by `{other}`, which is not supported; `linear` is"
        ))),
    }
}
