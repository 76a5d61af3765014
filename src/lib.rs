//! Klantportaal: a customer portal that a business hosts itself.
//!
//! The map of the folders is in `docs/architecture.md`.

rust_i18n::i18n!("locales", fallback = "en");

pub mod account_pages;
pub mod accounts;
pub mod api_keys;
pub mod app;
pub mod arguments;
pub mod audit;
pub mod audit_log;
pub mod auth;
pub mod caller;
pub mod changes;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod config;
pub mod connections;
pub mod db;
pub mod demo;
pub mod developers;
pub mod docs;
pub mod doctor;
pub mod dpop;
pub mod error;
pub mod events;
pub mod fields;
#[cfg(test)]
mod floors;
pub mod forward_auth;
#[cfg(test)]
mod fuzz;
pub mod guests;
pub mod hexadecimal;
pub mod history;
pub mod http;
pub mod i18n;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod jose;
pub mod leaks;
pub mod links;
pub mod lists;
pub mod mail;
pub mod mailbox;
pub mod maintenance;
pub mod manage;
pub mod network;
pub mod oauth;
pub mod objects;
pub mod outgoing;
pub mod private_folder;
pub mod public_links;
pub mod public_urls;
pub mod quotas;
pub mod removal;
pub mod request_log;
pub mod resources;
pub mod sealed;
pub mod search;
pub mod server;
pub mod spreadsheet;
pub mod tenant;
pub mod throttle;
pub mod time;
pub mod transfer;
pub mod trash;
pub mod ui;
pub mod unicode;
pub mod values;
pub mod verifier;
pub mod web;
