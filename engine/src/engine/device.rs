//! Where models run.

use crate::{Error, Result};

/// A device to run models on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU by its number; needs the `cuda` feature.
    Cuda(usize),
    /// Apple's GPU; needs the `metal` feature.
    Metal,
}

impl Device {
    /// The same device in candle's terms.
    ///
    /// # Errors
    /// [`Error::Backend`] when this build or this machine lacks it.
    pub(crate) fn candle(self) -> Result<candle_core::Device> {
        match self {
            Self::Cpu => Ok(candle_core::Device::Cpu),
            Self::Cuda(number) => candle_core::Device::new_cuda(number),
            Self::Metal => candle_core::Device::new_metal(0),
        }
        .map_err(|error| Error::backend("candle", error))
    }
}

/// What every backend is told when it loads a model.
#[derive(Debug, Clone, Copy)]
pub struct LoadSettings {
    /// Where to run.
    pub device: Device,
    /// Threads one call may use, at least 1.
    pub threads: usize,
}
