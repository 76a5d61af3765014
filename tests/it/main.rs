//! The integration tests: one binary, a module for each subject. `scripts/test rust` runs them,
//! with a PostgreSQL cluster of their own beside SQLite.
//!
//! A test is written once, inside `both_engines!`, and runs as `subject::sqlite::name` and
//! `subject::postgres::name`. What tests share is in `support`.

#![allow(clippy::unwrap_used)]

#[macro_use]
mod support;

mod access;
mod accounts_email_change;
mod accounts_events;
mod accounts_new_browser;
mod accounts_passkeys;
mod accounts_password;
mod accounts_reauthenticate;
mod accounts_register;
mod accounts_second_factor;
mod accounts_session_list;
mod accounts_sessions;
mod api_keys;
mod app_recommendations;
mod app_usage;
mod audit_log;
mod audit_of_customers;
mod audit_recorded;
mod bad_input;
mod clean_up;
mod clock;
mod commands;
mod connections;
mod contract;
mod customer_groups;
mod customer_pages;
mod customers;
mod damage;
mod database;
mod deleted_apps;
mod deletion;
mod disabled;
mod doctor;
mod email_addresses;
mod ended;
mod events;
mod forms;
mod forward_auth;
mod held;
mod hosts;
mod http_conformance;
mod idempotency;
mod ignored_fields;
mod introspection;
mod jobs;
mod leaks;
mod lists;
mod mail;
mod migrations;
mod names;
mod oauth_authorize;
mod oauth_bodies;
mod oauth_client_assertion;
mod oauth_clients;
mod oauth_consent;
mod oauth_detours;
mod oauth_device;
mod oauth_dpop;
mod oauth_exchange;
mod oauth_introspect;
mod oauth_library;
mod oauth_log_in;
mod oauth_metadata;
mod oauth_optional_scopes;
mod oauth_par;
mod oauth_public;
mod oauth_refresh;
mod oauth_resource;
mod oauth_revocation;
mod oauth_revoke;
mod oauth_rotation;
mod oauth_secrets;
mod oauth_throttle;
mod offered_scopes;
mod other_organisation;
mod outages;
mod own_scopes;
mod proxies;
mod quotas;
mod rate_limit;
mod registration;
mod removal;
mod request_log;
mod required_factor;
mod revocation;
mod roles;
mod sandboxes;
mod sealed;
mod secrets;
mod security_doc;
mod settings;
mod single_use_forms;
mod starting;
mod team;
mod team_developers;
mod threats;
mod token_data;
mod twice;
