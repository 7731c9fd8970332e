//! The rules that are in force, shared by those who ask them (the layer, open streams, the port of voice assistants)
//! and the service that changes them.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use axum::http::StatusCode;
use metrics::counter;

use super::{Mode, Rule, RuleSet, Subject, country::Countries, rule_set::Refusal};
use crate::{config::AccessSettings, http::Fault};

/// The rules that are in force; clones share them.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file_mode: Mode,
    file_rules: Vec<Rule>,
    countries: Option<Countries>,
    current: RwLock<Arc<RuleSet>>,
}

impl Gate {
    /// The configuration's rules alone, until those of the database join them.
    ///
    /// # Errors
    /// When the file of countries cannot be read, or rules need one and there is none.
    pub fn new(settings: &AccessSettings) -> anyhow::Result<Self> {
        let countries = settings.country_database.as_deref().map(Countries::open);
        let countries = countries.transpose()?;
        let mut subjects = settings.rules.iter().map(|rule| rule.subject);
        anyhow::ensure!(
            countries.is_some() || !subjects.any(|subject| matches!(subject, Subject::Country(_))),
            "access.rules names countries: set `access.country_database` to an MMDB file that knows them"
        );
        let current = RuleSet::new(settings.mode, settings.rules.iter().copied());
        Ok(Self(Arc::new(Shared {
            file_mode: settings.mode,
            file_rules: settings.rules.clone(),
            countries,
            current: RwLock::new(Arc::new(current)),
        })))
    }

    /// The configuration's rules.
    pub fn file_rules(&self) -> &[Rule] {
        &self.0.file_rules
    }

    /// Whether it is known where addresses belong.
    pub fn knows_countries(&self) -> bool {
        self.0.countries.is_some()
    }

    /// What would be in force with these rules besides the configuration's, and this mode in its place.
    pub fn combine(&self, mode: Option<Mode>, rules: impl IntoIterator<Item = Rule>) -> RuleSet {
        let file = self.0.file_rules.iter().copied();
        RuleSet::new(mode.unwrap_or(self.0.file_mode), file.chain(rules))
    }

    /// Puts a set in force.
    pub fn replace(&self, set: RuleSet) {
        let mut current = self
            .0
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(set);
    }

    /// The set in force.
    pub fn current(&self) -> Arc<RuleSet> {
        let current = self.0.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    /// Why that set refuses this address at this path, if it does.
    pub fn refusal(&self, set: &RuleSet, address: IpAddr, path: &str) -> Option<Refusal> {
        set.refusal(address, path, |address| {
            self.0.countries.as_ref()?.country(address)
        })
    }

    /// Lets an address in to a path. What is refused, or would be if the rules were enforced, is counted and logged.
    ///
    /// # Errors
    /// 403 when the rules refuse it.
    pub fn admit(&self, address: IpAddr, path: &str) -> Result<(), Fault> {
        let set = self.current();
        let Some(refusal) = self.refusal(&set, address, path) else {
            return Ok(());
        };
        let group = refusal.group().name();
        counter!("locutor_access_refused_total", "group" => group, "mode" => set.mode.name())
            .increment(1);
        match set.mode {
            Mode::DryRun => {
                tracing::info!(%address, ?refusal, "the access rules would refuse this request");
                Ok(())
            }
            Mode::Enforce => {
                tracing::debug!(%address, ?refusal, "the access rules refuse this request");
                Err(refused())
            }
        }
    }

    /// Lets an address stay that was let in before: as [`Self::admit`], but what would only be refused if the rules
    /// were enforced is not told again at every look.
    ///
    /// # Errors
    /// 403 when the rules refuse it.
    pub fn keep(&self, address: IpAddr, path: &str) -> Result<(), Fault> {
        match self.current().mode {
            Mode::DryRun => Ok(()),
            Mode::Enforce => self.admit(address, path),
        }
    }
}

/// It does not say which rule, to tell nobody how to get around it.
fn refused() -> Fault {
    let message =
        "requests from this address are not accepted here; ask the server's administrator";
    Fault::new(StatusCode::FORBIDDEN, "address_refused", message)
}
