//! What the use cases need from the outside world, as traits; [`crate::adapters`] implements them.

mod audit;
mod cache;
mod clock;
mod jobs;
mod mailer;
mod randomness;
mod rate_limiter;

pub use audit::{Audit, AuditCategory, AuditEvent, AuditOutcome};
pub use cache::{Cache, SingleFlight, Slot, Stamp};
pub use clock::Clock;
pub use jobs::{Effects, JobError, JobHandler, Jobs, NewJob, RunningJob};
pub use mailer::{Mail, MailError, Mailer};
pub use randomness::Randomness;
pub use rate_limiter::{Permit, Quota, RateLimiter};
