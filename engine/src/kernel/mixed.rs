//! Products of 16-bit floats, as attention needs them.
//!
//! `result[r][c] = sum over k of left[r][k] * right[k][c]`, for up to [`MOST_ROWS`] rows and
//! [`PANEL`] columns. With keys stored by dimension this gives scores, with values stored by
//! position it mixes them. The floats are `bf16`: wider than that they are with a shift, and newer
//! processors multiply two pairs of them at once.

use half::bf16;

use super::{PANEL, Variant, variant::Instructions};

/// Most rows of one call: twice those that are computed together, so that what they read is near for
/// the second half.
pub(crate) const MOST_ROWS: usize = 16;

/// From a row of the left side to the next, and most numbers of a row: a constant, so that kernels
/// find all rows from one address.
pub(crate) const STRIDE: usize = 256;

/// Rows of the left side: row `r` begins at `r * STRIDE` and has `length` numbers, an even number of
/// them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [bf16],
    pub(crate) length: usize,
}

/// Rows of the right side, two by two: rows `2 k` and `2 k + 1` begin at `k * stride` and have
/// [`PANEL`] numbers each, a column's next to each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right<'a> {
    pub(crate) values: &'a [bf16],
    pub(crate) stride: usize,
}

/// Adds the product to the result's rows.
///
/// # Panics
/// When there are more than [`MOST_ROWS`] rows, or a side is too short.
pub(crate) fn multiply(
    variant: Variant,
    left: Left<'_>,
    right: Right<'_>,
    result: &mut [[f32; PANEL]],
) {
    let Some(last) = result.len().checked_sub(1) else {
        return;
    };
    assert!(last < MOST_ROWS, "rows");
    assert!(left.values.len() >= last * STRIDE + left.length);
    assert!(left.length.is_multiple_of(2), "pairs");
    let steps = (left.length / 2).checked_sub(1);
    assert!(steps.is_none_or(|last| right.values.len() >= last * right.stride + 2 * PANEL));
    // In parts where there are no kernels for so many.
    let part = match result.len().min(variant.rows()) {
        5 | 6 => 4,
        count => count,
    };
    let (first, others) = result.split_at_mut(part);
    match part {
        1 => exactly::<1>(variant, left, right, first),
        2 => exactly::<2>(variant, left, right, first),
        3 => exactly::<3>(variant, left, right, first),
        4 => exactly::<4>(variant, left, right, first),
        7 => exactly::<7>(variant, left, right, first),
        _ => exactly::<8>(variant, left, right, first),
    }
    if !others.is_empty() {
        let rest = Left {
            values: &left.values[part * STRIDE..],
            ..left
        };
        multiply(variant, rest, right, others);
    }
}

/// Asks the processor to bring these numbers near: pages lie apart, and what it brings by itself
/// ends with each.
pub(crate) fn fetch(numbers: &[bf16]) {
    /// Numbers of a cache line.
    const LINE: usize = 32;
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks(LINE) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every processor of this architecture has the instruction, and it only hints.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (numbers, LINE);
}

fn exactly<const R: usize>(
    variant: Variant,
    left: Left<'_>,
    right: Right<'_>,
    result: &mut [[f32; PANEL]],
) {
    let result = result.as_chunks_mut::<R>().0;
    for result in result {
        rows(variant, left, right, result);
    }
}

fn rows<const R: usize>(
    variant: Variant,
    left: Left<'_>,
    right: Right<'_>,
    result: &mut [[f32; PANEL]; R],
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions, and `multiply`
        // checked the lengths.
        Instructions::Avx2 => unsafe { avx2::rows(left, right, result) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512Bf16 => unsafe { avx512::paired_rows(left, right, result) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::rows(left, right, result) },
        Instructions::Portable => portable(left, right, result),
    }
}

fn portable<const R: usize>(left: Left<'_>, right: Right<'_>, result: &mut [[f32; PANEL]; R]) {
    for step in 0..left.length / 2 {
        let pairs = right.values[step * right.stride..][..2 * PANEL].as_chunks::<2>();
        for (row, result) in result.iter_mut().enumerate() {
            let factors = &left.values[row * STRIDE + 2 * step..][..2];
            for (sum, pair) in result.iter_mut().zip(pairs.0) {
                *sum += factors[0].to_f32() * pair[0].to_f32();
                *sum += factors[1].to_f32() * pair[1].to_f32();
            }
        }
    }
}

