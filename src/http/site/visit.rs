//! The visitor of a site.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::accounts::{Session, Site};
use crate::i18n::Lang;
use crate::ui::Flash;

/// A request to one of the two sites: the site, the language and the person.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

/// See [`Visit`].
pub struct Inner {
    /// The site.
    pub site: Site,
    /// The language of the response.
    pub lang: Lang,
    /// Path and query of the request.
    pub path: String,
    /// The person who is logged in.
    pub session: Option<Session>,
    /// The secret in forms, which other sites can't know.
    pub csrf: String,
    /// The message of the previous request.
    pub flash: Option<Flash>,
}

impl std::ops::Deref for Visit {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Visit {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Whether a form has this visitor's secret.
    pub fn owns_form(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}

/// The secret in the forms of a cookie's owner: a hash of the cookie, which another site can
/// neither read nor compute.
pub(super) fn csrf_of(cookie: &str) -> String {
    let hash = Sha256::new().chain_update(b"form:").chain_update(cookie.as_bytes()).finalize();
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, hash)
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| unreachable!("the route lies outside of the site's layer")))
    }
}
