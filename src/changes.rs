//! Changes of a portal's own data, and their audit events.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::accounts::Session;
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::db::{Single, params};
use crate::error::Result;
use crate::ids::AccountId;
use crate::tenant::{StoreTx, TenantSql};
use crate::verifier::{Principal, Subject};

/// The number of changes of a kind per actor and hour that are recorded one by one. Beyond it, one
/// event says that there were more, so that an import of 50,000 customers doesn't store 50,000
/// events.
const ONE_BY_ONE: i64 = 100;

const COUNT: TenantSql = TenantSql::new(
    "INSERT INTO change_tallies (portal_id, author, action, hour, changes) VALUES (?1, ?2, ?3, ?4, 1)
     ON CONFLICT (portal_id, author, action, hour) DO UPDATE SET changes = change_tallies.changes + 1
     RETURNING changes AS value",
);
const FORGET: TenantSql =
    TenantSql::new("DELETE FROM change_tallies WHERE portal_id = ?1 AND author = ?2 AND hour < ?3");
const KEY_NAME: TenantSql =
    TenantSql::new("SELECT name AS value FROM api_keys WHERE portal_id = ?1 AND id = ?2");
const APP_NAME: TenantSql = TenantSql::new(
    "SELECT a.name AS value FROM grants g JOIN apps a ON a.id = g.app_id
     WHERE g.portal_id = ?1 AND g.id = ?2",
);

/// The author of a change.
#[derive(Clone, Copy)]
pub enum Author<'a> {
    /// A person on a page.
    Person(&'a Session),
    /// A program with a token.
    Token(&'a Principal),
    /// Somebody without an account, with a public link to the row with this id.
    Guest(&'a str),
    /// Somebody without an account, with an e-mail about a row.
    Correspondent {
        /// The row's id.
        row: &'a str,
        /// The address that the mail comes from.
        address: &'a str,
    },
    /// A person's import, which has audit events of its own.
    Import(&'a Importer),
}

/// The person who started an import.
#[derive(Debug, Clone)]
pub struct Importer {
    /// Their account.
    pub account: AccountId,
    /// Their e-mail address at that time.
    pub email: String,
}

/// A change: who makes it, and when.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// Its author.
    pub author: Author<'a>,
    /// The caller's address; none if no request is behind it.
    pub caller: Option<&'a Caller>,
    /// The time.
    pub now: Timestamp,
    /// The portal's time zone.
    pub zone: &'a TimeZone,
}

impl Author<'_> {
    /// The id of the account, of the API key, of the portal's consent to the app, or of a link's row.
    pub fn id(&self) -> &str {
        match self {
            Self::Person(session) => session.account_id.as_str(),
            Self::Token(principal) => principal.subject.id(),
            Self::Guest(row) | Self::Correspondent { row, .. } => row,
            Self::Import(importer) => importer.account.as_str(),
        }
    }

    /// The name of a token's key or app.
    async fn token_name(&self, tx: &mut StoreTx) -> Result<String> {
        let sql = match self {
            Self::Person(_) | Self::Guest(_) | Self::Correspondent { .. } | Self::Import(_) => {
                return Ok(String::new());
            }
            Self::Token(principal) => match principal.subject {
                Subject::ApiKey(_) => KEY_NAME,
                Subject::App { .. } => APP_NAME,
            },
        };
        let name: Option<Single<String>> = tx.row(sql, params![self.id()]).await?;
        Ok(name.map(|Single(name)| name).unwrap_or_default())
    }
}

impl Change<'_> {
    /// The name of the person, key or app that makes it.
    pub async fn author_name(&self, tx: &mut StoreTx) -> Result<String> {
        match self.author {
            Author::Person(session) => Ok(session.name.clone()),
            Author::Token(_) => self.author.token_name(tx).await,
            Author::Guest(_) => Ok(String::new()),
            Author::Correspondent { address, .. } => Ok(address.to_owned()),
            Author::Import(importer) => Ok(importer.email.clone()),
        }
    }

    /// Records the change in its transaction: the action on the row with this name and id. Those of an
    /// import are part of what its own events tell.
    pub async fn tell(&self, tx: &mut StoreTx, action: Action, name: &str, id: &str) -> Result<()> {
        if matches!(self.author, Author::Import(_)) {
            return Ok(());
        }
        let hour = self.now.as_second() / 3600;
        let counted = tx.row(COUNT, params![self.author.id(), action, hour]).await?;
        let changes = counted.map_or(1, |Single(changes)| changes);
        if changes == 1 {
            tx.execute(FORGET, params![self.author.id(), hour]).await?;
        }
        let subject = format!("{name} ({id})");
        let (action, subject) = match changes {
            ..=ONE_BY_ONE => (action, subject.as_str()),
            changes if changes == ONE_BY_ONE + 1 => (Action::ManyRowsChanged, ""),
            _ => return Ok(()),
        };
        let token = self.author.token_name(tx).await?;
        let actor = match self.author {
            Author::Person(session) => Actor::Person(&session.account_id, &session.email),
            Author::Token(Principal { subject: Subject::ApiKey(_), .. }) => Actor::ApiKey(&token),
            Author::Token(_) => Actor::App(&token),
            Author::Guest(_) => Actor::Stranger(""),
            Author::Correspondent { address, .. } => Actor::Stranger(address),
            Author::Import(importer) => Actor::Person(&importer.account, &importer.email),
        };
        let caller = self.caller;
        let event = Event { action, actor, subject, portal: None, developer: None, caller };
        tx.record(event, self.now).await
    }
}
