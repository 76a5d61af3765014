//! The addresses that a key can be used from.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::trail::{path_of, trail};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::api_keys::ApiKey;
use crate::audit::Action;
use crate::auth::{AddressList, AddressListFault};
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::ApiKeyId;
use crate::manage::Member;
use crate::manage::sections::API_KEYS;
use crate::server::Server;
use crate::ui::{self, Field};
use crate::web::{Allowed, Form, Saved, filled_from_field, see_other, verbatim};

/// The maximum length of the field, in characters.
const LONGEST: usize = 3000;

/// The field of a form.
pub(super) fn address_field<'a>(
    lang: Lang,
    value: &'a str,
    errors: &'a [(String, String)],
) -> Field<'a> {
    Field::textarea(lang, "addresses", tr!(lang, "manage.api_keys.addresses"))
        .rows(3)
        .mono()
        .value(value)
        .errors_from(errors)
        .hint(tr!(lang, "manage.api_keys.addresses_hint"))
        .placeholder("203.0.113.7\n198.51.100.0/24")
        .autocomplete("off")
        .maxlength(LONGEST)
}

/// Reads the field.
pub(super) fn read_addresses(fields: &mut Fields) -> AddressList {
    let text = fields.optional_text("addresses", LONGEST).unwrap_or_default();
    AddressList::parse(&text).unwrap_or_else(|fault| {
        let message = match fault {
            AddressListFault::NoNetwork(part) => Message::with("field.address.none", part),
            AddressListFault::TooMany => Message::new("field.address.too_many"),
        };
        fields.fault("addresses", message);
        AddressList::default()
    })
}

pub(super) async fn show(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<ApiKeyId>,
) -> Result<Markup> {
    let key = ApiKey::find(&member.store, &id, server.clock.now()).await?;
    let saved = saved(&key);
    let (lang, typed, path) = (member.lang(), member.visit.typed(), path_of(&key));
    let labels = [("addresses", tr!(lang, "manage.api_keys.addresses"))];
    let (notice, fields) = saved.form_or_unmerged(lang, typed, &labels, verbatim, &path);
    Ok(page(&member, &key, &fields, notice.unwrap_or_default()))
}

pub(super) async fn submit(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<ApiKeyId>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let now = server.clock.now();
    ApiKey::find(&member.store, &id, now).await?;
    let addresses = read_addresses(&mut fields);
    fields.expect_none_wrong()?;
    let mut tx = member.begin().await?;
    // Nobody else of the portal changes it from here on.
    let key = ApiKey::find_in(&mut tx, &id, now).await?;
    if addresses == key.allowed_addresses {
        return Ok(see_other(&path_of(&key), Some("flash.api_key_changed")));
    }
    if !saved(&key).is_origin_of(&fields) {
        return Err(Error::Changed);
    }
    ApiKey::allow_addresses(&mut tx, &id, &addresses, now).await?;
    tx.record(member.event(Action::ApiKeyChanged, &key.name, &caller), now).await?;
    tx.commit().await?;
    Ok(see_other(&path_of(&key), Some("flash.api_key_changed")))
}

/// What is saved of a key's addresses, for the form.
fn saved(key: &ApiKey) -> Saved {
    Saved::of(vec![("addresses".to_owned(), key.allowed_addresses.texts().join("\n"))])
}

fn page(member: &Member, key: &ApiKey, fields: &Fields, notice: Markup) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.api_keys.addresses_title"));
    let (errors, path) = (fields.errors().list(lang), path_of(key));
    let body = html! {
        (trail(member, key, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "manage.api_keys.addresses_intro")), html! {}))
        (notice)
        (ui::form(&format!("{path}/addresses"), &member.visit.mark, html! {
            (filled_from_field(fields))
            (address_field(lang, fields.sent("addresses"), &errors))
            (ui::save_or_cancel(lang, &path))
        }))
    };
    member.chrome(&API_KEYS).page(&title, body)
}
