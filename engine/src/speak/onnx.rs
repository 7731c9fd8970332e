//! ONNX Runtime, loaded from a file at run time.
//!
//! The process has one environment; [`session`] makes it from the first library it is given and
//! keeps it, because ONNX Runtime allows no second one.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use ort::{
    environment::Environment,
    session::{Session, builder::SessionBuilder},
};

use crate::{
    Error, Result,
    engine::{Device, LoadSettings},
};

static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads a model.
///
/// # Errors
/// [`Error::MissingLibrary`] when the library cannot be loaded, [`Error::InvalidInput`] for a
/// device this build cannot use, [`Error::Backend`] for a model it cannot read.
pub(super) fn session(library: &Path, model: &Path, settings: &LoadSettings) -> Result<Session> {
    let environment = environment(library)?;
    let builder = Session::builder(&environment).map_err(refused)?;
    on_device(builder, settings.device)?
        .with_intra_threads(settings.threads)
        .map_err(refused)?
        // Threads that wait in a busy loop gain 2 % of speed and take 14 % more of the processor.
        .with_config_entry("session.intra_op.allow_spinning", "0")
        .map_err(refused)?
        .commit_from_file(model)
        .map_err(refused)
}

/// ONNX Runtime's own words as an [`Error`].
#[expect(clippy::needless_pass_by_value, reason = "used in `map_err`")]
pub(super) fn refused<R>(error: ort::Error<R>) -> Error {
    Error::backend("ONNX Runtime", error.message())
}

fn environment(library: &Path) -> Result<Environment> {
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*environment {
        return Ok(environment.clone());
    }
    let made = ort::init_from(library)
        .map_err(|source| Error::MissingLibrary {
            library: "ONNX Runtime",
            message: format!("{source}; get it again with `locutor models pull onnxruntime`"),
        })?
        .with_name("locutor")
        .with_telemetry(false)
        .build()
        .map_err(refused)?;
    Ok(environment.insert(made).clone())
}

/// Metal is left to other backends: the runtime of the catalog has none, and voices are small.
fn on_device(builder: SessionBuilder, device: Device) -> Result<SessionBuilder> {
    match device {
        Device::Cpu | Device::Metal => Ok(builder),
        #[cfg(feature = "cuda")]
        Device::Cuda(number) => {
            let number = i32::try_from(number)
                .map_err(|_| Error::invalid("device", format!("there is no GPU {number}")))?;
            let cuda = ort::ep::CUDA::default().with_device_id(number).build();
            builder.with_execution_providers([cuda]).map_err(refused)
        }
        #[cfg(not(feature = "cuda"))]
        Device::Cuda(_) => Err(Error::invalid(
            "device",
            "this build has no CUDA; use the processor or build with the `cuda` feature",
        )),
    }
}
