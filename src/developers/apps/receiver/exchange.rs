//! Exchanges a code that arrived, through the token endpoint.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::address::{path_of, redirect_uri};
use super::test_request::ArrivedCode;
use super::tokens;
use crate::accounts::{Sandbox, claim_form, may};
use crate::clients::{App, RedirectUri};
use crate::developers::DeveloperMember;
use crate::developers::apps::trail::trail;
use crate::developers::own_endpoints::{EndpointAnswer, OwnEndpoints};
use crate::error::{Error, Message, Result};
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{AppId, PortalId};
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Allowed, Form, SingleUse, see_other, single_use_field};

/// The field of the App Secret, which is never kept.
const SECRET: &str = "app_secret";

/// The field of the sealed code.
const ARRIVED: &str = "arrived";

/// The query of the page.
#[derive(Deserialize)]
pub(super) struct Arrival {
    #[serde(default)]
    arrived: String,
}

pub(super) async fn show(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    Path(id): Path<AppId>,
    Query(Arrival { arrived }): Query<Arrival>,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let of = (&app.id, &member.session);
    if ArrivedCode::open(&arrived, &server.sealing_keys, of, server.clock.now()).is_none() {
        return Ok(over(&app));
    }
    Ok(page(&member, &app, &arrived).into_response())
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    endpoints: OwnEndpoints,
    Path(id): Path<AppId>,
    SingleUse(Form(fields), claim): SingleUse<Form>,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let (now, of) = (server.clock.now(), (&app.id, &member.session));
    let arrived = ArrivedCode::open(fields.sent(ARRIVED), &server.sealing_keys, of, now);
    let (Some(arrived), Some(uri)) = (arrived, redirect_uri(&server)) else {
        return Ok(over(&app));
    };
    let secret = fields.sent(SECRET).trim();
    if secret.is_empty() && !app.is_public() {
        return Err(Error::invalid(SECRET, Message::new("field.required")));
    }
    let mut tx = server.begin(&member).await?;
    let account = &member.session.account_id;
    if !claim.is_first(&mut tx, &member.session, now).await?
        || !claim_form(&mut tx, account, &arrived.mark(secret), now).await?
    {
        return Ok(see_other(&path_of(&app.id), Some("flash.note.form_used")));
    }
    tx.commit().await?;
    let client = Client { app: &app, secret };
    let answer = client.exchange(&endpoints, &arrived, &uri).await?;
    if !answer.status.is_success() {
        return refused(&member, &app, &answer);
    }
    let portal = answer.text("portal_id").parse::<PortalId>().map_err(Error::internal)?;
    match Sandbox::find(&server.db, &member.developer.id, &portal).await {
        Ok(portal) => {
            let call = endpoints.get("/v1/portal", answer.text("access_token")).await?;
            Ok(tokens::page(&server, &member, &app, &portal, &answer, &call).into_response())
        }
        // What is meant for trying doesn't show tokens of anybody's business.
        Err(Error::NotFound) => {
            client.revoke(&endpoints, answer.text("refresh_token")).await?;
            Ok(see_other(&path_of(&app.id), Some("flash.note.receiver_other_portal")))
        }
        Err(error) => Err(error),
    }
}

/// The app, as a client of the token endpoint.
struct Client<'a> {
    app: &'a App,
    /// Empty for a public app.
    secret: &'a str,
}

impl Client<'_> {
    async fn exchange(
        &self,
        endpoints: &OwnEndpoints,
        arrived: &ArrivedCode,
        uri: &RedirectUri,
    ) -> Result<EndpointAnswer> {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", &arrived.code),
            ("redirect_uri", uri.as_str()),
            ("code_verifier", &arrived.request.verifier),
        ];
        self.post(endpoints, "/oauth/tokens", &parameters).await
    }

    async fn revoke(&self, endpoints: &OwnEndpoints, token: &str) -> Result<EndpointAnswer> {
        self.post(endpoints, "/oauth/revoke", &[("token", token)]).await
    }

    async fn post(
        &self,
        endpoints: &OwnEndpoints,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<EndpointAnswer> {
        let mut form = vec![("client_id", self.app.id.as_str())];
        if !self.app.is_public() {
            form.push(("client_secret", self.secret));
        }
        form.extend_from_slice(parameters);
        endpoints.post(path, &form).await
    }
}

/// What the token endpoint refuses: a wrong secret can be corrected, for the rest a new code is needed.
fn refused(member: &DeveloperMember, app: &App, answer: &EndpointAnswer) -> Result<Response> {
    if let Some(retry_after) = answer.retry_after {
        return Err(Error::TooManyRequests { retry_after });
    }
    if answer.text("error") == "invalid_client" {
        return Err(Error::invalid(SECRET, Message::new("developers.receiver.wrong_secret")));
    }
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.receiver.not_exchanged"));
    let body = html! {
        (trail(lang, app, &title))
        (ui::header(&title, Some(&tr!(lang, "developers.receiver.not_exchanged_text")), html! {}))
        (ui::code_block(lang, "JSON", &tokens::pretty(&answer.body)))
        (ui::actions(ui::link_button(&tr!(lang, "developers.receiver.again"), &path_of(&app.id), ButtonStyle::Primary)))
    };
    Ok((answer.status, member.chrome().page(&title, body)).into_response())
}

/// The code belongs to another session, or is too old.
fn over(app: &App) -> Response {
    see_other(&path_of(&app.id), Some("flash.note.receiver_over"))
}

fn page(member: &DeveloperMember, app: &App, arrived: &str) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.receiver.arrived"));
    let errors = member.visit.errors();
    // Marks the draft as shown; the secret isn't in it.
    member.visit.typed();
    let label = tr!(lang, "developers.app_secret");
    let body = html! {
        (trail(lang, app, &title))
        (ui::header(&title, Some(&tr!(lang, "developers.receiver.arrived_text")), html! {}))
        (ui::form(&format!("{}/code", path_of(&app.id)), &member.visit.mark, html! {
            (single_use_field())
            (ui::hidden(ARRIVED, arrived))
            @if !app.is_public() {
                (Field::text(lang, SECRET, label.clone()).kind("password").errors_from(&errors).required(true).mono()
                    .autocomplete("off").hint(tr!(lang, "developers.receiver.secret_hint")))
            }
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "developers.receiver.exchange"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path_of(&app.id), ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome().with_labels(&[(SECRET, label.clone())]).page(&title, body)
}
