//! Which errors mean that the database is away, rather than that a statement was wrong.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// States with which `PostgreSQL` ends or refuses connections: it shuts down, starts up, has too many of
/// them, or gives a statement up; and that with which SQLite gives up waiting for a lock.
const AWAY: [&str; 8] = [
    "57P01", "57P02", "57P03", "53300", "08003", "08006", "57014", "5",
];

/// Whether trying again in a moment may do: nothing was wrong with what was asked.
pub fn is_away(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            lost(error)
        }
        _ => false,
    }
}

fn lost(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::Protocol(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => true,
        SqlxError::Database(error) => error
            .code()
            .is_some_and(|code| AWAY.contains(&code.as_ref())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::database::testing::each;

    #[test]
    fn lost_connections_are_told_apart_from_faults() {
        let wrapped = |error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)));
        assert!(is_away(&wrapped(SqlxError::PoolTimedOut)));
        let broken = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert!(is_away(&wrapped(SqlxError::Io(broken))));
        assert!(!is_away(&wrapped(SqlxError::RowNotFound)));
        assert!(!is_away(&DbErr::Custom("x".into())));
    }

    #[tokio::test]
    async fn a_wrong_statement_is_no_outage() {
        for test in each().await {
            let wrong = "SELECT * FROM no_such_table";
            let error = test.database.reader().execute_unprepared(wrong).await;
            assert!(!is_away(&error.unwrap_err()));
        }
    }
}
