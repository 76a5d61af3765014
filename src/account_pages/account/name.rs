//! Changing the name.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::Section;
use crate::account_pages::RecentlyAuthenticated;
use crate::account_pages::person::Person;
use crate::accounts::Account;
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::Result;
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{Name, Value};
use crate::web::{Form, see_other};

const PAGE: &str = "account/name";

pub(super) async fn show(person: Person, _: RecentlyAuthenticated) -> Response {
    let name = || vec![("name".to_owned(), person.session.name.clone())];
    page(&person, &person.visit.fields(name))
}

pub(super) async fn submit(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let name = Name::from_field(&mut fields, "name");
    fields.expect_none_wrong()?;
    let (now, mut tx) = (server.clock.now(), person.begin(&server).await?);
    let before = Account::set_name(&mut tx, &person.session.account_id, &name).await?;
    if *before != *name {
        let change = format!("{before} → {name}");
        person.record(&mut tx, &caller, Action::NameChanged, &change, now).await?;
    }
    tx.commit().await?;
    Ok(see_other(&person.path(Section::Profile.page()), Some("flash.name_changed")))
}

fn page(person: &Person, fields: &Fields) -> Response {
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.name_change.title"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, Section::Profile.label()), Some(&person.path(Section::Profile.page()))), (&title, None)]))
        (ui::header(&title, Some(&tr!(lang, "account.name_change.text")), html! {}))
        (ui::form(&person.path(PAGE), &person.visit.mark, html! {
            (Field::text(lang, "name", tr!(lang, "account.name")).value(fields.sent("name")).errors_from(&errors).required(true).autocomplete("name"))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "account.name_change.submit"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &person.path(Section::Profile.page()), ButtonStyle::Secondary))
            }))
        }))
    };
    person.chrome(Section::Profile).page(&title, body).into_response()
}
