//! `kill -9` under write load, again and again on one database: what was acknowledged is there, and
//! the audit log is intact.

use std::{
    env, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{Database, accounts::Person};

use crate::{
    audited, builder,
    ledger::{Kind, Ledger},
    load::Load,
    not_tested, random, report,
};

/// How often the server is killed.
const KILLS: usize = 20;

fn kill_again_and_again(database: Database) -> Result<()> {
    let mut server = builder()?.database(database)?.start()?;
    let folder = server.folder().clone();
    let (_, session) = Person::enter(&server)?;
    let ledger = Ledger::default();
    let (mut count, mut longest_start) = (None, Duration::ZERO);
    for round in 1..=KILLS {
        let load = Load {
            server: &server,
            session: &session,
            ledger: &ledger,
        };
        load.during(|| {
            thread::sleep(random(50..600));
            server.signal("KILL")?;
            server.wait(Duration::from_secs(10))
        })?;
        let started = Instant::now();
        server = builder()?.folder(&folder).start()?;
        longest_start = started.elapsed().max(longest_start);
        let checked = ledger.check(&server, &session);
        count = Some(checked.with_context(|| format!("after kill {round}"))?);
        let audited = audited(&folder).with_context(|| format!("after kill {round}"))?;
        let recorded = ledger.acknowledged(Kind::Key) + ledger.acknowledged(Kind::Organisation);
        ensure!(
            audited >= recorded as u64,
            "{audited} events of {recorded} changes"
        );
    }
    for refusal in ledger.refusals() {
        ensure!(refusal.status == 0, "refused while it lived: {refusal:?}");
    }
    for kind in Kind::ALL {
        ensure!(ledger.acknowledged(kind) > KILLS, "hardly any {kind:?}");
    }
    let count = count.context("no rounds")?;
    report(format!(
        "{KILLS} kills on {database:?}: {count}; audit log intact; ready again within {:.1} s",
        longest_start.as_secs_f64()
    ));
    Ok(())
}

#[test]
fn no_acknowledged_row_is_lost_on_sqlite() -> Result<()> {
    kill_again_and_again(Database::Sqlite)
}

#[test]
fn no_acknowledged_row_is_lost_on_postgres() -> Result<()> {
    if env::var_os("LOCUTOR_TEST_POSTGRES").is_none() {
        return not_tested(
            "kills on PostgreSQL",
            "run this with `.ci/services -- COMMAND`",
        );
    }
    kill_again_and_again(Database::Postgres)
}
