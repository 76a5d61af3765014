//! A person on a page about their own account.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use super::mails;
use super::visitors::logged_in;
use crate::accounts::factors::FactorRequirement;
use crate::accounts::{Session, record_about};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::i18n::Lang;
use crate::public_urls::PublicUrls;
use crate::server::Server;
use crate::time::{amsterdam, readable, readable_day};
use crate::web::{Admission, REQUIRED_FACTOR, Visit, Visitor, with_next};

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
        if PublicUrls::is_own_path(next) { next.to_owned() } else { self.path(page) }
    }

    /// The link back for a person who doesn't set up a factor after all, with the same `next`.
    pub(super) fn before_factor(&self, page: &str, next: &str) -> String {
        if PublicUrls::is_own_path(next) {
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
