//! The GELU activation with the bias before it, in one pass over memory.
//!
//! candle adds the bias in one pass and calls the scalar `erff` of libm for each value in a
//! second one. The rational approximation of the error function here (the coefficients are those
//! of Eigen's `erf` for 32-bit floats, error below 5e-7) has no branches, so it vectorises.

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, bail};
use rayon::prelude::*;

/// `gelu(values + bias)`, where `values` has rows as long as `bias`. May reuse the memory of
/// `values`.
pub(super) fn gelu(values: Tensor, bias: &Tensor) -> Result<Tensor> {
    if values.device().is_cpu() {
        values.inplace_op2(bias, &BiasGelu)?;
        Ok(values)
    } else {
        values.broadcast_add(bias)?.gelu_erf()
    }
}

struct BiasGelu;

impl InplaceOp2 for BiasGelu {
    fn name(&self) -> &'static str {
        "bias-gelu"
    }

    fn cpu_fwd(
        &self,
        values: &mut CpuStorage,
        values_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<()> {
        let (Some((start, end)), Some((bias_start, bias_end))) = (
            values_layout.contiguous_offsets(),
            bias_layout.contiguous_offsets(),
        ) else {
            bail!("bias-gelu needs contiguous tensors")
        };
        let (CpuStorage::F32(values), CpuStorage::F32(bias)) = (values, bias) else {
            bail!("bias-gelu needs 32-bit floats")
        };
        let bias = &bias[bias_start..bias_end];
        values[start..end]
            .par_chunks_mut(bias.len())
            .for_each(|row| {
                for (value, bias) in row.iter_mut().zip(bias) {
                    let x = *value + bias;
                    *value = 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
                }
            });
        Ok(())
    }
}

/// The error function.
#[inline]
fn erf(x: f32) -> f32 {
    const NUMERATOR: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_5e-5,
        -7.349_906e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const DENOMINATOR: [f32; 5] = [
        -1.456_607_2e-5,
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329_2e-3,
        -1.426_473_9e-2,
    ];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let horner = |coefficients: &[f32]| {
        coefficients
            .iter()
            .fold(0.0, |sum, coefficient| sum * square + coefficient)
    };
    x * horner(&NUMERATOR) / horner(&DENOMINATOR)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn equals_the_exact_function() {
        let values: Vec<f32> = (-8000..8000).map(|step| step as f32 / 1000.0).collect();
        let values = Tensor::from_vec(values, (8000, 2), &Device::Cpu).unwrap();
        let bias = Tensor::new(&[0.25_f32, -1.5], &Device::Cpu).unwrap();
        let exact = values.broadcast_add(&bias).unwrap().gelu_erf().unwrap();
        let fast = gelu(values.copy().unwrap(), &bias).unwrap();
        let difference = (exact - fast).unwrap().abs().unwrap();
        let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
        assert!(worst < 3e-6, "{worst}");
    }
}
