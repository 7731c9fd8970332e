//! Jobs: work that is done later, and the schedules that cause it.
//!
//! [`JobQueue`] writes a job in the transaction of the use case that needs it -> a [`Worker`], in
//! the server or in `locutor worker`, claims it under a lease -> the handler of its kind does the
//! slow work outside any transaction -> one transaction checks that the lease still holds, marks
//! the job as done and writes the handler's effects. A worker that is killed before that commit
//! leaves neither; its lease runs out, another worker takes the job over, and whatever the first
//! one still tries to write is refused. So effects in the database happen exactly once, effects
//! elsewhere at least once.
//!
//! The table is our own, through the same code for SQLite and PostgreSQL. We looked at the crate
//! apalis 1.0 before: its two backends are two code paths with connection pools of their own, it
//! acknowledges a job outside the transaction of the job's effects, so that a crash between the
//! two repeats them, and an error of the database ends its worker, where ours only pauses.

mod attempt;
mod backoff;
mod count;
mod error;
mod http;
mod measure;
mod outage;
mod purge;
mod queue;
mod schedule;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod upkeep;
mod view;
mod worker;

pub use count::JobCount;
pub use error::JobAdministrationError;
pub use http::routes;
pub use purge::PurgeJobs;
pub use queue::JobQueue;
pub use schedule::Schedule;
pub use service::JobService;
#[cfg(test)]
pub use worker::WorkerSettings;
pub use worker::{Worker, WorkerTools};
