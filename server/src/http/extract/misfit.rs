//! A value that does not fit the type it is read into: where it is, and what kind of misfit.

use std::fmt::Write;

use axum::http::StatusCode;
use serde_path_to_error::Segment;

use crate::http::{Fault, FieldError};

/// A value that does not fit.
#[derive(Debug, Clone)]
pub struct Misfit {
    /// Where it is; for a missing field, where it should be.
    pub path: Vec<Step>,
    /// What is wrong.
    pub cause: Cause,
    message: String,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field of an object.
    Field(String),
    /// An element of an array.
    Element(usize),
    /// Something that has no name.
    Nameless,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The field is not there.
    Missing,
    /// There is no such field.
    Unknown,
    /// Its value is of another kind or out of range.
    Unfit,
}

impl Misfit {
    /// Reads serde's error: a field that is missing is named only in the text of its message.
    pub fn of<E: std::error::Error>(error: &serde_path_to_error::Error<E>) -> Self {
        let message = error.inner().to_string();
        let mut path = error.path().iter().map(Step::of).collect::<Vec<_>>();
        let cause = if let Some(field) = quoted(&message, "missing field `") {
            path.push(Step::Field(field.to_owned()));
            Cause::Missing
        } else if let Some(field) = quoted(&message, "unknown field `") {
            if path.last() != Some(&Step::Field(field.to_owned())) {
                path.push(Step::Field(field.to_owned()));
            }
            Cause::Unknown
        } else {
            Cause::Unfit
        };
        Self {
            path,
            cause,
            message,
        }
    }

    /// The path as people write it, e.g. `messages[0].role`; empty for the whole.
    pub fn field(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                // Writing into a string cannot fail.
                Step::Element(index) => write!(text, "[{index}]").unwrap_or_default(),
                Step::Field(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Step::Nameless => {}
            }
        }
        text
    }

    /// The first of the values that would be right, if serde's message names them.
    pub fn expected(&self) -> Option<&str> {
        let (_, names) = self.message.split_once("expected ")?;
        let names = names.strip_prefix("one of ").unwrap_or(names);
        quoted(names, "`")
    }

    /// What to tell the client.
    pub fn to_field_error(&self) -> FieldError {
        let message = match self.cause {
            Cause::Missing => "is missing".to_owned(),
            Cause::Unknown => match self.message.split_once(", ") {
                Some((_, expected)) => format!("is not a field here: {expected}"),
                None => "is not a field here".to_owned(),
            },
            Cause::Unfit => self.message.clone(),
        };
        FieldError {
            field: self.field(),
            message,
        }
    }
}

impl Step {
    fn of(segment: &Segment) -> Self {
        match segment {
            Segment::Seq { index } => Self::Element(*index),
            Segment::Map { key } => Self::Field(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => Self::Nameless,
        }
    }
}

impl From<Misfit> for Fault {
    fn from(misfit: Misfit) -> Self {
        if misfit.field().is_empty() {
            return Self::new(StatusCode::BAD_REQUEST, "invalid_value", misfit.message);
        }
        Self::invalid_fields(vec![misfit.to_field_error()])
    }
}

/// The name after a beginning, up to the next backtick.
fn quoted<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    text.strip_prefix(beginning)?.split('`').next()
}
