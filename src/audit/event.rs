//! An event, and recording it.

use jiff::Timestamp;

use super::Action;
use crate::caller::Caller;
use crate::db::{Single, Tx, params, text_enum};
use crate::error::Result;
use crate::ids::{AccountId, AuditEventId, DeveloperId, PortalId};
use crate::unicode::fold;

/// The actor of an event.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// A person who is or was logged in: id and e-mail address.
    Person(&'a AccountId, &'a str),
    /// Somebody who isn't logged in: the e-mail address that they entered, or nothing.
    Stranger(&'a str),
    /// An app, by its name.
    App(&'a str),
    /// A program with one of the portal's API keys, by the key's name.
    ApiKey(&'a str),
    /// Somebody of a portal, by the portal's name: the developer isn't told who.
    Portal(&'a str),
    /// Somebody of a developer, by the developer's name: the portal isn't told who.
    Developer(&'a str),
    /// The operator, on the command line.
    Operator,
    /// The server itself.
    System,
}

text_enum! {
    /// The kind of an event's actor.
    pub ActorKind {
        /// A person who is logged in.
        Person = "person",
        /// Somebody who isn't logged in.
        Stranger = "stranger",
        /// An app.
        App = "app",
        /// A program with an API key.
        ApiKey = "api_key",
        /// Somebody of a portal.
        Portal = "portal",
        /// Somebody of a developer.
        Developer = "developer",
        /// The operator.
        Operator = "operator",
        /// The server.
        System = "system",
    }
}

/// An event to record.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// The action.
    pub action: Action,
    /// The actor.
    pub actor: Actor<'a>,
    /// The subject, for people to read, such as the name of a key or app. Never a secret.
    pub subject: &'a str,
    /// The portal whose log it is in.
    pub portal: Option<&'a PortalId>,
    /// The developer whose log it is in. If there is also a portal, the developer's log has the
    /// portal's name instead of the person's, and neither address nor browser.
    pub developer: Option<&'a DeveloperId>,
    /// The caller; `None` on the command line.
    pub caller: Option<&'a Caller>,
}

impl<'a> Event<'a> {
    /// What the operator did on the command line, in no portal's or developer's log.
    pub const fn by_operator(action: Action, subject: &'a str) -> Self {
        let actor = Actor::Operator;
        Self { action, actor, subject, portal: None, developer: None, caller: None }
    }
}

impl<'a> Actor<'a> {
    /// The kind of actor.
    pub const fn kind(self) -> ActorKind {
        match self {
            Self::Person(..) => ActorKind::Person,
            Self::Stranger(_) => ActorKind::Stranger,
            Self::App(_) => ActorKind::App,
            Self::ApiKey(_) => ActorKind::ApiKey,
            Self::Portal(_) => ActorKind::Portal,
            Self::Developer(_) => ActorKind::Developer,
            Self::Operator => ActorKind::Operator,
            Self::System => ActorKind::System,
        }
    }

    const fn name(self) -> &'a str {
        match self {
            Self::Person(_, name)
            | Self::Stranger(name)
            | Self::App(name)
            | Self::ApiKey(name)
            | Self::Portal(name)
            | Self::Developer(name) => name,
            Self::Operator | Self::System => self.kind().name(),
        }
    }
}

impl Event<'_> {
    /// Records the event, within the transaction of its action.
    pub async fn record(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let (Some(portal), Some(_)) = (self.portal, self.developer) else {
            return self.write(tx, now).await;
        };
        Event { developer: None, ..*self }.write(tx, now).await?;
        let name: Option<Single<String>> =
            tx.row("SELECT name AS value FROM portals WHERE id = ?1", params![portal]).await?;
        let name = name.map(|Single(name)| name).unwrap_or_default();
        let with_portal = format!("{} ({name})", self.subject);
        let (actor, subject) = match self.actor {
            Actor::Person(..) => (Actor::Portal(&name), self.subject),
            actor => (actor, with_portal.as_str()),
        };
        Event { portal: None, caller: None, actor, subject, ..*self }.write(tx, now).await
    }

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let (kind, actor) = (self.actor.kind(), self.actor.name());
        let account = if let Actor::Person(id, _) = self.actor { Some(id) } else { None };
        // A stranger's attempt belongs to the account it was aimed at; an operator's action to the
        // account with the subject's address.
        let meant = match kind {
            ActorKind::Stranger => actor,
            ActorKind::Operator => self.subject,
            _ => "",
        };
        let address = self.caller.map(|caller| caller.address.to_string()).unwrap_or_default();
        let user_agent = self.caller.map(|caller| caller.user_agent.as_str()).unwrap_or_default();
        let search = fold(&format!("{actor} {} {address}", self.subject));
        tx.execute(
            "INSERT INTO audit_events (id, portal_id, developer_id, account_id, actor_kind, actor, action, subject, address, user_agent, search,
                 created_at)
             VALUES (?1, ?2, ?3, COALESCE(?4, (SELECT id FROM accounts WHERE email = ?5)), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                AuditEventId::random(),
                self.portal,
                self.developer,
                account,
                meant,
                kind,
                actor,
                self.action,
                self.subject,
                address,
                user_agent,
                search,
                now
            ],
        )
        .await?;
        Ok(())
    }
}
