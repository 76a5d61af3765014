//! `/v1/tickets`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    MessageKind, NewMessage, Step, Ticket, TicketReply, TicketView, TicketWithMessages,
    attachments, messages, queries,
};
use crate::auth::granted::{TicketsRead, TicketsWrite};
use crate::error::Result;
use crate::http::{
    Access, DownloadLinks, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised,
    Routes, Written,
};
use crate::ids::{TicketAttachmentId, TicketId, TicketMessageId};
use crate::resources::files::CloudFileView;
use crate::tenant::StoreTx;

/// The routes of tickets.
pub(super) fn routes() -> Routes {
    Routes::new("Tickets", "Conversations with customers and others.")
        .get("/tickets", list, "listTickets", "List tickets")
        .get("/tickets/{ticketId}", get, "getTicket", "Get a ticket with its messages")
        .post(
            "/tickets/{ticketId}",
            reply,
            "replyToTicket",
            "Reply to a ticket, which opens a closed one again; a chat takes no replies",
        )
        .patch("/tickets/{ticketId}", close, "closeTicket", "Close a ticket; without a body")
        .get(
            "/tickets/{ticketId}/attachments/{attachmentId}/download",
            download,
            "downloadTicketAttachment",
            "Get a link to a file that was sent along with a message. An addition to the contract",
        )
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct One {
    #[serde(rename = "ticketId")]
    id: TicketId,
}

/// The ids in the path to an attachment.
#[derive(Deserialize, JsonSchema)]
struct OneAttachment {
    #[serde(rename = "ticketId")]
    ticket: TicketId,
    #[serde(rename = "attachmentId")]
    id: TicketAttachmentId,
}

async fn list(
    access: Access<TicketsRead>,
    request: ListRequest<Ticket>,
) -> Result<Json<Listing<TicketView>>> {
    let rows = queries::list(&access, &request, access.time_zone()).await?;
    Ok(request.listing(rows).map(|row| row.into_view(access.time_zone())).json())
}

async fn get(
    access: Access<TicketsRead>,
    Path(One { id }): Path<One>,
) -> Result<Revised<TicketWithMessages>> {
    let ticket = queries::find(&access, &id).await?;
    let messages = messages::of_ticket(&access, &id).await?;
    let files = attachments::of_ticket(&access, &id).await?;
    Ok(Revised(ticket.revision, ticket.with_messages(messages, files, access.time_zone())))
}

async fn download(
    access: Access<TicketsRead>,
    Path(OneAttachment { ticket, id }): Path<OneAttachment>,
    links: DownloadLinks,
) -> Result<Json<CloudFileView>> {
    let attachment = attachments::find_shown(&access, &ticket, &id).await?;
    let link = links.to(&access, &attachment.file_id).await?;
    Ok(Json(CloudFileView::new(&link, access.url_of(&link), access.time_zone())))
}

async fn reply(
    access: Access<TicketsWrite>,
    Path(One { id }): Path<One>,
    limits: Limits,
    Input(TicketReply { message }): Input<TicketReply>,
) -> Written<Revised<TicketWithMessages>> {
    let mut tx = access.begin().await?;
    let kind = MessageKind::Employee;
    let (id_of_new, files) = (TicketMessageId::random(), Vec::new());
    let new = NewMessage { id: id_of_new, kind, body: message, files };
    let ticket = messages::post(&mut tx, &access.change(), &limits, &id, new).await?;
    let answer = whole(&access, &mut tx, ticket).await?;
    tx.commit(answer).await
}

async fn close(
    access: Access<TicketsWrite>,
    Path(One { id }): Path<One>,
    expected: Expected,
) -> Written<Revised<TicketWithMessages>> {
    let mut tx = access.begin().await?;
    let ticket = queries::take(&mut tx, &access.change(), &id, &expected, Step::Close).await?;
    let answer = whole(&access, &mut tx, ticket).await?;
    tx.commit(answer).await
}

/// A ticket with all of its messages.
async fn whole<S>(
    access: &Access<S>,
    tx: &mut StoreTx,
    ticket: Ticket,
) -> Result<Revised<TicketWithMessages>> {
    let messages = messages::of_ticket_in(tx, &ticket.id).await?;
    let files = attachments::of_ticket_in(tx, &ticket.id).await?;
    Ok(Revised(ticket.revision, ticket.with_messages(messages, files, access.time_zone())))
}
