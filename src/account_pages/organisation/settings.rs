//! The settings of a portal or a developer: its name, and the ways to its other settings.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::{record, second_factor};
use crate::accounts::{Site, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::Result;
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{Name, Value};
use crate::web::{Allowed, Form, Membership, see_other};

pub async fn show<M: Membership>(member: Allowed<M, may::ManageOrganisation>) -> Response {
    let first = || vec![("name".to_owned(), member.organisation_name().to_owned())];
    page(&*member, &member.visit().fields(first))
}

pub async fn rename<M: Membership>(
    member: Allowed<M, may::ManageOrganisation>,
    State(server): State<Server>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let name = Name::from_field(&mut fields, "name");
    fields.expect_none_wrong()?;
    let (organisation, now, site) =
        (member.organisation(), server.clock.now(), member.visit().site);
    let mut tx = server.begin(&member).await?;
    let before = organisation.rename(&mut tx, &name).await?;
    if *before != *name {
        let action = match site {
            Site::Manage => Action::PortalRenamed,
            Site::Developers => Action::DeveloperRenamed,
        };
        record(&mut tx, &*member, action, &format!("{before} → {name}"), &caller, now).await?;
    }
    tx.commit().await?;
    Ok(see_other(site.organisation_path(), Some("flash.organisation_renamed")))
}

fn page(member: &impl Membership, fields: &Fields) -> Response {
    let visit = member.visit();
    let (lang, path) = (visit.lang, visit.site.organisation_path());
    let text = |what: &str| lang.text(&visit.site.organisation_text(what)).into_owned();
    let title = text("title");
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, None, html! {}))
        (ui::form(path, &visit.mark, ui::card(None, html! {
            (Field::text(lang, "name", text("name")).value(fields.sent("name")).errors_from(&errors).hint(text("name_hint"))
                .required(true).autocomplete("organization"))
            (ui::actions(ui::submit(&tr!(lang, "organisation.save"), ButtonStyle::Primary)))
        })))
        (second_factor::card(member))
        (ui::danger_zone(&text("delete"), html! {
            p { (text("delete_zone")) }
            (ui::actions(ui::link_button(&text("delete"), &format!("{path}/delete"), ButtonStyle::Danger)))
        }))
    };
    member.organisation_chrome().page(&title, body).into_response()
}
