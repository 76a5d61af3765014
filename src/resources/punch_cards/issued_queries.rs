//! Statements about issued punch cards.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{IssuedOfCard, IssuedPunchCard, PunchCard, code, queries};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::params;
use crate::error::{Error, Message, Result};
use crate::history::{FieldChange, What};
use crate::ids::{CustomerId, IssuedPunchCardId, PunchCardId};
use crate::lists::{Dependents, Part, Positioned, Statements, dependents};
use crate::quotas::{ISSUED_PUNCH_CARDS, Quotas};
use crate::resources::customers;
use crate::resources::of_customers::ISSUED_PUNCH_CARDS as SEARCHED;
use crate::tenant::{Store, StoreTx, TenantSql};

/// The kind of issued cards in the history of rows.
pub const ISSUED_KIND: &str = "issued_punch_card";

/// The field of the history that says how many punches are left.
pub(super) const LEFT: &str = "punchesLeft";

/// How many codes are tried until one is free.
const TRIES: usize = 5;

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    by_code: TenantSql,
    of_customer: TenantSql,
    of_card: Statements<IssuedOfCard>,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = IssuedPunchCard::columns();
    let all = format!("SELECT {columns} FROM issued_punch_cards c WHERE c.portal_id = ?1");
    Queries {
        find: TenantSql::built(format!("{all} AND c.punch_card_id = ?2 AND c.id = ?3")),
        by_code: TenantSql::built(format!("{all} AND c.code = ?2")),
        of_customer: TenantSql::built(format!(
            "{all} AND c.customer_id = ?2 ORDER BY c.created_at DESC, c.id DESC LIMIT ?3"
        )),
        of_card: Statements::new(&columns),
    }
});

/// Does nothing when the id or the code is taken.
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO issued_punch_cards (portal_id, id, punch_card_id, customer_id, code, punches, punches_left,
         expires_at, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
);
/// Takes `?4` punches, if the card isn't expired at `?5` and so many are left, and not more than `?6` says
/// if that isn't null. Of two at once the second waits here, and then sees what the first left.
const STAMP: TenantSql = TenantSql::new(
    "UPDATE issued_punch_cards SET punches_left = punches_left - ?4
     WHERE portal_id = ?1 AND punch_card_id = ?2 AND id = ?3
     AND punches_left - ?4 BETWEEN 0 AND punches AND (expires_at IS NULL OR expires_at > ?5)
     AND (CAST(?6 AS BIGINT) IS NULL OR punches_left = CAST(?6 AS BIGINT))",
);

/// Those of each punch card.
pub(super) const OF_CARD: Dependents = dependents!("issued_punch_cards", "punch_card_id");

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<IssuedOfCard> {
    &STATEMENTS.of_card
}

/// One issued card of a punch card.
///
/// # Errors
/// [`Error::NotFound`] when there is none with that id.
pub async fn find(
    store: &Store,
    card: &PunchCardId,
    id: &IssuedPunchCardId,
) -> Result<IssuedPunchCard> {
    store.row(STATEMENTS.find, params![card, id]).await?.ok_or(Error::NotFound)
}

async fn find_in(
    tx: &mut StoreTx,
    card: &PunchCardId,
    id: &IssuedPunchCardId,
) -> Result<Option<IssuedPunchCard>> {
    Ok(tx.row(STATEMENTS.find, params![card, id]).await?)
}

/// The issued card with a code, as it is stored.
pub(super) async fn by_code(store: &Store, code: &str) -> Result<Option<IssuedPunchCard>> {
    Ok(store.row(STATEMENTS.by_code, params![code]).await?)
}

/// The newest cards of a customer, at most so many.
pub(super) async fn of_customer(
    store: &Store,
    customer: &CustomerId,
    most: i64,
) -> Result<Vec<IssuedPunchCard>> {
    Ok(store.rows(STATEMENTS.of_customer, params![customer, most]).await?)
}

