//! The built system, used from outside as its users would: one module per promise.

mod auth;
mod bad_audio;
mod bad_requests;
mod client;
mod commands;
mod connections;
mod demo;
mod documents;
mod listen;
mod load;
mod models;
mod schema;
mod speech;
mod start;
mod telemetry;
mod wyoming;
