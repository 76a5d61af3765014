//! The consent page: the scopes an app asks for, which are new or optional, and for which portal.

use std::borrow::Cow;

use maud::{Markup, html};
use url::{Host, Url};

use super::prior_consent::PriorConsent;
use crate::account_pages;
use crate::accounts::{Portal, Session};
use crate::auth::{Scope, ScopeSet};
use crate::clients::App;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, BadgeKind, ButtonStyle, Choice, ChoiceKind, Chrome};
use crate::web::{self, Visit};

/// The hidden field with the scopes that the page showed as fixed.
pub(super) const REQUIRED: &str = "required";

/// The destination of the redirect, as shown to a person: the host of a web address, with letters
/// of other scripts in the ASCII form, which can't be confused with others.
fn destination(lang: Lang, redirect_uri: &str) -> Cow<'static, str> {
    let url = Url::parse(redirect_uri).ok();
    let host = url.as_ref().and_then(|url| Some((url.host()?, url.port())));
    let is_own_computer = match &host {
        Some((Host::Ipv4(address), _)) => address.is_loopback(),
        Some((Host::Ipv6(address), _)) => address.is_loopback(),
        Some((Host::Domain(name), _)) => *name == "localhost",
        None => false,
    };
    if is_own_computer {
        return tr!(lang, "oauth.consent.to_own_computer");
    }
    let host = match host {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_string(),
        None => redirect_uri.to_owned(),
    };
    tr!(lang, "oauth.consent.to_host", host = host)
}

/// The page and its data.
pub(super) struct ConsentPage<'a> {
    pub(super) visit: &'a Visit,
    pub(super) session: &'a Session,
    pub(super) app: &'a App,
    /// The scopes that the app asks for.
    pub(super) scopes: ScopeSet,
    pub(super) portals: &'a [Portal],
    /// For each of the portals.
    pub(super) before: &'a [PriorConsent],
    /// If there are none: the portals in which the person can't connect apps, with their owners'
    /// names.
    pub(super) owners_to_ask: &'a [(String, String)],
    /// Whether a person without a portal may create one.
    pub(super) may_create_portals: bool,
    /// The form's target: the request's own URL.
    pub(super) action: &'a str,
    /// The destination of the redirect, if there is one.
    pub(super) redirect_uri: Option<&'a str>,
    /// Additional warnings.
    pub(super) note: Option<Markup>,
    /// What the form was sent with, when it was not taken.
    pub(super) typed: Option<Fields>,
}

