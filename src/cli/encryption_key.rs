//! `klantportaal encryption-key …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::{CliError, Workplace};
use crate::accounts::factors::TotpFactor;
use crate::events::WebhookSecret;
use crate::public_links::PublicLink;
use crate::sealed::forget_key;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start over after losing the encryption key: removes everybody's authenticator app, whose
    /// secrets can no longer be read, so that the server can start with another key; webhooks get new
    /// secrets, which their receivers need, public and calendar links new addresses, and answers to
    /// older ticket mails no longer arrive. Passkeys stay; people without one log in with their password
    /// alone. Stop the server first
    Reset,
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let Self::Reset = self;
        let mut tx = place.db.begin().await?;
        let removed = TotpFactor::remove_all(&mut tx, place.clock.now()).await?;
        let secrets = WebhookSecret::give_up_all(&mut tx).await?;
        let links = PublicLink::give_up_all(&mut tx).await?;
        forget_key(&mut tx).await?;
        tx.commit().await?;
        Ok(
            json!({ "authenticatorsRemoved": removed, "webhookSecretsReplaced": secrets, "publicLinksReplaced": links }),
        )
    }
}
