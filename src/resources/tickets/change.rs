//! Closing, reopening, assigning and deleting a ticket.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, ticket_path};
use super::queries::{self, ASSIGNEE, Assignee, STATUS};
use super::{Step, Ticket, TicketStatus};
use crate::error::{Error, Message, Result};
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::{AccountId, DeletionId, TicketId};
use crate::manage::Member;
use crate::ui::{self, ButtonStyle, Field};
use crate::values::Value;
use crate::web::{FlashMessage, Form, see_other, see_other_with};

/// The most members that the form offers.
const MOST_OFFERED: i64 = 500;

/// The button that closes an open ticket, or reopens a closed one.
pub(super) fn status_button(member: &Member, ticket: &Ticket) -> Markup {
    let (status, label) = match ticket.status {
        TicketStatus::Open => (TicketStatus::Closed, "tickets.close"),
        TicketStatus::Closed => (TicketStatus::Open, "tickets.reopen"),
    };
    let label = tr!(member.lang(), label);
    let action = format!("{}/status", ticket_path(&ticket.id));
    let field = ui::hidden(STATUS, status.name());
    ui::button_form_with(&action, &member.visit.mark, &label, field, ButtonStyle::Secondary)
}

pub(super) async fn set_status(
    member: Member,
    Path(id): Path<TicketId>,
    Form(mut fields): Form,
) -> Result<Response> {
    queries::find(&member.store, &id).await?;
    let status = TicketStatus::from_field(&mut fields, STATUS);
    fields.expect_none_wrong()?;
    let (step, message) = match status {
        TicketStatus::Open => (Step::Reopen, "flash.ticket_reopened"),
        TicketStatus::Closed => (Step::Close, "flash.ticket_closed"),
    };
    let mut tx = member.begin().await?;
    queries::take(&mut tx, &member.change(), &id, &Expected::Any, step).await?;
    tx.commit().await?;
    Ok(see_other(&ticket_path(&id), Some(message)))
}

/// The page on which a member is chosen who takes care of a ticket.
pub(super) async fn show_assign(member: Member, Path(id): Path<TicketId>) -> Result<Markup> {
    let ticket = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), ticket_path(&id));
    let fields = member.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let members = queries::members(&member.store, MOST_OFFERED).await?;
    let nobody = (String::new(), tr!(lang, "tickets.nobody").into_owned());
    let option = |Assignee { id, name }: Assignee| (id.to_string(), name);
    let options: Vec<_> = [nobody].into_iter().chain(members.into_iter().map(option)).collect();
    // Of a member who has left, nobody is chosen.
    let current = ticket.assignee.as_ref().and(ticket.assignee_id.as_ref());
    let current = current.map_or("", AccountId::as_str).to_owned();
    let title = tr!(lang, "tickets.assign_title");
    let labels = [(ASSIGNEE, tr!(lang, "tickets.assignee"))];
    let field = Field::select(lang, ASSIGNEE, labels[0].1.clone(), &options, current);
    let body = html! {
        (SECTION.trail(lang, &[(&ticket.title, &path)], &title))
        (ui::header(&title, None, html! {}))
        (ui::form(&format!("{path}/assign"), &member.visit.mark, html! {
            (field.required(true).errors_from(&errors))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "tickets.assign"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path, ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&title, body))
}

pub(super) async fn assign(
    member: Member,
    Path(id): Path<TicketId>,
    Form(fields): Form,
) -> Result<Response> {
    let unknown = |_| Error::invalid(ASSIGNEE, Message::new("tickets.no_such_member"));
    let assignee: Option<AccountId> = match fields.sent(ASSIGNEE) {
        "" => None,
        text => Some(text.parse().map_err(unknown)?),
    };
    let mut tx = member.begin().await?;
    queries::assign(&mut tx, &member.change(), &id, assignee.as_ref()).await?;
    tx.commit().await?;
    Ok(see_other(&ticket_path(&id), Some("flash.ticket_assigned")))
}

pub(super) async fn ask_to_delete(member: Member, Path(id): Path<TicketId>) -> Result<Markup> {
    let ticket = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), ticket_path(&id));
    let title = tr!(lang, "tickets.confirm_title", name = ticket.title);
    let text = tr!(lang, "tickets.delete_text");
    let (action, button) = (format!("{path}/delete"), tr!(lang, "manage.delete"));
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &path);
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn delete(member: Member, Path(id): Path<TicketId>, _: Form) -> Result<Response> {
    let (mut tx, deletion) = (member.begin().await?, DeletionId::random());
    queries::delete(&mut tx, &member.change(), &id, &deletion).await?;
    tx.commit().await?;
    let message = FlashMessage::new("flash.ticket_deleted").with_undo(&SECTION, deletion);
    Ok(see_other_with(PATH, message))
}
