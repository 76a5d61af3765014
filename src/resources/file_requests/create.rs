//! The form that asks for files: of whoever has the link, or of a customer.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, request_path, with_path};
use super::model::MOST_FILES;
use super::{FileRequestCreate, queries};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, FileRequestId};
use crate::lists::Part;
use crate::manage::Member;
use crate::resources::customers;
use crate::resources::files;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Form, new_id, new_id_field, see_other};

/// The most directories to choose from.
const OFFERED: i64 = 200;

/// The lines with what must be uploaded, and with what can be.
const REQUIRED: &str = "requestedFiles";
const OPTIONAL: &str = "optionalFiles";

pub(super) async fn show_new(member: Member) -> Result<Markup> {
    page(&member, None).await
}

pub(super) async fn create(member: Member, Form(fields): Form) -> Result<Response> {
    add(&member, fields.with("customerId", String::new())).await
}

pub(super) async fn show_with(member: Member, Path(id): Path<CustomerId>) -> Result<Markup> {
    let customer = customers::queries::find(&member.store, &id).await?;
    page(&member, Some((&id, customer.details.name()))).await
}

pub(super) async fn create_with(
    member: Member,
    Path(id): Path<CustomerId>,
    Form(fields): Form,
) -> Result<Response> {
    customers::queries::find(&member.store, &id).await?;
    add(&member, fields.with("customerId", id.to_string())).await
}

/// The fields with the lines as objects.
fn numbered(fields: Fields) -> Fields {
    let lines = |name: &str| -> Vec<String> {
        let lines = fields.sent(name).lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let all: Vec<(String, bool)> = [(REQUIRED, true), (OPTIONAL, false)]
        .into_iter()
        .flat_map(|(name, required)| lines(name).into_iter().map(move |line| (line, required)))
        .collect();
    all.into_iter().enumerate().fold(fields, |fields, (index, (line, required))| {
        let fields = fields.with(&format!("{REQUIRED}.{index}.name"), line);
        fields.with(&format!("{REQUIRED}.{index}.required"), required.to_string())
    })
}

async fn add(member: &Member, fields: Fields) -> Result<Response> {
    let mut fields = numbered(fields).in_zone(member.time_zone());
    let id: FileRequestId = new_id(&fields);
    let new: FileRequestCreate = fields.read()?;
    let (mut tx, change) = (member.begin().await?, member.change());
    tx.hold_portal().await?;
    let (quotas, keys) = (member.quotas(), member.sealing_keys());
    let request = queries::create(&mut tx, &change, quotas, keys, (id, new)).await?;
    tx.commit().await?;
    Ok(see_other(&request_path(&request.id), Some("flash.file_request_created")))
}

async fn page(member: &Member, customer: Option<(&CustomerId, &str)>) -> Result<Markup> {
    let lang = member.lang();
    let (title, action, cancel) = match customer {
        None => (tr!(lang, "file_requests.new"), format!("{PATH}/new"), PATH.to_owned()),
        Some((id, name)) => (
            tr!(lang, "file_requests.new_with", name = name),
            with_path(id),
            customers::customer_path(id),
        ),
    };
    let fields = member.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let id: FileRequestId = new_id(&fields);
    let directories = directories(member).await?;
    let names = ["name", "description", REQUIRED, OPTIONAL, "directoryId", "dueAt"];
    let labels = names.map(|name| (name, label(lang, name)));
    let due_hint = if customer.is_some() {
        tr!(lang, "file_requests.due_hint")
    } else {
        tr!(lang, "file_requests.due_hint_without_customer")
    };
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "file_requests.new_intro")), html! {}))
        (ui::form(&action, &member.visit.mark, html! {
            (new_id_field(&id))
            (Field::text(lang, "name", label(lang, "name")).value(fields.sent("name")).required(true)
                .hint(tr!(lang, "file_requests.name_hint")).maxlength(200).errors_from(&errors))
            (Field::textarea(lang, "description", label(lang, "description")).value(fields.sent("description"))
                .maxlength(5000).errors_from(&errors))
            (Field::textarea(lang, REQUIRED, label(lang, REQUIRED)).value(fields.sent(REQUIRED))
                .hint(tr!(lang, "file_requests.lines_hint", count = MOST_FILES)).errors_from(&errors))
            (Field::textarea(lang, OPTIONAL, label(lang, OPTIONAL)).value(fields.sent(OPTIONAL))
                .hint(tr!(lang, "file_requests.optional_hint")).errors_from(&errors))
            (Field::select(lang, "directoryId", label(lang, "directoryId"), &directories, fields.sent("directoryId"))
                .errors_from(&errors))
            (Field::text(lang, "dueAt", label(lang, "dueAt")).kind("datetime-local").value(fields.sent("dueAt"))
                .hint(due_hint).errors_from(&errors))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "file_requests.create"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &cancel, ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&title, body))
}

fn label(lang: Lang, name: &str) -> Cow<'static, str> {
    Cow::Owned(lang.text(&format!("file_requests.field.{name}")).into_owned())
}

/// The directories that files can be put into; first the top.
async fn directories(member: &Member) -> Result<Vec<(String, String)>> {
    let zone = member.time_zone();
    let rows = files::queries::list(&member.store, &Part::first(OFFERED), zone).await?;
    let directories = rows.into_iter().map(|row| row.row).filter(|row| row.id.is_directory());
    let top = tr!(member.lang(), "file_requests.top").into_owned();
    let mut all = vec![(String::new(), top)];
    all.extend(directories.map(|row| (row.id.to_string(), row.name)));
    Ok(all)
}
