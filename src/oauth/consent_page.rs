//! The consent page: what an app asks, and of which portal.

use maud::{Markup, html};

use super::authorization_request::AuthorizationRequest;
use crate::accounts::{Portal, Session, pages};
use crate::http::site::Visit;
use crate::i18n::tr;
use crate::ui::{self, ButtonStyle, ChoiceKind};

/// The page; `query` is the request's, which the form keeps.
pub(super) fn consent_page(visit: &Visit, session: &Session, request: &AuthorizationRequest, portals: &[Portal], query: &str) -> Markup {
    let lang = visit.lang;
    let title = tr!(lang, "oauth.consent.title", app = request.app.name);
    let body = html! {
        (app(visit, request))
        (ui::header(&title, None, html! {}))
        @if !request.app.description.is_empty() { p.muted { (request.app.description) } }
        @if portals.is_empty() {
            (ui::notice(ui::FlashKind::Error, None, html! { p { (tr!(lang, "oauth.consent.no_portal", email = session.email)) } }))
            (ui::actions(ui::link_button(&tr!(lang, "manage.portals.new"), "/manage/portals/new", ButtonStyle::Primary)))
        } @else {
            (ui::form(&format!("/oauth/authorize?{query}"), &visit.csrf, html! {
                (portal_choice(visit, session, portals))
                (scopes(visit, request))
                p.muted { (tr!(lang, "oauth.consent.revoke")) }
                (ui::actions(html! {
                    (ui::submit_named("decision", "allow", &tr!(lang, "oauth.consent.allow"), ButtonStyle::Primary))
                    (ui::submit_named("decision", "deny", &tr!(lang, "oauth.consent.deny"), ButtonStyle::Secondary))
                }))
            }))
        }
        p.muted { (tr!(lang, "oauth.consent.logged_in_as", email = session.email)) }
    };
    pages::plain_chrome(visit).narrow(&title, body)
}

/// The app, and who made it.
fn app(visit: &Visit, request: &AuthorizationRequest) -> Markup {
    let app = &request.app;
    let logo = app.has_logo.then(|| format!("/oauth/apps/{}/logo", app.id));
    html! {
        div.app-name {
            (ui::app_mark(&app.name, logo.as_deref()))
            p {
                strong { (app.name) } br;
                (ui::muted(&tr!(visit.lang, "oauth.consent.by", developer = app.developer_name)))
                @if let Some(website) = &app.website { br; a href=(website) rel="noopener noreferrer" { (website) } }
            }
        }
    }
}

fn scopes(visit: &Visit, request: &AuthorizationRequest) -> Markup {
    let lang = visit.lang;
    let scopes = request.scopes.iter().map(|scope| html! { (scope.explanation(lang)) br; code.scope-name { (scope.name()) } });
    html! {
        div {
            h2 { (tr!(lang, "oauth.consent.scopes")) }
            (ui::check_list(scopes.collect()))
        }
    }
}

/// The portal that access is given to: said when there is one, asked when there are more.
fn portal_choice(visit: &Visit, session: &Session, portals: &[Portal]) -> Markup {
    let lang = visit.lang;
    if let [portal] = portals {
        return html! {
            (ui::hidden("portal", portal.id.as_str()))
            p { (tr!(lang, "oauth.consent.portal")) " " strong { (portal.name) } }
        };
    }
    let choices = pages::portal_choices(session, portals);
    ui::choice_group(ChoiceKind::One, "portal", &tr!(lang, "oauth.consent.choose_portal"), &choices, None)
}
