//! One's own account: profile, password, second factors, and sessions.

mod activity;
mod delete;
mod email;
mod name;
mod passkeys;
mod profile;
mod required_factor;
mod second_factor;
mod sessions;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use super::{logged_in, mails};
use crate::accounts::factors::FactorRequirement;
use crate::accounts::{Session, Site, record_about};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::public_urls::Sites;
use crate::server::Server;
use crate::time::{amsterdam, readable, readable_day};
use crate::ui::{self, Chrome, NavGroup, NavItem};
use crate::web::{Admission, Pages, REQUIRED_FACTOR, Visit, Visitor, plain_chrome, with_next};

pub(super) fn pages() -> Pages {
    Pages::new()
        .form("/account", profile::show, profile::change_password)
        .form("/account/name", name::show, name::submit)
        .form("/account/email", email::show, email::submit)
        .form("/account/email/confirm", email::ask_to_confirm, email::confirm)
        .form("/account/delete", delete::show, delete::submit)
        .get("/account/activity", activity::show)
        .get("/account/passkeys", passkeys::show)
        .form("/account/passkeys/new", passkeys::show_new, passkeys::add)
        .post("/account/passkeys/challenge", passkeys::challenge)
        .form("/account/passkeys/{id}/remove", passkeys::ask_to_remove, passkeys::remove)
        .get("/account/second-factor", second_factor::show)
        .get("/account/second-factor/required", required_factor::show)
        .form("/account/second-factor/app", second_factor::show_app, second_factor::add_app)
        .form(
            "/account/second-factor/app/remove",
            second_factor::ask_to_remove_app,
            second_factor::remove_app,
        )
        .form(
            "/account/second-factor/recovery-codes",
            second_factor::ask_to_renew_codes,
            second_factor::renew_codes,
        )
        .get("/account/sessions", sessions::show)
        .post("/account/sessions/end-others", sessions::end_others)
        .post("/account/sessions/{id}/end", sessions::end)
}

/// A logged-in person, on a page about their own account.
pub(super) struct Person {
    pub(super) visit: Visit,
    pub(super) session: Session,
}

impl FromRequestParts<Server> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, server).await;
        let session = logged_in(&visit, &parts.method)?;
        Ok(Self { visit, session })
    }
}

impl Visitor for Person {
    const ADMISSION: Admission = Admission::LoggedIn;
}

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

    const fn page(self) -> &'static str {
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
    pub(super) fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// The path of a page of this site, such as `account/sessions`.
    pub(super) fn path(&self, page: &str) -> String {
        format!("{}/{page}", self.visit.site.path())
    }

    /// Where to continue once a factor is set up: `next`, if it is one of our paths, or else a page
    /// of this site.
    pub(super) fn after_factor(&self, page: &str, next: &str) -> String {
        if Sites::is_own_path(next) { next.to_owned() } else { self.path(page) }
    }

    /// The link back for a person who doesn't set up a factor after all, with the same `next`.
    pub(super) fn before_factor(&self, page: &str, next: &str) -> String {
        if Sites::is_own_path(next) {
            with_next(&self.path(REQUIRED_FACTOR), next)
        } else {
            self.path(page)
        }
    }

    /// The organisations that require a second factor of the person.
    pub(super) async fn required_factor(&self, server: &Server) -> Result<FactorRequirement> {
        let by_operator = server.config.accounts.second_factor_is_required();
        FactorRequirement::of(&server.db, &self.session.account_id, by_operator).await
    }

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

    /// A date in Amsterdam time, because an account has no time zone of its own.
    pub(super) fn day(&self, moment: Timestamp) -> Markup {
        html! { time datetime=(moment) { (readable_day(moment, &amsterdam(), self.lang())) } }
    }

    /// A time, in Amsterdam time.
    pub(super) fn moment(&self, moment: Timestamp) -> Markup {
        html! { time datetime=(moment) { (readable(moment, &amsterdam(), self.lang())) } }
    }

    /// Notifies the person of a change by mail; `news` names the mail in the locales.
    pub(super) fn tell(&self, server: &Server, news: &str) {
        mails::send_factor_news(server, self.lang(), &self.session.name, &self.session.email, news);
    }

    /// Begins a transaction that changes the person's account. It locks the session, so that a
    /// person who is logged out at the same moment, for example by a password change, can't change
    /// anything.
    ///
    /// # Errors
    /// [`crate::error::Error::LoggedOut`] when the session has ended.
    pub(super) async fn begin(&self, server: &Server) -> Result<Tx> {
        server.begin(&self.session).await
    }

    /// Records what the person did to their own account, within the same transaction, in the logs
    /// of all portals and developers that the person belongs to.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: Action,
        subject: &str,
        now: Timestamp,
    ) -> Result<()> {
        let Session { account_id, email, .. } = &self.session;
        record_about(
            tx,
            account_id,
            (Actor::Person(account_id, email), action, subject),
            caller,
            now,
        )
        .await
    }
}
