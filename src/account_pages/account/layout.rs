//! The sections of the pages about one's account, and their layout.

use crate::account_pages::person::Person;
use crate::accounts::Site;
use crate::i18n::tr;
use crate::ui::{self, Chrome, NavGroup, NavItem};
use crate::web::plain_chrome;

/// The pages about one's account, for the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Profile,
    SecondFactor,
    Passkeys,
    Sessions,
    Activity,
}

impl Section {
    const ALL: [Self; 5] =
        [Self::Profile, Self::SecondFactor, Self::Passkeys, Self::Sessions, Self::Activity];

    pub(super) const fn page(self) -> &'static str {
        match self {
            Self::Profile => "account",
            Self::SecondFactor => "account/second-factor",
            Self::Passkeys => "account/passkeys",
            Self::Sessions => "account/sessions",
            Self::Activity => "account/activity",
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Profile => "account.nav.profile",
            Self::SecondFactor => "account.nav.second_factor",
            Self::Passkeys => "account.nav.passkeys",
            Self::Sessions => "account.nav.sessions",
            Self::Activity => "account.nav.activity",
        }
    }
}

impl Person {
    /// The layout of a page in a section.
    pub(super) fn chrome(&self, current: Section) -> Chrome<'_> {
        let (lang, site) = (self.lang(), self.visit.site);
        let item = |section: Section| NavItem {
            label: tr!(lang, section.label()),
            href: self.path(section.page()),
            icon: None,
            current: section == current,
        };
        let (ui_site, back) = match site {
            Site::Manage => (ui::Site::Manage, "account.nav.back_manage"),
            Site::Developers => (ui::Site::Developers, "account.nav.back_developers"),
        };
        let back = NavItem {
            label: tr!(lang, back),
            href: site.path().to_owned(),
            icon: None,
            current: false,
        };
        let nav = vec![
            NavGroup {
                label: Some(tr!(lang, "ui.my_account")),
                items: Section::ALL.map(item).into(),
            },
            NavGroup { label: None, items: vec![back] },
        ];
        Chrome { site: ui_site, nav, ..plain_chrome(&self.visit) }
    }
}
