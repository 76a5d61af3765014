//! Attacks that are tried: a file for each threat of `docs/security.md`.

mod account_enumeration;
mod cross_site_request_forgery;
mod cross_tenant_ids;
mod header_smuggling;
mod password_guessing;
mod pkce_downgrade;
mod races;
mod security_headers;
mod token_substitution;
