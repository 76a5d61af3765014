//! A scope that the operator defined, and those of this process.

use std::sync::OnceLock;

use crate::i18n::Lang;

/// The maximum number of scopes.
pub(super) const MOST: usize = 64;

static CONFIGURED: OnceLock<Vec<OwnScope>> = OnceLock::new();

/// One scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnScope {
    pub(super) name: String,
    pub(super) area_label: Wording,
    pub(super) explanation: Wording,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wording {
    pub(super) nl: String,
    pub(super) en: String,
}

/// Sets the scopes of this process.
pub(super) fn install(own: Vec<OwnScope>) {
    assert!(CONFIGURED.set(own).is_ok(), "the scopes are installed once");
}

/// The scopes of this process.
pub(super) fn configured() -> &'static [OwnScope] {
    CONFIGURED.get().map_or(&[], Vec::as_slice)
}

impl OwnScope {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn area(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    pub(super) fn area_label(&self, lang: Lang) -> &str {
        self.area_label.text(lang)
    }

    pub(super) fn explanation(&self, lang: Lang) -> &str {
        self.explanation.text(lang)
    }
}

impl Wording {
    fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Nl => &self.nl,
            Lang::En => &self.en,
        }
    }
}
