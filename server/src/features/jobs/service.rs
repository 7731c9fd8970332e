//! What administrators do with jobs; each change is in the audit log, in the same transaction.

use std::sync::Arc;

use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::{
    JobAdministrationError, JobQueue,
    store::{self, JobFilter},
    view::{Job, JobPage, JobQuery, ScheduleView},
};
use crate::{
    access::Caller,
    database::Database,
    entity::job::JobState,
    http::{Line, Origin},
    ports::{Audit, AuditCategory, AuditEvent, Clock, Jobs},
};

/// The use cases of administrators; clones share the database.
#[derive(Clone)]
pub struct JobService {
    pub(super) database: Database,
    clock: Arc<dyn Clock>,
    audit: Arc<dyn Audit>,
    queue: JobQueue,
}

/// A job after a change, unless there is no such job.
type Changed = Result<Option<Job>, JobAdministrationError>;

impl JobService {
    /// Works on the database; changes go to the audit log.
    pub fn new(
        database: Database,
        clock: Arc<dyn Clock>,
        audit: Arc<dyn Audit>,
        queue: JobQueue,
    ) -> Self {
        Self {
            database,
            clock,
            audit,
            queue,
        }
    }

    /// A page of jobs, the newest first.
    pub async fn list(&self, query: JobQuery) -> Result<JobPage, DbErr> {
        let filter = JobFilter {
            state: query.state,
            kind: query.kind.map(Line::into_string),
            before: query.after,
        };
        // One more than asked for tells whether there is another page.
        let mut rows = store::list(self.database.reader(), filter, query.limit + 1).await?;
        let more = rows.len() as u64 > query.limit;
        rows.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| more).map(|row| row.id);
        let data = rows.into_iter().map(Job::from).collect();
        Ok(JobPage { data, next })
    }

    /// A job.
    pub async fn get(&self, id: Uuid) -> Result<Option<Job>, DbErr> {
        Ok(store::find(self.database.reader(), id)
            .await?
            .map(Job::from))
    }

    /// Makes a job that is dead, cancelled or waiting run as soon as possible, with all attempts
    /// ahead of it. A key that made it unique is gone once it has finished.
    ///
    /// # Errors
    /// When it runs or is done, or the database fails.
    pub async fn retry(&self, id: Uuid, caller: &Caller, origin: &Origin) -> Changed {
        let transaction = self.database.begin().await?;
        let now = self.clock.now().as_millisecond();
        let done = store::run_again(&transaction, id, now).await?;
        let action = Action {
            name: "job.retry",
            refusal: JobAdministrationError::NotRetryable,
        };
        let job = self
            .conclude(transaction, (id, done), action, (caller, origin))
            .await?;
        self.queue.wake();
        Ok(job)
    }

    /// Stops a job that waits or runs. One that runs is told within seconds, and nothing that it
    /// would write is written from now on.
    ///
    /// # Errors
    /// When it is over, or the database fails.
    pub async fn cancel(&self, id: Uuid, caller: &Caller, origin: &Origin) -> Changed {
        let transaction = self.database.begin().await?;
        let now = self.clock.now().as_millisecond();
        let done = store::cancel(&transaction, id, now).await?;
        let action = Action {
            name: "job.cancel",
            refusal: JobAdministrationError::NotCancellable,
        };
        self.conclude(transaction, (id, done), action, (caller, origin))
            .await
    }

    /// All schedules, by name.
    pub async fn schedules(&self) -> Result<Vec<ScheduleView>, DbErr> {
        let rows = store::schedules(self.database.reader()).await?;
        Ok(rows.into_iter().map(ScheduleView::from).collect())
    }

    /// Commits a change with its record, or says why there was none.
    async fn conclude(
        &self,
        transaction: DatabaseTransaction,
        (id, done): (Uuid, bool),
        action: Action,
        (caller, origin): (&Caller, &Origin),
    ) -> Changed {
        let Some(row) = store::find(&transaction, id).await? else {
            return Ok(None);
        };
        if !done {
            return Err((action.refusal)(row.state));
        }
        let event = AuditEvent::new(AuditCategory::System, action.name)
            .by(caller.actor, Some(caller.organisation))
            .on("job", id)
            .from(origin)
            .detail("kind", row.kind.as_str());
        self.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(Some(row.into()))
    }
}

/// What an administrator wants.
struct Action {
    /// As in the audit log.
    name: &'static str,
    /// Why not, in this state.
    refusal: fn(JobState) -> JobAdministrationError,
}
