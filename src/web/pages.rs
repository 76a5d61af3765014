//! The registration of pages: path and handler in one line. The handler's types state the rest: who
//! may open the page, and what it reads of a form.

use std::borrow::Cow;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{get, post};

use super::admission::{Admission, FormKind, StatesVisitor, TakesForm};
use super::section::Section;
use super::unknown::unknown_page;
use crate::server::Server;

/// A registered page, or the handler of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The path, with placeholders such as `{id}`.
    pub path: String,
    /// `GET` or `POST`.
    pub method: Method,
    /// Who may open it.
    pub admission: Admission,
    /// What it reads of a form; none for a page.
    pub form: Option<FormKind>,
    /// Whether scripts ask for it without anybody doing anything: that is no use of a session.
    pub is_background: bool,
}

impl Page {
    /// Whether a request may change something.
    pub const fn changes_state(&self) -> bool {
        self.form.is_some()
    }
}

/// Pages whose handlers have the state `S`. Nothing is served that isn't in the list.
///
/// A handler states who may open its page:
/// ```
/// use klantportaal::web::{Pages, Visit};
///
/// let pages: Pages = Pages::new().get("/news", async |_: Visit| "nothing new");
/// assert_eq!(pages.list()[0].path, "/news");
/// ```
/// One that doesn't can't be registered:
/// ```compile_fail,E0277
/// use klantportaal::web::{Pages, Visit};
///
/// let pages: Pages = Pages::new().get("/news", async || "nothing new");
/// ```
/// Nor can a handler of a form that doesn't read the visitor's own form:
/// ```compile_fail,E0277
/// use klantportaal::web::{Pages, Visit};
///
/// let pages: Pages = Pages::new().post("/news", async |_: Visit| "nothing new");
/// ```
pub struct Pages<S = Server> {
    /// Where their paths begin.
    start: Cow<'static, str>,
    pages: Vec<Page>,
    sections: Vec<Section>,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Pages<S> {
    /// No pages yet. Their paths begin at the start of the site.
    pub fn new() -> Self {
        Self {
            start: Cow::Borrowed(""),
            pages: Vec::new(),
            sections: Vec::new(),
            router: Router::new(),
        }
    }

    /// A section in the menu, without pages yet. Their paths begin with that of the section; the page at
    /// `/` is the section's own, and who may open it sees it in the menu.
    pub fn of(section: Section) -> Self {
        Self { start: section.path_within_site().into(), sections: vec![section], ..Self::new() }
    }

    /// Pages below those of a section, whose paths begin with that of the section and this part.
    pub fn of_part(section: Section, part: &'static str) -> Self {
        let start = format!("{}{part}", section.path_within_site());
        Self { start: start.into(), ..Self::new() }
    }

    /// Adds a page.
    #[must_use]
    pub fn get<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: StatesVisitor + 'static,
    {
        let (path, admission) = (self.path(path), T::ADMISSION);
        let router = self.router.route(&path, get(handler));
        let page = Page { path, method: Method::GET, admission, form: None, is_background: false };
        Self { router, ..self }.with(page)
    }

    /// Adds something that scripts of pages ask for without anybody doing anything. It keeps no session
    /// alive, and takes no message that is meant for a page.
    #[must_use]
    pub fn background<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: StatesVisitor + 'static,
    {
        let mut pages = self.get(path, handler);
        if let Some(page) = pages.pages.last_mut() {
            page.is_background = true;
        }
        pages
    }

    /// Adds the handler of a form. Only the visitor's own form reaches it.
    #[must_use]
    pub fn post<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: StatesVisitor + TakesForm + 'static,
    {
        let (path, admission) = (self.path(path), T::ADMISSION);
        let router = self.router.route(&path, post(handler));
        let page = Page {
            path,
            method: Method::POST,
            admission,
            form: Some(T::FORM),
            is_background: false,
        };
        Self { router, ..self }.with(page)
    }

    /// Adds the page of a form, and the handler of the form at the same path.
    #[must_use]
    pub fn form<H, T, K, U>(self, path: &str, show: H, submit: K) -> Self
    where
        H: Handler<T, S>,
        T: StatesVisitor + 'static,
        K: Handler<U, S>,
        U: StatesVisitor + TakesForm + 'static,
    {
        self.get(path, show).post(path, submit)
    }

    /// Adds the pages and the menu of another part of the site.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.pages.extend(other.pages);
        self.sections.extend(other.sections);
        Self { router: self.router.merge(other.router), ..self }
    }

    /// The same pages below a prefix.
    #[must_use]
    pub fn nest(mut self, prefix: &str) -> Self {
        for page in &mut self.pages {
            page.path =
                if page.path == "/" { prefix.to_owned() } else { format!("{prefix}{}", page.path) };
        }
        Self { router: Router::new().nest(prefix, self.router), ..self }
    }

    /// Answers other paths with "not found".
    #[must_use]
    pub fn no_others(self) -> Self {
        Self { router: self.router.fallback(unknown_page), ..self }
    }

    /// The sections with entries in the menu.
    pub(super) fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// What is registered.
    pub fn list(&self) -> &[Page] {
        &self.pages
    }

    /// The routes.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    fn path(&self, path: &str) -> String {
        match (&*self.start, path) {
            ("", path) => path.to_owned(),
            (start, "/") => start.to_owned(),
            (start, path) => format!("{start}{path}"),
        }
    }

    fn with(mut self, page: Page) -> Self {
        self.pages.push(page);
        self
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Pages<S> {
    fn default() -> Self {
        Self::new()
    }
}
