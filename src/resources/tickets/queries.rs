//! Statements about tickets. What is written in them is in [`super::messages`].

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Step, Ticket, TicketStatus, TicketsOfAssignee, UnreadTickets};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Single, params};
use crate::error::{Error, Message, Result};
use crate::history::{FieldChange, What};
use crate::http::Expected;
use crate::ids::{AccountId, CustomerId, DeletionId, TicketId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_keys};
use crate::quotas::TICKETS;
use crate::resources::of_customers::{self, TICKETS as SEARCHED_ROWS};
use crate::search::Searched;
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::trash::Trash;

/// The searchable text.
pub const SEARCHED: Searched = SEARCHED_ROWS;

/// The kind of tickets in the history of rows.
pub const KIND: &str = "ticket";

/// The titles that tickets are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("tickets", "title");

/// The field of the history that says whether it is open.
pub(super) const STATUS: &str = "status";

/// The field of the history that says who takes care of it, and that of the form.
pub(super) const ASSIGNEE: &str = "assignee";

/// What is kept of a deleted ticket.
pub const TRASH: Trash = Trash {
    kind: "ticket",
    rows: &[of_customers::tickets("id"), of_customers::ticket_messages("ticket_id")],
    quota: TICKETS,
};

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    of_customer: TenantSql,
    list: Statements<Ticket>,
    of_assignee: Statements<TicketsOfAssignee>,
    unread: Statements<UnreadTickets>,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = Ticket::columns();
    let all = format!("SELECT {columns} FROM tickets c WHERE c.portal_id = ?1");
    Queries {
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        of_customer: TenantSql::built(format!(
            "{all} AND c.customer_id = ?2 ORDER BY c.updated_at DESC, c.id DESC LIMIT ?3"
        )),
        list: Statements::new(&columns),
        of_assignee: Statements::new(&columns),
        unread: Statements::new(&columns),
    }
});

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql =
    TenantSql::new("UPDATE tickets SET revision = revision WHERE portal_id = ?1 AND id = ?2");
/// Only from the state in which the step was taken.
const SET_STATUS: TenantSql = TenantSql::new(
    "UPDATE tickets SET status = ?4, updated_at = ?5, revision = revision + 1
     WHERE portal_id = ?1 AND id = ?2 AND status = ?3",
);
const ASSIGN: TenantSql = TenantSql::new(
    "UPDATE tickets SET assignee_id = ?3, updated_at = ?4, revision = revision + 1
     WHERE portal_id = ?1 AND id = ?2",
);
/// A member who stays one until the transaction ends.
const REFER_TO_MEMBER: TenantSql = TenantSql::per_engine(
    "SELECT account_id AS value FROM portal_members WHERE portal_id = ?1 AND account_id = ?2",
    "SELECT account_id AS value FROM portal_members WHERE portal_id = ?1 AND account_id = ?2 FOR KEY SHARE",
);
const MEMBERS: TenantSql = TenantSql::new(
    "SELECT a.id, COALESCE(NULLIF(a.name, ''), a.email) AS name
     FROM portal_members m JOIN accounts a ON a.id = m.account_id
     WHERE m.portal_id = ?1 ORDER BY name, a.id LIMIT ?2",
);
const DELETE: TenantSql = TenantSql::new("DELETE FROM tickets WHERE portal_id = ?1 AND id = ?2");

/// Somebody who can take care of tickets.
#[derive(Debug, Clone)]
pub(super) struct Assignee {
    /// The account.
    pub(super) id: AccountId,
    /// The name, or else the e-mail address.
    pub(super) name: String,
}
crate::db::from_row!(Assignee { id, name });

/// The statements of the lists, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> (
    &'static Statements<Ticket>,
    &'static Statements<TicketsOfAssignee>,
    &'static Statements<UnreadTickets>,
) {
    (&STATEMENTS.list, &STATEMENTS.of_assignee, &STATEMENTS.unread)
}

/// One ticket.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &TicketId) -> Result<Ticket> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// One ticket, if the portal has it, within a transaction.
pub(super) async fn find_in(tx: &mut StoreTx, id: &TicketId) -> Result<Option<Ticket>> {
    Ok(tx.row(STATEMENTS.find, params![id]).await?)
}

/// The tickets of a customer in which something was written or changed last, at most so many.
pub(super) async fn of_customer(
    store: &Store,
    customer: &CustomerId,
    most: i64,
) -> Result<Vec<Ticket>> {
    Ok(store.rows(STATEMENTS.of_customer, params![customer, most]).await?)
}

