//! Who works for which developer.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::audit_log;
use crate::accounts::{Developer, Session, developer_of, pages};
use crate::audit::{Action, Actor, Event};
use crate::http::Caller;
use crate::http::site::{Visit, see_other};
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::ui::{self, Chrome, NavGroup, NavItem};

/// A logged-in person of a developer. Handlers that take it are for those only: others are sent to log in.
pub struct DeveloperMember {
    /// The request.
    pub visit: Visit,
    /// Who it is.
    pub session: Session,
    /// The developer.
    pub developer: Developer,
    docs: String,
}

impl DeveloperMember {
    /// The language of the answer.
    pub fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// Something that the member did, for the developer's audit log.
    pub fn event<'a>(&'a self, action: Action, subject: &'a str, caller: &'a Caller) -> Event<'a> {
        let actor = Actor::Person(&self.session.account_id, &self.session.email);
        Event { action, actor, subject, portal: None, developer: Some(&self.developer.id), caller: Some(caller) }
    }

    /// What stands around a page.
    pub fn chrome(&self) -> Chrome<'_> {
        let lang = self.visit.lang;
        let here =
            |label: &'static str, path: &str| NavItem { label: tr!(lang, label), href: path.to_owned(), current: self.visit.path.starts_with(path) };
        let apps = here("developers.nav.apps", "/developers/apps");
        let sandboxes = here("developers.nav.sandboxes", "/developers/sandboxes");
        let audit_log = here("audit.title", audit_log::PATH);
        let docs = NavItem { label: tr!(lang, "developers.nav.docs"), href: self.docs.clone(), current: false };
        Chrome {
            site: ui::Site::Developers,
            organisation: Some(&self.developer.name),
            nav: vec![NavGroup { label: None, items: vec![apps, sandboxes, audit_log, docs] }],
            ..pages::plain_chrome(&self.visit)
        }
    }
}

impl FromRequestParts<Server> for DeveloperMember {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, server).await;
        let session = pages::logged_in(&visit, &parts.method)?;
        let developer = developer_of(&server.db, &session.account_id).await.map_err(IntoResponse::into_response)?;
        let developer = developer.ok_or_else(|| see_other("/developers/welcome", None))?;
        let docs = server.sites.url(crate::http::Surface::Docs, "/docs");
        Ok(Self { visit, session, developer, docs })
    }
}
