//! `klantportaal account …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::{CliError, Workplace, named, parse_email};
use crate::accounts::{Account, ListedAccount};
use crate::ids::AccountId;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List all accounts
    #[command(after_help = "Example: the id of one person
  klantportaal account list --email jan@example.nl")]
    List {
        /// Only the account with this e-mail address
        #[arg(long, value_parser = parse_email)]
        email: Option<String>,
    },
    /// Disable an account: it is logged out everywhere on the next request and can't log in
    ///
    /// What the person created for a portal, such as API keys, goes on working: revoke that
    /// separately if need be.
    #[command(after_help = "Example:
  klantportaal account disable acc_…")]
    Disable {
        /// The account's id
        id: AccountId,
    },
    /// Let a disabled account log in again
    #[command(after_help = "Example:
  klantportaal account enable acc_…")]
    Enable {
        /// The account's id
        id: AccountId,
    },
    /// Log an account out everywhere; prints how many sessions ended
    #[command(after_help = "Example:
  klantportaal account end-sessions acc_…")]
    EndSessions {
        /// The account's id
        id: AccountId,
    },
    /// Remove an account's authenticator app, passkeys and recovery codes, and log it out everywhere
    ///
    /// For somebody who lost all of these. Make sure first that it is really that person who asks:
    /// from then on the password alone is enough.
    #[command(after_help = "Example:
  klantportaal account reset-factors acc_…")]
    ResetFactors {
        /// The account's id
        id: AccountId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let (db, now) = (&place.db, place.clock.now());
        match self {
            Self::List { email } => {
                let accounts = ListedAccount::list(db, email.as_deref(), now).await?;
                Ok(accounts.into_iter().map(describe).collect())
            }
            Self::Disable { id } => {
                Account::disable(db, &id, now).await.map_err(named("account", &id))?;
                Ok(json!({ "id": id, "disabled": true }))
            }
            Self::Enable { id } => {
                Account::enable(db, &id, now).await.map_err(named("account", &id))?;
                Ok(json!({ "id": id, "disabled": false }))
            }
            Self::EndSessions { id } => {
                let ended =
                    Account::end_sessions(db, &id, now).await.map_err(named("account", &id))?;
                Ok(json!({ "id": id, "endedSessions": ended }))
            }
            Self::ResetFactors { id } => {
                let reset =
                    Account::reset_factors(db, &id, now).await.map_err(named("account", &id))?;
                Ok(json!({ "id": id, "reset": reset }))
            }
        }
    }
}

fn describe(account: ListedAccount) -> Value {
    json!({
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "verified": account.is_verified,
        "portals": account.portals,
        "developers": account.developers,
        "sessions": account.sessions,
        "secondFactor": account.has_factor,
        "createdAt": account.created_at.to_string(),
        "disabledAt": account.disabled_at.map(|at| at.to_string()),
        "deletedAt": account.deleted_at.map(|at| at.to_string()),
    })
}
