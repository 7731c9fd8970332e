//! Databases for tests, each its own: SQLite in a temporary folder, and a schema of the PostgreSQL
//! server that `make test` starts (named by `LOCUTOR_TEST_POSTGRES`).

use std::sync::Once;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use uuid::Uuid;

use super::Database;
use crate::{app::DataFolder, config::DatabaseSettings};

/// A database, and what must outlive it.
#[derive(Debug)]
pub struct TestDatabase {
    /// The database.
    pub database: Database,
    /// What to open it again with.
    pub settings: DatabaseSettings,
    /// A data folder, which holds the database where that is SQLite.
    pub folder: DataFolder,
    _parent: tempfile::TempDir,
}

/// A fresh SQLite database.
pub async fn sqlite() -> TestDatabase {
    let test = prepare(DatabaseSettings::default()).await;
    test.database.migrate().await.unwrap();
    test
}

/// A fresh database of each kind. Without a PostgreSQL server it is only SQLite, and says so.
pub async fn each() -> Vec<TestDatabase> {
    let all = each_empty().await;
    for test in &all {
        test.database.migrate().await.unwrap();
    }
    all
}

/// As [`each`], without tables.
pub async fn each_empty() -> Vec<TestDatabase> {
    let mut all = vec![prepare(DatabaseSettings::default()).await];
    match std::env::var("LOCUTOR_TEST_POSTGRES") {
        Ok(server) => all.push(postgres(&server).await),
        Err(_) => tell_once(),
    }
    all
}

/// Whether the database finds what the statement asks for through indexes alone, without reading a
/// whole table. PostgreSQL prefers to read tables as small as those of tests, so it is told that
/// this is expensive: where it does so nevertheless, no index serves the statement.
pub async fn uses_index(database: &Database, statement: Statement) -> bool {
    plan(database, statement)
        .await
        .iter()
        .all(|step| match database.kind() {
            DbBackend::Postgres => !step.contains("Seq Scan"),
            _ => !step.starts_with("SCAN") || step.contains("INDEX"),
        })
}

/// How the database goes about a statement, step by step in its own words.
pub async fn plan(database: &Database, mut statement: Statement) -> Vec<String> {
    let (explain, column) = match database.kind() {
        DbBackend::Postgres => ("EXPLAIN ", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN ", "detail"),
    };
    statement.sql.insert_str(0, explain);
    let transaction = database.reader().begin().await.unwrap();
    if database.kind() == DbBackend::Postgres {
        let expensive = "SET LOCAL enable_seqscan = off";
        transaction.execute_unprepared(expensive).await.unwrap();
    }
    let steps = transaction.query_all_raw(statement).await.unwrap();
    transaction.rollback().await.unwrap();
    steps
        .iter()
        .map(|step| step.try_get("", column).unwrap())
        .collect()
}

fn tell_once() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        eprintln!("NOT TESTED ON POSTGRESQL: `make test` starts a server and names it in LOCUTOR_TEST_POSTGRES");
    });
}

async fn postgres(server: &str) -> TestDatabase {
    let schema = format!("unit_{}", Uuid::new_v4().simple());
    let administrator = Box::pin(sea_orm::Database::connect(server)).await.unwrap();
    administrator
        .execute_unprepared(&format!("CREATE SCHEMA {schema}"))
        .await
        .unwrap();
    administrator.close().await.unwrap();
    let separator = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{separator}options=-c%20search_path%3D{schema}");
    prepare(DatabaseSettings {
        url: Some(url.into()),
        // So that whoever asks for a second connection while holding one is found: with enough of
        // them at once that never ends, however many connections there are.
        connections: 1,
        ..DatabaseSettings::default()
    })
    .await
}

async fn prepare(settings: DatabaseSettings) -> TestDatabase {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::prepare(parent.path()).unwrap();
    let file = folder.database().unwrap();
    let database = Database::open(&settings, &file).await.unwrap();
    TestDatabase {
        database,
        settings,
        folder,
        _parent: parent,
    }
}
