//! Attacks on the built system from outside: one module per kind. Each attack is a case of a
//! [`tally::Kind`]; what gets through is listed and fails the test, and the line
//! `attacks: N cases, M got through` counts them all.
//!
//! The attackers know what an attacker knows: the `OpenAPI` document, accounts of their own and a
//! victim's address. Routes are taken from the document, so that a new route is attacked too.

mod csrf;
mod fixation;
mod forge;
mod forwarded;
mod injection;
mod lockout;
mod mailed_tokens;
mod mass_assignment;
mod raw;
mod refresh_races;
mod routes;
mod sample;
mod schema;
mod sizes;
mod tally;
mod tenants;
mod tokens;
mod traversal;

use locutor_tests::{accounts, client, outbox};
