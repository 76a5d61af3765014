//! Searching events: those of a portal, a developer, an account or the operator, newest first.

use std::sync::LazyLock;

use jiff::Timestamp;

use crate::audit::{Action, ActorKind};
use crate::db::{Db, DbError, Param, Single, ToParam, from_row, params};
use crate::error::Result;
use crate::ids::{AccountId, AuditEventId, DeveloperId};
use crate::search::{Words, has_all_on_postgres, has_all_on_sqlite};
use crate::tenant::{Sql, Store, TenantSql};

/// Whose events to search.
#[derive(Clone)]
pub enum AuditLog {
    /// A portal's.
    Portal(Store),
    /// A developer's.
    Developer(Db, DeveloperId),
    /// Those of an account: its person's actions, and others' attempts with its e-mail address.
    Account(Db, AccountId),
    /// Those that belong to no portal or developer: of resource servers, and of people without
    /// either.
    Operator(Db),
}

/// An event, as recorded.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its id.
    pub id: AuditEventId,
    /// When it happened.
    pub created_at: Timestamp,
    /// The kind of actor.
    pub actor_kind: ActorKind,
    /// The actor's e-mail address or name.
    pub actor: String,
    /// The action.
    pub action: Action,
    /// The subject.
    pub subject: String,
    /// The IP address; empty if not shown.
    pub address: String,
    /// The user agent.
    pub user_agent: String,
}

from_row!(Recorded { id, created_at, actor_kind, actor, action, subject, address, user_agent });

/// The filter for events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words in actor, subject or address, folded like all searches.
    pub text: Option<String>,
    /// The action.
    pub action: Option<Action>,
    /// The start time.
    pub from: Option<Timestamp>,
    /// The end time, exclusive.
    pub until: Option<Timestamp>,
}

/// A position in the log: older events come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    id: String,
}

/// A page of events.
#[derive(Debug, Default)]
pub struct Found {
    /// The events, newest first.
    pub events: Vec<Recorded>,
    /// The position of the next page, if any.
    pub next: Option<Cursor>,
}

impl Cursor {
    /// Parses the output of [`Cursor::fmt`](std::fmt::Display).
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        let at = at.parse().ok().filter(|at| *at >= 0)?;
        Some(Self { at, id: id.parse::<AuditEventId>().ok()?.as_str().to_owned() })
    }

    /// The newest end.
    const fn newest() -> Self {
        Self { at: i64::MAX, id: String::new() }
    }

    /// Everything that happened before a moment.
    fn before_all_of(at: i64) -> Self {
        // No id comes before this one.
        Self { at, id: "evt_0".to_owned() }
    }

    fn of(event: &Recorded) -> Self {
        Self { at: event.created_at.as_millisecond(), id: event.id.as_str().to_owned() }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

/// How many events a search for words looks through at most; then it is asked whether to go on.
pub const LOOKED_THROUGH: usize = 50_000;

/// When the event happened up to which a search for words looks, if there are so many.
fn edge(whose: &str) -> &'static str {
    let sql = format!(
        "SELECT created_at AS value FROM audit_events
         WHERE {whose} = ?1 AND created_at >= ?2 AND created_at < ?3 AND (created_at, id) < (?4, ?5)
         ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET {}",
        LOOKED_THROUGH - 1
    );
    sql.leak()
}

/// The statement for the events of a kind of log, in each engine's dialect.
fn events(whose: &str) -> (&'static str, &'static str) {
    let select = |has_all: String| {
        let sql = format!(
            "SELECT id, created_at, actor_kind, actor, action, subject, address, user_agent
             FROM audit_events
             WHERE {whose} = ?1 AND created_at >= ?2 AND created_at < ?3 AND (created_at, id) < (?4, ?5)
                 AND (CAST(?6 AS TEXT) = '' OR action = ?6) AND {has_all}
             ORDER BY created_at DESC, id DESC LIMIT ?8"
        );
        &*sql.leak()
    };
    (select(has_all_on_sqlite("search", "?7")), select(has_all_on_postgres("search", "?7")))
}

/// The statements about a kind of log: its events, and the edge of a search.
struct Statements {
    events: Sql,
    edge: &'static str,
}

fn statements(whose: &str) -> Statements {
    let (sqlite, postgres) = events(whose);
    Statements { events: Sql::per_engine(sqlite, postgres), edge: edge(whose) }
}

static OF_PORTAL: LazyLock<(TenantSql, TenantSql)> = LazyLock::new(|| {
    let (sqlite, postgres) = events("portal_id");
    (TenantSql::per_engine(sqlite, postgres), TenantSql::new(edge("portal_id")))
});
static OF_DEVELOPER: LazyLock<Statements> = LazyLock::new(|| statements("developer_id"));
/// An event in several logs is shown once.
static OF_ACCOUNT: LazyLock<Statements> = LazyLock::new(|| {
    statements(
        "NOT EXISTS (SELECT 1 FROM audit_events o WHERE o.account_id = audit_events.account_id
             AND o.created_at = audit_events.created_at AND o.action = audit_events.action
             AND o.actor_kind = audit_events.actor_kind AND o.search = audit_events.search
             AND o.id > audit_events.id)
         AND account_id",
    )
});
/// The parameter is the owner's id in every log; here it is empty.
static OF_OPERATOR: LazyLock<Statements> =
    LazyLock::new(|| statements("portal_id IS NULL AND developer_id IS NULL AND CAST('' AS TEXT)"));
