//! Klantportaal: a customer portal that a business hosts itself.
//!
//! The map of the folders is in `docs/architecture.md`.

rust_i18n::i18n!("locales", fallback = "en");

pub mod i18n;
pub mod ui;
