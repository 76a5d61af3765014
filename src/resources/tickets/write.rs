//! Writing in a ticket: replies and notes.

use axum::response::Response;
use maud::{Markup, html};

use super::links::ticket_path;
use super::{MessageKind, NewMessage, Step, Ticket, messages, queries};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::{TicketId, TicketMessageId};
use crate::manage::Member;
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{Html, Value};
use crate::web::{Form, new_id, new_id_field, see_other};

/// The field with an internal note.
pub(super) const NOTE: &str = "note";

/// The checkbox that closes the ticket after the reply.
const CLOSE: &str = "close";

/// The forms below the messages.
pub(super) fn forms(member: &Member, ticket: &Ticket, fields: &Fields) -> Markup {
    let (lang, path) = (member.lang(), ticket_path(&ticket.id));
    let errors = fields.errors().list(lang);
    let id: TicketMessageId = new_id(fields);
    let field = |name: &'static str, label: &'static str| {
        Field::textarea(lang, name, tr!(lang, label))
            .value(fields.sent(name))
            .rows(6)
            .required(true)
            .maxlength(Html::LONGEST)
            .errors_from(&errors)
    };
    let close = tr!(lang, "tickets.close_after");
    let reply = html! {
        (new_id_field(&id))
        (field(messages::MESSAGE, "tickets.reply"))
        (ui::checkbox(CLOSE, "true", &close, None, fields.has(CLOSE)))
        (ui::actions(ui::submit(&tr!(lang, "tickets.send_reply"), ButtonStyle::Primary)))
    };
    let note = html! {
        (new_id_field(&id))
        (field(NOTE, "tickets.note").hint(tr!(lang, "tickets.note_hint")))
        (ui::actions(ui::submit(&tr!(lang, "tickets.add_note"), ButtonStyle::Secondary)))
    };
    let note = ui::form(&format!("{path}/note"), &member.visit.mark, note);
    html! {
        @if ticket.source.takes_replies() {
            (ui::card(None, ui::form(&format!("{path}/reply"), &member.visit.mark, reply)))
        } @else { p.muted { (tr!(lang, "tickets.chat_takes_no_replies")) } }
        (ui::disclosure(&tr!(lang, "tickets.write_note"), fields.has(NOTE), note))
    }
}

pub(super) async fn reply(
    member: Member,
    Path(id): Path<TicketId>,
    Form(mut fields): Form,
) -> Result<Response> {
    queries::find(&member.store, &id).await?;
    let body = Html::from_field(&mut fields, messages::MESSAGE);
    fields.expect_none_wrong()?;
    let new = NewMessage { id: new_id(&fields), kind: MessageKind::Employee, body };
    let (mut tx, change) = (member.begin().await?, member.change());
    messages::post(&mut tx, &change, &id, new).await?;
    if fields.has(CLOSE) {
        queries::take(&mut tx, &change, &id, &Expected::Any, Step::Close).await?;
    }
    tx.commit().await?;
    Ok(see_other(&ticket_path(&id), Some("flash.ticket_answered")))
}

pub(super) async fn note(
    member: Member,
    Path(id): Path<TicketId>,
    Form(mut fields): Form,
) -> Result<Response> {
    queries::find(&member.store, &id).await?;
    let body = Html::from_field(&mut fields, NOTE);
    fields.expect_none_wrong()?;
    let new = NewMessage { id: new_id(&fields), kind: MessageKind::Note, body };
    let mut tx = member.begin().await?;
    messages::post(&mut tx, &member.change(), &id, new).await?;
    tx.commit().await?;
    Ok(see_other(&ticket_path(&id), Some("flash.ticket_note_added")))
}