const ACTIONS_OF_PORTAL: TenantSql =
    TenantSql::new("SELECT DISTINCT action AS value FROM audit_events WHERE portal_id = ?1");
const ACTIONS_OF_DEVELOPER: &str =
    "SELECT DISTINCT action AS value FROM audit_events WHERE developer_id = ?1";
const ACTIONS_OF_ACCOUNT: &str =
    "SELECT DISTINCT action AS value FROM audit_events WHERE account_id = ?1";
const ACTIONS_OF_OPERATOR: &str = "SELECT DISTINCT action AS value FROM audit_events WHERE portal_id IS NULL AND developer_id IS NULL";

impl AuditLog {
    /// At most `most` events that match the filter, from the cursor on. There may be a next page
    /// although this one is not full: words are looked for in so many events at a time
    /// ([`LOOKED_THROUGH`]).
    pub async fn search(
        &self,
        filter: &Filter,
        cursor: Option<&Cursor>,
        most: usize,
    ) -> Result<Found> {
        let newest = Cursor::newest();
        let cursor = cursor.unwrap_or(&newest);
        let from = filter.from.map_or(i64::MIN, Timestamp::as_millisecond);
        let until = filter.until.map_or(i64::MAX, Timestamp::as_millisecond);
        let action = filter.action.map_or("", Action::name);
        let words = Words::of(filter.text.as_deref().unwrap_or_default());
        let edge = if words.is_empty() {
            None
        } else {
            self.edge(params![from, until, cursor.at, cursor.id]).await?
        };
        let from = edge.unwrap_or(from);
        // One more, to know whether there is a next page.
        let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let words = words.patterns();
        let filtered = params![from, until, cursor.at, cursor.id, action, words, limit];
        let mut events: Vec<Recorded> = match self {
            Self::Portal(store) => store.long_rows(OF_PORTAL.0, filtered).await?,
            Self::Developer(db, id) => of(id.as_str(), db, &OF_DEVELOPER, filtered).await?,
            Self::Account(db, id) => of(id.as_str(), db, &OF_ACCOUNT, filtered).await?,
            Self::Operator(db) => of("", db, &OF_OPERATOR, filtered).await?,
        };
        let next = if events.len() > most {
            events.truncate(most);
            events.last().map(Cursor::of)
        } else {
            edge.map(Cursor::before_all_of)
        };
        Ok(Found { events, next })
    }

    async fn edge(&self, range: &[Param<'_>]) -> Result<Option<i64>> {
        let rows: Vec<Single<i64>> = match self {
            Self::Portal(store) => store.long_rows(OF_PORTAL.1, range).await?,
            Self::Developer(db, id) => edge_of(id.as_str(), db, &OF_DEVELOPER, range).await?,
            Self::Account(db, id) => edge_of(id.as_str(), db, &OF_ACCOUNT, range).await?,
            Self::Operator(db) => edge_of("", db, &OF_OPERATOR, range).await?,
        };
        Ok(rows.into_iter().next().map(|Single(at)| at))
    }

    /// All actions that occur.
    pub async fn actions(&self) -> Result<Vec<Action>> {
        let actions: Vec<Single<Action>> = match self {
            Self::Portal(store) => store.rows(ACTIONS_OF_PORTAL, params![]).await?,
            Self::Developer(db, id) => db.rows(ACTIONS_OF_DEVELOPER, params![id]).await?,
            Self::Account(db, id) => db.rows(ACTIONS_OF_ACCOUNT, params![id]).await?,
            Self::Operator(db) => db.rows(ACTIONS_OF_OPERATOR, params![]).await?,
        };
        Ok(actions.into_iter().map(|Single(action)| action).collect())
    }
}

async fn of(
    owner: &str,
    db: &Db,
    statements: &Statements,
    filtered: &[Param<'_>],
) -> Result<Vec<Recorded>, DbError> {
    db.long_rows(owner, statements.events.on(db), &owned_by(owner, filtered)).await
}

async fn edge_of(
    owner: &str,
    db: &Db,
    statements: &Statements,
    range: &[Param<'_>],
) -> Result<Vec<Single<i64>>, DbError> {
    db.long_rows(owner, statements.edge, &owned_by(owner, range)).await
}

fn owned_by<'a>(owner: &'a str, params: &[Param<'a>]) -> Vec<Param<'a>> {
    let mut all = vec![owner.to_param()];
    all.extend_from_slice(params);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_other_texts_are_none() {
        let cursor =
            Cursor { at: 1_764_000_000_000, id: AuditEventId::random().as_str().to_owned() };
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        for wrong in [
            "",
            "-",
            "5",
            "5-",
            "x-evt_a",
            "-5-evt_a",
            "5-cst_a",
            "5-evt_%",
            "99999999999999999999-evt_a",
        ] {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }
}
