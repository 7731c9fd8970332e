//! Which instructions to use.

use std::{env, fmt, sync::OnceLock};

/// Environment variable that forces a variant by name.
const FORCE: &str = "LOCUTOR_KERNELS";

/// A set of instructions that this processor has: there is no way to make one for instructions
/// that it lacks, so holding one is the proof that its kernels may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant(pub(super) Instructions);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Instructions {
    /// AVX-512 F, BW, DQ, VL and VNNI, with AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of plain Rust.
    Portable,
}

/// Compiles a function once for each variant and chooses at run time. In the function, `FUSED` tells
/// whether the processor multiplies and adds in one instruction; where it does not, `mul_add` is slow.
macro_rules! for_each_variant {
    ($(#[$doc:meta])* pub(crate) fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub(crate) fn $name(variant: $crate::kernel::Variant, $($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn plain<const FUSED: bool>($($argument: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,f16c")]
            fn avx2($($argument: $type),*) $(-> $result)? { plain::<true>($($argument),*) }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
            fn avx512($($argument: $type),*) $(-> $result)? { plain::<true>($($argument),*) }
            match variant.0 {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: a variant exists only where the processor has its instructions.
                $crate::kernel::variant::Instructions::Avx2 => unsafe { avx2($($argument),*) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: as above.
                $crate::kernel::variant::Instructions::Avx512 => unsafe { avx512($($argument),*) },
                $crate::kernel::variant::Instructions::Portable => plain::<false>($($argument),*),
            }
        }
    };
}
pub(super) use for_each_variant;

impl Variant {
    /// The fastest variant, or the one that `LOCUTOR_KERNELS` names; looked up once.
    pub fn best() -> Self {
        static BEST: OnceLock<Variant> = OnceLock::new();
        *BEST.get_or_init(|| {
            let available = Self::available();
            let forced = env::var(FORCE).ok();
            let named = forced.as_deref().and_then(|name| {
                let found = available.iter().find(|variant| variant.name() == name);
                if found.is_none() {
                    tracing::warn!(name, "{FORCE} names kernels that this machine lacks");
                }
                found
            });
            *named.unwrap_or(&available[0])
        })
    }

    /// Every variant that this processor can run, fastest first; never empty.
    pub fn available() -> Vec<Self> {
        let mut available = Vec::new();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                available.push(Self(Instructions::Avx512));
            }
            available.push(Self(Instructions::Avx2));
        }
        available.push(Self(Instructions::Portable));
        available
    }

    /// Rows that are computed together, for which there are registers; even.
    pub(crate) fn rows(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => 8,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => 4,
            Instructions::Portable => 4,
        }
    }

    /// The name that `LOCUTOR_KERNELS` takes.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "avx2",
            Instructions::Portable => "portable",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
