//! Statements about punch cards.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Expiry, PunchCard, PunchCardCreate, PunchCardDetails};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Param, params};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::Expected;
use crate::ids::{DeletionId, PunchCardId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_key, sort_keys};
use crate::quotas::{PUNCH_CARDS, Quotas};
use crate::resources::of_customers;
use crate::search::{Searched, searched};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::trash::{KeptRows, Trash};
use crate::values::Record;

/// The searchable text.
pub const SEARCHED: Searched = searched!(
    "punch_card",
    "punch_cards",
    "name || ' ' || COALESCE(description, '') || ' ' || punch_label"
);

/// The names that punch cards are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("punch_cards", "name");

/// What is kept of a deleted punch card: also those that customers have of it.
pub const TRASH: Trash = Trash {
    kind: "punch_card",
    rows: &[
        KeptRows {
            table: "punch_cards",
            own: "id",
            columns: &[
                &["id", "created_at", "updated_at", "revision", "name_key"],
                PunchCardDetails::COLUMNS,
                Expiry::COLUMNS,
            ],
            refers_to: None,
            adapted: &[],
            searched: Some(SEARCHED),
        },
        of_customers::issued_punch_cards("punch_card_id", ("customer_id", "customers")),
    ],
    quota: PUNCH_CARDS,
};

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    /// The same, for a transaction that refers to the row.
    refer: TenantSql,
    newest: TenantSql,
    list: Statements<PunchCard>,
    insert: TenantSql,
    update: TenantSql,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = PunchCard::columns();
    let all = format!("SELECT {columns} FROM punch_cards c WHERE c.portal_id = ?1");
    let find: &'static str = format!("{all} AND c.id = ?2").leak();
    let own = [PunchCardDetails::COLUMNS, Expiry::COLUMNS].concat();
    let with = |more: &[&'static str]| [more, &own[..]].concat();
    Queries {
        find: TenantSql::new(find),
        refer: TenantSql::per_engine(find, format!("{find} FOR KEY SHARE").leak()),
        newest: TenantSql::built(format!("{all} ORDER BY c.created_at DESC, c.id DESC LIMIT ?2")),
        list: Statements::new(&columns),
        insert: TenantSql::insert(
            "punch_cards",
            &with(&["id", "created_at", "updated_at", "name_key"]),
        ),
        update: TenantSql::update("punch_cards", &with(&["updated_at", "name_key"])),
    }
});

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql = TenantSql::new(
    "UPDATE punch_cards SET revision = revision + 1 WHERE portal_id = ?1 AND id = ?2",
);
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM punch_cards WHERE portal_id = ?1 AND id = ?2");

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<PunchCard> {
    &STATEMENTS.list
}

/// One punch card.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &PunchCardId) -> Result<PunchCard> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// One punch card, within a transaction.
///
/// # Errors
/// As [`find`].
pub(super) async fn find_in(tx: &mut StoreTx, id: &PunchCardId) -> Result<PunchCard> {
    tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// One punch card, which nobody deletes until the transaction ends.
///
/// # Errors
/// As [`find`].
pub(super) async fn refer_to(tx: &mut StoreTx, id: &PunchCardId) -> Result<PunchCard> {
    tx.row(STATEMENTS.refer, params![id]).await?.ok_or(Error::NotFound)
}

/// The newest punch cards, at most so many.
pub(super) async fn newest(store: &Store, most: i64) -> Result<Vec<PunchCard>> {
    Ok(store.rows(STATEMENTS.newest, params![most]).await?)
}

/// A page of the portal's punch cards.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<PunchCard>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<PunchCard>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<PunchCard>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// Creates a punch card with this id. One that is there already is returned as it is: the form was
/// sent twice.
///
/// # Errors
/// [`Error::Conflict`] when the portal has the maximum number.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    id: PunchCardId,
    new: PunchCardCreate,
) -> Result<PunchCard> {
    if let Some(card) = tx.row(STATEMENTS.find, params![id]).await? {
        return Ok(card);
    }
    let card = insert(tx, id, new, change.now).await?;
    PUNCH_CARDS.check(tx, quotas.max_punch_cards_per_portal).await?;
    tell(tx, change, Action::PunchCardCreated, &card).await?;
    Ok(card)
}

pub(super) async fn tell(
    tx: &mut StoreTx,
    change: &Change<'_>,
    action: Action,
    card: &PunchCard,
) -> Result<()> {
    change.tell(tx, action, card.details.name.as_str(), card.id.as_str()).await
}

/// Creates a punch card of a portal that is being created, such as the demo.
pub async fn insert(
    tx: &mut StoreTx,
    id: PunchCardId,
    PunchCardCreate(details, expiry): PunchCardCreate,
    now: Timestamp,
) -> Result<PunchCard> {
    let card = PunchCard { id, created_at: now, updated_at: now, revision: 1, details, expiry };
    let name_key = sort_key(card.details.name.as_str());
    let first = params![card.id, now, now, name_key];
    tx.execute(STATEMENTS.insert, &with_own(first, &card)).await?;
    SEARCHED.add(tx, card.id.as_str()).await?;
    Ok(card)
}

/// These parameters, and then those of a card's own columns.
fn with_own<'a>(first: &[Param<'a>], card: &'a PunchCard) -> Vec<Param<'a>> {
    [first, &card.details.params()[..], &card.expiry.params()[..]].concat()
}

/// One punch card, which nobody else changes until the transaction ends.
async fn hold(tx: &mut StoreTx, id: &PunchCardId, expected: &Expected) -> Result<PunchCard> {
    if tx.execute(HOLD, params![id]).await? == 0 {
        return Err(Error::NotFound);
    }
    let card = find_in(tx, id).await?;
    expected.check(card.revision - 1)?;
    Ok(card)
}

/// Changes a punch card with `apply`, if it is as `expected`. Those that customers have stay as they
/// are.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime; [`Error::Invalid`] when fields contradict each other.
pub async fn update(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &PunchCardId,
    expected: &Expected,
    apply: impl FnOnce(&mut PunchCard),
) -> Result<PunchCard> {
    let mut card = hold(tx, id, expected).await?;
    apply(&mut card);
    let mut fields = Fields::none();
    card.details.check(&mut fields);
    fields.expect_none_wrong()?;
    card.updated_at = change.now;
    let name_key = sort_key(card.details.name.as_str());
    let first = params![id, change.now, name_key];
    tx.execute(STATEMENTS.update, &with_own(first, &card)).await?;
    SEARCHED.change(tx, id.as_str()).await?;
    tell(tx, change, Action::PunchCardChanged, &card).await?;
    Ok(card)
}

/// Deletes a punch card, if it is as `expected`, with those that customers have: they go into the bin.
/// The transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &PunchCardId,
    expected: &Expected,
    deletion: &DeletionId,
) -> Result<()> {
    let card = hold(tx, id, expected).await?;
    TRASH.keep(tx, change, deletion, (id.as_str(), card.details.name.as_str())).await?;
    tx.execute(DELETE, params![id]).await?;
    tell(tx, change, Action::PunchCardDeleted, &card).await
}
