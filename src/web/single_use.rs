//! Single-use forms. The response to such a form shows a secret, so it can't be a redirect; if the
//! browser sends the form again (by reloading that response), nothing must be created a second
//! time.
//!
//! Each copy of the form has its own mark. The transaction that does what the form asks stores it,
//! so of two that are sent at the same time only one counts; a cookie also stores the marks of the
//! forms that were answered. [`super::Form`] protects forms from attackers; this only protects people
//! from mistakes.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::Markup;
use rand::distr::{Alphanumeric, SampleString};

use super::{Visit, cookies};
use crate::accounts::claim_form;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::server::Server;
use crate::ui::{self, ShownOnce};

/// The hidden field with the mark.
pub(super) const FIELD: &str = "form";

/// The length of a mark.
const MARK_LENGTH: usize = 16;

/// How many marks the cookie stores: the most recent ones.
const REMEMBERED: usize = 8;

/// The single-use forms that a browser sent.
pub struct SingleUse {
    server: Server,
    visit: Visit,
    used: String,
}

/// The hidden field that makes a form a single-use one.
pub fn single_use_field() -> Markup {
    ui::hidden(FIELD, &Alphanumeric.sample_string(&mut rand::rng(), MARK_LENGTH))
}

impl SingleUse {
    /// Whether this copy of the form was already answered.
    pub fn was_used(&self, fields: &Fields) -> bool {
        let mark = fields.sent(FIELD);
        is_mark(mark) && self.used.split('.').any(|used| used == mark)
    }

    /// Counts the form, within the transaction that does what it asks; false when it counted already,
    /// also when the same form is being answered at this moment.
    ///
    /// # Errors
    /// [`Error::LoggedOut`] without a session.
    pub async fn claim(&self, tx: &mut Tx, fields: &Fields, now: Timestamp) -> Result<bool> {
        let session = self.visit.session.as_ref().ok_or(Error::LoggedOut)?;
        match fields.sent(FIELD) {
            mark if is_mark(mark) => claim_form(tx, &session.account_id, mark, now).await,
            _ => Ok(true),
        }
    }

    /// The answer to the form, after which it counts no more.
    pub fn answer(&self, fields: &Fields, page: ShownOnce) -> Response {
        let mut response = page.into_response();
        let mark = fields.sent(FIELD);
        if is_mark(mark) {
            let before = self.used.split('.').filter(|used| is_mark(used));
            let used: Vec<&str> = std::iter::once(mark).chain(before).take(REMEMBERED).collect();
            cookies::set_used_forms(
                response.headers_mut(),
                &self.server,
                self.visit.site,
                &used.join("."),
            );
        }
        response
    }
}

impl IntoResponse for ShownOnce {
    fn into_response(self) -> Response {
        self.into_markup().into_response()
    }
}

fn is_mark(text: &str) -> bool {
    text.len() == MARK_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl FromRequestParts<Server> for SingleUse {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Infallible> {
        let visit = Visit::from_request_parts(parts, server).await?;
        let used = cookies::used_forms(server, visit.site, &parts.headers).unwrap_or_default();
        Ok(Self { server: server.clone(), visit, used })
    }
}
