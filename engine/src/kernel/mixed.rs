//! Products with 16-bit floats, as attention needs them.
//!
//! `result[r][c] = sum over k of left[r][k] * right[k][c]`, for up to [`MOST_ROWS`] rows and
//! [`PANEL`] columns. With keys stored by dimension this gives scores, with values stored by
//! position it mixes them.

use half::f16;

use super::{PANEL, Variant, variant::Instructions};

/// Most rows of one call: twice those that are computed together, so that what they read is near for
/// the second half.
pub(crate) const MOST_ROWS: usize = 16;

/// Rows of the left side: row `r` begins at `r * stride` and has `length` numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) length: usize,
}

/// Rows of the right side: row `k` begins at `k * stride` and has [`PANEL`] numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right<'a> {
    pub(crate) values: &'a [f16],
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
    assert!(left.values.len() >= last * left.stride + left.length);
    let steps = left.length.checked_sub(1);
    assert!(steps.is_none_or(|last| right.values.len() >= last * right.stride + PANEL));
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
            values: &left.values[part * left.stride..],
            ..left
        };
        multiply(variant, rest, right, others);
    }
}

/// Asks the processor to bring these numbers near: pages lie apart, and what it brings by itself
/// ends with each.
pub(crate) fn fetch(numbers: &[f16]) {
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
        Instructions::Avx512 => unsafe { avx512::rows(left, right, result) },
        Instructions::Portable => portable(left, right, result),
    }
}

fn portable<const R: usize>(left: Left<'_>, right: Right<'_>, result: &mut [[f32; PANEL]; R]) {
    for step in 0..left.length {
        let values = &right.values[step * right.stride..][..PANEL];
        for (row, result) in result.iter_mut().enumerate() {
            let factor = left.values[row * left.stride + step];
            for (sum, value) in result.iter_mut().zip(values) {
                *sum += factor * value.to_f32();
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm256_broadcast_ss, _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
        _mm256_storeu_ps,
    };

    use super::{Left, PANEL, Right};

    /// # Safety
    /// The processor must have AVX2, FMA and F16C, and the sides must be as long as they say.
    #[target_feature(enable = "avx2,fma,f16c")]
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
            for step in 0..left.length {
                let values = right.values.as_ptr().add(step * right.stride).cast();
                let low = _mm256_cvtph_ps(_mm_loadu_si128(values));
                let high = _mm256_cvtph_ps(_mm_loadu_si128(values.add(1)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let factor = left.values.as_ptr().add(row * left.stride + step);
                    let factor = _mm256_broadcast_ss(&*factor);
                    sums[0] = _mm256_fmadd_ps(factor, low, sums[0]);
                    sums[1] = _mm256_fmadd_ps(factor, high, sums[1]);
                }
            }
            for (sums, result) in sums.iter().zip(result) {
                _mm256_storeu_ps(result.as_mut_ptr(), sums[0]);
                _mm256_storeu_ps(result.as_mut_ptr().add(8), sums[1]);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        _mm256_loadu_si256, _mm512_cvtph_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps,
        _mm512_storeu_ps,
    };

    use super::{Left, PANEL, Right};

    /// # Safety
    /// The processor must have AVX-512 F, and the sides must be as long as they say.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn rows<const R: usize>(
        left: Left<'_>,
        right: Right<'_>,
        result: &mut [[f32; PANEL]; R],
    ) {
        // SAFETY: each row of the result is one vector of sixteen floats; the caller checked that
        // the last number of the last row of either side is there.
        unsafe {
            let mut sums = [_mm512_loadu_ps(result[0].as_ptr()); R];
            for (sum, result) in sums.iter_mut().zip(&*result) {
                *sum = _mm512_loadu_ps(result.as_ptr());
            }
            for step in 0..left.length {
                let values = right.values.as_ptr().add(step * right.stride).cast();
                let values = _mm512_cvtph_ps(_mm256_loadu_si256(values));
                for (row, sum) in sums.iter_mut().enumerate() {
                    let factor = *left.values.as_ptr().add(row * left.stride + step);
                    *sum = _mm512_fmadd_ps(_mm512_set1_ps(factor), values, *sum);
                }
            }
            for (sum, result) in sums.iter().zip(result) {
                _mm512_storeu_ps(result.as_mut_ptr(), *sum);
            }
        }
    }
}
