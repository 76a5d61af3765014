//! The integration tests: one binary, a module for each subject. `scripts/test rust` runs them, with a
//! PostgreSQL cluster of their own beside SQLite.
//!
//! A test is written once, inside `both_engines!`, and runs as `subject::sqlite::name` and
//! `subject::postgres::name`. What tests share is in `support`.

#![allow(clippy::unwrap_used)]

#[macro_use]
mod support;

mod access;
mod bad_input;
mod commands;
mod contract;
mod customer_groups;
mod customers;
mod database;
mod hosts;
mod lists;
mod rate_limit;
mod revocation;
mod secrets;
mod settings;
mod token_headers;
