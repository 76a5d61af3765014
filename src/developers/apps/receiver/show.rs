//! The page to get a token of an app: what must be there first, and the link to the consent page.

use axum::extract::State;
use maud::{Markup, html};

use super::address::{path_of, redirect_uri};
use super::test_request::TestRequest;
use crate::accounts::{Permission, Sandbox, may};
use crate::clients::{App, RedirectUri};
use crate::developers::DeveloperMember;
use crate::developers::apps::trail::trail;
use crate::developers::apps::try_it::{PkcePair, Trial};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::AppId;
use crate::public_urls::Surface;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, FlashKind};
use crate::web::Allowed;

pub(super) async fn show(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let lang = member.lang();
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let portals = Sandbox::list(&server.db, &member.developer.id).await?;
    let title = tr!(lang, "developers.receiver.title");
    let content = match (obstacle(&app), redirect_uri(&server)) {
        (Some(reason), _) => notice(&lang.text(reason)),
        (None, None) => notice(&tr!(lang, "developers.receiver.no_address")),
        (None, Some(uri)) => {
            let is_registered = app.redirect_uris.0.contains(&uri);
            let url = (is_registered && !portals.is_empty())
                .then(|| authorize_url(&server, &member, &app, uri.clone()))
                .flatten();
            let steps = ui::steps(vec![
                address(&member, &app, &uri, is_registered),
                portal(&member, &app, &portals),
                connect(lang, &app, url.as_deref()),
            ]);
            let heading = tr!(lang, "developers.receiver.steps");
            ui::section(&heading, None, html! {}, ui::card(None, steps))
        }
    };
    let body = html! {
        (trail(lang, &app, &title))
        (ui::header(&title, Some(&tr!(lang, "developers.receiver.intro")), html! {}))
        (content)
    };
    Ok(member.chrome().page(&title, body))
}

/// Why the receiver can't get a token of an app: the key of a text.
pub(super) const fn obstacle(app: &App) -> Option<&'static str> {
    if app.is_disabled {
        Some("developers.receiver.disabled")
    } else if app.require_dpop {
        Some("developers.receiver.needs_dpop")
    } else if app.has_keys {
        Some("developers.receiver.needs_key")
    } else {
        None
    }
}

fn notice(text: &str) -> Markup {
    ui::notice(FlashKind::Info, None, html! { p { (text) } })
}

/// The authorization request: all scopes of the app, with a new state and a new PKCE pair.
fn authorize_url(
    server: &Server,
    member: &DeveloperMember,
    app: &App,
    uri: RedirectUri,
) -> Option<String> {
    let (pair, now) = (PkcePair::random(), server.clock.now());
    let request = TestRequest::new(&app.id, &member.session, pair.verifier.clone(), now);
    let trial = Trial {
        redirect_uri: Some(uri),
        scopes: app.scopes,
        state: request.state(&server.sealing_keys),
        pkce: Some(pair),
    };
    trial.authorize_url(&server.public_urls.url(Surface::Manage, "/oauth/authorize"), app)
}

fn address(
    member: &DeveloperMember,
    app: &App,
    uri: &RedirectUri,
    is_registered: bool,
) -> (String, Markup) {
    let (lang, label) = (member.lang(), tr!(member.lang(), "developers.try.redirect_uri"));
    let body = html! {
        p { (ui::copyable(lang, &label, uri.as_str())) }
        @if is_registered { p.muted { (tr!(lang, "developers.receiver.registered")) } }
        @else {
            p { (tr!(lang, "developers.receiver.register_text")) }
            (ui::button_form(&format!("{}/register", path_of(&app.id)), &member.visit.mark, &tr!(lang, "developers.receiver.register"), ButtonStyle::Primary))
        }
    };
    (tr!(lang, "developers.receiver.address").into_owned(), body)
}

fn portal(member: &DeveloperMember, app: &App, portals: &[Sandbox]) -> (String, Markup) {
    let lang = member.lang();
    let body = html! {
        @if !portals.is_empty() {
            p { (tr!(lang, "developers.receiver.portal_text")) }
            ul.plain-list { @for portal in portals { li { (ui::name(&portal.name)) " " (ui::mono(portal.id.as_str())) } } }
        } @else if member.may(Permission::ManageSandboxes) {
            p { (tr!(lang, "developers.receiver.no_portal")) }
            (ui::button_form(&format!("{}/portal", path_of(&app.id)), &member.visit.mark, &tr!(lang, "developers.sandboxes.create"), ButtonStyle::Primary))
        } @else {
            p { (tr!(lang, "developers.receiver.ask_for_portal")) }
        }
    };
    (tr!(lang, "developers.receiver.portal").into_owned(), body)
}

fn connect(lang: Lang, app: &App, url: Option<&str>) -> (String, Markup) {
    let body = html! {
        @match url {
            Some(url) => {
                @if !app.is_public() { p { (tr!(lang, "developers.receiver.secret_ready")) } }
                p { (tr!(lang, "developers.receiver.connect_text")) }
                (ui::actions(ui::link_button(&tr!(lang, "developers.receiver.connect"), url, ButtonStyle::Primary)))
                (ui::disclosure(&tr!(lang, "developers.receiver.url"), false, ui::code_block(lang, "URL", url)))
            }
            None => p.muted { (tr!(lang, "developers.receiver.first")) },
        }
    };
    (tr!(lang, "developers.receiver.consent").into_owned(), body)
}
