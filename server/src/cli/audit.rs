//! `locutor audit`: verify and export the audit log. Works beside a running server.

use std::{
    io::Write,
    path::{Path, PathBuf},
    pin::pin,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use futures::StreamExt;
use jiff::Timestamp;

use super::{Settings, output};
use crate::{
    adapters::SystemRandomness,
    app::{self, DataFolder, block_on, open_database},
    features::audit::{Anchor, AuditService, ExportFormat, Filter},
};

/// Verify and export the audit log.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that no event was edited, removed, inserted or moved; exits with 1 when one was.
    Verify {
        /// The end that an earlier verification printed: it must still be part of the log.
        #[arg(long, value_name = "SEQUENCE:HASH")]
        anchor: Option<Anchor>,
    },
    /// Write the events to a file, oldest first.
    Export(Export),
}

#[derive(Debug, Args)]
struct Export {
    /// How they are written.
    #[arg(long, value_enum, default_value = "ndjson")]
    format: ExportFormat,
    /// The file to write; an existing one is kept until the export is complete.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Only events from this time on, e.g. 2026-11-26T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only events before this time.
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
}

impl Audit {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let folder = DataFolder::prepare(&configuration.data.dir)?;
        block_on(async {
            let database = open_database(&configuration, &folder).await?;
            let secret = app::server_secret(&configuration.auth, &folder, &SystemRandomness)?;
            let audit = app::audit_service(&database, &secret);
            match self.command {
                Command::Verify { anchor } => verify(&audit, anchor.as_ref(), settings.json).await,
                Command::Export(export) => export.write(&audit, settings.json).await,
            }
        })
    }
}

async fn verify(audit: &AuditService, anchor: Option<&Anchor>, json: bool) -> anyhow::Result<()> {
    let verification = audit.verify(anchor).await?;
    if json {
        output::json(&verification)?;
    }
    if let Some(fault) = verification.fault {
        bail!(
            "the audit log is broken: {} ({} events before it are intact); compare with a backup and find out who wrote to the database",
            fault.message,
            verification.checked
        );
    }
    if json {
        return Ok(());
    }
    output::line(format!(
        "the audit log is intact: {} events",
        verification.checked
    ))?;
    match verification.end {
        Some(end) => output::line(format!("end: {end}")),
        None => Ok(()),
    }
}

impl Export {
    async fn write(self, audit: &AuditService, json: bool) -> anyhow::Result<()> {
        let failed = || {
            format!(
                "cannot write {}; choose another file with --output",
                self.output.display()
            )
        };
        let folder = match self.output.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // Readable by its owner only, and under its own name only once it is complete.
        let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
        let filter = Filter {
            from: self.from,
            to: self.to,
            ..Filter::default()
        };
        let mut pieces = pin!(audit.export(filter, self.format));
        let mut bytes = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            bytes += piece.len();
            file.write_all(&piece).with_context(failed)?;
        }
        file.as_file().sync_all().with_context(failed)?;
        file.persist(&self.output).with_context(failed)?;
        if json {
            return output::json(&serde_json::json!({ "output": self.output, "bytes": bytes }));
        }
        output::line(format!("wrote {bytes} bytes to {}", self.output.display()))
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::{
        database::Database,
        ports::{AuditCategory, AuditEvent},
    };

    fn run(folder: &Path, command: Command) -> anyhow::Result<()> {
        let settings = Settings {
            config: None,
            data_dir: Some(folder.to_owned()),
            models_dir: None,
            log: None,
            json: true,
        };
        Audit { command }.run(&settings)
    }

    /// Works on the database beside the commands, as a running server does.
    fn beside<T>(folder: &Path, work: impl AsyncFnOnce(&Database, &AuditService) -> T) -> T {
        let folder = DataFolder::prepare(folder).unwrap();
        let outcome = block_on(async {
            let configuration = crate::config::Configuration::default();
            let database = open_database(&configuration, &folder).await?;
            let secret = app::server_secret(&configuration.auth, &folder, &SystemRandomness)?;
            let audit = app::audit_service(&database, &secret);
            Ok(work(&database, &audit).await)
        });
        outcome.unwrap()
    }

    #[test]
    fn an_intact_log_verifies_and_exports_and_a_broken_one_fails() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        run(&folder, Command::Verify { anchor: None }).unwrap();
        let end = beside(&folder, async |database, audit| {
            for _ in 0..3 {
                let transaction = database.begin().await.unwrap();
                let event = AuditEvent::new(AuditCategory::System, "server.start");
                audit.log().record(&transaction, event).await.unwrap();
                transaction.commit().await.unwrap();
            }
            audit.verify(None).await.unwrap().end
        });
        run(&folder, Command::Verify { anchor: end }).unwrap();
        let output = parent.path().join("log.csv");
        let export = Export {
            format: ExportFormat::Csv,
            output: output.clone(),
            from: None,
            to: None,
        };
        run(&folder, Command::Export(export)).unwrap();
        assert_eq!(std::fs::read_to_string(&output).unwrap().lines().count(), 4);
        beside(&folder, async |database, _| {
            let remove = "DELETE FROM audit_event WHERE sequence = 2";
            database.writer().execute_unprepared(remove).await.unwrap();
        });
        let error = run(&folder, Command::Verify { anchor: None }).unwrap_err();
        assert!(error.to_string().contains("event 2 was removed"), "{error}");
    }
}
