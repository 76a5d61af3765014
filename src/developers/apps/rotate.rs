//! Rotating the secret; the old one can keep working for a while.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::trail::trail;
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::{App, AppSecret};
use crate::developers::DeveloperMember;
use crate::developers::moments::moment;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, FlashKind, ShownOnce};
use crate::web::{Allowed, Form, Overlap, SingleUse, see_other, single_use_field};

pub(super) async fn show(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let app = app_with_secrets(&server, &member, &id).await?;
    Ok(page(&member, &app, &member.visit.fields(Vec::new)))
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    caller: Caller,
    SingleUse(Form(mut fields), claim): SingleUse<Form>,
) -> Result<Response> {
    let app = app_with_secrets(&server, &member, &id).await?;
    let overlap = Overlap::read(&mut fields);
    fields.expect_none_wrong()?;
    let now = server.clock.now();
    let mut tx = server.begin(&member).await?;
    if !claim.is_first(&mut tx, &member.session, now).await? {
        return Ok(see_other(
            &format!("/developers/apps/{}", app.id),
            Some("flash.note.form_used"),
        ));
    }
    let secret = AppSecret::rotate_in(&mut tx, &app.id, overlap.duration(), now).await?;
    member.event(Action::AppSecretRotated, &app.name, &caller).record(&mut tx, now).await?;
    if overlap != Overlap::None {
        member.event(Action::OldSecretKept, &app.name, &caller).record(&mut tx, now).await?;
    }
    tx.commit().await?;
    let old_ends = AppSecret::list(&server.db, &app.id, now)
        .await?
        .into_iter()
        .filter_map(|secret| secret.expires_at)
        .max();
    Ok(done(&member, &app, secret.reveal(), old_ends).into_response())
}

/// A developer's app with a secret, as opposed to a public app or one with keys.
async fn app_with_secrets(server: &Server, member: &DeveloperMember, id: &AppId) -> Result<App> {
    let app = App::of_developer(&server.db, &member.developer.id, id).await?;
    if app.is_public() || app.has_keys { Err(Error::NotFound) } else { Ok(app) }
}

fn page(member: &DeveloperMember, app: &App, fields: &Fields) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.rotate.title"));
    let path = format!("/developers/apps/{}", app.id);
    let body = html! {
        (trail(lang, app, &title))
        (ui::header(&title, Some(&tr!(lang, "developers.rotate.intro")), html! {}))
        (ui::form(&format!("{path}/rotate"), &member.visit.mark, html! {
            (single_use_field())
            (Overlap::field(lang, fields))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome().page(&title, body)
}

/// The only page that ever shows the new secret.
fn done(
    member: &DeveloperMember,
    app: &App,
    secret: &str,
    old_ends: Option<jiff::Timestamp>,
) -> ShownOnce {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.rotate.done"));
    let old = match old_ends {
        Some(end) => tr!(lang, "developers.rotate.old_until", end = moment(lang, end)),
        None => tr!(lang, "developers.rotate.old_over"),
    };
    member.chrome().page_once(&title, |once| html! {
        (trail(lang, app, &title))
        (ui::header(&title, None, html! {}))
        (ui::card(None, html! {
            (ui::secret_once(once, lang, &tr!(lang, "developers.app_secret"), secret, &tr!(lang, "developers.secret_once")))
            (ui::notice(FlashKind::Info, None, html! { p { (old) } }))
            (ui::actions(ui::link_button(&tr!(lang, "developers.to_app"), &format!("/developers/apps/{}", app.id), ButtonStyle::Primary)))
        }))
    })
}
