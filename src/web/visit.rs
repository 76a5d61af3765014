//! The visitor of a site.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::admission::{Admission, Visitor};
use super::draft::Found;
use super::frame::Frame;
use super::menu::Menu;
use super::origin::Origin;
use crate::accounts::{Session, Site};
use crate::fields::Fields;
use crate::i18n::Lang;
use crate::server::Server;
use crate::ui::{Flash, FormMark};

/// A request to one of the two sites: the site, the language and the person.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

/// See [`Visit`].
#[derive(Clone)]
pub struct Inner {
    /// The site.
    pub site: Site,
    /// The language of the response.
    pub lang: Lang,
    /// Path and query of the request.
    pub path: String,
    /// The same with the draft's id, for the language switch.
    pub address: String,
    /// The origin of the submitted form, if there is one and it says so.
    pub(super) form: Option<Origin>,
    /// The origin of the page's own forms.
    pub(super) page: Origin,
    /// Who is logged in.
    pub session: Option<Session>,
    /// The hidden fields of every form.
    pub mark: FormMark,
    /// The draft that the page shows.
    pub(super) draft: Option<Arc<Found>>,
    /// A message from the request before.
    pub flash: Option<Flash>,
    /// The layout of the member's pages, for an error page.
    pub(super) frame: Arc<OnceLock<Frame>>,
    /// The menu of the site.
    pub menu: Arc<Menu>,
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

    /// The page of the submitted form.
    pub fn form_page(&self) -> &str {
        self.form.as_ref().map_or(&self.path, |form| &form.page)
    }

    /// Whether a form was submitted, and says where it comes from.
    pub fn is_form(&self) -> bool {
        self.form.is_some()
    }

    /// The same visit, of a member of this portal or developer (its id): the page's forms belong to it.
    pub fn within(&self, server: &Server, organisation: &str) -> Self {
        if self.page.organisation.as_deref() == Some(organisation) {
            return self.clone();
        }
        let page = self.page.clone().within(organisation);
        let origin = page.seal(&server.sealing_keys, self.site);
        let mark = FormMark { origin, csrf: self.mark.csrf.clone() };
        Self::new(Inner { mark, page, ..Inner::clone(self) })
    }

    /// The hidden fields of a form that is not the draft's: accepting it leaves the draft.
    pub fn mark_without_draft(&self, server: &Server) -> FormMark {
        let page = self.page.clone().without_draft();
        let origin = page.seal(&server.sealing_keys, self.site);
        FormMark { origin, csrf: self.mark.csrf.clone() }
    }

    /// The id of the portal or developer that the submitted form belongs to, if it says so; or that the
    /// values belong to that the page would show.
    pub fn organisation_of_form(&self) -> Option<&str> {
        let draft = self.draft.as_ref().and_then(|found| found.draft.organisation.as_deref());
        self.form.as_ref().and_then(|form| form.organisation.as_deref()).or(draft)
    }

    /// The values and errors of the page's form if it wasn't accepted. Every page with a form calls this
    /// or [`Self::fields`].
    pub fn typed(&self) -> Option<Fields> {
        self.draft.as_deref().map(|found| found.fields().in_language(self.lang))
    }

    /// The values of the page's form: the submitted ones, or else the initial ones.
    pub fn fields(&self, first: impl FnOnce() -> Vec<(String, String)>) -> Fields {
        self.typed().unwrap_or_else(|| Fields::pairs(first()).in_language(self.lang))
    }

    /// The errors of the form, in the visitor's language.
    pub fn errors(&self) -> Vec<(String, String)> {
        self.draft.as_ref().map(|found| found.draft.errors.list(self.lang)).unwrap_or_default()
    }

    /// Whether a form carries what this visitor's forms carry.
    pub fn owns_form(&self, csrf: &str) -> bool {
        self.mark.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
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

impl Visitor for Visit {
    const ADMISSION: Admission = Admission::Everybody;
}
