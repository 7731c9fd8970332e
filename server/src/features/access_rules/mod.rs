//! Addresses and countries that may or may not come in, per group of routes.
//!
//! `[access]` of the configuration and rows of the database -> [`RuleSet`], shared by the [`Gate`] ->
//! [`admit`], the layer that asks it about every request. [`AccessRuleService`] changes the rows: in one
//! transaction with the record of the change, unless it would lock its own caller out. Each process
//! reads the rows again every few seconds, so a change reaches all of them.
//!
//! Of the rules of a request's groups (its own, and `all`), any `deny` that matches refuses. A group
//! with `allow` rules takes only what one of them matches. Loopback addresses always come in, so that
//! whoever has the machine can repair the rules. In the mode `dry_run` what would be refused is only
//! logged and counted.

mod country;
mod error;
mod gate;
mod group;
mod http;
mod layer;
mod rule;
mod rule_set;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub use error::AccessRuleError;
pub use gate::Gate;
pub use group::RouteGroup;
pub use http::routes;
pub use layer::admit;
pub use rule::{Effect, Rule, Subject};
pub use rule_set::{Mode, RuleSet};
pub use service::{AccessRuleService, Parts};
