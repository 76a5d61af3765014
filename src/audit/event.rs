//! One event: made, and written down.

use jiff::Timestamp;

use super::Action;
use crate::db::{Tx, params};
use crate::error::Result;
use crate::http::Caller;
use crate::ids::{AccountId, AuditEventId, DeveloperId, PortalId};

/// Who did something.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// A person who is or was logged in: id and e-mail address.
    Person(&'a AccountId, &'a str),
    /// Somebody who is not logged in; the e-mail address that they gave, or nothing.
    Stranger(&'a str),
    /// An app, by its name.
    App(&'a str),
    /// The operator, at the command line.
    Operator,
    /// The server, by itself.
    System,
}

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What.
    pub action: Action,
    /// Who did it.
    pub actor: Actor<'a>,
    /// What it was done to, in words for the log's reader: a key's name, an app's. Never a secret.
    pub subject: &'a str,
    /// The portal in whose log it is.
    pub portal: Option<&'a PortalId>,
    /// The developer in whose log it is.
    pub developer: Option<&'a DeveloperId>,
    /// From where; nothing at the command line.
    pub caller: Option<&'a Caller>,
}

impl Event<'_> {
    /// Writes the event down, within the transaction of what it tells of.
    ///
    /// # Errors
    /// The database's.
    pub async fn record(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let (account, actor) = match self.actor {
            Actor::Person(id, email) => (Some(id), email),
            Actor::Stranger(email) => (None, email),
            Actor::App(name) => (None, name),
            Actor::Operator => (None, "operator"),
            Actor::System => (None, "system"),
        };
        let address = self.caller.map(|caller| caller.address.to_string()).unwrap_or_default();
        let user_agent = self.caller.map(|caller| caller.user_agent.as_str()).unwrap_or_default();
        tx.execute(
            "INSERT INTO audit_events (id, portal_id, developer_id, account_id, actor, action, subject, address, user_agent, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![AuditEventId::random(), self.portal, self.developer, account, actor, self.action, self.subject, address, user_agent, now],
        )
        .await?;
        Ok(())
    }
}
