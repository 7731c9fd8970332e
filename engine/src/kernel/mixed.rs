//! Products with 16-bit floats, as attention needs them.
//!
//! `result[r][c] = sum over k of left[r][k] * right[k][c]`, for up to [`MOST_ROWS`] rows and
//! [`PANEL`] columns. With keys stored by dimension this gives scores, with values stored by
//! position it mixes them.

use half::{f16, slice::HalfFloatSliceExt};

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

/// Rows of the result: row `r` begins at `r * stride` and has [`PANEL`] numbers.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) values: &'a mut [f32],
    pub(crate) stride: usize,
    pub(crate) rows: usize,
    /// Whether to add to what is there.
    pub(crate) accumulate: bool,
}

/// Multiplies.
///
/// # Panics
/// When there are more than [`MOST_ROWS`] rows, or a side or the target is too short.
pub(crate) fn multiply(
    variant: Variant,
    left: Left<'_>,
    right: Right<'_>,
    target: &mut Target<'_>,
) {
    let Some(last) = target.rows.checked_sub(1) else {
        return;
    };
    assert!(last < MOST_ROWS, "rows");
    // Without overflow, since the kernels rely on it.
    let end = |last: usize, stride: usize, width| last.checked_mul(stride)?.checked_add(width);
    let holds = |length: usize, end: Option<usize>| end.is_some_and(|end| length >= end);
    assert!(holds(
        left.values.len(),
        end(last, left.stride, left.length)
    ));
    assert!(holds(target.values.len(), end(last, target.stride, PANEL)));
    let steps = left.length.checked_sub(1);
    let right_end = |last| end(last, right.stride, PANEL);
    assert!(steps.is_none_or(|last| holds(right.values.len(), right_end(last))));
    let mut first = 0;
    while first < target.rows {
        // In parts where there are no kernels for so many.
        let part = match (target.rows - first).min(variant.rows()) {
            5 | 6 => 4,
            count => count,
        };
        let left = Left {
            values: &left.values[first * left.stride..],
            ..left
        };
        let mut target = Target {
            values: &mut target.values[first * target.stride..],
            rows: part,
            ..*target
        };
        match part {
            1 => rows::<1>(variant, left, right, &mut target),
            2 => rows::<2>(variant, left, right, &mut target),
            3 => rows::<3>(variant, left, right, &mut target),
            4 => rows::<4>(variant, left, right, &mut target),
            7 => rows::<7>(variant, left, right, &mut target),
            _ => rows::<8>(variant, left, right, &mut target),
        }
        first += part;
    }
}

/// Rounds numbers to 16 bits.
///
/// # Panics
/// When there are not as many places as numbers.
pub(crate) fn round(variant: Variant, numbers: &[f32], halves: &mut [f16]) {
    assert_eq!(numbers.len(), halves.len(), "places");
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions; every one with
        // AVX-512 has those of AVX2.
        Instructions::Avx2 | Instructions::Avx512 => unsafe { avx2::round(numbers, halves) },
        Instructions::Portable => halves.convert_from_f32_slice(numbers),
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

fn rows<const R: usize>(
    variant: Variant,
    left: Left<'_>,
    right: Right<'_>,
    target: &mut Target<'_>,
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions, and `multiply`
        // checked the lengths.
        Instructions::Avx2 => unsafe { avx2::rows::<R>(left, right, target) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::rows::<R>(left, right, target) },
        Instructions::Portable => portable::<R>(left, right, target),
    }
}

fn portable<const R: usize>(left: Left<'_>, right: Right<'_>, target: &mut Target<'_>) {
    for row in 0..R {
        let result = &mut target.values[row * target.stride..][..PANEL];
        if !target.accumulate {
            result.fill(0.0);
        }
    }
    for step in 0..left.length {
        let values = &right.values[step * right.stride..][..PANEL];
        for row in 0..R {
            let factor = left.values[row * left.stride + step];
            let result = &mut target.values[row * target.stride..][..PANEL];
            for (sum, value) in result.iter_mut().zip(values) {
                *sum += factor * value.to_f32();
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m128i, _MM_FROUND_TO_NEAREST_INT, _mm_loadu_si128, _mm_storeu_si128, _mm256_broadcast_ss,
        _mm256_cvtph_ps, _mm256_cvtps_ph, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_setzero_ps,
        _mm256_storeu_ps,
    };

    use half::{f16, slice::HalfFloatSliceExt};

    use super::{Left, Right, Target};

    #[target_feature(enable = "avx2,f16c")]
    pub(super) fn round(numbers: &[f32], halves: &mut [f16]) {
        let (eights, rest) = numbers.as_chunks::<8>();
        let (places, others) = halves.as_chunks_mut::<8>();
        for (numbers, halves) in eights.iter().zip(places) {
            #[expect(clippy::cast_ptr_alignment, reason = "the store needs no alignment")]
            let place = halves.as_mut_ptr().cast::<__m128i>();
            // SAFETY: both are eight numbers, and neither needs an alignment.
            unsafe {
                let numbers = _mm256_loadu_ps(numbers.as_ptr());
                _mm_storeu_si128(place, _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(numbers));
            }
        }
        others.convert_from_f32_slice(rest);
    }

    /// # Safety
    /// The processor must have AVX2, FMA and F16C, and the sides must be as long as they say.
    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) unsafe fn rows<const R: usize>(
        left: Left<'_>,
        right: Right<'_>,
        target: &mut Target<'_>,
    ) {
        // SAFETY: each row of the target has two vectors of eight floats; the caller checked that
        // the last number of the last row of either side and of the target is there.
        unsafe {
            let result = target.values.as_mut_ptr();
            let mut sums = [[_mm256_setzero_ps(); 2]; R];
            if target.accumulate {
                for (row, sums) in sums.iter_mut().enumerate() {
                    let result = result.add(row * target.stride);
                    *sums = [_mm256_loadu_ps(result), _mm256_loadu_ps(result.add(8))];
                }
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
            for (row, sums) in sums.iter().enumerate() {
                let result = result.add(row * target.stride);
                _mm256_storeu_ps(result, sums[0]);
                _mm256_storeu_ps(result.add(8), sums[1]);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        _mm256_loadu_si256, _mm512_cvtph_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps,
        _mm512_setzero_ps, _mm512_storeu_ps,
    };

    use super::{Left, Right, Target};

    /// # Safety
    /// The processor must have AVX-512 F, and the sides must be as long as they say.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn rows<const R: usize>(
        left: Left<'_>,
        right: Right<'_>,
        target: &mut Target<'_>,
    ) {
        // SAFETY: each row of the target is one vector of sixteen floats; the caller checked that
        // the last number of the last row of either side and of the target is there.
        unsafe {
            let result = target.values.as_mut_ptr();
            let mut sums = [_mm512_setzero_ps(); R];
            if target.accumulate {
                for (row, sum) in sums.iter_mut().enumerate() {
                    *sum = _mm512_loadu_ps(result.add(row * target.stride));
                }
            }
            for step in 0..left.length {
                let values = right.values.as_ptr().add(step * right.stride).cast();
                let values = _mm512_cvtph_ps(_mm256_loadu_si256(values));
                for (row, sum) in sums.iter_mut().enumerate() {
                    let factor = *left.values.as_ptr().add(row * left.stride + step);
                    *sum = _mm512_fmadd_ps(_mm512_set1_ps(factor), values, *sum);
                }
            }
            for (row, sum) in sums.iter().enumerate() {
                _mm512_storeu_ps(result.add(row * target.stride), *sum);
            }
        }
    }
}
