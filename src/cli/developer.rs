//! `klantportaal developer …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::{CliError, PasswordArgs, Workplace, parse_email, parse_name};
use crate::accounts::{NewAccount, create_developer};
use crate::audit::{Action, Actor, Event};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a third-party developer; prints {"developerId"}
    ///
    /// The e-mail address counts as verified. A person who has an account already keeps it; the
    /// password must then be the account's.
    Create {
        /// The developer's name, as portal owners see it
        #[arg(long, value_parser = parse_name)]
        name: String,
        /// The e-mail address to log in with
        #[arg(long, value_parser = parse_email)]
        email: String,
        #[command(flatten)]
        password: PasswordArgs,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let Self::Create { name, email, password } = self;
        let password = password.read(&[&name, &email]).await?;
        let (account, now) =
            (NewAccount::new(name.clone(), email, password, true).await, place.clock.now());
        let mut tx = place.db.begin().await?;
        let member = account.insert_or_match(&place.db, &mut tx, now).await?;
        let developer = create_developer(&mut tx, &name, &member, now).await?;
        let (actor, subject) = (Actor::Operator, name.as_str());
        let event = Event {
            action: Action::DeveloperCreated,
            actor,
            subject,
            portal: None,
            developer: Some(&developer),
            caller: None,
        };
        event.record(&mut tx, now).await?;
        tx.commit().await?;
        Ok(json!({ "developerId": developer }))
    }
}