impl ConsentPage<'_> {
    pub(super) fn render(&self) -> Markup {
        let Self { visit, session, app, .. } = self;
        let lang = visit.lang;
        let title = tr!(lang, "oauth.consent.title", app = app.name);
        let body = html! {
            (self.app_and_maker())
            (ui::header(&title, None, html! {}))
            @if !app.description.is_empty() { p.muted { (app.description) } }
            @if let Some(note) = &self.note { (note) }
            @if !self.owners_to_ask.is_empty() {
                (self.refusal())
            } @else if self.portals.is_empty() {
                (self.without_portal())
            } @else {
                (ui::form(self.action, &visit.mark, html! {
                    (self.portal_choice())
                    (self.required_scopes())
                    (self.optional_scopes())
                    @if let Some(uri) = self.redirect_uri { p { (destination(lang, uri)) } }
                    p.muted { (tr!(lang, "oauth.consent.revoke")) }
                    (ui::actions(html! {
                        (ui::submit_named("decision", "allow", &tr!(lang, "oauth.consent.allow"), ButtonStyle::Primary))
                        (ui::submit_named("decision", "deny", &tr!(lang, "oauth.consent.deny"), ButtonStyle::Secondary))
                    }))
                }))
            }
            p.muted { (tr!(lang, "oauth.consent.logged_in_as", email = session.email)) }
        };
        let brand = match self.portals {
            [portal] => portal.brand(),
            _ => ui::Brand::default(),
        };
        Chrome { brand, ..web::plain_chrome(visit) }.narrow(&title, body)
    }

    /// That the person has no portal, and how to get one.
    fn without_portal(&self) -> Markup {
        let (lang, email) = (self.visit.lang, &self.session.email);
        let text = if self.may_create_portals {
            tr!(lang, "oauth.consent.no_portal", email = email)
        } else {
            tr!(lang, "oauth.consent.no_portal_closed", email = email)
        };
        html! {
            (ui::notice(ui::FlashKind::Error, None, html! { p { (text) } }))
            @if self.may_create_portals {
                (ui::actions(ui::link_button(&tr!(lang, "manage.portals.new"), &web::with_next("/manage/portals/new", self.action), ButtonStyle::Primary)))
            }
        }
    }

    /// Says that the person can't connect apps, and who can.
    fn refusal(&self) -> Markup {
        let lang = self.visit.lang;
        html! {
            (ui::notice(ui::FlashKind::Error, None, html! {
                p { (tr!(lang, "oauth.consent.not_allowed")) }
                ul { @for (portal, owners) in self.owners_to_ask { li { (tr!(lang, "oauth.consent.ask", portal = portal, owners = owners)) } } }
            }))
            (ui::actions(ui::link_button(&tr!(lang, "error.page.home"), self.visit.site.path(), ButtonStyle::Primary)))
        }
    }

    /// The app and its developer.
    fn app_and_maker(&self) -> Markup {
        let app = self.app;
        let logo = app.has_logo.then(|| format!("/oauth/apps/{}/logo", app.id));
        html! {
            div.app-name {
                (ui::app_mark(&app.name, logo.as_deref()))
                p {
                    strong { (ui::name(&app.name)) } br;
                    (ui::muted(&tr!(self.visit.lang, "oauth.consent.by", developer = app.developer_name)))
                    @if let Some(website) = &app.website { br; a href=(website) rel="noopener noreferrer" { (website) } }
                }
            }
        }
    }

    /// The earlier decision of the owner's only portal; with several, each shows its own beside its
    /// name.
    fn before(&self) -> Option<&PriorConsent> {
        if let [before] = self.before { Some(before) } else { None }
    }

    fn is_new(&self, scope: Scope) -> bool {
        self.before().is_some_and(|before| before.new_scopes(self.scopes).contains(scope))
    }

    fn required_scopes(&self) -> Markup {
        let (lang, required) = (self.visit.lang, self.app.required_of(self.scopes));
        let scopes = required.iter().map(|scope| {
            html! {
                (scope.explanation(lang))
                @if self.is_new(scope) { " " (ui::badge(&tr!(lang, "oauth.consent.new"), BadgeKind::Warning)) }
                " " code.scope-name { (scope.name()) }
            }
        });
        html! {
            (ui::hidden(REQUIRED, &required.to_string()))
            @if !required.is_empty() {
                div {
                    h2 { (tr!(lang, "oauth.consent.scopes")) }
                    (ui::check_list(scopes.collect()))
                }
            }
        }
    }

    /// Checkboxes. A scope that was left out last time isn't ticked by default, nor one that any of
    /// several portals left out, because the choice of portal isn't known yet.
    fn optional_scopes(&self) -> Markup {
        let (lang, optional) = (self.visit.lang, self.app.optional_of(self.scopes));
        if optional.is_empty() {
            return html! {};
        }
        let label = |scope: Scope| {
            if self.is_new(scope) {
                format!("{} ({})", scope.explanation(lang), tr!(lang, "oauth.consent.new"))
            } else {
                scope.explanation(lang)
            }
        };
        let choices: Vec<Choice<'_>> = optional
            .iter()
            .map(|scope| Choice {
                value: scope.name().into(),
                label: label(scope).into(),
                hint: Some(scope.name().into()),
                checked: match &self.typed {
                    Some(typed) => typed.all("scope").contains(&scope.name()),
                    None => !self.before.iter().any(|before| before.left_out.contains(scope)),
                },
            })
            .collect();
        let legend = if self.app.required_of(self.scopes).is_empty() {
            "oauth.consent.optional_only"
        } else {
            "oauth.consent.optional"
        };
        ui::choice_group(ChoiceKind::Any, "scope", &tr!(lang, legend), &choices, None)
    }

    /// The portal to give access to: shown if there is one, a choice if there are more.
    fn portal_choice(&self) -> Markup {
        let lang = self.visit.lang;
        if let [portal] = self.portals {
            return html! {
                (ui::hidden("portal", portal.id.as_str()))
                div.app-name {
                    @if let Some(logo) = portal.brand().logo { (ui::app_mark(&portal.name, Some(&logo))) }
                    p { (tr!(lang, "oauth.consent.portal")) " " strong { (portal.name) } }
                }
            };
        }
        let mut choices = account_pages::portal_choices(lang, self.session, self.portals);
        for (choice, before) in choices.iter_mut().zip(self.before) {
            choice.hint = choice.hint.take().or_else(|| self.connected_hint(before));
            if let Some(typed) = &self.typed {
                choice.checked = typed.sent("portal") == choice.value;
            }
        }
        ui::choice_group(
            ChoiceKind::One,
            "portal",
            &tr!(lang, "oauth.consent.choose_portal"),
            &choices,
            None,
        )
    }

    /// Says that a portal is already connected, and which scopes would be new to it.
    fn connected_hint(&self, before: &PriorConsent) -> Option<Cow<'static, str>> {
        let lang = self.visit.lang;
        let new = before.granted.map(|_| before.new_scopes(self.scopes))?;
        let new: Vec<String> = new.iter().map(|scope| scope.explanation(lang)).collect();
        Some(if new.is_empty() {
            tr!(lang, "oauth.consent.connected")
        } else {
            tr!(lang, "oauth.consent.connected_new", scopes = new.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_where_the_browser_goes() {
        for (uri, place) in [
            ("https://app.example/callback?a=b", "app.example"),
            ("https://app.example:8443/callback", "app.example:8443"),
            ("https://xn--bcker-gra.example/", "xn--bcker-gra.example"),
            ("https://203.0.113.9/x", "203.0.113.9"),
            ("http://127.0.0.1:3000/x", "your own computer"),
            ("http://[::1]/x", "your own computer"),
            ("http://localhost:3000/x", "your own computer"),
            ("https://localhost.example/", "localhost.example"),
        ] {
            let text = destination(Lang::En, uri);
            assert!(text.contains(place), "{uri}: {text}");
        }
    }
}
