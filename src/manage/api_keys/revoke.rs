//! Revoking an API key.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::trail::{PATH, path_of, trail};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::api_keys::ApiKey;
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::ApiKeyId;
use crate::manage::Member;
use crate::manage::sections::API_KEYS;
use crate::server::Server;
use crate::ui;
use crate::web::{Allowed, Form, see_other};

pub(super) async fn show(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<ApiKeyId>,
) -> Result<Markup> {
    let key = ApiKey::find(&member.store, &id, server.clock.now()).await?;
    let (lang, title) =
        (member.lang(), tr!(member.lang(), "manage.api_keys.revoke_title", name = key.name));
    let text = tr!(lang, "manage.api_keys.revoke_text");
    let (path, revoke) = (path_of(&key), tr!(lang, "manage.revoke"));
    let body = html! {
        (trail(&member, &key, Some(&revoke)))
        (ui::confirm(lang, &title, &text, &format!("{path}/revoke"), &member.visit.mark, &revoke, PATH))
    };
    Ok(member.chrome(&API_KEYS).page(&title, body))
}

pub(super) async fn submit(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<ApiKeyId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let now = server.clock.now();
    let key = ApiKey::find(&member.store, &id, now).await?;
    let mut tx = member.begin().await?;
    ApiKey::revoke(&mut tx, &id, now).await?;
    tx.record(member.event(Action::ApiKeyRevoked, &key.name, &caller), now).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.api_key_revoked")))
}
