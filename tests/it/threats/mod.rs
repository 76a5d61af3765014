//! Attacks that are tried: a file for each threat of `docs/security.md`.

mod cross_site_request_forgery;
mod cross_tenant_ids;
mod header_smuggling;
mod pkce_downgrade;
mod races;
mod security_headers;
mod token_substitution;
