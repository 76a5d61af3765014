//! `klantportaal developer …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::{CliError, PasswordArgs, Workplace, named, parse_email};
use super::invitation::Delivery;
use crate::accounts::{ListedDeveloper, NewAccount, OperatorInvitation, create_developer};
use crate::audit::{Action, Event};
use crate::auth::Line;
use crate::ids::DeveloperId;
use crate::public_urls::Surface;
use crate::values::Name;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a third-party developer; prints {"developerId"}
    ///
    /// The e-mail address is treated as verified. If it already has an account, that account
    /// becomes the owner, and the password must be the account's.
    Create {
        /// The developer's name, as portal owners see it
        #[arg(long)]
        name: Name,
        /// The e-mail address to log in with
        #[arg(long, visible_alias = "owner-email", value_parser = parse_email)]
        email: String,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Create a developer and invite its first owner; prints
    /// {"developerId","link","expiresAt","mailed"}
    ///
    /// Send the link to that person, or have it mailed. It works once, for seven days, and makes
    /// anybody who has it the owner. It works even if the setting developers-registration doesn't
    /// allow sign-ups.
    #[command(after_help = "Example:
  klantportaal developer invite --name 'Bouwers BV' --email ontwikkelaar@example.nl --mail \\
      --public-url https://portal.example.nl --smtp-url smtps://user:password@mail.example.nl \\
      --mail-from noreply@example.nl")]
    Invite {
        /// The developer's name, as portal owners see it
        #[arg(long)]
        name: Name,
        /// The owner's e-mail address, to log in with
        #[arg(long, visible_alias = "owner-email", value_parser = parse_email)]
        email: String,
        #[command(flatten)]
        delivery: Delivery,
    },
    /// List all developers
    List,
    /// Disable a developer: its apps' tokens stop working at once, and they get no new ones
    #[command(after_help = "Example:
  klantportaal developer disable dev_…")]
    Disable {
        /// The developer's id
        id: DeveloperId,
    },
    /// Enable a disabled developer again; its apps' tokens work again unless they have expired
    #[command(after_help = "Example:
  klantportaal developer enable dev_…")]
    Enable {
        /// The developer's id
        id: DeveloperId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let (db, now) = (&place.db, place.clock.now());
        match self {
            Self::Create { name, email, password } => create(place, &name, email, password).await,
            Self::Invite { name, email, delivery } => {
                let post = delivery.prepare(place, Surface::Developers).await?;
                let invitation = OperatorInvitation::to_developer(db, &name, &email, now).await?;
                Ok(post.deliver(&invitation, &name, &email).await)
            }
            Self::List => Ok(ListedDeveloper::list(db).await?.into_iter().map(describe).collect()),
            Self::Disable { id } => {
                ListedDeveloper::disable(db, &id, now).await.map_err(named("developer", &id))?;
                Ok(json!({ "id": id, "disabled": true }))
            }
            Self::Enable { id } => {
                ListedDeveloper::enable(db, &id, now).await.map_err(named("developer", &id))?;
                Ok(json!({ "id": id, "disabled": false }))
            }
        }
    }
}

async fn create(
    place: &Workplace,
    name: &Name,
    email: String,
    password: PasswordArgs,
) -> Result<Value, CliError> {
    let password = password.read(&[name, &email]).await?;
    let (account, now) = (
        NewAccount::new(name.clone(), email, password, true, Line::Known).await?,
        place.clock.now(),
    );
    let mut tx = place.db.begin().await?;
    let member = account.insert_or_match(&mut tx, now).await?;
    let developer = create_developer(&mut tx, name, &member, now).await?;
    let event = Event::by_operator(Action::DeveloperCreated, name);
    let event = Event { developer: Some(&developer), ..event };
    event.record(&mut tx, now).await?;
    tx.commit().await?;
    Ok(json!({ "developerId": developer }))
}

fn describe(developer: ListedDeveloper) -> Value {
    json!({
        "id": developer.id,
        "name": developer.name,
        "apps": developer.apps,
        "people": developer.people,
        "createdAt": developer.created_at.to_string(),
        "disabledAt": developer.disabled_at.map(|at| at.to_string()),
        "deletedAt": developer.deleted_at.map(|at| at.to_string()),
    })
}
