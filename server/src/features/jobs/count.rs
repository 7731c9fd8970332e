//! How many jobs wait or were given up, for alert rules.

use sea_orm::DbErr;
use uuid::Uuid;

use super::{JobService, store};

/// Which jobs to count.
#[derive(Debug, Clone, Default)]
pub struct JobCount {
    /// Only this kind.
    pub kind: Option<String>,
    /// Only those of this organisation.
    pub organisation: Option<Uuid>,
}

impl JobService {
    /// How many jobs could run at this time and still wait.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_waiting(&self, count: &JobCount, now: i64) -> Result<u64, DbErr> {
        store::count_waiting(self.database.reader(), count, now).await
    }

    /// How many jobs were given up in this time, and still are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_dead(&self, count: &JobCount, from: i64, to: i64) -> Result<u64, DbErr> {
        store::count_dead(self.database.reader(), count, from..to).await
    }
}
