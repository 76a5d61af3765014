//! From zero to a first token on one page: the authorize URL, the exchange, a call and the refresh,
//! with the app's own values filled in.

mod api_path;
mod request;
mod samples;

use maud::{Markup, html};

use samples::Value;

pub(super) use request::{PkcePair, Trial};
pub(super) use samples::Samples;

use crate::clients::{App, RedirectUri};
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::public_urls::Surface;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field, FlashKind};
use crate::web::scope_areas;

/// The section of an app's page; `query` is its form's query, if any, and `actions` stand beside the
/// heading.
pub(super) fn section(
    server: &Server,
    lang: Lang,
    app: &App,
    query: &Fields,
    actions: Markup,
) -> Markup {
    let trial = Trial::new(app, query);
    let mut steps = vec![choose(lang, app, &trial)];
    match trial.authorize_url(&server.public_urls.url(Surface::Manage, "/oauth/authorize"), app) {
        Some(url) => {
            steps.push(open(lang, &trial, &url));
            steps.push(receive(server, lang, &trial));
            steps.push(exchange(server, lang, app, &trial));
            steps.push(call(server, lang, &trial));
            steps.push(refresh(server, lang, app));
        }
        None => steps.push(nothing_chosen(lang)),
    }
    ui::section(
        &tr!(lang, "developers.try.title"),
        Some(&tr!(lang, "developers.try.intro")),
        actions,
        ui::card(None, ui::steps(steps)),
    )
}

fn step(lang: Lang, title: &'static str, body: Markup) -> (String, Markup) {
    (tr!(lang, title).into_owned(), body)
}

fn choose(lang: Lang, app: &App, trial: &Trial) -> (String, Markup) {
    let uris: Vec<(&str, &str)> =
        app.redirect_uris.0.iter().map(|uri| (uri.as_str(), uri.as_str())).collect();
    let selected = trial.redirect_uri.as_ref().map_or("", RedirectUri::as_str);
    let nothing = trial.scopes.is_empty().then(|| tr!(lang, "field.scope.none"));
    let body = html! {
        p { (tr!(lang, "developers.try.choose_text")) }
        form.form method="get" action={ "/developers/apps/" (app.id) "#authorize" } {
            (Field::select(lang, "redirect_uri", tr!(lang, "developers.try.redirect_uri"), &uris, selected))
            (ui::scope_picker(lang, &scope_areas(lang, app.scopes, trial.scopes), nothing.as_deref()))
            @if app.requires_pkce() { p.muted { (tr!(lang, "developers.try.pkce_required")) } }
            @else { (ui::checkbox("pkce", "1", &tr!(lang, "developers.try.pkce"), Some(&tr!(lang, "developers.try.pkce_hint")), trial.pkce.is_some())) }
            (ui::actions(ui::submit(&tr!(lang, "developers.try.build"), ButtonStyle::Secondary)))
        }
    };
    step(lang, "developers.try.choose", body)
}

fn nothing_chosen(lang: Lang) -> (String, Markup) {
    step(
        lang,
        "developers.try.open",
        html! { div id="authorize" { (ui::notice(FlashKind::Error, None, html! { p { (tr!(lang, "field.scope.none")) } })) } },
    )
}

fn open(lang: Lang, trial: &Trial, url: &str) -> (String, Markup) {
    let state = tr!(lang, "developers.try.state");
    let mut values = vec![("state", ui::copyable(lang, "state", &trial.state))];
    if let Some(pair) = &trial.pkce {
        values.push(("code_verifier", ui::copyable(lang, "code_verifier", &pair.verifier)));
        values.push(("code_challenge", ui::copyable(lang, "code_challenge", &pair.challenge)));
    }
    let body = html! {
        p id="authorize" { (tr!(lang, "developers.try.open_text")) }
        (ui::code_block(lang, "URL", url))
        (ui::actions(html! {
            (ui::new_tab_button(&tr!(lang, "developers.try.open_link"), url, ButtonStyle::Primary))
        }))
        (ui::definition_list(values))
        p.muted { (state) @if trial.pkce.is_some() { " " (tr!(lang, "developers.try.pkce_note")) } }
    };
    step(lang, "developers.try.open", body)
}

