//! Creating an API key. The response to the form shows the key, only this once: it isn't stored.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::addresses::{address_field, read_addresses};
use super::trail::PATH;
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::api_keys::{ApiKey, NewApiKey};
use crate::audit::Action;
use crate::auth::{Scope, ScopeSet, Token};
use crate::caller::Caller;
use crate::error::{Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::manage::Member;
use crate::manage::sections::API_KEYS;
use crate::public_urls::Surface;
use crate::server::Server;
use crate::tenant::StoreTx;
use crate::time::{end_of_day, parse_day};
use crate::ui::{self, ButtonStyle, Field, ShownOnce};
use crate::values::{Name, Value};
use crate::web::{
    Allowed, Form, SingleUse, offered_scopes, scope_areas, see_other, single_use_field,
    ticked_scopes,
};

pub(super) async fn show(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
) -> Markup {
    let fields = member.visit.fields(Vec::new);
    let names = fields.all("scope").into_iter();
    let ticked = names.filter_map(|name| name.parse::<Scope>().ok()).collect();
    page(&server, &member, &fields, ticked)
}

pub(super) async fn create(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    SingleUse(Form(mut fields), claim): SingleUse<Form>,
) -> Result<Response> {
    let now = server.clock.now();
    let name = Name::from_field(&mut fields, "name");
    let scopes = ticked_scopes(&mut fields, offered_scopes(ScopeSet::default()));
    let expires_at = expiry(&mut fields, member.time_zone(), now);
    let allowed_addresses = read_addresses(&mut fields);
    fields.expect_none_wrong()?;
    let new = NewApiKey { name, scopes, expires_at, rate_limit: None, allowed_addresses };
    let mut tx = server.begin(&member).await?;
    if !claim.is_first(&mut tx, &member.session, now).await? {
        return Ok(see_other(PATH, Some("flash.note.form_used")));
    }
    server.count_creation(&member.session.account_id)?;
    let mut tx = StoreTx::within(tx, member.portal.id.clone());
    tx.hold_portal().await?;
    let (_, key) = new.create(&mut tx, now).await?;
    ApiKey::check_number(&mut tx, server.config.quotas.max_api_keys_per_portal, now).await?;
    tx.record(member.event(Action::ApiKeyCreated, &new.name, &caller), now).await?;
    tx.commit().await?;
    Ok(created_page(&server, &member, &new, &key).into_response())
}

/// The end of the entered last day, which must be in the future.
pub(super) fn expiry(fields: &mut Fields, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let text = fields.optional_text("expires", 10)?;
    match parse_day(&text).and_then(|day| end_of_day(day, zone)) {
        Some(end) if end > now => Some(end),
        Some(_) => {
            fields.fault("expires", Message::new("field.expiry.past"));
            None
        }
        None => {
            // A text that is too long already has its message.
            if fields.errors().first("expires", crate::i18n::Lang::default()).is_none() {
                fields.fault("expires", Message::new("field.expiry.date"));
            }
            None
        }
    }
}

/// The field of a key's last day.
pub(super) fn expiry_field<'a>(
    server: &Server,
    member: &Member,
    fields: &'a Fields,
    errors: &'a [(String, String)],
) -> Field<'a> {
    let (lang, today) =
        (member.lang(), member.time_zone().to_datetime(server.clock.now()).date().to_string());
    Field::text(lang, "expires", tr!(lang, "manage.api_keys.expires"))
        .kind("date")
        .value(fields.sent("expires"))
        .errors_from(errors)
        .hint(tr!(lang, "manage.api_keys.expires_hint"))
        .min(today)
}

fn page(server: &Server, member: &Member, fields: &Fields, ticked: ScopeSet) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.api_keys.create"));
    let errors = fields.errors().list(lang);
    let labels = [
        ("name", tr!(lang, "manage.api_keys.name")),
        ("scope", tr!(lang, "ui.scopes")),
        ("expires", tr!(lang, "manage.api_keys.expires")),
        ("addresses", tr!(lang, "manage.api_keys.addresses")),
    ];
    let scope_error = fields.errors().first("scope", lang);
    let body = html! {
        (API_KEYS.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "manage.api_keys.new_intro")), html! {}))
        (ui::form(&format!("{PATH}/new"), &member.visit.mark, html! {
            (single_use_field())
            (Field::text(lang, "name", tr!(lang, "manage.api_keys.name")).value(fields.sent("name")).errors_from(&errors)
                .hint(tr!(lang, "manage.api_keys.name_hint")).required(true).maxlength(100).autocomplete("off"))
            (ui::scope_picker(lang, &scope_areas(lang, offered_scopes(ScopeSet::default()), ticked), scope_error.as_deref()))
            (expiry_field(server, member, fields, &errors))
            (address_field(lang, fields.sent("addresses"), &errors))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), PATH, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome(&API_KEYS).with_labels(&labels).page(&title, body)
}

fn created_page(server: &Server, member: &Member, new: &NewApiKey, key: &Token) -> ShownOnce {
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.api_keys.created_title"));
    let curl = format!(
        "curl {} \\\n  --header \"Authorization: Bearer {}\"",
        server.public_urls.api("/v1/customers"),
        key.reveal()
    );
    let docs = server.public_urls.url(Surface::Docs, "/docs");
    member.chrome(&API_KEYS).page_once(&title, |once| html! {
        (ui::header(&title, Some(&tr!(lang, "manage.api_keys.created_intro", name = new.name)), html! {}))
        (ui::card(None, ui::secret_once(once, lang, &tr!(lang, "manage.api_keys.secret"), key.reveal(), &tr!(lang, "manage.api_keys.secret_warning"))))
        // With a key that can't read customers, the call would be refused.
        @if new.scopes.contains(Scope::CustomersRead) {
            (ui::section(&tr!(lang, "manage.api_keys.try_title"), Some(&tr!(lang, "manage.api_keys.try_text")), html! {}, ui::code_block(lang, "curl", &curl)))
        }
        (ui::actions(html! {
            (ui::link_button(&tr!(lang, "manage.api_keys.done"), PATH, ButtonStyle::Primary))
            (ui::link_button(&tr!(lang, "manage.docs"), &docs, ButtonStyle::Secondary))
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    fn expiry_of(text: &str) -> Result<Option<String>, String> {
        let amsterdam = TimeZone::get("Europe/Amsterdam").unwrap();
        let mut fields = Fields::pairs(vec![("expires".into(), text.into())]);
        let end = expiry(&mut fields, &amsterdam, "2026-11-24T22:59:58Z".parse().unwrap());
        fields.errors().first("expires", Lang::En).map_or(Ok(end.map(|end| end.to_string())), Err)
    }

    #[test]
    fn a_key_lasts_to_the_end_of_its_last_day_in_the_portals_zone() {
        assert_eq!(expiry_of("2027-01-31"), Ok(Some("2027-01-31T22:59:59Z".into())));
        assert_eq!(expiry_of("2027-07-31"), Ok(Some("2027-07-31T21:59:59Z".into())));
        assert_eq!(
            expiry_of("2026-11-24"),
            Ok(Some("2026-11-24T22:59:59Z".into())),
            "today still has a second to go"
        );
        assert_eq!(expiry_of(""), Ok(None));
    }

    #[test]
    fn a_last_day_that_is_over_or_no_day_is_refused() {
        for wrong in [
            "2026-11-23",
            "2027-02-30",
            "soon",
            "2027-01-31T00:00:00Z",
            "-9999-01-01",
            "0000-00-00",
        ] {
            assert!(expiry_of(wrong).is_err(), "{wrong}");
        }
    }
}
