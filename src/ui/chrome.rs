//! The chrome of every page: header, navigation, language switch, account menu.

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, html};

use super::{
    assets,
    button::{ButtonStyle, button_form_with},
    feedback::{FlashKind, flash},
    form::{error_summary, with_labels},
    hidden::{FormMark, hidden},
    icon::{Icon, icon},
    languages::{language_switch, with_main_form},
    layout::{initial, name as shown_name},
    palette::Palette,
    theme::Brand,
};
use crate::i18n::{Lang, tr};
use crate::unicode::visible;

/// The part of the product that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// Where the business works with its customers.
    Manage,
    /// Where developers manage their apps.
    Developers,
    /// The documentation.
    Docs,
    /// Pages on their own: logging in, giving consent, errors, the mailbox.
    Plain,
}

/// One link of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem<'a> {
    /// Its label.
    pub label: Cow<'a, str>,
    /// Its target.
    pub href: String,
    /// Its icon.
    pub icon: Option<Icon>,
    /// Whether it leads to this page, or to the part of the site with this page.
    pub current: bool,
}

/// A group of links.
#[derive(Debug, Clone)]
pub struct NavGroup<'a> {
    /// A heading above the links.
    pub label: Option<Cow<'a, str>>,
    /// The links.
    pub items: Vec<NavItem<'a>>,
}

impl NavGroup<'_> {
    /// The same, with labels of its own.
    pub fn into_owned(self) -> NavGroup<'static> {
        let own = |label: Cow<'_, str>| Cow::Owned(label.into_owned());
        let item = |item: NavItem<'_>| NavItem {
            label: own(item.label),
            href: item.href,
            icon: item.icon,
            current: item.current,
        };
        NavGroup { label: self.label.map(own), items: self.items.into_iter().map(item).collect() }
    }
}

/// A message about what just happened, shown once above the content.
#[derive(Debug, Clone)]
pub struct Flash {
    /// What kind of message it is.
    pub kind: FlashKind,
    /// The message.
    pub text: String,
    /// A button that undoes what happened.
    pub undo: Option<FlashUndo>,
}

/// A button in a [`Flash`]: a form with one hidden field.
#[derive(Debug, Clone)]
pub struct FlashUndo {
    /// Its label.
    pub label: String,
    /// The target of its form.
    pub action: String,
    /// The name and value of the field.
    pub field: (&'static str, String),
}

/// Everything around a page's content.
#[derive(Debug, Clone)]
pub struct Chrome<'a> {
    /// The part of the product.
    pub site: Site,
    /// The language of the page.
    pub lang: Lang,
    /// The current path and query, for the language switch.
    pub path: &'a str,
    /// What the log-out form carries; nothing where nobody is logged in.
    pub mark: Option<&'a FormMark>,
    /// The name of the person who is logged in.
    pub person: Option<&'a str>,
    /// The page about one's own account.
    pub account_path: &'a str,
    /// The target of the log-out form.
    pub logout_path: &'a str,
    /// The portal or developer that the pages are about.
    pub organisation: Option<&'a str>,
    /// How that portal looks.
    pub brand: Brand,
    /// The target of the brand link.
    pub home: String,
    /// The navigation.
    pub nav: Vec<NavGroup<'a>>,
    /// The search of everything, with the keyboard's shortcuts.
    pub palette: Option<Palette>,
    /// Something at the top right, such as a link to another part of the product.
    pub top_right: Option<Markup>,
    /// A message about what just happened.
    pub flash: Option<Flash>,
    /// The errors of the submitted form: field names and messages.
    pub errors: Vec<(String, String)>,
    /// Whether the page is only shown once, because it has a new secret.
    pub is_shown_once: bool,
}