/// A page of the issued ones of a punch card.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    card: &PunchCardId,
    part: &Part<IssuedOfCard>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<IssuedPunchCard>>> {
    STATEMENTS.of_card.page_within(store, card, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub(super) async fn count_listed(
    store: &Store,
    card: &PunchCardId,
    part: &Part<IssuedOfCard>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.of_card.count_within(store, card, part, zone, most).await
}

/// Issues a punch card to a customer, with this id. One that is there already is returned as it is: the
/// form was sent twice.
///
/// # Errors
/// [`Error::NotFound`] when the portal has no such punch card; [`Error::Invalid`] when it has no such
/// customer; [`Error::Conflict`] when it has the maximum number of issued cards.
pub async fn issue(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    (card, customer): (&PunchCardId, &CustomerId),
    id: IssuedPunchCardId,
) -> Result<IssuedPunchCard> {
    let card = queries::refer_to(tx, card).await?;
    customers::queries::named(tx, customer).await?;
    let left = card.details.punches.get();
    if !insert_issued(tx, (&card, customer), &id, left, (change.now, change.zone)).await? {
        return find_in(tx, &card.id, &id).await?.ok_or(Error::NotFound);
    }
    ISSUED_PUNCH_CARDS.check(tx, quotas.max_issued_punch_cards_per_portal).await?;
    change.note(tx, (ISSUED_KIND, id.as_str()), What::Created, Vec::new()).await?;
    change.tell(tx, Action::PunchCardIssued, card.details.name.as_str(), id.as_str()).await?;
    find_in(tx, &card.id, &id).await?.ok_or(Error::NotFound)
}

/// Adds the row of an issued card with so many punches left; false if there is one with this id.
///
/// # Errors
/// [`Error::Internal`] when no code is free.
pub async fn insert_issued(
    tx: &mut StoreTx,
    (card, customer): (&PunchCard, &CustomerId),
    id: &IssuedPunchCardId,
    left: i64,
    (now, zone): (Timestamp, &TimeZone),
) -> Result<bool> {
    let (punches, end) = (card.details.punches, card.expiry.end(now, zone));
    for _ in 0..TRIES {
        let code = code::random();
        let row = params![id, card.id, customer, code, punches, left, end, now];
        if tx.execute(INSERT, row).await? > 0 {
            SEARCHED.add(tx, id.as_str()).await?;
            return Ok(true);
        }
        if find_in(tx, &card.id, id).await?.is_some() {
            return Ok(false);
        }
    }
    Err(Error::internal(std::io::Error::other("no code for a punch card is free")))
}

/// Takes punches of an issued card, or gives them back if the number is negative. With `seen`, only if
/// so many were left.
///
/// # Errors
/// [`Error::NotFound`] when there is no such card; [`Error::Invalid`] when the card is expired, too few
/// punches are left or too many would be; [`Error::Changed`] when another number than `seen` was left.
pub async fn stamp(
    tx: &mut StoreTx,
    change: &Change<'_>,
    (card, id): (&PunchCardId, &IssuedPunchCardId),
    stamps: i64,
    seen: Option<i64>,
) -> Result<IssuedPunchCard> {
    let stamped = tx.execute(STAMP, params![card, id, stamps, change.now, seen]).await?;
    let issued = find_in(tx, card, id).await?.ok_or(Error::NotFound)?;
    if stamped == 0 {
        return Err(refusal(&issued, stamps, seen, change.now));
    }
    let field = FieldChange {
        field: LEFT.to_owned(),
        old: Some((issued.punches_left + stamps).to_string()),
        new: Some(issued.punches_left.to_string()),
    };
    change.note(tx, (ISSUED_KIND, id.as_str()), What::Changed, vec![field]).await?;
    change.tell(tx, Action::PunchCardStamped, &issued.card_name, id.as_str()).await?;
    Ok(issued)
}

/// Why no punch was taken.
fn refusal(issued: &IssuedPunchCard, stamps: i64, seen: Option<i64>, now: Timestamp) -> Error {
    let IssuedPunchCard { punches, punches_left, .. } = *issued;
    if seen.is_some_and(|seen| seen != punches_left) {
        return Error::Changed;
    }
    let message = if issued.is_expired(now) {
        Message::new("punch_cards.is_expired")
    } else if stamps > 0 {
        Message::with("punch_cards.too_few_left", punches_left)
    } else {
        Message::with_two("punch_cards.too_many_back", punches - punches_left, punches)
    };
    Error::invalid("stamps", message)
}
