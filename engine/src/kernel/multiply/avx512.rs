//! The kernels with AVX-512 and its instructions for neural networks.
//!
//! `vpdpbusd` multiplies four unsigned by four signed bytes in each of sixteen lanes and adds all
//! four products to 32 bits: a vector of packed weights at a time. 4-bit and 5-bit weights are the
//! unsigned side. 8-bit weights become unsigned by an offset of 128, which counts 128 times the sum of the
//! inputs too much.

use std::arch::x86_64::{
    __m256i, __m512, __m512i, _mm256_loadu_si256, _mm512_and_si512, _mm512_cvtepi32_ps,
    _mm512_cvtph_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_mask_add_epi8, _mm512_mul_ps, _mm512_set1_epi8, _mm512_set1_epi32,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_srli_epi16, _mm512_storeu_ps,
    _mm512_sub_ps, _mm512_xor_si512,
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
/// The processor must have AVX-512 F, BW, VL and VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn four<const R: usize>(
    blocks: &[FourBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    affine(blocks, inputs, |block| block, |_, _, halves| halves)
}

/// A tile of 5-bit weights.
///
/// # Safety
/// As [`four`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn five<const R: usize>(
    blocks: &[FiveBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    let fifth = _mm512_set1_epi8(16);
    affine(
        blocks,
        inputs,
        |block| &block.four,
        |block, vector, [first, second]| {
            let [low, high] = [block.fifths[2 * vector], block.fifths[2 * vector + 1]];
            [
                _mm512_mask_add_epi8(first, low, first, fifth),
                _mm512_mask_add_epi8(second, high, second, fifth),
            ]
        },
    )
}

/// A tile of weights of which `four` gives the lower four bits and `complete` adds the others to
/// those of a vector's low and high halves.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn affine<B, const R: usize>(
    blocks: &[B],
    inputs: Inputs<'_>,
    four: impl Fn(&B) -> &FourBlock,
    complete: impl Fn(&B, usize, [__m512i; 2]) -> [__m512i; 2],
) -> [[f32; PANEL]; R] {
    let mut totals = [_mm512_setzero_ps(); R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        let mut sums = [_mm512_setzero_si512(); R];
        for (vector, quants) in four(block).quants.iter().enumerate() {
            let [first, second] = complete(block, vector, nibbles(quants));
            multiply(first, rows.values, 2 * vector, &mut sums);
            multiply(second, rows.values, 2 * vector + 1, &mut sums);
        }
        let scales = floats(&four(block).scales);
        let minima = floats(&four(block).minima);
        for (row, (sum, total)) in sums.iter().zip(&mut totals).enumerate() {
            let product = _mm512_mul_ps(_mm512_cvtepi32_ps(*sum), scales);
            let product = _mm512_fmadd_ps(minima, _mm512_set1_ps(rows.sums[row]), product);
            *total = _mm512_fmadd_ps(product, _mm512_set1_ps(rows.scales[row]), *total);
        }
    }
    for outlier in inputs.outliers {
        let block = &blocks[outlier.group];
        let vector = outlier.input / 8;
        let nibbles = nibbles(&four(block).quants[vector]);
        let halves = complete(block, vector, nibbles);
        let half = halves[outlier.input % 8 / 4];
        let quants = _mm512_dpbusd_epi32(_mm512_setzero_si512(), half, only(outlier.input));
        let scales = floats(&four(block).scales);
        let minima = floats(&four(block).minima);
        let weights = _mm512_fmadd_ps(_mm512_cvtepi32_ps(quants), scales, minima);
        add(weights, outlier.rows(inputs.first), &mut totals);
    }
    store(&totals)
}

/// A tile of 8-bit weights.
///
/// # Safety
/// The processor must have AVX-512 F, BW, VL and VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn eight<const R: usize>(
    blocks: &[EightBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    let offset = _mm512_set1_ps(128.0);
    let mut totals = [_mm512_setzero_ps(); R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        let sums = offset_sums(&block.quants, rows.values);
        let scales = floats(&block.scales);
        for (row, (sum, total)) in sums.iter().zip(&mut totals).enumerate() {
            // Exact: all three are integers below 2^24.
            let sum = _mm512_cvtepi32_ps(*sum);
            let whole = _mm512_fnmadd_ps(_mm512_set1_ps(rows.sums[row]), offset, sum);
            let step = _mm512_mul_ps(scales, _mm512_set1_ps(rows.scales[row]));
            *total = _mm512_fmadd_ps(whole, step, *total);
        }
    }
    for outlier in inputs.outliers {
        let block = &blocks[outlier.group];
        let quants = signed(&block.quants, outlier.input);
        let weights = _mm512_mul_ps(quants, floats(&block.scales));
        add(weights, outlier.rows(inputs.first), &mut totals);
    }
    store(&totals)
}