/// A page of the portal's tickets.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<Ticket>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<Ticket>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<Ticket>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// The statements of the tickets that a member takes care of.
pub(super) fn of_assignee() -> &'static Statements<TicketsOfAssignee> {
    &STATEMENTS.of_assignee
}

/// The statements of the tickets in which a member hasn't read everything.
pub(super) fn unread() -> &'static Statements<UnreadTickets> {
    &STATEMENTS.unread
}

/// The members of the portal, by name, at most so many.
pub(super) async fn members(store: &Store, most: i64) -> Result<Vec<Assignee>> {
    Ok(store.rows(MEMBERS, params![most]).await?)
}

pub(super) async fn tell(
    tx: &mut StoreTx,
    change: &Change<'_>,
    action: Action,
    ticket: &Ticket,
) -> Result<()> {
    change.tell(tx, action, &ticket.title, ticket.id.as_str()).await
}

/// One ticket, which nobody else changes until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub(super) async fn hold(tx: &mut StoreTx, id: &TicketId) -> Result<Ticket> {
    tx.execute(HOLD, params![id]).await?;
    find_in(tx, id).await?.ok_or(Error::NotFound)
}

/// Closes or reopens a ticket, if it is as `expected`; one that is so already stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime.
pub async fn take(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &TicketId,
    expected: &Expected,
    step: Step,
) -> Result<Ticket> {
    let mut ticket = hold(tx, id).await?;
    expected.check(ticket.revision)?;
    let (before, after) = (ticket.status, ticket.status.after(step));
    if before == after {
        return Ok(ticket);
    }
    if tx.execute(SET_STATUS, params![id, before, after, change.now]).await? == 0 {
        return Err(Error::Changed);
    }
    (ticket.status, ticket.updated_at) = (after, change.now);
    ticket.revision += 1;
    note_status(tx, change, &ticket, before).await?;
    let action = match after {
        TicketStatus::Open => Action::TicketReopened,
        TicketStatus::Closed => Action::TicketClosed,
    };
    tell(tx, change, action, &ticket).await?;
    Ok(ticket)
}

/// Notes in the history that the state isn't what it was before.
pub(super) async fn note_status(
    tx: &mut StoreTx,
    change: &Change<'_>,
    ticket: &Ticket,
    before: TicketStatus,
) -> Result<()> {
    if ticket.status == before {
        return Ok(());
    }
    let field = FieldChange {
        field: STATUS.to_owned(),
        old: Some(before.to_string()),
        new: Some(ticket.status.to_string()),
    };
    change.note(tx, (KIND, ticket.id.as_str()), What::Changed, vec![field]).await
}

/// Lets a member take care of a ticket, or nobody.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Invalid`] when the account isn't a
/// member's.
pub async fn assign(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &TicketId,
    assignee: Option<&AccountId>,
) -> Result<()> {
    if let Some(account) = assignee {
        let member: Option<Single<String>> = tx.row(REFER_TO_MEMBER, params![account]).await?;
        if member.is_none() {
            return Err(Error::invalid(ASSIGNEE, Message::new("tickets.no_such_member")));
        }
    }
    let before = hold(tx, id).await?;
    if before.assignee_id.as_ref() == assignee {
        return Ok(());
    }
    tx.execute(ASSIGN, params![id, assignee, change.now]).await?;
    let after = find_in(tx, id).await?.ok_or(Error::NotFound)?;
    let field = FieldChange {
        field: ASSIGNEE.to_owned(),
        old: before.assignee,
        new: after.assignee.clone(),
    };
    change.note(tx, (KIND, id.as_str()), What::Changed, vec![field]).await?;
    tell(tx, change, Action::TicketAssigned, &after).await
}

/// Deletes a ticket: it goes into the bin with its messages. The transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &TicketId,
    deletion: &DeletionId,
) -> Result<()> {
    let ticket = hold(tx, id).await?;
    TRASH.keep(tx, change, deletion, (id.as_str(), &ticket.title)).await?;
    tx.execute(DELETE, params![id]).await?;
    change.note(tx, (KIND, id.as_str()), What::Deleted, Vec::new()).await?;
    tell(tx, change, Action::TicketDeleted, &ticket).await
}

/// When a ticket was opened, for those of a portal that is being created.
#[derive(Debug, Clone, Copy)]
pub struct Opened {
    /// When.
    pub at: Timestamp,
    /// Where it began.
    pub source: super::TicketSource,
    /// Whether it is open.
    pub status: TicketStatus,
}
