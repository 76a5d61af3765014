//! The visitor of a public link's pages.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::pass;
use crate::accounts::{Authority, Portal, find_portal};
use crate::auth::{Line, Password, PasswordHash, Token, TokenKind};
use crate::caller::Caller;
use crate::changes::{Author, Change};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::i18n::{Lang, tr};
use crate::ids::Id;
use crate::objects::{DownloadLink, ObjectKey, Objects};
use crate::public_links::PublicLink;
use crate::quotas::Quotas;
use crate::server::Server;
use crate::tenant::{Store, StoreTx};
use crate::time::readable;
use crate::ui::{self, Chrome};
use crate::web::{Admission, Visit, Visitor, plain_chrome};

/// The place of the link's secret in the paths of these pages.
const PARAMETER: &str = "link";

/// Somebody with a link that works, to a row with an id of this kind. Everybody else sees the same page,
/// whether their link ended, was revoked or never was.
pub struct Guest<I> {
    /// The visit.
    pub visit: Visit,
    /// The portal that gave the link.
    pub portal: Portal,
    /// The portal's rows.
    pub store: Store,
    /// The row that the link leads to.
    pub id: I,
    /// The same as text.
    row: String,
    token: Token,
    server: Server,
    caller: Caller,
    now: Timestamp,
    zone: TimeZone,
    has_pass: bool,
}

impl<I: Id + Send + Sync> Guest<I> {
    /// The language of the response.
    pub fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// The time of the request.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A time in the visitor's language, on the portal's clocks.
    pub fn moment(&self, moment: Timestamp) -> Markup {
        html! { time datetime=(moment) { (readable(moment, &self.zone, self.lang())) } }
    }

    /// The secret in the paths of these pages.
    pub fn link(&self) -> &str {
        self.token.reveal()
    }

    /// The layout of these pages.
    pub fn chrome(&self) -> Chrome<'_> {
        Chrome {
            organisation: Some(&self.portal.name),
            brand: self.portal.brand(),
            person: None,
            home: self.visit.path.clone(),
            ..plain_chrome(&self.visit)
        }
    }

    /// The contents of stored files.
    pub fn objects(&self) -> &Objects {
        &self.server.objects
    }

    /// The limits on what a portal can store.
    pub fn quotas(&self) -> &Quotas {
        &self.server.config.quotas
    }

    /// Whether the portal's members open it with a second factor only, as the portal or the operator requires.
    pub fn members_need_second_factor(&self) -> bool {
        self.portal.requires_second_factor
            || self.server.config.accounts.second_factor_is_required()
    }

    /// The path of a link to download a file, from now on. It leads nowhere while the content is held back.
    pub fn download(&self, key: ObjectKey) -> String {
        DownloadLink::new(key, self.now).path(&self.server.sealing_keys)
    }

    /// Whether the browser entered the link's password before.
    pub const fn has_pass(&self) -> bool {
        self.has_pass
    }

    /// Whether a password is the link's; the browser isn't asked again for some time.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when too many wrong ones were entered, or too many wait to be checked.
    pub async fn enters(&self, typed: &str, hash: &PasswordHash) -> Result<bool> {
        let (row, address) = (&self.row, self.caller.address);
        let wait = |retry_after| Error::TooManyRequests { retry_after };
        self.server.guests.attempt(row, address).map_err(wait)?;
        let matches = Password::typed(typed.to_owned()).matches(Some(hash), Line::Strangers).await;
        if !matches!(matches, Ok(false)) {
            self.server.guests.forgive(row, address);
        }
        Ok(matches?)
    }

    /// Adds to a response that the browser entered the password.
    pub fn give_pass(&self, headers: &mut HeaderMap) {
        pass::give(headers, &self.server, &self.row, self.now);
    }

    /// Begins a transaction on the portal's rows, if the link still works.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it doesn't any more.
    pub async fn begin(&self) -> Result<StoreTx> {
        Ok(StoreTx::within(self.server.begin(self).await?, self.portal.id.clone()))
    }

    /// A change by the visitor.
    pub fn change(&self) -> Change<'_> {
        let author = Author::Guest(&self.row);
        Change { author, caller: Some(&self.caller), now: self.now, zone: &self.zone }
    }
}

impl<I: Id + Send + Sync> Authority for Guest<I> {
    async fn hold(&self, tx: &mut Tx) -> Result<()> {
        let link = PublicLink::find(tx, &self.token, self.now).await?;
        link.map(drop).ok_or(Error::NotFound)
    }
}

impl<I> Visitor for Guest<I> {
    const ADMISSION: Admission = Admission::Everybody;
}

/// The page of a link that doesn't work, and says what to do.
pub fn dead_link(visit: &Visit) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "guests.dead_title"));
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(lang, "guests.dead_text")) }
        p { (tr!(lang, "guests.dead_advice")) }
    };
    let chrome = Chrome { person: None, ..plain_chrome(visit) };
    (StatusCode::NOT_FOUND, chrome.narrow(&title, body)).into_response()
}

impl<I: Id + Send + Sync> FromRequestParts<Server> for Guest<I> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, server).await;
        let caller = Caller::of(server, &parts.headers, &parts.extensions);
        let now = server.clock.now();
        let wait = |retry_after| Error::TooManyRequests { retry_after }.into_response();
        server.guests.admit(caller.address).map_err(wait)?;
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, server).await;
        let text = path.ok().and_then(|Path(mut path)| path.remove(PARAMETER)).unwrap_or_default();
        let found = match Token::parse_as(TokenKind::PublicLink, &text) {
            Ok(token) => PublicLink::find(&server.db, &token, now)
                .await
                .map_err(|error| Error::from(error).into_response())?
                .and_then(|link| Some((token, link.row_id.parse().ok()?, link.portal_id))),
            Err(_) => None,
        };
        let Some((token, id, portal)) = found else {
            server.guests.fail(caller.address);
            return Err(dead_link(&visit));
        };
        let portal = find_portal(&server.db, &portal).await.map_err(IntoResponse::into_response)?;
        let id: I = id;
        let row = id.to_string();
        let has_pass = pass::has(&parts.headers, server, &row, now);
        let store = Store::open(server.db.clone(), portal.id.clone());
        let (zone, server) = (portal.zone(), server.clone());
        Ok(Self { visit, portal, store, id, row, token, server, caller, now, zone, has_pass })
    }
}
