//! The schema's history, oldest first. A migration that was released is never changed.

mod m20261123_000001_first;
mod m20261126_000001_accounts;
mod m20261126_000002_jobs;
mod m20261126_000003_audit;
mod m20261126_000004_access_rules;
mod m20261126_000005_usage;
mod m20261126_000006_alerts;
mod parts;
#[cfg(test)]
mod tests;

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

/// Applies the migrations.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_first::Migration),
            Box::new(m20261126_000001_accounts::Migration),
            Box::new(m20261126_000002_jobs::Migration),
            Box::new(m20261126_000003_audit::Migration),
            Box::new(m20261126_000004_access_rules::Migration),
            Box::new(m20261126_000005_usage::Migration),
            Box::new(m20261126_000006_alerts::Migration),
        ]
    }
}