fn receive(server: &Server, lang: Lang, trial: &Trial) -> (String, Markup) {
    let redirect_uri = trial.redirect_uri.as_ref().map_or("", RedirectUri::as_str);
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    let issuer: String =
        url::form_urlencoded::byte_serialize(server.public_urls.issuer().as_bytes()).collect();
    let back = format!("{redirect_uri}{separator}code=kpc_…&state={}&iss={issuer}", trial.state);
    let body = html! {
        p { (tr!(lang, "developers.try.receive_text")) }
        (ui::code_block(lang, "URL", &back))
        @if trial.is_local() { (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "developers.try.local")) } })) }
        p.muted { (tr!(lang, "developers.try.declined")) }
    };
    step(lang, "developers.try.receive", body)
}

fn exchange(server: &Server, lang: Lang, app: &App, trial: &Trial) -> (String, Markup) {
    let redirect_uri = trial.redirect_uri.as_ref().map_or("", RedirectUri::as_str).to_owned();
    let mut parameters = signed(app, "authorization_code");
    parameters
        .extend([("redirect_uri", Value::Text(redirect_uri)), ("code", Value::Variable("CODE"))]);
    if let Some(pair) = &trial.pkce {
        parameters.push(("code_verifier", Value::Text(pair.verifier.clone())));
    }
    let samples = Samples::token_call(&token_endpoint(server), &parameters);
    let (text, variables) = if app.is_public() {
        (tr!(lang, "developers.try.exchange_public"), "export CODE='kpc_…'")
    } else if app.has_keys {
        (
            tr!(lang, "developers.try.exchange_keys"),
            "export CLIENT_ASSERTION='eyJ…'\nexport CODE='kpc_…'",
        )
    } else {
        (
            tr!(lang, "developers.try.exchange_text"),
            "export APP_SECRET='kps_…'\nexport CODE='kpc_…'",
        )
    };
    let body = html! {
        p { (text) }
        (ui::code_block(lang, "Shell", variables))
        (tabs(lang, "exchange", &samples))
        p.muted { (tr!(lang, "developers.try.exchange_answer")) }
    };
    step(lang, "developers.try.exchange", body)
}

fn call(server: &Server, lang: Lang, trial: &Trial) -> (String, Markup) {
    let body = html! {
        p { (tr!(lang, "developers.try.call_text")) }
        @if let Some(path) = api_path::readable_list(trial.scopes) {
            (ui::code_block(lang, "Shell", "export ACCESS_TOKEN='kpa_…'"))
            (tabs(lang, "call", &Samples::api_call(&server.public_urls.api(&path))))
        } @else {
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "developers.try.nothing_to_read")) } }))
        }
    };
    step(lang, "developers.try.call", body)
}

fn refresh(server: &Server, lang: Lang, app: &App) -> (String, Markup) {
    let mut parameters = signed(app, "refresh_token");
    parameters.push(("refresh_token", Value::Variable("REFRESH_TOKEN")));
    let time = lang.duration(server.config.access_token_seconds);
    let text = if app.rotates_refresh_tokens() {
        tr!(lang, "developers.try.refresh_rotating", time = time)
    } else {
        tr!(lang, "developers.try.refresh_text", time = time)
    };
    let body = html! {
        p { (text) }
        (ui::code_block(lang, "Shell", "export REFRESH_TOKEN='kpr_…'"))
        (tabs(lang, "refresh", &Samples::token_call(&token_endpoint(server), &parameters)))
    };
    step(lang, "developers.try.refresh", body)
}

/// The grant type and the client authentication: a public app has no secret, and one with keys
/// signs an assertion.
fn signed(app: &App, grant_type: &str) -> Vec<(&'static str, Value)> {
    let mut parameters = vec![
        ("grant_type", Value::Text(grant_type.to_owned())),
        ("client_id", Value::Text(app.id.to_string())),
    ];
    if app.has_keys {
        parameters.push((
            "client_assertion_type",
            Value::Text("urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
        ));
        parameters.push(("client_assertion", Value::Variable("CLIENT_ASSERTION")));
    } else if !app.is_public() {
        parameters.push(("client_secret", Value::Variable("APP_SECRET")));
    }
    parameters
}

fn token_endpoint(server: &Server) -> String {
    server.public_urls.url(Surface::Manage, "/oauth/tokens")
}

fn tabs(lang: Lang, group: &str, samples: &Samples) -> Markup {
    let tab = |label: &str, code: &str| (label.to_owned(), ui::code_block(lang, label, code));
    ui::tabs(
        group,
        vec![
            tab("curl", &samples.curl),
            tab("Python", &samples.python),
            tab("JavaScript", &samples.javascript),
        ],
    )
}
