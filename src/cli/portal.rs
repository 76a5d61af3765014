//! `klantportaal portal …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::{CliError, PasswordArgs, Workplace, parse_email, parse_name};
use crate::accounts::{AccountFault, NewAccount, Portal, create_portal, list_portals};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a portal with its owner; prints {"portalId","ownerId"}
    ///
    /// The owner's e-mail address counts as verified. An owner who has an account already gets a
    /// further portal; the password must then be the account's.
    Create {
        /// The business's name
        #[arg(long, value_parser = parse_name)]
        name: String,
        /// The owner's e-mail address
        #[arg(long, value_parser = parse_email)]
        owner_email: String,
        /// The owner's own name [default: the part of the address before the @]
        #[arg(long, value_parser = parse_name)]
        owner_name: Option<String>,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// List all portals
    List,
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        match self {
            Self::Create { name, owner_email, owner_name, password } => {
                let owner_name = owner_name.unwrap_or_else(|| {
                    owner_email.split('@').next().unwrap_or_default().to_owned()
                });
                let password = password.read(&[&name, &owner_name, &owner_email]).await?;
                let owner = NewAccount::new(owner_name, owner_email, password, true).await;
                let (portal, owner) =
                    create_portal(&place.db, &name, &owner, place.clock.now()).await?;
                Ok(json!({ "portalId": portal, "ownerId": owner }))
            }
            Self::List => {
                let portals = list_portals(&place.db).await?;
                Ok(portals.into_iter().map(describe).collect())
            }
        }
    }
}

fn describe(portal: Portal) -> Value {
    let mut description = json!({
        "id": portal.id,
        "name": portal.name,
        "createdAt": portal.created_at.to_string(),
    });
    if let Some(at) = portal.deleted_at {
        description["deletedAt"] = at.to_string().into();
    }
    description
}

impl From<AccountFault> for CliError {
    fn from(fault: AccountFault) -> Self {
        match fault {
            AccountFault::PasswordDiffers => Self::Usage(fault.to_string()),
            AccountFault::Other(error) => Self::Domain(error),
        }
    }
}
