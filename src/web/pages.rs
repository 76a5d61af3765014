//! The registration of pages: path and handler in one line. The handler's types state the rest: who
//! may open the page, and what it reads of a form.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{get, post};

use super::admission::{Admission, FormKind, StatesVisitor, TakesForm};
use super::menu::{Menu, Section};
use super::unknown::unknown_page;
use crate::accounts::Site;
use crate::server::{Server, WritingServer};

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
    start: &'static str,
    pages: Vec<Page>,
    sections: Vec<Section>,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Pages<S> {
    /// No pages yet. Their paths begin at the start of the site.
    pub fn new() -> Self {
        Self { start: "", pages: Vec::new(), sections: Vec::new(), router: Router::new() }
    }

    /// A section in the menu, without pages yet. Their paths begin with that of the section; the page at
    /// `/` is the section's own, and who may open it sees it in the menu.
    pub fn of(section: Section) -> Self {
        Self { start: section.path_within_site(), sections: vec![section], ..Self::new() }
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
        let page = Page { path, method: Method::GET, admission, form: None };
        Self { router, ..self }.with(page)
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
        let page = Page { path, method: Method::POST, admission, form: Some(T::FORM) };
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

    /// What is registered.
    pub fn list(&self) -> &[Page] {
        &self.pages
    }

    /// The routes.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    fn path(&self, path: &str) -> String {
        match (self.start, path) {
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

/// All pages of a site with accounts.
pub struct SitePages {
    /// Those of people who are logged in, and of everybody; they write as their visitor.
    pub pages: Pages,
    /// Those that lead to a session, such as the log-in page; they write without one.
    pub before_session: Pages<WritingServer>,
}

impl SitePages {
    /// Below the path of a site, where other paths are "not found".
    #[must_use]
    pub fn nest(self, site: Site) -> Self {
        Self {
            pages: self.pages.no_others().nest(site.path()),
            before_session: self.before_session.nest(site.path()),
        }
    }

    /// Adds pages that lie elsewhere.
    #[must_use]
    pub fn merge(self, pages: Pages) -> Self {
        Self { pages: self.pages.merge(pages), ..self }
    }

    /// What is registered.
    pub fn list(&self) -> impl Iterator<Item = &Page> {
        self.pages.list().iter().chain(self.before_session.list())
    }

    /// The routes, and the menu of the sections.
    pub(super) fn into_router(self, server: &WritingServer) -> (Router<Server>, Menu) {
        let menu = Menu::of(&self.pages.sections, &self.pages.pages);
        let before_session = self.before_session.router.with_state(server.clone());
        (self.pages.router.merge(before_session), menu)
    }
}

impl From<Pages> for SitePages {
    fn from(pages: Pages) -> Self {
        Self { pages, before_session: Pages::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Role;
    use crate::ui::Icon;
    use crate::web::menu::MenuGroup;
    use crate::web::{Anybody, Form, SingleUse, Visit};

    const SECTION: Section = Section {
        path: "/manage/offers",
        title: "manage.nav.customers",
        icon: Icon::Info,
        group: MenuGroup::Work,
    };

    fn pages() -> Pages {
        Pages::of(SECTION)
            .get("/", async |_: Visit| "")
            .form("/new", async |_: Anybody| "", async |_: Visit, _: SingleUse<Form>| "")
            .post("/{id}/delete", async |_: Visit, _: axum::http::Method, _: Form| "")
    }

    #[test]
    fn a_page_is_listed_with_what_its_handler_states() {
        let site = SitePages::from(pages().merge(Pages::new().get("/", async |_: Visit| "")));
        let listed: Vec<String> = site
            .nest(Site::Manage)
            .list()
            .map(|page| {
                let field = page.form.map(|form| form.single_use_field.unwrap_or("-"));
                format!("{} {} {}", page.method, page.path, field.unwrap_or_default())
            })
            .collect();
        let expected = [
            "GET /manage/offers ",
            "GET /manage/offers/new ",
            "POST /manage/offers/new form",
            "POST /manage/offers/{id}/delete -",
            "GET /manage ",
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn a_section_is_in_the_menu_if_its_page_is_there() {
        let shown = |pages: Pages| {
            let pages = pages.nest("/manage");
            let menu = Menu::of(&pages.sections, &pages.pages);
            menu.sections(MenuGroup::Work, Role::Member).count()
        };
        assert_eq!(shown(pages()), 1);
        assert_eq!(shown(Pages::of(SECTION).get("/new", async |_: Visit| "")), 0);
    }
}
