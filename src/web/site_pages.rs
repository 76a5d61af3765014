//! All pages of a site with accounts.

use axum::Router;

use super::menu::Menu;
use super::pages::{Page, Pages};
use crate::accounts::Site;
use crate::server::{Server, WritingServer};

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
        let menu = Menu::of(self.pages.sections(), self.pages.list());
        let before_session = self.before_session.into_router().with_state(server.clone());
        (self.pages.into_router().merge(before_session), menu)
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
    use crate::web::section::{MenuGroup, Section};
    use crate::web::{Anybody, Form, SingleUse, Visit};

    const SECTION: Section = Section {
        path: "/manage/offers",
        title: "manage.nav.customers",
        icon: Icon::Info,
        group: MenuGroup::Work,
        key: None,
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
            let menu = Menu::of(pages.sections(), pages.list());
            menu.sections(MenuGroup::Work, Role::Member).count()
        };
        assert_eq!(shown(pages()), 1);
        assert_eq!(shown(Pages::of(SECTION).get("/new", async |_: Visit| "")), 0);
    }
}
