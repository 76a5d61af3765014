//! The public keys that an app authenticates with instead of a secret: registering, replacing and
//! removing them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::trail::trail;
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::{Permission, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::{App, ClientKeys, ClientKeysFault};
use crate::db::Tx;
use crate::developers::DeveloperMember;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Allowed, Form, Overlap, see_other};

/// The field with the keys.
const JWKS: &str = "jwks";

/// The section of an app's page on its keys.
pub(super) fn section(member: &DeveloperMember, app: &App, keys: &ClientKeys) -> Markup {
    let lang = member.lang();
    let rows = keys.iter().map(|key| {
        let name = key
            .kid
            .as_deref()
            .map_or_else(|| ui::muted(&tr!(lang, "developers.keys.unnamed")), ui::mono);
        vec![name, html! { (key.kind()) }, html! { (ui::mono(&key.thumbprint().to_string())) }]
    });
    let button = |label: &'static str, page: &str| {
        ui::link_button(
            &tr!(lang, label),
            &format!("/developers/apps/{}/{page}", app.id),
            ButtonStyle::Secondary,
        )
    };
    let may_manage = member.may(Permission::ManageApps);
    let buttons = html! { @if may_manage { (button("developers.keys.remove", "keys/remove")) (button("developers.keys.replace", "keys")) } };
    let title = tr!(lang, "developers.keys.title");
    let heads = ["developers.keys.name", "developers.keys.kind", "developers.keys.thumbprint"]
        .map(|head| lang.text(head).into_owned());
    let table = ui::table(&title, &heads.each_ref().map(String::as_str), rows.collect());
    ui::section(&title, Some(&tr!(lang, "developers.keys.intro")), buttons, table)
}

pub(super) async fn show(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let app = confidential_app(&server, &member, &id).await?;
    let present =
        ClientKeys::of(&server.db, &id).await?.map_or_else(String::new, |keys| keys.to_string());
    Ok(page(&member, &app, &member.visit.fields(|| vec![(JWKS.to_owned(), present)])))
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    Path(id): Path<AppId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let app = confidential_app(&server, &member, &id).await?;
    // When replacing keys, there is no secret whose expiry could be chosen.
    let overlap = if app.has_keys { Overlap::None } else { Overlap::read(&mut fields) };
    let keys = read(&mut fields)?;
    let now = server.clock.now();
    let mut tx = server.begin(&member).await?;
    if app.has_keys {
        keys.replace(&mut tx, &member.developer.id, &id).await?;
    } else {
        keys.register(&mut tx, &member.developer.id, &id, overlap.duration(), now).await?;
    }
    record(&mut tx, &member, &caller, &app, now).await?;
    tx.commit().await?;
    Ok(see_other(&format!("/developers/apps/{id}"), Some("flash.app_keys_saved")))
}

pub(super) async fn ask_to_remove(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    if !app.has_keys {
        return Ok(see_other(&format!("/developers/apps/{id}"), None));
    }
    let (lang, title) =
        (member.lang(), tr!(member.lang(), "developers.keys.remove_title", app = app.name));
    let path = format!("/developers/apps/{id}");
    let (text, label) =
        (tr!(lang, "developers.keys.remove_text"), tr!(lang, "developers.keys.remove"));
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &format!("{path}/keys/remove"),
        &member.visit.mark,
        &label,
        &path,
    );
    Ok(member.chrome().page(&title, body).into_response())
}

pub(super) async fn remove(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    Path(id): Path<AppId>,
    _: Form,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let mut tx = server.begin(&member).await?;
    if !ClientKeys::remove(&mut tx, &member.developer.id, &id).await? {
        return Ok(see_other(&format!("/developers/apps/{id}"), None));
    }
    record(&mut tx, &member, &caller, &app, server.clock.now()).await?;
    tx.commit().await?;
    Ok(see_other(&format!("/developers/apps/{id}/rotate"), Some("flash.note.app_keys_removed")))
}

