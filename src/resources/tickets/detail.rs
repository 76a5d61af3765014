//! A ticket's page: the conversation, and what can be done; and its history.

use std::borrow::Cow;

use maud::{Markup, html};

use super::links::{SECTION, assignee, attachment_path, customer_link, status_badge, ticket_path};
use super::queries::{ASSIGNEE, STATUS};
use super::sent_files::FILES;
use super::{
    Attachment, Message, MessageKind, Ticket, TicketStatus, attachments, change, messages, queries,
    revision, send, write,
};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::TicketId;
use crate::manage::{HistoryBefore, HistoryPart, Member};
use crate::objects::ScanState;
use crate::resources::files::{readable_size, scan_badge};
use crate::ui::{self, BadgeKind, ButtonStyle, Watched};
use crate::unicode::isolated;

pub(super) async fn show(member: Member, Path(id): Path<TicketId>) -> Result<Markup> {
    let ticket = queries::find(&member.store, &id).await?;
    let all = messages::of_ticket(&member.store, &id).await?;
    let files = attachments::of_ticket(&member.store, &id).await?;
    mark_read(&member, &id).await?;
    let customer = ticket.customer_id.as_ref();
    let receiver = send::receiver(&member.store, customer).await?.map(|(address, _)| address);
    let history = HistoryPart::newest(&member, (queries::KIND, id.as_str())).await?;
    let fields = member.visit.fields(Vec::new);
    let (lang, path, title) = (member.lang(), ticket_path(&id), &*ticket.title);
    let labels =
        [(messages::MESSAGE, tr!(lang, "tickets.reply")), (FILES, tr!(lang, "tickets.files"))];
    let watched = Watched {
        path: &format!("{path}/revision"),
        revision: &revision::tag(&ticket),
        news: &tr!(lang, "tickets.news"),
        failed: &tr!(lang, "tickets.news_failed"),
        show: &tr!(lang, "tickets.show_news"),
    };
    let body = html! {
        (SECTION.trail(lang, &[], title))
        (ui::header(title, None, actions(&member, &ticket)))
        (watched.around(html! {
            div data-part { (ui::card(None, facts(&member, &ticket))) }
            (ui::section(&tr!(lang, "tickets.conversation"), None, html! {}, html! {
                ol.conversation data-part { @for message in &all { (entry(&member, message, list_of_files(lang, &id, files.get(&message.id)))) } }
            }))
        }))
        (write::reply_form(&member, (&ticket, receiver.as_deref()), &fields))
        (history.section(lang, &format!("{path}/history"), changes(&member, &history)))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(title, body))
}

/// Whoever opens the page has read all of it.
async fn mark_read(member: &Member, id: &TicketId) -> Result<()> {
    let account = &member.session.account_id;
    if messages::is_unread(&member.store, account, id).await? {
        let mut tx = member.begin().await?;
        messages::mark_read(&mut tx, account, id).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn actions(member: &Member, ticket: &Ticket) -> Markup {
    let (lang, path) = (member.lang(), ticket_path(&ticket.id));
    let link = |key, page| {
        ui::link_button(&tr!(lang, key), &format!("{path}/{page}"), ButtonStyle::Secondary)
    };
    html! {
        (link("tickets.write_note", "note"))
        (link("tickets.assign", "assign"))
        (change::status_button(member, ticket))
        (link("manage.delete", "delete"))
    }
}

fn facts(member: &Member, ticket: &Ticket) -> Markup {
    let lang = member.lang();
    let text = |key: &'static str| tr!(lang, key);
    let mut items: Vec<(Cow<'static, str>, Markup)> =
        vec![(text("tickets.state"), status_badge(lang, ticket.status))];
    if ticket.customer_id.is_some() {
        items.push((text("tickets.customer"), customer_link(ticket)));
    }
    items.push((text("tickets.assignee"), assignee(lang, ticket)));
    items.push((text("tickets.source"), html! { (ticket.source.label(lang)) }));
    items.push((text("tickets.column.created"), member.moment(ticket.created_at)));
    let id = text("tickets.id");
    let value = ui::copyable(lang, &id, ticket.id.as_str());
    items.push((id, value));
    ui::definition_list(
        items.iter().map(|(label, value)| (label.as_ref(), value.clone())).collect(),
    )
}

/// The files that were sent along with a message, to download.
fn list_of_files(lang: Lang, ticket: &TicketId, files: Option<&Vec<Attachment>>) -> Markup {
    html! {
        @if let Some(files) = files {
            ul.attachments aria-label=(tr!(lang, "tickets.files")) {
                @for file in files {
                    li {
                        @if ScanState::is_released(file.scan) {
                            a href=(attachment_path(ticket, &file.id)) { (ui::name(&file.name)) } " "
                        } @else { (ui::name(&file.name)) " " (scan_badge(lang, file.scan)) " " }
                        span.muted { (readable_size(lang, file.bytes())) }
                    }
                }
            }
        }
    }
}

/// One message, as it was written.
fn entry(member: &Member, message: &Message, files: Markup) -> Markup {
    let lang = member.lang();
    let kind = match message.kind {
        MessageKind::Customer => BadgeKind::Success,
        MessageKind::Employee => BadgeKind::Neutral,
        MessageKind::Note => BadgeKind::Warning,
    };
    html! {
        li.message.internal[message.kind.is_internal()] data-entry {
            p.message-head {
                strong { (ui::name(&message.posted_by)) } " "
                (ui::badge(&message.kind.label(lang), kind)) " "
                span.muted { (member.moment(message.posted_at)) }
            }
            @if let Some(address) = &message.sender {
                p.muted { (tr!(lang, "tickets.other_sender", address = isolated(address))) }
            }
            @if !message.body.as_str().is_empty() { (ui::prose(message.body.to_markup())) }
            (files)
            @if let Some(quoted) = &message.quoted {
                (ui::disclosure(&tr!(lang, "tickets.quoted"), false, ui::prose(quoted.to_markup())))
            }
        }
    }
}

fn changes(member: &Member, history: &HistoryPart) -> Markup {
    let lang = member.lang();
    history.show(member, |field| label(lang, field), |field, text| shown(lang, field, text))
}

/// What people call a field.
fn label(lang: Lang, field: &str) -> String {
    match field {
        ASSIGNEE => tr!(lang, "tickets.assignee").into_owned(),
        _ => tr!(lang, "tickets.state").into_owned(),
    }
}

/// What they read of its value.
fn shown(lang: Lang, field: &str, text: &str) -> String {
    let status = TicketStatus::from_name(text).filter(|_| field == STATUS);
    status.map_or_else(|| text.to_owned(), |status| status.label(lang).into_owned())
}

/// All that was changed of a ticket, the newest first.
pub(super) async fn history(
    member: Member,
    Path(id): Path<TicketId>,
    before: HistoryBefore,
) -> Result<Markup> {
    let ticket = queries::find(&member.store, &id).await?;
    let history = HistoryPart::page(&member, (queries::KIND, id.as_str()), before).await?;
    let path = ticket_path(&id);
    let entries = changes(&member, &history);
    Ok(history.show_page(&member, (&SECTION, &ticket.title, &path), before, entries))
}
