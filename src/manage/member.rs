//! The members of portals.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::sections;
use crate::account_pages;
use crate::accounts::{
    Organisation, OwnPortal, Portal, PortalLanguage, Registration, RequiredPermission, Role,
    Session, Site,
};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::changes::{Author, Change};
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::links;
use crate::objects::Objects;
use crate::outgoing::Guard;
use crate::public_urls::Surface;
use crate::quotas::Quotas;
use crate::sealed::SealingKeys;
use crate::server::Server;
use crate::tenant::{Store, StoreTx};
use crate::time::{readable, readable_day};
use crate::ui::{self, BadgeKind, Chrome, NavGroup, NavItem, Palette};
use crate::web::{Allowed, Claim, Membership, MenuGroup, Section, Visit, plain_chrome, see_other};

/// A logged-in person in one of their portals, with read access to that portal's rows. Handlers
/// that take it are for members only: others are redirected to log in, or to set up a required
/// second factor.
pub struct Member {
    /// The visit.
    pub visit: Visit,
    /// The person.
    pub session: Session,
    /// The open portal.
    pub portal: Portal,
    /// The portal's rows.
    pub store: Store,
    /// The person's role in it.
    pub role: Role,
    /// The number of the person's portals.
    pub portal_count: usize,
    /// Whether the person can create another one.
    pub may_create_portals: bool,
    server: Server,
    /// The caller, for the audit events of changes.
    caller: Caller,
    /// The time of the request.
    now: Timestamp,
    /// The portal's time zone.
    zone: TimeZone,
}

impl Member {
    /// Begins a transaction on the portal's rows, which locks the session and the membership; see
    /// [`Server::begin`]. Use it for the daily work only; actions that need a permission use
    /// [`Allowed`].
    ///
    /// # Errors
    /// [`crate::error::Error::LoggedOut`] or [`crate::error::Error::Forbidden`] when the person was
    /// logged out or removed in the meantime.
    pub async fn begin(&self) -> Result<StoreTx> {
        Ok(StoreTx::within(self.server.begin(self).await?, self.portal.id.clone()))
    }

    /// A change by the person.
    pub const fn change(&self) -> Change<'_> {
        let author = Author::Person(&self.session);
        Change { author, caller: Some(&self.caller), now: self.now, zone: &self.zone }
    }

    /// The limits on what a portal can store.
    pub fn quotas(&self) -> &Quotas {
        &self.server.config.quotas
    }

    /// The keys that encrypt secrets that must be readable.
    pub fn sealing_keys(&self) -> &SealingKeys {
        &self.server.sealing_keys
    }

    /// Where requests to addresses that others have chosen may go.
    pub fn guard(&self) -> &Guard {
        self.server.outgoing.guard()
    }

    /// The contents of stored files.
    pub fn objects(&self) -> &Objects {
        &self.server.objects
    }

    /// The URL of a page that people without an account open.
    pub fn page_url(&self, path: &str) -> String {
        self.server.public_urls.url(Surface::Manage, path)
    }

    /// The language of the response.
    pub fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// Whether the person can open a section.
    pub fn may_open(&self, section: &Section) -> bool {
        self.visit.menu.admits(section, self.role)
    }

    /// The layout of a page in a section.
    pub fn chrome(&self, current: &Section) -> Chrome<'_> {
        self.frame(Some(current))
    }

    /// The same, for a page that is in no section.
    fn frame(&self, current: Option<&Section>) -> Chrome<'_> {
        let lang = self.visit.lang;
        let group = |group: MenuGroup, label: Option<&'static str>| {
            let items = self.visit.menu.sections(group, self.role).map(|section| NavItem {
                label: tr!(lang, section.title),
                href: section.path.to_owned(),
                icon: Some(section.icon),
                current: Some(section) == current,
            });
            NavGroup { label: label.map(|label| tr!(lang, label)), items: items.collect() }
        };
        let mut nav = vec![
            group(MenuGroup::Work, None),
            group(MenuGroup::Settings, Some("manage.nav.settings")),
        ];
        let switch = if self.portal_count > 1 {
            Some(("manage.nav.switch_portal", "/manage/portals"))
        } else {
            self.may_create_portals.then_some(("manage.nav.another_portal", "/manage/portals/new"))
        };
        if let Some((label, path)) = switch {
            nav.push(NavGroup {
                label: Some(tr!(self.visit.lang, "manage.nav.portals")),
                items: vec![NavItem {
                    label: tr!(self.visit.lang, label),
                    href: path.to_owned(),
                    icon: None,
                    current: false,
                }],
            });
        }
        let top_right = self
            .portal
            .is_sandbox
            .then(|| ui::badge(&tr!(self.visit.lang, "manage.sandbox"), BadgeKind::Warning));
        Chrome {
            site: ui::Site::Manage,
            organisation: Some(&self.portal.name),
            brand: self.portal.brand(),
            palette: Some(self.palette()),
            nav,
            top_right,
            ..plain_chrome(&self.visit)
        }
    }

    /// The sections that the person can open, each with the key that opens it after `g`.
    pub fn shortcuts(&self) -> impl Iterator<Item = (char, &Section)> {
        let sections = [MenuGroup::Work, MenuGroup::Settings]
            .into_iter()
            .flat_map(|group| self.visit.menu.sections(group, self.role));
        sections.filter_map(|section| Some((section.key?, section)))
    }

    fn palette(&self) -> Palette {
        let keys = self.shortcuts().map(|(key, section)| (key, section.path)).collect();
        Palette { search: links::SEARCH, help: links::SHORTCUTS, keys }
    }

    /// Something that the member did, for the portal's audit log.
    pub fn event<'a>(&'a self, action: Action, subject: &'a str, caller: &'a Caller) -> Event<'a> {
        let actor = Actor::Person(&self.session.account_id, &self.session.email);
        Event {
            action,
            actor,
            subject,
            portal: Some(&self.portal.id),
            developer: None,
            caller: Some(caller),
        }
    }

    /// The time of the request.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The portal's time zone.
    pub const fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A day in the person's language: `24 nov 2026`.
    pub fn day(&self, moment: Timestamp) -> Markup {
        html! { time datetime=(moment) { (readable_day(moment, self.time_zone(), self.lang())) } }
    }

    /// A time in the person's language: `24 nov 2026 02:48`.
    pub fn moment(&self, moment: Timestamp) -> Markup {
        html! { time datetime=(moment) { (readable(moment, self.time_zone(), self.lang())) } }
    }

    /// A time, or a text if there is none.
    pub fn moment_or_never(&self, moment: Option<Timestamp>) -> Markup {
        moment.map_or_else(
            || ui::muted(&tr!(self.lang(), "manage.never")),
            |moment| self.moment(moment),
        )
    }
}

