//! The overlap when rotating a secret, as a choice in a form.

use jiff::SignedDuration;
use maud::Markup;

use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, Choice, ChoiceKind};

/// How long the old secret keeps working beside the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Not at all.
    None,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// Seven days.
    Week,
}

impl Overlap {
    const ALL: [Self; 4] = [Self::None, Self::Hour, Self::Day, Self::Week];

    /// Its value in a form.
    pub const fn value(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::None => "rotate.none",
            Self::Hour => "rotate.hour",
            Self::Day => "rotate.day",
            Self::Week => "rotate.week",
        }
    }

    const fn hint(self) -> Option<&'static str> {
        match self {
            Self::None => Some("rotate.none_hint"),
            Self::Day => Some("rotate.day_hint"),
            Self::Hour | Self::Week => None,
        }
    }

    /// Its duration.
    pub const fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::None => 0,
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        })
    }

    fn from_value(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|overlap| overlap.value() == value)
    }

    /// The choice that was sent; one must be. What is returned counts only if nothing was wrong.
    pub fn read(fields: &mut Fields) -> Self {
        Self::from_value(fields.sent("overlap")).unwrap_or_else(|| {
            fields.fault("overlap", Message::new("rotate.choose"));
            Self::None
        })
    }

    /// The choice as part of a form; a day is recommended.
    pub fn field(lang: Lang, fields: &Fields) -> Markup {
        let picked = if fields.has("overlap") { fields.sent("overlap") } else { Self::Day.value() };
        let choice = |overlap: Self| Choice {
            value: overlap.value().into(),
            label: tr!(lang, overlap.label()),
            hint: overlap.hint().map(|hint| tr!(lang, hint)),
            checked: picked == overlap.value(),
        };
        let error = fields.errors().first("overlap", lang);
        ui::choice_group(
            ChoiceKind::One,
            "overlap",
            &tr!(lang, "rotate.overlap"),
            &Self::ALL.map(choice),
            error.as_deref(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_overlap_is_known_by_its_own_value() {
        for overlap in Overlap::ALL {
            assert_eq!(Overlap::from_value(overlap.value()), Some(overlap));
        }
        assert_eq!(Overlap::from_value("8d"), None);
        assert_eq!(Overlap::Week.duration(), SignedDuration::from_secs(604_800));
    }
}
