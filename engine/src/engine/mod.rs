//! The handle: loads models on first use, runs work on its own threads, unloads what lies idle.
//!
//! [`Engine::builder`] -> [`Engine`] -> [`Engine::submit`] (a lane's worker) -> a model handle
//! such as [`Engine::transcriber`] (loaded once, shared) -> the task's trait.

mod builder;
mod defaults;
mod device;
mod handle;
mod listener;
mod load;
mod loaded;
mod tasks;

pub use builder::EngineBuilder;
pub use defaults::Defaults;
pub use device::{Device, LoadSettings};
pub use handle::{Engine, LaneName};
pub use listener::Listener;
