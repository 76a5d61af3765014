//! `klantportaal app …`

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::{CliError, Workplace, named, parse_scope};
use crate::accounts::find_developer;
use crate::audit::{Action, Event};
use crate::auth::Scope;
use crate::clients::{
    App, AppDetails, ClientKeys, ClientKeysFault, Credential, RedirectUri, RedirectUris,
    list_all_apps,
};
use crate::db::Tx;
use crate::ids::{AppId, DeveloperId};
use crate::values::Name;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an app; prints {"appId","appSecret"}. The secret can't be shown again
    Create {
        /// The developer's id
        #[arg(long)]
        developer: DeveloperId,
        /// The app's name, as portal owners see it
        #[arg(long)]
        name: Name,
        /// A redirect URI: https, or http on a loopback address; repeat for more
        #[arg(long = "redirect-uri", required = true)]
        redirect_uris: Vec<RedirectUri>,
        /// A scope that the app can ask for, such as customers.read; repeat for more
        #[arg(long = "scope", required = true, value_parser = parse_scope)]
        scopes: Vec<Scope>,
        /// A scope that the app can ask for and an owner can leave out; repeat for more
        #[arg(long = "optional-scope", value_parser = parse_scope)]
        optional_scopes: Vec<Scope>,
        /// Create a public app, for browsers, phones and desktops: without a secret, with PKCE;
        /// prints {"appId"}
        #[arg(long)]
        public: bool,
        /// Let the app use the device flow (RFC 8628), for terminals and devices without a browser
        #[arg(long)]
        device_flow: bool,
        /// A file with the app's public keys (a JWK Set), with which it authenticates instead of
        /// with a secret (private_key_jwt); prints {"appId"}
        #[arg(long, value_name = "FILE", value_parser = read_keys, conflicts_with = "public")]
        jwks: Option<ClientKeys>,
    },
    /// List all apps
    List,
    /// Disable an app: its tokens stop working at once, and it gets no new ones
    #[command(after_help = "Example:
  klantportaal app disable app_…")]
    Disable {
        /// The app's id
        id: AppId,
    },
    /// Enable a disabled app again; its tokens work again unless they have expired
    #[command(after_help = "Example:
  klantportaal app enable app_…")]
    Enable {
        /// The app's id
        id: AppId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        match self {
            Self::Create {
                developer,
                name,
                redirect_uris,
                scopes,
                optional_scopes,
                public,
                device_flow,
                jwks,
            } => {
                find_developer(&place.db, &developer)
                    .await
                    .map_err(named("developer", &developer))?;
                let details = AppDetails {
                    name,
                    description: String::new(),
                    website: None,
                    redirect_uris: RedirectUris(redirect_uris),
                    scopes: scopes.into_iter().chain(optional_scopes.iter().copied()).collect(),
                    optional_scopes: optional_scopes.into_iter().collect(),
                    device_flow,
                };
                let (now, mut tx) = (place.clock.now(), place.db.begin().await?);
                let credential = match &jwks {
                    Some(keys) => Credential::Keys(keys),
                    None if public => Credential::Nothing,
                    None => Credential::Secret,
                };
                let (id, secret) = details.create_in(&mut tx, &developer, credential, now).await?;
                let made = match secret {
                    Some(secret) => json!({ "appId": id, "appSecret": secret.reveal() }),
                    None => json!({ "appId": id }),
                };
                let event = Event::by_operator(Action::AppCreated, details.name.as_str());
                Event { developer: Some(&developer), ..event }.record(&mut tx, now).await?;
                tx.commit().await?;
                Ok(made)
            }
            Self::List => Ok(list_all_apps(&place.db).await?.into_iter().map(describe).collect()),
            Self::Disable { id } => {
                let (now, mut tx) = (place.clock.now(), place.db.begin().await?);
                let changed = App::disable(&mut tx, &id, now).await.map_err(named("app", &id))?;
                finish(tx, changed, Action::AppDisabled, now).await?;
                Ok(json!({ "id": id, "disabled": true }))
            }
            Self::Enable { id } => {
                let (now, mut tx) = (place.clock.now(), place.db.begin().await?);
                let changed = App::enable(&mut tx, &id).await.map_err(named("app", &id))?;
                finish(tx, changed, Action::AppEnabled, now).await?;
                Ok(json!({ "id": id, "disabled": false }))
            }
        }
    }
}

/// Records what was done to an app, if anything changed, and commits.
async fn finish(
    mut tx: Tx,
    (app, changed): (App, bool),
    action: Action,
    now: Timestamp,
) -> Result<(), CliError> {
    if changed {
        let event = Event::by_operator(action, app.name.as_str());
        Event { developer: Some(&app.developer_id), ..event }.record(&mut tx, now).await?;
    }
    Ok(tx.commit().await?)
}

fn read_keys(file: &str) -> Result<ClientKeys, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    text.parse().map_err(|fault: ClientKeysFault| fault.to_string())
}

fn describe(app: App) -> Value {
    let uris: Vec<String> = app.redirect_uris.0.iter().map(ToString::to_string).collect();
    let mut description = json!({
        "id": app.id,
        "name": app.name,
        "developerId": app.developer_id,
        "developer": app.developer_name,
        "redirectUris": uris,
        "scopes": app.scopes.names(),
        "optionalScopes": app.optional_scopes.names(),
        "createdAt": app.created_at.to_string(),
    });
    let switches = [
        ("public", app.is_public()),
        ("privateKeyJwt", app.has_keys),
        ("deviceFlow", app.device_flow),
        ("disabled", app.is_disabled),
    ];
    for (name, _) in switches.into_iter().filter(|(_, on)| *on) {
        description[name] = true.into();
    }
    description
}
