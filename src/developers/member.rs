//! The members of developers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::{Markup, html};

use super::moments;
use crate::account_pages;
use crate::accounts::{
    Developer, Organisation, OwnDeveloper, Permission, Registration, Role, Session, Site,
};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::error::{Error, Message};
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::ui::{self, Chrome, Icon, NavGroup, NavItem};
use crate::web::{Membership, MenuGroup, Visit, plain_chrome, see_other};

/// A logged-in person of a developer. Handlers that take it are for members only: others are
/// redirected to log in, or to set up a required second factor.
pub struct DeveloperMember {
    /// The visit.
    pub visit: Visit,
    /// The person.
    pub session: Session,
    /// The developer.
    pub developer: Developer,
    /// The person's role.
    pub role: Role,
    /// The number of the person's developers.
    developer_count: usize,
    /// Whether the person can create another one.
    may_create_developers: bool,
    docs: String,
}

impl DeveloperMember {
    /// The language of the response.
    pub fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// An event by the member, for the developer's audit log.
    pub fn event<'a>(&'a self, action: Action, subject: &'a str, caller: &'a Caller) -> Event<'a> {
        let actor = Actor::Person(&self.session.account_id, &self.session.email);
        Event {
            action,
            actor,
            subject,
            portal: None,
            developer: Some(&self.developer.id),
            caller: Some(caller),
        }
    }

    /// Whether the person has a permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    /// The layout of a page.
    pub fn chrome(&self) -> Chrome<'_> {
        let lang = self.visit.lang;
        let sections = self.visit.menu.sections(MenuGroup::Work, self.role);
        let sections = sections.map(|section| NavItem {
            label: tr!(lang, section.title),
            href: section.path.to_owned(),
            icon: Some(section.icon),
            current: self.visit.path.starts_with(section.path),
        });
        let switch = if self.developer_count > 1 {
            Some(("developers.nav.switch_organisation", "/developers/organisations"))
        } else {
            self.may_create_developers
                .then_some(("developers.nav.another_organisation", "/developers/welcome"))
        };
        let switch = switch.map(|(label, path)| NavGroup {
            label: Some(tr!(lang, "developers.nav.organisations")),
            items: vec![NavItem {
                label: tr!(lang, label),
                href: path.to_owned(),
                icon: None,
                current: false,
            }],
        });
        let docs = NavItem {
            label: tr!(lang, "developers.nav.docs"),
            href: self.docs.clone(),
            icon: Some(Icon::Book),
            current: false,
        };
        Chrome {
            site: ui::Site::Developers,
            organisation: Some(&self.developer.name),
            nav: std::iter::once(NavGroup { label: None, items: sections.chain([docs]).collect() })
                .chain(switch)
                .collect(),
            ..plain_chrome(&self.visit)
        }
    }
}

impl Membership for DeveloperMember {
    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn session(&self) -> &Session {
        &self.session
    }

    fn organisation(&self) -> Organisation {
        Organisation::Developer(self.developer.id.clone())
    }

    fn organisation_name(&self) -> &str {
        &self.developer.name
    }

    fn requires_second_factor(&self) -> bool {
        self.developer.requires_second_factor
    }

    fn role(&self) -> Role {
        self.role
    }

    fn team_chrome(&self) -> Chrome<'_> {
        self.chrome()
    }

    fn organisation_chrome(&self) -> Chrome<'_> {
        self.chrome()
    }

    fn day(&self, moment: Timestamp) -> Markup {
        html! { time datetime=(moment) { (moments::day(self.lang(), moment)) } }
    }
}

/// A person without a developer can restore the one that they deleted or create one, unless the
/// operator disabled theirs.
async fn belongs_nowhere(server: &Server, session: &Session) -> Response {
    let next = async {
        not_disabled(server, session).await?;
        account_pages::restore::is_possible(server, Site::Developers, session).await
    };
    match next.await {
        Ok(true) => see_other("/developers/restore", None),
        Ok(false) => see_other("/developers/welcome", None),
        Err(error) => error.into_response(),
    }
}

/// Refuses a person whose developer the operator disabled.
///
/// # Errors
/// [`Error::Forbidden`].
pub(super) async fn not_disabled(server: &Server, session: &Session) -> Result<(), Error> {
    if OwnDeveloper::any_disabled(&server.db, &session.account_id).await? {
        return Err(Error::Forbidden(Message::new("developers.disabled")));
    }
    Ok(())
}

impl FromRequestParts<Server> for DeveloperMember {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, server).await;
        let session = account_pages::admitted(server, &visit, &parts.method)?;
        let mut own = OwnDeveloper::list(&server.db, &session.account_id)
            .await
            .map_err(IntoResponse::into_response)?;
        let developer_count = own.len();
        let open =
            own.iter().position(|own| Some(&own.developer.id) == session.developer_id.as_ref());
        if own.is_empty() {
            return Err(belongs_nowhere(server, &session).await);
        }
        let all: Vec<_> = own
            .iter()
            .map(|OwnDeveloper { developer, .. }| (developer.id.as_str(), developer.name.as_str()))
            .collect();
        let open = open.unwrap_or(0);
        let visit = account_pages::within(server, &visit, all[open], &all)?;
        let OwnDeveloper { developer, role } = own.swap_remove(open);
        session
            .check_second_factor(developer.requires_second_factor)
            .map_err(IntoResponse::into_response)?;
        let docs = server.public_urls.url(crate::public_urls::Surface::Docs, "/docs");
        let may_create_developers =
            Registration::of(&server.config.accounts, Site::Developers).is_open();
        let member =
            Self { visit, session, developer, role, developer_count, may_create_developers, docs };
        member.visit.keep_frame(member.chrome());
        Ok(member)
    }
}
