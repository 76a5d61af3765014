//! Writing in a ticket: replies and notes.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{SECTION, ticket_path};
use super::mailed_files::MOST_BYTES;
use super::sent_files::{self, FILES};
use super::{MessageKind, NewMessage, Step, Ticket, messages, queries};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::{Expected, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{TicketId, TicketMessageId};
use crate::manage::Member;
use crate::resources::files::readable_size;
use crate::ui::{self, ButtonStyle, Field};
use crate::unicode::isolated;
use crate::values::{Html, Value};
use crate::web::{FormWithFiles, new_id, new_id_field, see_other};

/// The field with an internal note.
const NOTE: &str = "note";

/// The checkbox that closes the ticket after the reply.
const CLOSE: &str = "close";

/// A field for a message.
fn text_field<'a>(
    lang: Lang,
    (name, label): (&'static str, &'static str),
    fields: &'a Fields,
) -> Field<'a> {
    Field::textarea(lang, name, tr!(lang, label))
        .value(fields.sent(name))
        .rows(6)
        .required(true)
        .maxlength(Html::LONGEST)
}

/// The form below the messages. `receiver` is the customer's address, who gets the reply by mail.
pub(super) fn reply_form(
    member: &Member,
    (ticket, receiver): (&Ticket, Option<&str>),
    fields: &Fields,
) -> Markup {
    let (lang, path) = (member.lang(), ticket_path(&ticket.id));
    if !ticket.source.takes_replies() {
        return html! { p.muted { (tr!(lang, "tickets.chat_takes_no_replies")) } };
    }
    let errors = fields.errors().list(lang);
    let id: TicketMessageId = new_id(fields);
    let close = tr!(lang, "tickets.close_after");
    // Test portals mail nobody.
    let receiver = receiver.filter(|_| !member.portal.is_sandbox);
    let form = html! {
        (new_id_field(&id))
        (text_field(lang, (messages::MESSAGE, "tickets.reply"), fields).errors_from(&errors))
        @if let Some(address) = receiver {
            p.muted {
                (tr!(lang, "tickets.mailed_to", address = isolated(address))) " "
                (tr!(lang, "tickets.files_mailed", size = readable_size(lang, MOST_BYTES)))
            }
        }
        (sent_files::field(member).errors_from(&errors))
        (ui::checkbox(CLOSE, "true", &close, None, fields.has(CLOSE)))
        (ui::actions(ui::submit(&tr!(lang, "tickets.send_reply"), ButtonStyle::Primary)))
    };
    ui::card(None, ui::multipart_form(&format!("{path}/reply"), &member.visit.mark, form))
}

/// The page on which an internal note is written.
pub(super) async fn show_note(member: Member, Path(id): Path<TicketId>) -> Result<Markup> {
    let ticket = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), ticket_path(&id));
    let fields = member.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let note: TicketMessageId = new_id(&fields);
    let title = tr!(lang, "tickets.write_note");
    let labels = [(NOTE, tr!(lang, "tickets.note")), (FILES, tr!(lang, "tickets.files"))];
    let body = html! {
        (SECTION.trail(lang, &[(&ticket.title, &path)], &title))
        (ui::header(&title, Some(&tr!(lang, "tickets.note_hint")), html! {}))
        (ui::multipart_form(&format!("{path}/note"), &member.visit.mark, html! {
            (new_id_field(&note))
            (text_field(lang, (NOTE, "tickets.note"), &fields).autofocus().errors_from(&errors))
            (sent_files::field(&member).errors_from(&errors))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "tickets.add_note"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path, ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&title, body))
}

pub(super) async fn reply(
    member: Member,
    Path(id): Path<TicketId>,
    FormWithFiles(mut fields, sent): FormWithFiles,
) -> Result<Response> {
    queries::find(&member.store, &id).await?;
    let body = Html::from_field(&mut fields, messages::MESSAGE);
    fields.expect_none_wrong()?;
    let files = sent_files::store(&member, &sent).await?;
    let new = NewMessage { id: new_id(&fields), kind: MessageKind::Employee, body, files };
    let (mut tx, change) = (member.begin().await?, member.change());
    messages::post(&mut tx, &change, member.quotas(), &id, new).await?;
    if fields.has(CLOSE) {
        queries::take(&mut tx, &change, &id, &Expected::Any, Step::Close).await?;
    }
    tx.commit().await?;
    Ok(see_other(&ticket_path(&id), Some("flash.ticket_answered")))
}

pub(super) async fn note(
    member: Member,
    Path(id): Path<TicketId>,
    FormWithFiles(mut fields, sent): FormWithFiles,
) -> Result<Response> {
    queries::find(&member.store, &id).await?;
    let body = Html::from_field(&mut fields, NOTE);
    fields.expect_none_wrong()?;
    let files = sent_files::store(&member, &sent).await?;
    let new = NewMessage { id: new_id(&fields), kind: MessageKind::Note, body, files };
    let mut tx = member.begin().await?;
    messages::post(&mut tx, &member.change(), member.quotas(), &id, new).await?;
    tx.commit().await?;
    Ok(see_other(&ticket_path(&id), Some("flash.ticket_note_added")))
}
