//! Where models run.

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

/// What every backend is told when it loads a model.
#[derive(Debug, Clone, Copy)]
pub struct LoadSettings {
    /// Where to run.
    pub device: Device,
    /// Threads one call may use, at least 1.
    pub threads: usize,
}
