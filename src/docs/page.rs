//! The pages, and their order.

use std::borrow::Cow;

use crate::i18n::{Lang, tr};

/// A page of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Start,
    GettingStarted,
    Authentication,
    AdvancedOauth,
    Scopes,
    TestPortals,
    RateLimits,
    Errors,
    SafeRetries,
    Pagination,
    Webhooks,
    LeakedSecrets,
    OwnServices,
    Reference,
    Changelog,
}

macro_rules! texts {
    ($lang:expr, $name:literal) => {
        match $lang {
            Lang::Nl => include_str!(concat!("content/nl/", $name, ".md")),
            Lang::En => include_str!(concat!("content/en/", $name, ".md")),
        }
    };
}

impl Page {
    /// All pages, in reading order.
    pub(super) const ALL: [Self; 15] = [
        Self::Start,
        Self::GettingStarted,
        Self::Authentication,
        Self::AdvancedOauth,
        Self::Scopes,
        Self::TestPortals,
        Self::RateLimits,
        Self::Errors,
        Self::SafeRetries,
        Self::Pagination,
        Self::Webhooks,
        Self::LeakedSecrets,
        Self::OwnServices,
        Self::Reference,
        Self::Changelog,
    ];

    /// The path of the page.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Start => "/docs",
            Self::GettingStarted => "/docs/getting-started",
            Self::Authentication => "/docs/authentication",
            Self::AdvancedOauth => "/docs/advanced-oauth",
            Self::Scopes => "/docs/scopes",
            Self::TestPortals => "/docs/test-portals",
            Self::RateLimits => "/docs/rate-limits",
            Self::Errors => "/docs/errors",
            Self::SafeRetries => "/docs/safe-retries",
            Self::Pagination => "/docs/pagination",
            Self::Webhooks => "/docs/webhooks",
            Self::LeakedSecrets => "/docs/leaked-secrets",
            Self::OwnServices => "/docs/own-services",
            Self::Reference => "/docs/reference",
            Self::Changelog => "/docs/changelog",
        }
    }

    /// The page with this name in its address.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path().strip_prefix("/docs/") == Some(name))
    }

    /// The page's text in Markdown; the start page and the reference have none.
    pub(super) const fn text(self, lang: Lang) -> Option<&'static str> {
        Some(match self {
            Self::GettingStarted => texts!(lang, "getting-started"),
            Self::Authentication => texts!(lang, "authentication"),
            Self::AdvancedOauth => texts!(lang, "advanced-oauth"),
            Self::Scopes => texts!(lang, "scopes"),
            Self::TestPortals => texts!(lang, "test-portals"),
            Self::RateLimits => texts!(lang, "rate-limits"),
            Self::Errors => texts!(lang, "errors"),
            Self::SafeRetries => texts!(lang, "safe-retries"),
            Self::Pagination => texts!(lang, "pagination"),
            Self::Webhooks => texts!(lang, "webhooks"),
            Self::LeakedSecrets => texts!(lang, "leaked-secrets"),
            Self::OwnServices => texts!(lang, "own-services"),
            Self::Changelog => texts!(lang, "changelog"),
            Self::Start | Self::Reference => return None,
        })
    }

    /// The page's title: the first line of its text.
    pub(super) fn title(self, lang: Lang) -> Cow<'static, str> {
        match (self, self.text(lang)) {
            (_, Some(text)) => {
                text.lines().next().unwrap_or_default().trim_start_matches("# ").into()
            }
            (Self::Start, None) => tr!(lang, "docs.start.title"),
            (_, None) => tr!(lang, "docs.reference.title"),
        }
    }

    /// A one-sentence summary of the page.
    pub(super) fn about(self, lang: Lang) -> Cow<'static, str> {
        match self {
            Self::Start => tr!(lang, "docs.start.intro"),
            Self::GettingStarted => tr!(lang, "docs.about.getting_started"),
            Self::Authentication => tr!(lang, "docs.about.authentication"),
            Self::AdvancedOauth => tr!(lang, "docs.about.advanced_oauth"),
            Self::Scopes => tr!(lang, "docs.about.scopes"),
            Self::TestPortals => tr!(lang, "docs.about.test_portals"),
            Self::RateLimits => tr!(lang, "docs.about.rate_limits"),
            Self::Errors => tr!(lang, "docs.about.errors"),
            Self::SafeRetries => tr!(lang, "docs.about.safe_retries"),
            Self::Pagination => tr!(lang, "docs.about.pagination"),
            Self::Webhooks => tr!(lang, "docs.about.webhooks"),
            Self::LeakedSecrets => tr!(lang, "docs.about.leaked_secrets"),
            Self::OwnServices => tr!(lang, "docs.about.own_services"),
            Self::Reference => tr!(lang, "docs.about.reference"),
            Self::Changelog => tr!(lang, "docs.about.changelog"),
        }
    }

    /// The previous and the next page.
    pub(super) fn neighbours(self) -> (Option<Self>, Option<Self>) {
        let place = self as usize;
        (
            place.checked_sub(1).and_then(|before| Self::ALL.get(before).copied()),
            Self::ALL.get(place + 1).copied(),
        )
    }
}
