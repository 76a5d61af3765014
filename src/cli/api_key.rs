//! `klantportaal api-key …`

use clap::Subcommand;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::context::{CliError, Workplace, named, parse_scope};
use crate::accounts::find_portal;
use crate::api_keys::{ApiKey, NewApiKey};
use crate::audit::{Action, Event};
use crate::auth::{AddressList, Scope};
use crate::config::rate_limit;
use crate::ids::{ApiKeyId, PortalId};
use crate::tenant::WritingStore;
use crate::time::TypedMoment;
use crate::values::Name;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an API key; prints {"id","key"}. The key can't be shown again
    Create {
        /// The portal's id
        #[arg(long)]
        portal: PortalId,
        /// The key's name, as the portal's owners see it
        #[arg(long)]
        name: Name,
        /// A scope of the key, such as customers.read; repeat for more
        #[arg(long = "scope", required = true, value_parser = parse_scope)]
        scopes: Vec<Scope>,
        /// The last day on which the key works, such as 2027-01-31, or the moment at which it
        /// expires, such as "2027-01-31 12:00:00" (both in the portal's time zone) or
        /// 2027-01-31T12:00:00Z
        #[arg(long)]
        expires_at: Option<TypedMoment>,
        /// Requests per minute for this key; 0 for no limit [default: that of the server]
        #[arg(long, value_parser = rate_limit, allow_negative_numbers = true)]
        rate_limit: Option<u32>,
        /// Allow the key only from this IP address or network, such as 203.0.113.0/24; repeat for
        /// more
        #[arg(long = "allow-address", value_name = "CIDR", value_parser = parse_address)]
        addresses: Vec<String>,
    },
    /// List a portal's API keys
    List {
        /// The portal's id
        #[arg(long)]
        portal: PortalId,
    },
    /// Revoke an API key; takes effect at once
    Revoke {
        /// The key's id
        id: ApiKeyId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        match self {
            Self::Create { portal, name, scopes, expires_at, rate_limit, addresses } => {
                let (store, zone) = open_with_zone(place, portal).await?;
                let now = place.clock.now();
                let expires_at = expires_at.map(|typed| in_zone(&typed, &zone)).transpose()?;
                if expires_at.is_some_and(|expires_at| expires_at <= now) {
                    return Err(CliError::Usage("--expires-at is in the past".into()));
                }
                let allowed_addresses = AddressList::parse(&addresses.join(" "))
                    .map_err(|fault| CliError::Usage(fault.to_string()))?;
                let new = NewApiKey {
                    name,
                    scopes: scopes.into_iter().collect(),
                    expires_at,
                    rate_limit,
                    allowed_addresses,
                };
                let mut tx = store.begin().await?;
                let (id, key) = new.create(&mut tx, now).await?;
                tx.record(made(&new.name), now).await?;
                tx.commit().await?;
                Ok(json!({ "id": id, "key": key.reveal() }))
            }
            Self::List { portal } => {
                let store = open(place, portal).await?;
                Ok(ApiKey::list(&store, place.clock.now())
                    .await?
                    .into_iter()
                    .map(describe)
                    .collect())
            }
            Self::Revoke { id } => {
                ApiKey::revoke_as_operator(&place.db, &id, place.clock.now())
                    .await
                    .map_err(named("API key", &id))?;
                Ok(json!({ "id": id, "revoked": true }))
            }
        }
    }
}

fn describe(key: ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "start": key.token_start,
        "scopes": key.scopes.names(),
        "rateLimit": key.rate_limit,
        "allowedAddresses": key.allowed_addresses.texts(),
        "createdAt": key.created_at.to_string(),
        "expiresAt": key.expires_at.map(|at| at.to_string()),
        "lastUsedAt": key.last_used_at.map(|at| at.to_string()),
        "lastUsedAddress": key.last_used_address,
    })
}

/// The event for the portal's audit log.
const fn made(name: &str) -> Event<'_> {
    Event::by_operator(Action::ApiKeyCreated, name)
}

/// An entered time, in the portal's time zone.
fn in_zone(typed: &TypedMoment, zone: &TimeZone) -> Result<Timestamp, CliError> {
    typed.in_zone(zone).ok_or_else(|| CliError::Usage("--expires-at is too far away".into()))
}

fn parse_address(text: &str) -> Result<String, String> {
    match AddressList::parse(text) {
        Ok(list) => list.texts().pop().ok_or_else(|| "an address is missing".into()),
        Err(fault) => Err(fault.to_string()),
    }
}

/// Opens the store of a portal, if it exists and isn't deleted.
pub(super) async fn open(place: &Workplace, portal: PortalId) -> Result<WritingStore, CliError> {
    Ok(open_with_zone(place, portal).await?.0)
}

/// The same, with the portal's time zone.
async fn open_with_zone(
    place: &Workplace,
    portal: PortalId,
) -> Result<(WritingStore, TimeZone), CliError> {
    let found = find_portal(&place.db, &portal).await.map_err(named("portal", &portal))?;
    if found.deleted_at.is_some() {
        return Err(CliError::Usage(format!(
            "portal {portal} is deleted; restore it first: klantportaal portal restore {portal}"
        )));
    }
    Ok((WritingStore::open(place.db.clone(), portal), found.zone()))
}
