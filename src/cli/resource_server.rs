//! `klantportaal resource-server …`

use clap::Subcommand;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::context::{CliError, Workplace, named};
use crate::auth::Scope;
use crate::clients::ResourceServer;
use crate::ids::ResourceServerId;
use crate::values::Name;

/// How long a rotated secret keeps working, unless it must end at once.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a resource server: a service of your own that accepts this server's tokens and keys;
    /// prints {"id","secret"}
    Create {
        /// The service's name
        #[arg(long)]
        name: Name,
        /// A scope that the service can see in tokens, such as customers.read; repeat for more
        #[arg(long = "scope", required = true)]
        scopes: Vec<Scope>,
    },
    /// List all resource servers
    List,
    /// Create a new secret; prints {"id","secret"}. The old one works for another 24 hours
    Rotate {
        /// The resource server's id
        id: ResourceServerId,
        /// End the old secret at once, for example because it has leaked
        #[arg(long)]
        at_once: bool,
    },
    /// Revoke a resource server; takes effect at once
    Revoke {
        /// The resource server's id
        id: ResourceServerId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let now = place.clock.now();
        match self {
            Self::Create { name, scopes } => {
                let (id, secret) =
                    ResourceServer::create(&place.db, &name, scopes.into_iter().collect(), now)
                        .await?;
                Ok(json!({ "id": id, "secret": secret.reveal() }))
            }
            Self::List => {
                Ok(ResourceServer::list(&place.db).await?.into_iter().map(describe).collect())
            }
            Self::Rotate { id, at_once } => {
                let overlap = if at_once { SignedDuration::ZERO } else { OVERLAP };
                let secret = ResourceServer::rotate(&place.db, &id, overlap, now)
                    .await
                    .map_err(named("resource server", &id))?;
                Ok(json!({ "id": id, "secret": secret.reveal() }))
            }
            Self::Revoke { id } => {
                ResourceServer::revoke(&place.db, &id, now)
                    .await
                    .map_err(named("resource server", &id))?;
                Ok(json!({ "id": id, "revoked": true }))
            }
        }
    }
}

fn describe(server: ResourceServer) -> Value {
    json!({
        "id": server.id,
        "name": server.name,
        "start": server.secret_start,
        "scopes": server.scopes.names(),
        "createdAt": server.created_at.to_string(),
    })
}
