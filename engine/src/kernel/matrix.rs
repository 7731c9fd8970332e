//! Weights, packed for the kernels.
//!
//! A matrix of `outputs` rows and `inputs` columns is cut into panels of [`PANEL`] outputs and
//! groups of [`GROUP`] inputs. One block holds a group of a panel; its 64-byte vectors hold four
//! neighbouring inputs of every output, which is what multiply-add instructions on bytes take at
//! once. Blocks of a panel follow each other, so a panel is read as one stream.

use half::f16;

use super::{GROUP, PANEL, Pool};

/// A group of weights `scale * quant + minimum`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AffineGroup {
    /// In `0..16` for four bits, in `0..32` for five.
    pub(crate) quants: [u8; GROUP],
    /// What one step is worth.
    pub(crate) scale: f16,
    /// What 0 stands for.
    pub(crate) minimum: f16,
}

/// A group of weights `scale * quant`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EightGroup {
    /// In `-127..=127`.
    pub(crate) quants: [i8; GROUP],
    /// What one step is worth.
    pub(crate) scale: f16,
}

impl EightGroup {
    /// The nearest weights to these numbers.
    pub(crate) fn nearest(numbers: &[f32; GROUP]) -> Self {
        let largest = numbers
            .iter()
            .fold(0.0_f32, |largest, number| largest.max(number.abs()));
        let scale = f16::from_f32(largest / 127.0);
        let step = scale.to_f32();
        let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
        Self {
            quants: numbers.map(|number| (number * inverse).round().clamp(-127.0, 127.0) as i8),
            scale,
        }
    }
}

/// 4-bit weights of a panel and a group.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct FourBlock {
    /// Vector `v`, byte `4 * output + i`: input `8 v + i` in the low half, `8 v + 4 + i` in the
    /// high one.
    pub(super) quants: [[u8; 64]; 4],
    pub(super) scales: [f16; PANEL],
    pub(super) minima: [f16; PANEL],
}

/// 5-bit weights of a panel and a group.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct FiveBlock {
    /// The lower four bits.
    pub(super) four: FourBlock,
    /// The fifth bit of every byte of the low halves of vector `v` at `2 v`, of the high halves at
    /// `2 v + 1`.
    pub(super) fifths: [u64; 8],
}

/// 8-bit weights of a panel and a group.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct EightBlock {
    /// Vector `v`, byte `4 * output + i`: input `4 v + i`.
    pub(super) quants: [[i8; 64]; 8],
    pub(super) scales: [f16; PANEL],
}

/// 8-bit weights of a panel and a group whose scales are those of the whole panel.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct WholeBlock {
    /// As in an [`EightBlock`].
    pub(super) quants: [[i8; 64]; 8],
}

/// Packed weights.
pub(crate) struct Matrix {
    outputs: usize,
    inputs: usize,
    pub(super) panels: Panels,
}

/// Blocks, panel by panel.
pub(super) enum Panels {
    Four(Vec<FourBlock>),
    Five(Vec<FiveBlock>),
    Eight(Vec<EightBlock>),
    /// With what one step is worth in each output.
    Whole(Vec<WholeBlock>, Vec<[f32; PANEL]>),
}

impl FourBlock {
    const EMPTY: Self = Self {
        quants: [[0; 64]; 4],
        scales: [f16::ZERO; PANEL],
        minima: [f16::ZERO; PANEL],
    };

    fn place(&mut self, output: usize, group: &AffineGroup) {
        for (input, quant) in group.quants.iter().enumerate() {
            let byte = 4 * output + input % 4;
            self.quants[input / 8][byte] |= (quant & 15) << if input % 8 < 4 { 0 } else { 4 };
        }
        self.scales[output] = group.scale;
        self.minima[output] = group.minimum;
    }
}

impl FiveBlock {
    const EMPTY: Self = Self {
        four: FourBlock::EMPTY,
        fifths: [0; 8],
    };

    fn place(&mut self, output: usize, group: &AffineGroup) {
        self.four.place(output, group);
        for (input, quant) in group.quants.iter().enumerate() {
            let byte = 4 * output + input % 4;
            self.fifths[input / 4] |= u64::from(quant >> 4 & 1) << byte;
        }
    }
}

impl Matrix {
    /// Packs 4-bit weights; `groups(output, group)` gives them. Outputs past the end of the last
    /// panel are zeros.
    pub(crate) fn four(
        pool: &Pool,
        outputs: usize,
        inputs: usize,
        groups: impl Fn(usize, usize) -> AffineGroup + Sync,
    ) -> Self {
        let size = (outputs, inputs);
        let blocks = pack(pool, size, FourBlock::EMPTY, |block, output, number| {
            block.place(output % PANEL, &groups(output, number));
        });
        Self::new(size, Panels::Four(blocks))
    }

