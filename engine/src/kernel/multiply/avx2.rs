//! The kernels with AVX2.
//!
//! `vpmaddubsw` multiplies unsigned by signed bytes and adds neighbours into 16 bits. 4-bit
//! weights are the unsigned side: 15 * 127 * 2 fits eight times, so a whole group is summed in
//! 16 bits; of 5-bit weights, 31 * 127 * 2 fits four times, half a group. 8-bit weights give their
//! sign to the activations first; 127 * 127 * 2 fits once, so each step is widened to 32 bits.

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _mm_loadu_si128, _mm256_abs_epi8, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps,
    _mm256_or_si256, _mm256_set_epi64x, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_set1_epi64x, _mm256_set1_ps, _mm256_setzero_ps, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_sign_epi8, _mm256_srli_epi16, _mm256_storeu_ps,
};

use half::f16;

use crate::kernel::{
    GROUP, PANEL,
    activations::Inputs,
    matrix::{EightBlock, FiveBlock, FourBlock, WholeBlock},
};

/// A tile of 4-bit weights.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn four<const R: usize>(
    blocks: &[FourBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    affine::<_, R, 4>(blocks, inputs, |block| block, |_, _, halves| halves)
}

/// A tile of 5-bit weights.
///
/// # Safety
/// As [`four`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn five<const R: usize>(
    blocks: &[FiveBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    affine::<_, R, 2>(
        blocks,
        inputs,
        |block| &block.four,
        |block, vector, halves| {
            let add = |[one, other]: [__m256i; 2], bits: u64| {
                [
                    _mm256_or_si256(one, fifths(bits as u32)),
                    _mm256_or_si256(other, fifths((bits >> 32) as u32)),
                ]
            };
            [
                add(halves[0], block.fifths[2 * vector]),
                add(halves[1], block.fifths[2 * vector + 1]),
            ]
        },
    )
}

/// A tile of weights of which `four` gives the lower four bits and `complete` adds the others to
/// those of a vector's low and high halves. The products of `VECTORS` vectors fit into 16 bits.
#[target_feature(enable = "avx2,fma,f16c")]
fn affine<B, const R: usize, const VECTORS: usize>(
    blocks: &[B],
    inputs: Inputs<'_>,
    four: impl Fn(&B) -> &FourBlock,
    complete: impl Fn(&B, usize, [[__m256i; 2]; 2]) -> [[__m256i; 2]; 2],
) -> [[f32; PANEL]; R] {
    let ones = _mm256_set1_epi16(1);
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (part, vectors) in four(block).quants.chunks(VECTORS).enumerate() {
            let mut narrow = [[_mm256_setzero_si256(); 2]; R];
            for (number, quants) in vectors.iter().enumerate() {
                let vector = part * VECTORS + number;
                let [first, second] = complete(block, vector, nibbles(quants));
                for (values, narrow) in rows.values.iter().zip(&mut narrow) {
                    let (fours, _) = values.as_chunks::<4>();
                    let four = broadcast(fours[2 * vector]);
                    let next = broadcast(fours[2 * vector + 1]);
                    for half in 0..2 {
                        let products = _mm256_maddubs_epi16(first[half], four);
                        narrow[half] = _mm256_add_epi16(narrow[half], products);
                        let products = _mm256_maddubs_epi16(second[half], next);
                        narrow[half] = _mm256_add_epi16(narrow[half], products);
                    }
                }
            }
            for (sums, narrow) in sums.iter_mut().zip(&narrow) {
                for half in 0..2 {
                    let whole = _mm256_madd_epi16(narrow[half], ones);
                    sums[half] = _mm256_add_epi32(sums[half], whole);
                }
            }
        }
        let scales = floats(&four(block).scales);
        let minima = floats(&four(block).minima);
        for (row, (sums, totals)) in sums.iter().zip(&mut totals).enumerate() {
            let scale = _mm256_set1_ps(rows.scales[row]);
            let inputs = _mm256_set1_ps(rows.sums[row]);
            for half in 0..2 {
                let product = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[half]), scales[half]);
                let product = _mm256_fmadd_ps(minima[half], inputs, product);
                totals[half] = _mm256_fmadd_ps(product, scale, totals[half]);
            }
        }
    }
    for outlier in inputs.outliers {
        let block = &blocks[outlier.group];
        let vector = outlier.input / 8;
        let nibbles = nibbles(&four(block).quants[vector]);
        let halves = complete(block, vector, nibbles);
        let quants = picked(halves[outlier.input % 8 / 4], outlier.input);
        let scales = floats(&four(block).scales);
        let minima = floats(&four(block).minima);
        let weights = [0, 1].map(|half| _mm256_fmadd_ps(quants[half], scales[half], minima[half]));
        add(weights, outlier.rows(inputs.first), &mut totals);
    }
    store(&totals)
}

/// 16 in each byte whose bit is set, else 0.
#[target_feature(enable = "avx2")]
fn fifths(bits: u32) -> __m256i {
    let bytes = _mm256_shuffle_epi8(
        _mm256_set1_epi32(bits.cast_signed()),
        _mm256_set_epi64x(
            0x0303_0303_0303_0303,
            0x0202_0202_0202_0202,
            0x0101_0101_0101_0101,
            0,
        ),
    );
    let bit = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64.cast_signed());
    let set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit);
    _mm256_and_si256(set, _mm256_set1_epi8(16))
}