impl Chrome<'_> {
    /// Labels the fields in the error summary: field names and labels, in the order of the page.
    pub fn with_labels(mut self, labels: &[(&str, Cow<'_, str>)]) -> Self {
        self.errors = with_labels(&self.errors, labels);
        self
    }

    /// Adds the errors of a GET form.
    pub fn with_errors(mut self, errors: Vec<(String, String)>) -> Self {
        for error in errors {
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
        self
    }

    /// A full page: the navigation at the side, or in a menu on a phone. `title` is the window's
    /// title; the content begins with its own heading ([`super::header`]).
    pub fn page(&self, title: &str, body: Markup) -> Markup {
        let class = match self.site {
            Site::Docs => "app app-docs",
            _ => "app",
        };
        let (body, has_form) = with_main_form(body);
        let content = html! {
            div.shell {
                @if !self.nav.is_empty() {
                    div.sidebar { (self.navigation()) }
                }
                div.column {
                    main.content id="content" tabindex="-1" {
                        (self.messages())
                        (body)
                    }
                    (self.footer(has_form))
                }
            }
        };
        self.document(title, class, content)
    }

    /// A page with a single card in the middle: logging in, giving consent, errors. The card begins
    /// with its own heading, as in [`Self::page`].
    pub fn narrow(&self, title: &str, body: Markup) -> Markup {
        let (body, has_form) = with_main_form(body);
        let content = html! {
            div.narrow {
                main.narrow-content id="content" tabindex="-1" {
                    (self.messages())
                    div.card.narrow-card { div.card-body { (body) } }
                }
                (self.footer(has_form))
            }
        };
        self.document(title, "plain", content)
    }

    fn document(&self, title: &str, class: &str, content: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.window_title(title)) }
                    link rel="icon" type="image/svg+xml" href=(assets::url("favicon.svg"));
                    link rel="stylesheet" href=(assets::url("app.css"));
                    @if let Some(color) = self.brand.color { link rel="stylesheet" href=(color.style_sheet()); }
                    script src=(assets::url("app.js")) defer {}
                    @if self.palette.is_some() { script src=(assets::url("palette.js")) defer {} }
                }
                body class=(class) {
                    a.skip-link href="#content" { (tr!(self.lang, "ui.skip")) }
                    (self.top_bar(class == "plain"))
                    (content)
                    @if let Some(palette) = &self.palette { (palette.dialog(self.lang)) }
                }
            }
        }
    }

    /// The window's title: the page and the portal or developer, after a prefix if there are errors, which
    /// screen readers then announce first.
    fn window_title(&self, title: &str) -> String {
        let parts = [Some(title), self.organisation].into_iter().flatten();
        let mut all: Vec<Cow<'_, str>> = parts.map(Cow::from).collect();
        all.push(tr!(self.lang, "common.product"));
        let title = all.join(" · ");
        if self.errors.is_empty() {
            title
        } else {
            tr!(self.lang, "ui.error_title", title = title).into_owned()
        }
    }

    fn top_bar(&self, narrow: bool) -> Markup {
        html! {
            header.top-bar.has-tool[self.top_right.is_some()].has-owner[self.organisation.is_some()] {
                a.brand href=(self.home) {
                    img src=(assets::url("favicon.svg")) alt="" width="30" height="30";
                    span.brand-name { (tr!(self.lang, "common.product")) }
                    @if let Some(label) = self.site_label() { " " span.brand-site { (label) } }
                    @if let Some(name) = self.organisation { " " span.brand-owner { (shown_name(name)) } }
                }
                div.top-tools {
                    @if let Some(palette) = &self.palette { (palette.link(self.lang)) }
                    @if let Some(top_right) = &self.top_right { div.top-right { (top_right) } }
                    (self.account())
                    @if !narrow && !self.nav.is_empty() {
                        details.menu.nav-menu {
                            summary.menu-button {
                                (icon(Icon::Menu))
                                span.menu-text { (tr!(self.lang, "ui.menu")) }
                            }
                            div.menu-panel { (self.navigation()) }
                        }
                    }
                }
            }
        }
    }

    fn site_label(&self) -> Option<Cow<'_, str>> {
        match self.site {
            Site::Manage => Some(tr!(self.lang, "ui.site_manage")),
            Site::Developers => Some(tr!(self.lang, "ui.site_developers")),
            Site::Docs => Some(tr!(self.lang, "ui.site_docs")),
            Site::Plain => None,
        }
    }

    fn owner(&self) -> Markup {
        html! {
            @if let Some(name) = self.organisation {
                p.owner {
                    @match &self.brand.logo {
                        Some(src) => { img.owner-logo src=(src) alt="" width="28" height="28"; }
                        None => { span.owner-initial aria-hidden="true" { (initial(&visible(name))) } }
                    }
                    span.owner-name { (shown_name(name)) }
                }
            }
        }
    }

    fn navigation(&self) -> Markup {
        html! {
            nav.nav aria-label=(tr!(self.lang, "ui.navigation")) {
                (self.owner())
                @for group in &self.nav {
                    @if let Some(label) = &group.label { p.nav-label { (label) } }
                    ul aria-label=[group.label.as_deref()] {
                        @for item in &group.items {
                            li {
                                a href=(item.href) aria-current=[item.current.then_some("page")] {
                                    @if let Some(shown) = item.icon { (icon(shown)) }
                                    (item.label)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn account(&self) -> Markup {
        html! {
            @if let (Some(person), Some(mark)) = (self.person, self.mark) {
                details.menu.account {
                    summary.menu-button {
                        span.account-initial aria-hidden="true" { (initial(person)) }
                        span.visually-hidden { (tr!(self.lang, "ui.account")) " " }
                        span.menu-text { (person) }
                        (icon(Icon::Down))
                    }
                    div.menu-panel {
                        p.account-name {
                            span.muted { (tr!(self.lang, "ui.logged_in_as")) }
                            " " strong { (person) }
                        }
                        a.menu-item href=(self.account_path) { (tr!(self.lang, "ui.my_account")) }
                        form method="post" action=(self.logout_path) {
                            (mark)
                            button.menu-item type="submit" { (tr!(self.lang, "ui.log_out")) }
                        }
                    }
                }
            }
        }
    }

    /// The message of the previous request and the error summary, which gets the focus.
    fn messages(&self) -> Markup {
        html! {
            @if let Some(message) = &self.flash {
                (flash(message.kind, &message.text, self.undo_button(message)))
            }
            (error_summary(self.lang, &self.errors))
        }
    }

    fn undo_button(&self, message: &Flash) -> Option<Markup> {
        let (FlashUndo { label, action, field: (name, value) }, mark) =
            (message.undo.as_ref()?, self.mark?);
        let field = hidden(name, value);
        Some(button_form_with(action, mark, label, field, ButtonStyle::Secondary))
    }

    fn footer(&self, has_form: bool) -> Markup {
        html! {
            footer.footer {
                span.footer-name { (tr!(self.lang, "common.product")) }
                // A page that is shown once would be gone.
                @if !self.is_shown_once { (language_switch(self.lang, self.path, has_form)) }
            }
        }
    }
}
