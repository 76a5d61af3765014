//! Forms that count once. The answer to such a form shows a secret, so it cannot be a redirect to
//! another page; when the browser sends the form again (a reload of that answer), nothing may be
//! made a second time.
//!
//! Each copy of the form carries a mark of its own, and the browser remembers in a cookie the marks
//! of those that were answered. Forms are protected from others by [`super::Form`]; this protects
//! people from a slip only.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::Markup;
use rand::distr::{Alphanumeric, SampleString};

use super::{Visit, cookies};
use crate::http::Fields;
use crate::server::Server;
use crate::ui;

/// The hidden field with the mark.
const FIELD: &str = "form";

/// Letters and digits of a mark.
const MARK_LENGTH: usize = 16;

/// How many marks a browser remembers: the last ones.
const REMEMBERED: usize = 8;

/// What a browser remembers of the single-use forms that it sent.
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
    /// Whether this very form was answered already.
    pub fn was_used(&self, fields: &Fields) -> bool {
        let mark = fields.sent(FIELD);
        is_mark(mark) && self.used.split('.').any(|used| used == mark)
    }

    /// The answer to the form, after which it counts no more.
    pub fn answer(&self, fields: &Fields, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
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
