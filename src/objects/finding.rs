//! Why a content is blocked.

use std::borrow::Cow;

use crate::db::{Column, FromColumn, Param, ToParam};
use crate::i18n::{Lang, tr};

/// Why a content is blocked. What a fault says in detail is for the log only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The scanner found something, which it calls this.
    Found(String),
    /// It is larger than the scanner accepts.
    TooLarge,
    /// The scanner gave no verdict on it for a day.
    NoVerdict,
    /// It isn't in the store.
    Missing,
}

/// What the name of what was found is behind, in the database.
const FOUND: &str = "found ";
const TOO_LARGE: &str = "too_large";
const NO_VERDICT: &str = "no_verdict";
const MISSING: &str = "missing";

impl Finding {
    /// What people are told.
    pub fn label(&self, lang: Lang) -> Cow<'static, str> {
        match self {
            Self::Found(name) => tr!(lang, "files.finding.found", name = name),
            Self::TooLarge => tr!(lang, "files.finding.too_large"),
            Self::NoVerdict => tr!(lang, "files.finding.no_verdict"),
            Self::Missing => tr!(lang, "files.finding.missing"),
        }
    }
}

impl ToParam for Finding {
    fn to_param(&self) -> Param<'_> {
        Param::Text(match self {
            Self::Found(name) => [FOUND, name].concat().into(),
            Self::TooLarge => TOO_LARGE.into(),
            Self::NoVerdict => NO_VERDICT.into(),
            Self::Missing => MISSING.into(),
        })
    }
}

impl FromColumn for Finding {
    fn from_column(column: Column<'_>) -> Option<Self> {
        let Column::Text(text) = column else { return None };
        match text {
            TOO_LARGE => Some(Self::TooLarge),
            NO_VERDICT => Some(Self::NoVerdict),
            MISSING => Some(Self::Missing),
            found => found.strip_prefix(FOUND).map(|name| Self::Found(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_as_it_was_stored_and_told_in_both_languages() {
        let found = Finding::Found("missing".to_owned());
        for finding in [found, Finding::TooLarge, Finding::NoVerdict, Finding::Missing] {
            let Param::Text(stored) = finding.to_param() else { panic!("{finding:?}") };
            assert_eq!(Finding::from_column(Column::Text(&stored)).as_ref(), Some(&finding));
            assert_ne!(finding.label(Lang::Nl), finding.label(Lang::En));
        }
        assert_eq!(Finding::from_column(Column::Text("something else")), None);
    }
}
