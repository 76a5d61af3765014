//! `klantportaal portal …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::{CliError, PasswordArgs, Workplace, named, parse_email};
use super::invitation::Delivery;
use crate::accounts::{
    AccountFault, GRACE, NewAccount, OperatorInvitation, Organisation, Portal, create_portal,
    list_portals,
};
use crate::audit::{Action, Event};
use crate::auth::Line;
use crate::ids::PortalId;
use crate::public_urls::Surface;
use crate::values::Name;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a portal with its owner; prints {"portalId","ownerId"}
    ///
    /// The owner's e-mail address is treated as verified. If it already has an account, that account
    /// becomes the owner, and the password must be the account's.
    Create {
        /// The business's name
        #[arg(long)]
        name: Name,
        /// The owner's e-mail address
        #[arg(long, visible_alias = "email", value_parser = parse_email)]
        owner_email: String,
        /// The owner's name [default: the part of the address before the @]
        #[arg(long)]
        owner_name: Option<Name>,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Create a portal and invite its first owner; prints {"portalId","link","expiresAt","mailed"}
    ///
    /// Send the link to that person, or have it mailed. It works once, for seven days, and makes
    /// anybody who has it the owner. It works even if the setting manage-registration doesn't allow
    /// sign-ups.
    #[command(after_help = "Example:
  klantportaal portal invite --name 'Bakkerij Jansen' --owner-email jan@example.nl --mail \\
      --public-url https://portal.example.nl --smtp-url smtps://user:password@mail.example.nl \\
      --mail-from noreply@example.nl")]
    Invite {
        /// The business's name
        #[arg(long)]
        name: Name,
        /// The owner's e-mail address, to log in with
        #[arg(long, visible_alias = "email", value_parser = parse_email)]
        owner_email: String,
        #[command(flatten)]
        delivery: Delivery,
    },
    /// List all portals
    List,
    /// Rename a portal
    #[command(after_help = "Example:
  klantportaal portal rename prt_… --name 'Bakkerij Jansen & Zn.'")]
    Rename {
        /// The portal's id
        id: PortalId,
        /// The business's new name
        #[arg(long)]
        name: Name,
    },
    /// Delete a portal: closes it and stops its keys and apps' tokens at once, and removes its data
    /// after a week
    ///
    /// Its owners get no e-mail. Its audit log is kept as long as any other.
    #[command(after_help = "Example: delete a portal, then restore it
  klantportaal portal delete prt_…
  klantportaal portal restore prt_…")]
    Delete {
        /// The portal's id
        id: PortalId,
    },
    /// Restore a portal that was deleted less than a week ago; its keys and tokens work again
    #[command(after_help = "Example:
  klantportaal portal restore prt_…")]
    Restore {
        /// The portal's id
        id: PortalId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        match self {
            Self::Create { name, owner_email, owner_name, password } => {
                let owner_name = owner_name.unwrap_or_else(|| {
                    Name::nearest(owner_email.split('@').next().unwrap_or_default())
                });
                let password = password.read(&[&name, &owner_name, &owner_email]).await?;
                let owner =
                    NewAccount::new(owner_name, owner_email, password, true, Line::Known).await?;
                let (portal, owner) =
                    create_portal(&place.db, &name, &owner, place.clock.now()).await?;
                Ok(json!({ "portalId": portal, "ownerId": owner }))
            }
            Self::Invite { name, owner_email, delivery } => {
                let (now, post) =
                    (place.clock.now(), delivery.prepare(place, Surface::Manage).await?);
                let invitation =
                    OperatorInvitation::to_portal(&place.db, &name, &owner_email, now).await?;
                Ok(post.deliver(&invitation, &name, &owner_email).await)
            }
            Self::List => {
                let portals = list_portals(&place.db).await?;
                Ok(portals.into_iter().map(describe).collect())
            }
            Self::Rename { id, name } => {
                let (now, mut tx) = (place.clock.now(), place.db.begin().await?);
                let portal = Organisation::Portal(id.clone());
                let before = portal.rename(&mut tx, &name).await.map_err(named("portal", &id))?;
                let change = format!("{before} → {name}");
                event(Action::PortalRenamed, &id, &change).record(&mut tx, now).await?;
                tx.commit().await?;
                Ok(json!({ "id": id, "name": *name }))
            }
            Self::Delete { id } => {
                let (now, mut tx) = (place.clock.now(), place.db.begin().await?);
                let portal = Organisation::Portal(id.clone());
                let (name, _) = portal.delete(&mut tx, now).await.map_err(named("portal", &id))?;
                event(Action::PortalDeleted, &id, &name).record(&mut tx, now).await?;
                tx.commit().await?;
                Ok(json!({ "id": id, "deleted": true, "removedFrom": (now + GRACE).to_string() }))
            }
            Self::Restore { id } => {
                let (now, mut tx) = (place.clock.now(), place.db.begin().await?);
                let portal = Organisation::Portal(id.clone());
                let restored = portal.restore(&mut tx, now).await;
                let name = restored.map_err(named("deleted portal that can be restored:", &id))?;
                event(Action::PortalRestored, &id, &name).record(&mut tx, now).await?;
                tx.commit().await?;
                Ok(json!({ "id": id, "deleted": false }))
            }
        }
    }
}

const fn event<'a>(action: Action, portal: &'a PortalId, subject: &'a str) -> Event<'a> {
    Event { portal: Some(portal), ..Event::by_operator(action, subject) }
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
