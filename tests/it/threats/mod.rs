//! Attacks: a file for each threat in `docs/security.md`.

mod account_enumeration;
mod clickjacking;
mod client_confusion;
mod code_injection_and_replay;
mod costly_passwords;
mod cross_site_request_forgery;
mod cross_tenant_ids;
mod header_smuggling;
mod host_header_poisoning;
mod mail_header_injection;
mod malformed_bodies;
mod mix_up;
mod open_redirectors;
mod parameter_pollution;
mod password_guessing;
mod pkce_downgrade;
mod races;
mod receiver;
mod redirect_uri_mismatch;
mod scope_escalation;
mod secret_comparison;
mod security_headers;
mod session_fixation;
mod state_tampering;
mod token_substitution;
