//! `klantportaal grant …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::api_key;
use super::context::{CliError, Workplace, named};
use crate::ids::{GrantId, PortalId};
use crate::oauth::{ConnectedApp, Grant};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List a portal's consents to apps
    List {
        /// The portal's id
        #[arg(long)]
        portal: PortalId,
    },
    /// Revoke a consent; the app's tokens for that portal stop working at once
    Revoke {
        /// The grant's id
        id: GrantId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        match self {
            Self::List { portal } => {
                let store = api_key::open(place, portal).await?;
                Ok(ConnectedApp::list(&store).await?.into_iter().map(describe).collect())
            }
            Self::Revoke { id } => {
                Grant::revoke_as_operator(&place.db, &id, place.clock.now())
                    .await
                    .map_err(named("grant", &id))?;
                Ok(json!({ "id": id, "revoked": true }))
            }
        }
    }
}

fn describe(grant: ConnectedApp) -> Value {
    json!({
        "id": grant.id,
        "appId": grant.app_id,
        "app": grant.app_name,
        "developer": grant.developer_name,
        "scopes": grant.scopes.names(),
        "createdAt": grant.created_at.to_string(),
        "lastUsedAt": grant.last_used_at.map(|at| at.to_string()),
    })
}
