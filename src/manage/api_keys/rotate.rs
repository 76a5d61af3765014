//! Rotating a key's secret; the old one can keep working for a while.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::{Markup, html};

use super::create::{expiry, expiry_field};
use super::trail::{path_of, trail};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::api_keys::ApiKey;
use crate::audit::Action;
use crate::auth::Token;
use crate::caller::Caller;
use crate::error::Result;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::ApiKeyId;
use crate::manage::Member;
use crate::manage::sections::API_KEYS;
use crate::server::Server;
use crate::tenant::StoreTx;
use crate::ui::{self, ButtonStyle, FlashKind, ShownOnce};
use crate::web::{Allowed, Form, Overlap, SingleUse, see_other, single_use_field};

pub(super) async fn show(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<ApiKeyId>,
) -> Result<Markup> {
    let key = ApiKey::find(&member.store, &id, server.clock.now()).await?;
    let last_day = key.expires_at.map(|at| member.time_zone().to_datetime(at).date().to_string());
    let first = || last_day.map(|day| ("expires".to_owned(), day)).into_iter().collect();
    Ok(page(&server, &member, &key, &member.visit.fields(first)))
}

pub(super) async fn submit(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<ApiKeyId>,
    caller: Caller,
    SingleUse(Form(mut fields), claim): SingleUse<Form>,
) -> Result<Response> {
    let now = server.clock.now();
    let key = ApiKey::find(&member.store, &id, now).await?;
    let expires_at = expiry(&mut fields, member.time_zone(), now);
    let overlap = Overlap::read(&mut fields);
    fields.expect_none_wrong()?;
    let mut tx = server.begin(&member).await?;
    if !claim.is_first(&mut tx, &member.session, now).await? {
        return Ok(see_other(&path_of(&key), Some("flash.note.form_used")));
    }
    let mut tx = StoreTx::within(tx, member.portal.id.clone());
    let secret = ApiKey::rotate(&mut tx, &id, overlap.duration(), expires_at, now).await?;
    tx.record(member.event(Action::ApiKeyRotated, &key.name, &caller), now).await?;
    if overlap != Overlap::None {
        tx.record(member.event(Action::OldSecretKept, &key.name, &caller), now).await?;
    }
    tx.commit().await?;
    let key = ApiKey::find(&member.store, &id, now).await?;
    Ok(done(&member, &key, &secret, now).into_response())
}

fn page(server: &Server, member: &Member, key: &ApiKey, fields: &Fields) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.api_keys.rotate_title"));
    let (errors, path, now) = (fields.errors().list(lang), path_of(key), server.clock.now());
    let labels = [
        ("overlap", tr!(lang, "rotate.overlap")),
        ("expires", tr!(lang, "manage.api_keys.expires")),
    ];
    let body = html! {
        (trail(member, key, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "manage.api_keys.rotate_intro", name = key.name)), html! {}))
        @if key.previous_expires_at.is_some_and(|at| at > now) {
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "manage.api_keys.rotate_again")) } }))
        }
        (ui::form(&format!("{path}/rotate"), &member.visit.mark, html! {
            (single_use_field())
            (Overlap::field(lang, fields))
            (expiry_field(server, member, fields, &errors))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome(&API_KEYS).with_labels(&labels).page(&title, body)
}

/// The only page that ever shows the new secret.
fn done(member: &Member, key: &ApiKey, secret: &Token, now: Timestamp) -> ShownOnce {
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.api_keys.rotated_title"));
    let old = html! {
        @match key.previous_expires_at.filter(|end| *end > now) {
            Some(end) => { p { (tr!(lang, "manage.api_keys.old_until")) " " (member.moment(end)) "." } }
            None => { p { (tr!(lang, "manage.api_keys.old_over")) } }
        }
    };
    member.chrome(&API_KEYS).page_once(&title, |once| html! {
        (trail(member, key, Some(&title)))
        (ui::header(&title, None, html! {}))
        (ui::card(None, html! {
            (ui::secret_once(once, lang, &tr!(lang, "manage.api_keys.secret"), secret.reveal(), &tr!(lang, "manage.api_keys.secret_warning")))
            (ui::notice(FlashKind::Info, None, old))
            (ui::actions(ui::link_button(&tr!(lang, "manage.api_keys.done"), &path_of(key), ButtonStyle::Primary)))
        }))
    })
}