/// A tile of 8-bit weights whose scales are the panel's.
///
/// # Safety
/// The processor must have AVX-512 F, BW, VL and VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn whole<const R: usize>(
    blocks: &[WholeBlock],
    scales: &[f32; PANEL],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    let mut totals = [_mm512_setzero_ps(); R];
    // What the offset adds to all of a row's totals.
    let mut excess = [0.0; R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        let sums = offset_sums(&block.quants, rows.values);
        for (row, (sum, total)) in sums.iter().zip(&mut totals).enumerate() {
            let scale = _mm512_set1_ps(rows.scales[row]);
            *total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(*sum), scale, *total);
        }
        for ((excess, scale), sum) in excess.iter_mut().zip(rows.scales).zip(rows.sums) {
            *excess += scale * sum;
        }
    }
    // SAFETY: the scales are one vector of sixteen floats.
    let scales = unsafe { _mm512_loadu_ps(scales.as_ptr()) };
    for (total, excess) in totals.iter_mut().zip(excess) {
        *total = _mm512_sub_ps(*total, _mm512_set1_ps(128.0 * excess));
    }
    for outlier in inputs.outliers {
        let quants = signed(&blocks[outlier.group].quants, outlier.input);
        add(quants, outlier.rows(inputs.first), &mut totals);
    }
    store(&totals.map(|total| _mm512_mul_ps(total, scales)))
}

/// Sums of the products of a group's weights, 128 added to each, with each row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn offset_sums<const R: usize>(quants: &[[i8; 64]; 8], values: &[[i8; GROUP]; R]) -> [__m512i; R] {
    let sign = _mm512_set1_epi8(i8::MIN);
    let mut sums = [_mm512_setzero_si512(); R];
    for (vector, quants) in quants.iter().enumerate() {
        let unsigned = _mm512_xor_si512(load(quants), sign);
        multiply(unsigned, values, vector, &mut sums);
    }
    sums
}

/// Four inputs of which one is 1 and the others are 0: it picks the weights of that input.
#[target_feature(enable = "avx512f")]
fn only(input: usize) -> __m512i {
    _mm512_set1_epi32(1 << (8 * (input % 4)))
}

/// The signed weights of one input.
#[target_feature(enable = "avx512f,avx512vnni")]
fn signed(quants: &[[i8; 64]; 8], input: usize) -> __m512 {
    let unsigned = _mm512_xor_si512(load(&quants[input / 4]), _mm512_set1_epi8(i8::MIN));
    let start = _mm512_set1_epi32(-128);
    _mm512_cvtepi32_ps(_mm512_dpbusd_epi32(start, unsigned, only(input)))
}

/// Adds the products of one input's weights with its numbers.
#[target_feature(enable = "avx512f")]
fn add<const R: usize>(weights: __m512, numbers: &[f32; R], totals: &mut [__m512; R]) {
    for (total, number) in totals.iter_mut().zip(numbers) {
        *total = _mm512_fmadd_ps(weights, _mm512_set1_ps(*number), *total);
    }
}

/// Adds the products of a vector of weights, unsigned bytes, with the four inputs of each row that
/// belong to them.
#[target_feature(enable = "avx512f,avx512vnni")]
fn multiply<const R: usize>(
    weights: __m512i,
    values: &[[i8; GROUP]; R],
    vector: usize,
    sums: &mut [__m512i; R],
) {
    for (values, sum) in values.iter().zip(sums) {
        let (fours, _) = values.as_chunks::<4>();
        let four = _mm512_set1_epi32(i32::from_ne_bytes(fours[vector].map(i8::cast_unsigned)));
        *sum = _mm512_dpbusd_epi32(*sum, weights, four);
    }
}

/// The low and the high halves of the bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn nibbles(quants: &[u8; 64]) -> [__m512i; 2] {
    let low = _mm512_set1_epi8(15);
    let packed = load(quants);
    let high = _mm512_srli_epi16::<4>(packed);
    [_mm512_and_si512(packed, low), _mm512_and_si512(high, low)]
}

#[target_feature(enable = "avx512f")]
fn load<T>(bytes: &[T; 64]) -> __m512i {
    const { assert!(size_of::<T>() == 1) };
    // SAFETY: the array is one vector of 64 bytes, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[expect(clippy::cast_ptr_alignment, reason = "the load needs no alignment")]
#[target_feature(enable = "avx512f")]
fn floats(halves: &[f16; PANEL]) -> __m512 {
    // SAFETY: the array is one vector of 32 bytes, and the load needs no alignment.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(halves.as_ptr().cast::<__m256i>()) })
}

#[target_feature(enable = "avx512f")]
fn store<const R: usize>(totals: &[__m512; R]) -> [[f32; PANEL]; R] {
    totals.map(|total| {
        let mut row = [0.0; PANEL];
        // SAFETY: a row of the tile is one vector of sixteen floats.
        unsafe { _mm512_storeu_ps(row.as_mut_ptr(), total) };
        row
    })
}