/// A developer's app that can keep a private key.
async fn confidential_app(server: &Server, member: &DeveloperMember, id: &AppId) -> Result<App> {
    let app = App::of_developer(&server.db, &member.developer.id, id).await?;
    if app.is_public() { Err(Error::NotFound) } else { Ok(app) }
}

async fn record(
    tx: &mut Tx,
    member: &DeveloperMember,
    caller: &Caller,
    app: &App,
    now: jiff::Timestamp,
) -> Result<()> {
    member.event(Action::AppKeysChanged, &app.name, caller).record(tx, now).await
}

/// Reads the field.
///
/// # Errors
/// [`Error::Invalid`], also for what was wrong before.
fn read(fields: &mut Fields) -> Result<ClientKeys> {
    let text = fields.sent(JWKS).trim().to_owned();
    let fault = match text.parse() {
        _ if text.is_empty() => Message::new("field.required"),
        Ok(keys) => return fields.expect_none_wrong().map(|()| keys),
        Err(fault) => message(fault),
    };
    fields.fault(JWKS, fault);
    Err(Error::Invalid(fields.errors().clone()))
}

fn message(fault: ClientKeysFault) -> Message {
    match fault {
        ClientKeysFault::PrivatePem => Message::new("developers.keys.fault.private_pem"),
        ClientKeysFault::Pem => Message::new("developers.keys.fault.pem"),
        ClientKeysFault::Shape => Message::new("developers.keys.fault.shape"),
        ClientKeysFault::Empty => Message::new("developers.keys.fault.empty"),
        ClientKeysFault::TooMany => Message::new("developers.keys.fault.too_many"),
        ClientKeysFault::Private(number) => Message::with("developers.keys.fault.private", number),
        ClientKeysFault::Kind(number) => Message::with("developers.keys.fault.kind", number),
        ClientKeysFault::Algorithm(number) => {
            Message::with("developers.keys.fault.algorithm", number)
        }
        ClientKeysFault::Use(number) => Message::with("developers.keys.fault.use", number),
        ClientKeysFault::Kid(number) => Message::with("developers.keys.fault.kid", number),
        ClientKeysFault::Doubled(number) => Message::with("developers.keys.fault.doubled", number),
    }
}

fn page(member: &DeveloperMember, app: &App, fields: &Fields) -> Markup {
    let lang = member.lang();
    let (title, intro) = if app.has_keys {
        (tr!(lang, "developers.keys.replace"), tr!(lang, "developers.keys.replace_intro"))
    } else {
        (tr!(lang, "developers.keys.instead"), tr!(lang, "developers.keys.instead_intro"))
    };
    let errors = fields.errors().list(lang);
    let labels =
        [(JWKS, tr!(lang, "developers.keys.jwks")), ("overlap", tr!(lang, "rotate.overlap"))];
    let path = format!("/developers/apps/{}", app.id);
    // A private key that was pasted by mistake is not sent back.
    let typed = fields.sent(JWKS);
    let keeps = !matches!(
        typed.parse::<ClientKeys>(),
        Err(ClientKeysFault::Private(_) | ClientKeysFault::PrivatePem)
    );
    let body = html! {
        (trail(lang, app, &title))
        (ui::header(&title, Some(&intro), html! {}))
        (ui::form(&format!("{path}/keys"), &member.visit.mark, html! {
            (Field::textarea(lang, JWKS, tr!(lang, "developers.keys.jwks")).value(if keeps { typed } else { "" }).errors_from(&errors)
                .hint(tr!(lang, "developers.keys.jwks_hint")).placeholder(r#"{"keys": [{"kty": "EC", "crv": "P-256", …}]}"#)
                .rows(12).required(true).mono())
            @if !app.has_keys { (Overlap::field(lang, fields)) }
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "developers.save"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome().with_labels(&labels).page(&title, body)
}
