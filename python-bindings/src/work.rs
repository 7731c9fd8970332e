//! A running engine call as Python sees it.
//!
//! Waiting is done in short steps without the interpreter's lock; between them signals are looked
//! at, so that Ctrl-C raises and stops the work. Dropping the object stops the work too.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use locutor::{
    Cancellation, Error,
    schedule::{Pending, Step, Streaming},
};
use pyo3::prelude::*;

use crate::{failure::exception, value::Value};

/// How long Ctrl-C may go unnoticed.
const STEP: Duration = Duration::from_millis(50);

/// Handle of a running call.
#[pyclass(frozen, module = "locutor._locutor")]
pub(crate) struct Work {
    running: Mutex<Option<Box<dyn Running>>>,
    cancellation: Cancellation,
}

/// An engine call whose events and result have become [`Value`]s.
trait Running: Send {
    fn step(&mut self) -> locutor::Result<Step<Value>>;
    fn finish(self: Box<Self>) -> locutor::Result<Value>;
}

struct WithEvents<E, T> {
    streaming: Streaming<E, T>,
    event: fn(E) -> locutor::Result<Value>,
    result: fn(T) -> locutor::Result<Value>,
}

impl<E: Send, T: Send> Running for WithEvents<E, T> {
    fn step(&mut self) -> locutor::Result<Step<Value>> {
        Ok(match self.streaming.next_timeout(STEP) {
            Step::Event(event) => Step::Event((self.event)(event)?),
            Step::Waiting => Step::Waiting,
            Step::Ended => Step::Ended,
        })
    }

    fn finish(self: Box<Self>) -> locutor::Result<Value> {
        (self.result)(self.streaming.finish()?)
    }
}

struct WithoutEvents<T> {
    pending: Pending<T>,
    outcome: Option<locutor::Result<T>>,
    result: fn(T) -> locutor::Result<Value>,
}

impl<T: Send> Running for WithoutEvents<T> {
    fn step(&mut self) -> locutor::Result<Step<Value>> {
        if self.outcome.is_none() {
            self.outcome = self.pending.wait_timeout(STEP);
        }
        Ok(match self.outcome {
            Some(_) => Step::Ended,
            None => Step::Waiting,
        })
    }

    fn finish(self: Box<Self>) -> locutor::Result<Value> {
        let Self {
            pending,
            outcome,
            result,
        } = *self;
        result(outcome.unwrap_or_else(|| pending.wait())?)
    }
}

impl Work {
    pub(crate) fn new<E: Send + 'static, T: Send + 'static>(
        streaming: Streaming<E, T>,
        event: fn(E) -> locutor::Result<Value>,
        result: fn(T) -> locutor::Result<Value>,
    ) -> Self {
        let cancellation = streaming.cancellation().clone();
        let running = WithEvents {
            streaming,
            event,
            result,
        };
        Self::of(running, cancellation)
    }

    /// Starts work through `submit`, which gets the flag that stops it.
    pub(crate) fn without_events<T: Send + 'static>(
        submit: impl FnOnce(Cancellation) -> locutor::Result<Pending<T>>,
        result: fn(T) -> locutor::Result<Value>,
    ) -> locutor::Result<Self> {
        let cancellation = Cancellation::new();
        let running = WithoutEvents {
            pending: submit(cancellation.clone())?,
            outcome: None,
            result,
        };
        Ok(Self::of(running, cancellation))
    }

    fn of(running: impl Running + 'static, cancellation: Cancellation) -> Self {
        Self {
            running: Mutex::new(Some(Box::new(running))),
            cancellation,
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Box<dyn Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self) -> locutor::Result<Step<Value>> {
        self.running()
            .as_mut()
            .map_or(Ok(Step::Ended), |running| running.step())
    }

    fn finish(&self) -> locutor::Result<Value> {
        let running = self.running().take();
        running.ok_or(Error::Cancelled)?.finish()
    }
}

#[pymethods]
impl Work {
    /// The next event, or `None` after the last.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            let step = py.detach(|| self.step());
            match step.map_err(|error| exception(py, &error))? {
                Step::Event(value) => return value.into_python(py).map(Some),
                Step::Ended => return Ok(None),
                Step::Waiting => py.check_signals().inspect_err(|_| self.cancel())?,
            }
        }
    }

    /// Passes over the remaining events and gives the result; only once.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        while self.next(py)?.is_some() {}
        py.detach(|| self.finish())
            .map_err(|error| exception(py, &error))?
            .into_python(py)
    }

    /// Asks the work to stop; what waits for it sees `Cancelled`.
    fn cancel(&self) {
        self.cancellation.cancel();
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.cancellation.cancel();
    }
}
