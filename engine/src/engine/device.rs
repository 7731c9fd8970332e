//! Where models run.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{Error, Result, kernel::Pool};

/// A device to run models on; as text `cpu`, `cuda`, `cuda:1`, `metal`.
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

impl fmt::Display for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => formatter.write_str("cpu"),
            Self::Cuda(number) => write!(formatter, "cuda:{number}"),
            Self::Metal => formatter.write_str("metal"),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            "metal" => Some(Self::Metal),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda),
        }
        .ok_or_else(|| {
            Error::invalid(
                "device",
                format!("there is no `{text}`; use cpu, cuda, cuda:1 (a GPU by number) or metal"),
            )
        })
    }
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
#[derive(Clone)]
pub struct LoadSettings {
    /// Where to run.
    pub device: Device,
    /// Threads one call may use, at least 1.
    pub threads: usize,
    /// Threads for kernels; models that are given the same settings share them.
    pub(crate) pool: Arc<Pool>,
}

impl LoadSettings {
    /// Settings for models that are loaded without an [`Engine`](crate::Engine).
    ///
    /// # Errors
    /// [`Error::Backend`] when the system gives no thread.
    pub fn new(device: Device, threads: usize) -> Result<Self> {
        Ok(Self {
            device,
            threads: threads.max(1),
            pool: Arc::new(Pool::new(threads)?),
        })
    }

    /// Two threads on the processor.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self::new(Device::Cpu, 2).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(3), Device::Metal] {
            assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
        }
        assert_eq!("cuda".parse::<Device>().unwrap(), Device::Cuda(0));
        for wrong in ["", "gpu", "cuda:", "cuda:x", "CPU"] {
            assert!(wrong.parse::<Device>().is_err(), "{wrong}");
        }
    }
}
