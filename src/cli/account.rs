//! `klantportaal account …`

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::{CliError, PasswordArgs, Workplace, named, parse_email};
use crate::accounts::{
    Account, GRACE, ListedAccount, NewAccount, Organisation, SoleOwned, record_about,
};
use crate::audit::{Action, Actor};
use crate::auth::Line;
use crate::db::Tx;
use crate::ids::AccountId;
use crate::values::Name;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an account for a person; prints {"id"}
    ///
    /// The e-mail address is treated as verified. The account belongs to no portal or developer yet:
    /// an owner of one can then invite the person, who logs in and accepts. It works even if the
    /// settings manage-registration and developers-registration don't allow sign-ups; where they are
    /// "closed", it is how people get an account to join an existing portal or developer.
    #[command(after_help = "Example: somebody who is to join an existing portal
  echo \"$PASSWORD\" | klantportaal account create --email jan@example.nl --name 'Jan Jansen' \\
      --password-stdin

To make somebody the owner of a new portal or developer, use portal invite or developer invite.")]
    Create {
        /// The e-mail address to log in with
        #[arg(long, value_parser = parse_email)]
        email: String,
        /// The person's name
        #[arg(long)]
        name: Name,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// List all accounts
    #[command(after_help = "Example: find one person's id
  klantportaal account list --email jan@example.nl")]
    List {
        /// Only the account with this e-mail address
        #[arg(long)]
        email: Option<String>,
    },
    /// Disable an account: logs it out everywhere at once and blocks log-ins
    ///
    /// API keys that the person created for a portal keep working: revoke them separately if
    /// necessary.
    #[command(after_help = "Example:
  klantportaal account disable acc_…")]
    Disable {
        /// The account's id
        id: AccountId,
    },
    /// Enable a disabled account again
    #[command(after_help = "Example:
  klantportaal account enable acc_…")]
    Enable {
        /// The account's id
        id: AccountId,
    },
    /// Log an account out everywhere; prints the number of ended sessions
    #[command(after_help = "Example:
  klantportaal account end-sessions acc_…")]
    EndSessions {
        /// The account's id
        id: AccountId,
    },
    /// Remove an account's authenticator app, passkeys and recovery codes, and log it out everywhere
    ///
    /// For people who lost access to all of these. First verify who is asking: after this, the
    /// password alone is enough to log in.
    #[command(after_help = "Example:
  klantportaal account reset-factors acc_…")]
    ResetFactors {
        /// The account's id
        id: AccountId,
    },
    /// Delete an account: logs it out everywhere at once, and removes it after a week
    ///
    /// The person gets no e-mail. The only owner of a portal or developer can't be deleted: add
    /// another owner, or delete the portal or developer first.
    #[command(after_help = "Example: delete an account, then restore it
  klantportaal account delete acc_…
  klantportaal account restore acc_…")]
    Delete {
        /// The account's id
        id: AccountId,
    },
    /// Restore an account that was deleted less than a week ago
    #[command(after_help = "Example:
  klantportaal account restore acc_…")]
    Restore {
        /// The account's id
        id: AccountId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let (db, now) = (&place.db, place.clock.now());
        match self {
            Self::Create { email, name, password } => create(place, email, name, password).await,
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
            Self::Delete { id } => {
                let mut tx = db.begin().await?;
                let deleted =
                    Account::delete(&mut tx, &id, now).await.map_err(named("account", &id))?;
                if let Err(in_the_way) = deleted {
                    return Err(CliError::Usage(sole_owner(&id, &in_the_way)));
                }
                record(&mut tx, &id, Action::AccountDeleted, now).await?;
                tx.commit().await?;
                Ok(json!({ "id": id, "deleted": true, "removedFrom": (now + GRACE).to_string() }))
            }
            Self::Restore { id } => {
                let mut tx = db.begin().await?;
                let restored = Account::restore(&mut tx, &id, now).await;
                restored.map_err(named("deleted account that can be restored:", &id))?;
                record(&mut tx, &id, Action::AccountRestored, now).await?;
                tx.commit().await?;
                Ok(json!({ "id": id, "deleted": false }))
            }
        }
    }
}

async fn create(
    place: &Workplace,
    email: String,
    name: Name,
    password: PasswordArgs,
) -> Result<Value, CliError> {
    let password = password.read(&[&name, &email]).await?;
    let account = NewAccount::new(name, email.clone(), password, true, Line::Known).await?;
    let (now, mut tx) = (place.clock.now(), place.db.begin().await?);
    let Some(id) = account.insert(&mut tx, now).await? else {
        return Err(CliError::Usage(format!(
            "{email} already has an account, or had one until recently; see klantportaal account list --email {email}"
        )));
    };
    record(&mut tx, &id, Action::AccountCreated, now).await?;
    tx.commit().await?;
    Ok(json!({ "id": id }))
}

async fn record(
    tx: &mut Tx,
    id: &AccountId,
    action: Action,
    now: Timestamp,
) -> Result<(), CliError> {
    let email = Account::email_of(tx, id).await?;
    Ok(record_about(tx, id, (Actor::Operator, action, &email), None, now).await?)
}

/// Why an account can't be deleted, with the ids to use in the next command.
fn sole_owner(account: &AccountId, in_the_way: &[SoleOwned]) -> String {
    let names: Vec<String> = in_the_way
        .iter()
        .map(|owned| match &owned.organisation {
            Organisation::Portal(id) => format!("portal {id} ({})", owned.name),
            Organisation::Developer(id) => format!("developer {id} ({})", owned.name),
        })
        .collect();
    format!(
        "{account} is the only owner of {}; add another owner there, or delete it first",
        names.join(", ")
    )
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