impl<P: RequiredPermission> Allowed<Member, P> {
    /// Like [`Member::begin`], and also locks the permission.
    ///
    /// # Errors
    /// As [`Member::begin`], also when the role no longer has the permission.
    pub async fn begin(&self) -> Result<StoreTx> {
        Ok(StoreTx::within(self.server.begin(self).await?, self.portal.id.clone()))
    }

    /// Like [`Allowed::begin`], for what a single-use form asks; `None` if the form has counted already.
    ///
    /// # Errors
    /// As [`Allowed::begin`].
    pub async fn begin_once(&self, claim: &Claim) -> Result<Option<StoreTx>> {
        let mut tx = self.server.begin(self).await?;
        if !claim.is_first(&mut tx, &self.session, self.now).await? {
            return Ok(None);
        }
        Ok(Some(StoreTx::within(tx, self.portal.id.clone())))
    }
}

impl Membership for Member {
    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn session(&self) -> &Session {
        &self.session
    }

    fn organisation(&self) -> Organisation {
        Organisation::Portal(self.portal.id.clone())
    }

    fn organisation_name(&self) -> &str {
        &self.portal.name
    }

    fn mail_sender(&self) -> Option<&str> {
        self.portal.sender_name.as_deref()
    }

    fn invitation_lang(&self) -> Lang {
        self.portal.language.map_or(self.visit.lang, PortalLanguage::lang)
    }

    fn requires_second_factor(&self) -> bool {
        self.portal.requires_second_factor
    }

    fn role(&self) -> Role {
        self.role
    }

    fn team_chrome(&self) -> Chrome<'_> {
        self.chrome(&sections::TEAM)
    }

    fn organisation_chrome(&self) -> Chrome<'_> {
        self.chrome(&sections::PORTAL)
    }

    fn day(&self, moment: Timestamp) -> Markup {
        Self::day(self, moment)
    }
}

/// Somebody without a portal restores the one that they deleted, or creates one.
async fn belongs_nowhere(server: &Server, session: &Session) -> Response {
    match account_pages::restore::is_possible(server, Site::Manage, session).await {
        Ok(true) => see_other("/manage/restore", None),
        Ok(false) => see_other("/manage/portals/new", None),
        Err(error) => error.into_response(),
    }
}

impl FromRequestParts<Server> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, server).await;
        let session = account_pages::admitted(server, &visit, &parts.method)?;
        let mut portals = OwnPortal::list(&server.db, &session.account_id)
            .await
            .map_err(IntoResponse::into_response)?;
        let portal_count = portals.len();
        let open =
            portals.iter().position(|own| Some(&own.portal.id) == session.portal_id.as_ref());
        if portals.is_empty() {
            return Err(belongs_nowhere(server, &session).await);
        }
        let own: Vec<_> = portals
            .iter()
            .map(|OwnPortal { portal, .. }| (portal.id.as_str(), portal.name.as_str()))
            .collect();
        let open = open.unwrap_or(0);
        let visit = account_pages::within(server, &visit, own[open], &own)?;
        let OwnPortal { portal, role } = portals.swap_remove(open);
        session
            .check_second_factor(portal.requires_second_factor)
            .map_err(IntoResponse::into_response)?;
        let store = Store::open(server.db.clone(), portal.id.clone());
        let may_create_portals = Registration::of(&server.config.accounts, Site::Manage).is_open();
        let caller = Caller::of(server, &parts.headers, &parts.extensions);
        let (now, zone, server) = (server.clock.now(), portal.zone(), server.clone());
        let member = Self {
            visit,
            session,
            portal,
            store,
            role,
            portal_count,
            may_create_portals,
            server,
            caller,
            now,
            zone,
        };
        member.visit.keep_frame(member.frame(None));
        Ok(member)
    }
}