/// A tile of 8-bit weights.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn eight<const R: usize>(
    blocks: &[EightBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        let sums = signed(&block.quants, rows.values);
        let scales = floats(&block.scales);
        for (row, (sums, totals)) in sums.iter().zip(&mut totals).enumerate() {
            let scale = _mm256_set1_ps(rows.scales[row]);
            for half in 0..2 {
                let step = _mm256_mul_ps(scales[half], scale);
                let whole = _mm256_cvtepi32_ps(sums[half]);
                totals[half] = _mm256_fmadd_ps(whole, step, totals[half]);
            }
        }
    }
    for outlier in inputs.outliers {
        let block = &blocks[outlier.group];
        let quants = picked(load(&block.quants[outlier.input / 4]), outlier.input);
        let scales = floats(&block.scales);
        let weights = [0, 1].map(|half| _mm256_mul_ps(quants[half], scales[half]));
        add(weights, outlier.rows(inputs.first), &mut totals);
    }
    store(&totals)
}

/// A tile of 8-bit weights whose scales are the panel's.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn whole<const R: usize>(
    blocks: &[WholeBlock],
    scales: &[f32; PANEL],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        let sums = signed(&block.quants, rows.values);
        for (row, (sums, totals)) in sums.iter().zip(&mut totals).enumerate() {
            let scale = _mm256_set1_ps(rows.scales[row]);
            for half in 0..2 {
                let whole = _mm256_cvtepi32_ps(sums[half]);
                totals[half] = _mm256_fmadd_ps(whole, scale, totals[half]);
            }
        }
    }
    for outlier in inputs.outliers {
        let quants = &blocks[outlier.group].quants;
        let quants = picked(load(&quants[outlier.input / 4]), outlier.input);
        add(quants, outlier.rows(inputs.first), &mut totals);
    }
    // SAFETY: the scales are two vectors of eight floats.
    let scales = unsafe {
        [
            _mm256_loadu_ps(scales.as_ptr()),
            _mm256_loadu_ps(scales.as_ptr().add(8)),
        ]
    };
    for totals in &mut totals {
        for half in 0..2 {
            totals[half] = _mm256_mul_ps(totals[half], scales[half]);
        }
    }
    store(&totals)
}

/// The weights of one input, of bytes that may have a sign.
#[target_feature(enable = "avx2")]
fn picked(bytes: [__m256i; 2], input: usize) -> [__m256; 2] {
    let only = _mm256_set1_epi32(1 << (8 * (input % 4)));
    let ones = _mm256_set1_epi16(1);
    bytes.map(|half| {
        let pairs = _mm256_maddubs_epi16(only, half);
        _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, ones))
    })
}

/// Adds the products of one input's weights with its numbers.
#[target_feature(enable = "avx2,fma")]
fn add<const R: usize>(weights: [__m256; 2], numbers: &[f32; R], totals: &mut [[__m256; 2]; R]) {
    for (totals, number) in totals.iter_mut().zip(numbers) {
        for half in 0..2 {
            totals[half] = _mm256_fmadd_ps(weights[half], _mm256_set1_ps(*number), totals[half]);
        }
    }
}

/// Sums of the products of a group's signed weights with each row.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn signed<const R: usize>(quants: &[[i8; 64]; 8], values: &[[i8; GROUP]; R]) -> [[__m256i; 2]; R] {
    let ones = _mm256_set1_epi16(1);
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for (vector, quants) in quants.iter().enumerate() {
        let signed = load(quants);
        let sizes = signed.map(|half| _mm256_abs_epi8(half));
        for (values, sums) in values.iter().zip(&mut sums) {
            let (fours, _) = values.as_chunks::<4>();
            let four = broadcast(fours[vector]);
            for half in 0..2 {
                let signed = _mm256_sign_epi8(four, signed[half]);
                let pairs = _mm256_maddubs_epi16(sizes[half], signed);
                sums[half] = _mm256_add_epi32(sums[half], _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    sums
}

/// The low and the high halves of the bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn nibbles(quants: &[u8; 64]) -> [[__m256i; 2]; 2] {
    let low = _mm256_set1_epi8(15);
    let packed = load(quants);
    let high = packed.map(|half| _mm256_srli_epi16::<4>(half));
    [packed, high].map(|bytes| bytes.map(|half| _mm256_and_si256(half, low)))
}

#[target_feature(enable = "avx2")]
fn load<T>(bytes: &[T; 64]) -> [__m256i; 2] {
    const { assert!(size_of::<T>() == 1) };
    let start = bytes.as_ptr().cast::<__m256i>();
    // SAFETY: the array has two vectors of 32 bytes, and the load needs no alignment.
    unsafe { [_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))] }
}

/// Four bytes, repeated.
#[target_feature(enable = "avx2")]
fn broadcast(four: [i8; 4]) -> __m256i {
    _mm256_set1_epi32(i32::from_ne_bytes(four.map(i8::cast_unsigned)))
}

#[expect(clippy::cast_ptr_alignment, reason = "the load needs no alignment")]
#[target_feature(enable = "avx2,f16c")]
fn floats(halves: &[f16; PANEL]) -> [__m256; 2] {
    let start = halves.as_ptr().cast::<__m128i>();
    // SAFETY: the array has two vectors of 16 bytes, and the load needs no alignment.
    unsafe {
        [
            _mm256_cvtph_ps(_mm_loadu_si128(start)),
            _mm256_cvtph_ps(_mm_loadu_si128(start.add(1))),
        ]
    }
}

#[target_feature(enable = "avx2")]
fn store<const R: usize>(totals: &[[__m256; 2]; R]) -> [[f32; PANEL]; R] {
    totals.map(|[low, high]| {
        let mut row = [0.0; PANEL];
        // SAFETY: a row of the tile has two vectors of eight floats.
        unsafe {
            _mm256_storeu_ps(row.as_mut_ptr(), low);
            _mm256_storeu_ps(row.as_mut_ptr().add(8), high);
        }
        row
    })
}
