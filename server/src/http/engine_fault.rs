//! The engine's errors as faults: the only place that gives them a status.

use axum::http::StatusCode;
use locutor::Error;

use super::{Fault, FieldError};

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let (status, code) = match &error {
            Error::InvalidInput { parameter, message } => {
                return Self {
                    fields: vec![FieldError {
                        field: (*parameter).to_owned(),
                        message: message.clone(),
                    }],
                    ..Self::new(StatusCode::BAD_REQUEST, "invalid_value", error.to_string())
                };
            }
            Error::Audio { .. } => return unusable_audio(message),
            Error::UnknownModel { .. } => return unknown_model(message),
            Error::Busy { retry_after, .. } => {
                let mut fault = Self::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", message);
                fault.retry_after = Some(*retry_after);
                return fault;
            }
            Error::Model(locutor_models::Error::Missing { .. }) => {
                (StatusCode::NOT_FOUND, "model_not_installed")
            }
            Error::Model(_) => (StatusCode::SERVICE_UNAVAILABLE, "model_unusable"),
            Error::MissingLibrary { .. } => (StatusCode::SERVICE_UNAVAILABLE, "library_missing"),
            Error::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "cancelled"),
            _ => return Self::internal(error),
        };
        if status.is_server_error() {
            tracing::error!(%error, "request failed");
        }
        Self::new(status, code, message)
    }
}

fn unusable_audio(message: String) -> Fault {
    let mut fault = Fault::invalid("file", message);
    fault.code = "invalid_audio";
    fault
}

fn unknown_model(message: String) -> Fault {
    let mut fault = Fault::invalid("model", message);
    fault.status = StatusCode::NOT_FOUND;
    fault.code = "model_not_found";
    fault
}
