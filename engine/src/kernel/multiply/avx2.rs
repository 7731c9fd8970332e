//! The kernels with AVX2.
//!
//! `vpmaddubsw` multiplies unsigned by signed bytes and adds neighbours into 16 bits. 4-bit
//! weights are the unsigned side: 15 * 127 * 2 fits eight times, so a whole group is summed in
//! 16 bits. 8-bit weights give their sign to the activations first; 127 * 127 * 2 fits once, so
//! each step is widened to 32 bits.

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _mm_loadu_si128, _mm256_abs_epi8, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_and_si256, _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_set1_epi8, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_ps, _mm256_setzero_si256, _mm256_sign_epi8,
    _mm256_srli_epi16, _mm256_storeu_ps,
};

use half::f16;

use super::check;
use crate::kernel::{
    GROUP, PANEL,
    activations::Pass,
    matrix::{EightBlock, FourBlock},
};

/// A tile of 4-bit weights.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn four<const R: usize>(
    blocks: &[FourBlock],
    rows: &[Pass<'_>; R],
    tile: &mut [[f32; PANEL]; R],
) {
    check(blocks.len(), rows);
    let low = _mm256_set1_epi8(15);
    let ones = _mm256_set1_epi16(1);
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for (group, block) in blocks.iter().enumerate() {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (vector, quants) in block.quants.iter().enumerate() {
            let packed = load(quants);
            let first = packed.map(|half| _mm256_and_si256(half, low));
            let second = packed.map(|half| _mm256_and_si256(_mm256_srli_epi16::<4>(half), low));
            for (row, sums) in rows.iter().zip(&mut sums) {
                // SAFETY: `check` saw to it that the row has 32 values for every block.
                let values = unsafe { row.values.as_ptr().add(group * GROUP + vector * 8) };
                let (four, next) = unsafe { (broadcast(values), broadcast(values.add(4))) };
                for half in 0..2 {
                    let products = _mm256_maddubs_epi16(first[half], four);
                    sums[half] = _mm256_add_epi16(sums[half], products);
                    let products = _mm256_maddubs_epi16(second[half], next);
                    sums[half] = _mm256_add_epi16(sums[half], products);
                }
            }
        }
        let (scales, minima) = (floats(&block.scales), floats(&block.minima));
        for ((row, sums), totals) in rows.iter().zip(&sums).zip(&mut totals) {
            // SAFETY: `check` saw to it that the row has a scale and a sum for every block.
            let (scale, inputs) = unsafe {
                let scale = _mm256_set1_ps(*row.scales.get_unchecked(group));
                (scale, _mm256_set1_ps(*row.sums.get_unchecked(group)))
            };
            for half in 0..2 {
                let whole = _mm256_cvtepi32_ps(_mm256_madd_epi16(sums[half], ones));
                let product = _mm256_mul_ps(whole, scales[half]);
                let product = _mm256_fmadd_ps(minima[half], inputs, product);
                totals[half] = _mm256_fmadd_ps(product, scale, totals[half]);
            }
        }
    }
    store(&totals, tile);
}

/// A tile of 8-bit weights.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn eight<const R: usize>(
    blocks: &[EightBlock],
    rows: &[Pass<'_>; R],
    tile: &mut [[f32; PANEL]; R],
) {
    check(blocks.len(), rows);
    let ones = _mm256_set1_epi16(1);
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for (group, block) in blocks.iter().enumerate() {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (vector, quants) in block.quants.iter().enumerate() {
            let signed = load(quants);
            let sizes = signed.map(|half| _mm256_abs_epi8(half));
            for (row, sums) in rows.iter().zip(&mut sums) {
                // SAFETY: `check` saw to it that the row has 32 values for every block.
                let values = unsafe { row.values.as_ptr().add(group * GROUP + vector * 4) };
                let four = unsafe { broadcast(values) };
                for half in 0..2 {
                    let signed = _mm256_sign_epi8(four, signed[half]);
                    let pairs = _mm256_maddubs_epi16(sizes[half], signed);
                    sums[half] = _mm256_add_epi32(sums[half], _mm256_madd_epi16(pairs, ones));
                }
            }
        }
        let scales = floats(&block.scales);
        for ((row, sums), totals) in rows.iter().zip(&sums).zip(&mut totals) {
            // SAFETY: `check` saw to it that the row has a scale for every block.
            let scale = unsafe { _mm256_set1_ps(*row.scales.get_unchecked(group)) };
            for half in 0..2 {
                let step = _mm256_mul_ps(scales[half], scale);
                let whole = _mm256_cvtepi32_ps(sums[half]);
                totals[half] = _mm256_fmadd_ps(whole, step, totals[half]);
            }
        }
    }
    store(&totals, tile);
}

#[target_feature(enable = "avx2")]
fn load<T>(bytes: &[T; 64]) -> [__m256i; 2] {
    const { assert!(size_of::<T>() == 1) };
    let start = bytes.as_ptr().cast::<__m256i>();
    // SAFETY: the array has two vectors of 32 bytes, and the load needs no alignment.
    unsafe { [_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))] }
}

/// Four bytes, repeated.
///
/// # Safety
/// The pointer must be good for four bytes.
#[target_feature(enable = "avx2")]
unsafe fn broadcast(values: *const i8) -> __m256i {
    // SAFETY: the caller's promise; the read needs no alignment.
    _mm256_set1_epi32(unsafe { values.cast::<i32>().read_unaligned() })
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
fn store<const R: usize>(totals: &[[__m256; 2]; R], tile: &mut [[f32; PANEL]; R]) {
    for (totals, tile) in totals.iter().zip(tile) {
        // SAFETY: a row of the tile has two vectors of eight floats.
        unsafe {
            _mm256_storeu_ps(tile.as_mut_ptr(), totals[0]);
            _mm256_storeu_ps(tile.as_mut_ptr().add(8), totals[1]);
        }
    }
}