/// A row's two factors of a step, as one number of 32 bits.
///
/// # Safety
/// The row must have the step.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn pair(left: &Left<'_>, row: usize, step: usize) -> i32 {
    // SAFETY: the caller's promise; the read needs no alignment.
    unsafe {
        let place = left.values.as_ptr().add(row * STRIDE + 2 * step);
        place.cast::<i32>().read_unaligned()
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256, __m256i, _mm256_and_si256, _mm256_castsi256_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
        _mm256_loadu_si256, _mm256_set1_epi32, _mm256_slli_epi32, _mm256_storeu_ps,
    };

    use super::{Left, PANEL, Right, pair};

    /// # Safety
    /// The processor must have AVX2 and FMA, and the sides must be as long as they say.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn rows<const R: usize>(
        left: Left<'_>,
        right: Right<'_>,
        result: &mut [[f32; PANEL]; R],
    ) {
        // SAFETY: each row of the result has two vectors of eight floats; the caller checked that
        // the last number of the last row of either side is there.
        unsafe {
            let mut sums = [[_mm256_loadu_ps(result[0].as_ptr()); 2]; R];
            for (sums, result) in sums.iter_mut().zip(&*result) {
                *sums = [
                    _mm256_loadu_ps(result.as_ptr()),
                    _mm256_loadu_ps(result.as_ptr().add(8)),
                ];
            }
            for step in 0..left.length / 2 {
                let values = right.values.as_ptr().add(step * right.stride).cast();
                let halves = [
                    widened(_mm256_loadu_si256(values)),
                    widened(_mm256_loadu_si256(values.add(1))),
                ];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let factors = widened(_mm256_set1_epi32(pair(&left, row, step)));
                    for (sum, half) in sums.iter_mut().zip(halves) {
                        *sum = _mm256_fmadd_ps(factors[0], half[0], *sum);
                        *sum = _mm256_fmadd_ps(factors[1], half[1], *sum);
                    }
                }
            }
            for (sums, result) in sums.iter().zip(result) {
                _mm256_storeu_ps(result.as_mut_ptr(), sums[0]);
                _mm256_storeu_ps(result.as_mut_ptr().add(8), sums[1]);
            }
        }
    }

    /// The first and the second numbers of pairs, as floats of 32 bits.
    #[target_feature(enable = "avx2")]
    fn widened(pairs: __m256i) -> [__m256; 2] {
        let second = _mm256_and_si256(pairs, _mm256_set1_epi32(0xffff_0000_u32.cast_signed()));
        [
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(pairs)),
            _mm256_castsi256_ps(second),
        ]
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512, __m512bh, __m512i, _mm512_and_si512, _mm512_castsi512_ps, _mm512_dpbf16_ps,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_slli_epi32,
        _mm512_storeu_ps,
    };

    use super::{Left, PANEL, Right, pair};

    /// # Safety
    /// The processor must have AVX-512 F and BF16, and the sides must be as long as they say.
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) unsafe fn paired_rows<const R: usize>(
        left: Left<'_>,
        right: Right<'_>,
        result: &mut [[f32; PANEL]; R],
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            steps(left, right, result, |sum, factors, pairs| {
                // SAFETY: both are 64 bytes for which every pattern is valid.
                let [factors, pairs] =
                    [factors, pairs].map(|vector| std::mem::transmute::<__m512i, __m512bh>(vector));
                _mm512_dpbf16_ps(sum, factors, pairs)
            });
        }
    }

    /// # Safety
    /// The processor must have AVX-512 F, and the sides must be as long as they say.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn rows<const R: usize>(
        left: Left<'_>,
        right: Right<'_>,
        result: &mut [[f32; PANEL]; R],
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            steps(left, right, result, |sum, factors, pairs| {
                let (factors, pairs) = (widened(factors), widened(pairs));
                let sum = _mm512_fmadd_ps(factors[0], pairs[0], sum);
                _mm512_fmadd_ps(factors[1], pairs[1], sum)
            });
        }
    }

    /// Adds the products of every two steps: `multiply(sum, factors, pairs)`.
    ///
    /// # Safety
    /// As [`rows`].
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn steps<const R: usize>(
        left: Left<'_>,
        right: Right<'_>,
        result: &mut [[f32; PANEL]; R],
        multiply: impl Fn(__m512, __m512i, __m512i) -> __m512,
    ) {
        // SAFETY: each row of the result is one vector of sixteen floats; the caller checked that
        // the last number of the last row of either side is there.
        unsafe {
            let mut sums = [_mm512_loadu_ps(result[0].as_ptr()); R];
            for (sum, result) in sums.iter_mut().zip(&*result) {
                *sum = _mm512_loadu_ps(result.as_ptr());
            }
            for step in 0..left.length / 2 {
                let values = right.values.as_ptr().add(step * right.stride).cast();
                let pairs = _mm512_loadu_si512(values);
                for (row, sum) in sums.iter_mut().enumerate() {
                    *sum = multiply(*sum, _mm512_set1_epi32(pair(&left, row, step)), pairs);
                }
            }
            for (sum, result) in sums.iter().zip(result) {
                _mm512_storeu_ps(result.as_mut_ptr(), *sum);
            }
        }
    }

    /// The first and the second numbers of pairs, as floats of 32 bits.
    #[target_feature(enable = "avx512f")]
    fn widened(pairs: __m512i) -> [__m512; 2] {
        let second = _mm512_and_si512(pairs, _mm512_set1_epi32(0xffff_0000_u32.cast_signed()));
        [
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(pairs)),
            _mm512_castsi512_ps(second),
        ]
    }
}
