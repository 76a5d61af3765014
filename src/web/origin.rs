//! The page, account and organisation of a form, sealed in a hidden field, so that they are still
//! known after the session has ended.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::accounts::{Session, Site};
use crate::ids::AccountId;
use crate::public_urls::PublicUrls;
use crate::sealed::SealingKeys;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// Path and query of the page with the form.
    pub(super) page: String,
    /// The draft that the form was filled in from.
    pub(super) draft: Option<String>,
    /// The account that was logged in.
    account: Option<String>,
    /// The id of the portal or developer that was open.
    pub(super) organisation: Option<String>,
}

impl Origin {
    /// The origin of the forms of this page.
    pub(super) fn of(page: &str, draft: Option<&str>, session: Option<&Session>) -> Self {
        Self {
            page: page.to_owned(),
            draft: draft.map(str::to_owned),
            account: session.map(|session| session.account_id.to_string()),
            organisation: session.and_then(open_organisation),
        }
    }

    /// The same, of this portal or developer.
    pub(super) fn within(self, organisation: &str) -> Self {
        Self { organisation: Some(organisation.to_owned()), ..self }
    }

    /// The same, filled in from no draft.
    pub(super) fn without_draft(self) -> Self {
        Self { draft: None, ..self }
    }

    /// The account that was logged in.
    pub(super) fn account(&self) -> Option<AccountId> {
        self.account.as_deref()?.parse().ok()
    }

    /// Whether the form belongs to another account than the session.
    pub(super) fn is_anothers(&self, session: &Session) -> bool {
        self.account.as_deref().is_some_and(|account| account != session.account_id.as_str())
    }

    /// The hidden field's value.
    pub(super) fn seal(&self, keys: &SealingKeys, site: Site) -> String {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(keys.seal(&plain, place(site)))
    }

    /// Opens the hidden field's value; `None` if it is invalid.
    pub(super) fn open(keys: &SealingKeys, site: Site, field: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(field).ok()?;
        let origin: Self = serde_json::from_slice(&keys.open(&sealed, place(site)).ok()?).ok()?;
        PublicUrls::is_own_path(&origin.page).then_some(origin)
    }
}

const fn place(site: Site) -> &'static str {
    match site {
        Site::Manage => "forms/manage",
        Site::Developers => "forms/developers",
    }
}

/// The id of a session's open portal or developer.
fn open_organisation(session: &Session) -> Option<String> {
    let portal = session.portal_id.as_ref().map(ToString::to_string);
    portal.or_else(|| session.developer_id.as_ref().map(ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_knows_its_page_and_nobody_else_writes_that() {
        let keys = SealingKeys::random();
        let origin = Origin::of("/manage/customers/new?page=2", Some("abc"), None);
        let sealed = origin.seal(&keys, Site::Manage);
        assert_eq!(Origin::open(&keys, Site::Manage, &sealed), Some(origin));
        assert_eq!(Origin::open(&keys, Site::Developers, &sealed), None);
        assert_eq!(Origin::open(&SealingKeys::random(), Site::Manage, &sealed), None);
        for wrong in ["", "x", &sealed[1..], "é"] {
            assert_eq!(Origin::open(&keys, Site::Manage, wrong), None, "{wrong}");
        }
        let foreign = Origin::of("https://evil.example/", None, None).seal(&keys, Site::Manage);
        assert_eq!(Origin::open(&keys, Site::Manage, &foreign), None);
    }
}
