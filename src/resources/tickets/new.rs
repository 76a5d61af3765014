//! The forms of a new ticket: with a customer, or without.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, ticket_path, with_path};
use super::sent_files::{self, FILES};
use super::{NewTicket, TicketContent, messages};
use crate::error::Result;
use crate::fields::{Fields, SentFile};
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{CustomerId, TicketId};
use crate::manage::Member;
use crate::resources::customers;
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{Html, Value};
use crate::web::{FormWithFiles, new_id, new_id_field, see_other};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

pub(super) async fn show(member: Member) -> Markup {
    page(&member, None)
}

pub(super) async fn show_with(member: Member, Path(id): Path<CustomerId>) -> Result<Markup> {
    let customer = customers::queries::find(&member.store, &id).await?;
    Ok(page(&member, Some((&id, customer.details.name()))))
}

fn page(member: &Member, with: Option<(&CustomerId, &str)>) -> Markup {
    let lang = member.lang();
    let (title, intro, action) = match with {
        None => {
            let intro = tr!(lang, "tickets.new_intro");
            (tr!(lang, "tickets.new"), intro, format!("{PATH}/new"))
        }
        Some((id, name)) => {
            let intro = tr!(lang, "tickets.new_with_intro");
            (tr!(lang, "tickets.new_with", name = name), intro, with_path(id))
        }
    };
    let fields = member.visit.fields(Vec::new);
    let id: TicketId = new_id(&fields);
    let errors = fields.errors().list(lang);
    let labels = [
        ("title", tr!(lang, "tickets.field.title")),
        (messages::MESSAGE, tr!(lang, "tickets.field.message")),
        (FILES, tr!(lang, "tickets.files")),
    ];
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&intro), html! {}))
        (ui::multipart_form(&action, &member.visit.mark, html! {
            (new_id_field(&id))
            (Field::text(lang, "title", labels[0].1.clone())
                .value(fields.sent("title")).required(true).maxlength(LONGEST_TITLE).errors_from(&errors))
            (Field::textarea(lang, messages::MESSAGE, labels[1].1.clone())
                .value(fields.sent(messages::MESSAGE)).rows(8).required(true).maxlength(Html::LONGEST).errors_from(&errors))
            (sent_files::field(member).errors_from(&errors))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "tickets.open"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), PATH, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome(&SECTION).with_labels(&labels).page(&title, body)
}

pub(super) async fn create(
    member: Member,
    FormWithFiles(fields, sent): FormWithFiles,
) -> Result<Response> {
    open(&member, None, (fields, &sent)).await
}

pub(super) async fn create_with(
    member: Member,
    Path(id): Path<CustomerId>,
    FormWithFiles(fields, sent): FormWithFiles,
) -> Result<Response> {
    // A page of another portal's or a deleted customer isn't found.
    customers::queries::find(&member.store, &id).await?;
    open(&member, Some(id), (fields, &sent)).await
}

async fn open(
    member: &Member,
    customer: Option<CustomerId>,
    (mut fields, sent): (Fields, &[SentFile]),
) -> Result<Response> {
    let id: TicketId = new_id(&fields);
    let content: TicketContent = fields.read()?;
    let files = sent_files::store(member, sent).await?;
    let (mut tx, change) = (member.begin().await?, member.change());
    let new = NewTicket { id, customer, content, files };
    let ticket = messages::open(&mut tx, &change, member.quotas(), new).await?;
    tx.commit().await?;
    Ok(see_other(&ticket_path(&ticket.id), Some("flash.ticket_opened")))
}