    /// Packs 5-bit weights; `groups(output, group)` gives them.
    pub(crate) fn five(
        pool: &Pool,
        outputs: usize,
        inputs: usize,
        groups: impl Fn(usize, usize) -> AffineGroup + Sync,
    ) -> Self {
        let size = (outputs, inputs);
        let blocks = pack(pool, size, FiveBlock::EMPTY, |block, output, number| {
            block.place(output % PANEL, &groups(output, number));
        });
        Self::new(size, Panels::Five(blocks))
    }

    /// Packs 8-bit weights; `groups(output, group)` gives them.
    pub(crate) fn eight(
        pool: &Pool,
        outputs: usize,
        inputs: usize,
        groups: impl Fn(usize, usize) -> EightGroup + Sync,
    ) -> Self {
        let empty = EightBlock {
            quants: [[0; 64]; 8],
            scales: [f16::ZERO; PANEL],
        };
        let place = |block: &mut EightBlock, output: usize, group: &EightGroup| {
            for (input, quant) in group.quants.iter().enumerate() {
                block.quants[input / 4][4 * output + input % 4] = *quant;
            }
            block.scales[output] = group.scale;
        };
        let blocks = pack(pool, (outputs, inputs), empty, |block, output, number| {
            place(block, output % PANEL, &groups(output, number));
        });
        Self::new((outputs, inputs), Panels::Eight(blocks))
    }

    /// Packs numbers `[output][input]`, rounded to 127ths of the largest weight of each output.
    pub(crate) fn whole(pool: &Pool, outputs: usize, inputs: usize, numbers: &[f32]) -> Self {
        let row = |output: usize| &numbers[output * inputs..][..inputs];
        let steps: Vec<f32> = (0..outputs)
            .map(|output| {
                let sizes = row(output).iter().map(|number| number.abs());
                sizes.fold(0.0_f32, f32::max) / 127.0
            })
            .collect();
        let empty = WholeBlock {
            quants: [[0; 64]; 8],
        };
        let blocks = pack(pool, (outputs, inputs), empty, |block, output, group| {
            let step = steps[output];
            let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
            let numbers = row(output)[group * GROUP..].iter().take(GROUP);
            for (input, number) in numbers.enumerate() {
                let quant = (number * inverse).round().clamp(-127.0, 127.0) as i8;
                block.quants[input / 4][4 * (output % PANEL) + input % 4] = quant;
            }
        });
        let mut scales = vec![[0.0; PANEL]; outputs.div_ceil(PANEL)];
        for (scale, step) in scales.as_flattened_mut().iter_mut().zip(&steps) {
            *scale = *step;
        }
        Self::new((outputs, inputs), Panels::Whole(blocks, scales))
    }

    fn new((outputs, inputs): (usize, usize), panels: Panels) -> Self {
        Self {
            outputs,
            inputs,
            panels,
        }
    }

    /// Numbers that come out.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The weights of one output, as numbers: what a decoder that scores tokens by their embeddings reads them from.
    ///
    /// # Panics
    /// When the weights have not eight bits with scales of their own, or there is no such output.
    pub(crate) fn eight_row(&self, output: usize, numbers: &mut [f32]) {
        let Panels::Eight(blocks) = &self.panels else {
            unreachable!("only weights of eight bits are read row by row");
        };
        let (panel, place) = (output / PANEL, output % PANEL);
        let blocks = &blocks[panel * self.groups()..][..self.groups()];
        for (numbers, block) in numbers.chunks_mut(GROUP).zip(blocks) {
            let scale = block.scales[place].to_f32();
            for (input, number) in numbers.iter_mut().enumerate() {
                *number = scale * f32::from(block.quants[input / 4][4 * place + input % 4]);
            }
        }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        match &self.panels {
            Panels::Four(blocks) => size_of_val(blocks.as_slice()),
            Panels::Five(blocks) => size_of_val(blocks.as_slice()),
            Panels::Eight(blocks) => size_of_val(blocks.as_slice()),
            Panels::Whole(blocks, scales) => {
                size_of_val(blocks.as_slice()) + size_of_val(scales.as_slice())
            }
        }
    }

    pub(super) fn panel_count(&self) -> usize {
        self.outputs.div_ceil(PANEL)
    }

    pub(super) fn groups(&self) -> usize {
        self.inputs.div_ceil(GROUP)
    }
}

/// Fills the blocks of every panel on all threads.
fn pack<B: Copy + Send + Sync>(
    pool: &Pool,
    (outputs, inputs): (usize, usize),
    empty: B,
    place: impl Fn(&mut B, usize, usize) + Sync,
) -> Vec<B> {
    let groups = inputs.div_ceil(GROUP);
    let mut blocks = vec![empty; outputs.div_ceil(PANEL) * groups];
    let mut panels: Vec<&mut [B]> = blocks.chunks_mut(groups.max(1)).collect();
    pool.each(&mut panels, |panel, blocks| {
        for output in (panel * PANEL..outputs).take(PANEL) {
            for (number, block) in blocks.iter_mut().enumerate() {
                place(block, output, number);
            }
        }
    });
    blocks
}
