//! The details that a developer enters about an app, to create or change it.

use jiff::{SignedDuration, Timestamp};

use super::{App, AppSecret, ClientKeys, ClientType, RedirectUris};
use crate::auth::{ScopeSet, Token};
use crate::db::{Tx, WritingDb, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId};
use crate::values::Name;

/// The details that a developer enters about an app.
#[derive(Debug, Clone)]
pub struct AppDetails {
    /// Its name.
    pub name: Name,
    /// What it does.
    pub description: String,
    /// Its website.
    pub website: Option<String>,
    /// Its redirect URIs.
    pub redirect_uris: RedirectUris,
    /// The scopes it can ask for.
    pub scopes: ScopeSet,
    /// The scopes that an owner can leave out.
    pub optional_scopes: ScopeSet,
    /// Whether it can use the device flow.
    pub device_flow: bool,
}

/// How a new app proves who it is.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// By a secret, which is made with it.
    Secret,
    /// By its keys; it never had a secret.
    Keys(&'a ClientKeys),
    /// By nothing: it is a public app.
    Nothing,
}

impl AppDetails {
    /// Creates an app; its secret, if it has one, is shown only this once.
    ///
    /// # Errors
    /// Database errors, including that the developer does not exist.
    pub async fn create(
        &self,
        db: &WritingDb,
        developer: &DeveloperId,
        credential: Credential<'_>,
        now: Timestamp,
    ) -> Result<(AppId, Option<Token>)> {
        let mut tx = db.begin().await?;
        let made = self.create_in(&mut tx, developer, credential, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// As [`AppDetails::create`], within a transaction.
    ///
    /// # Errors
    /// As [`AppDetails::create`].
    pub async fn create_in(
        &self,
        tx: &mut Tx,
        developer: &DeveloperId,
        credential: Credential<'_>,
        now: Timestamp,
    ) -> Result<(AppId, Option<Token>)> {
        let client_type = match credential {
            Credential::Secret | Credential::Keys(_) => ClientType::Confidential,
            Credential::Nothing => ClientType::Public,
        };
        let id = self.insert(tx, developer, client_type, now).await?;
        match credential {
            Credential::Secret => {
                let secret = AppSecret::add(tx, &id, now).await?;
                return Ok((id, Some(secret)));
            }
            Credential::Keys(keys) => {
                keys.register(tx, developer, &id, SignedDuration::ZERO, now).await?;
            }
            Credential::Nothing => {}
        }
        Ok((id, None))
    }

    /// Whether an app differs from these details.
    pub fn differs_from(&self, app: &App) -> bool {
        let Self {
            name,
            description,
            website,
            redirect_uris,
            scopes,
            optional_scopes,
            device_flow,
        } = self;
        (name.as_str(), description, website, redirect_uris)
            != (app.name.as_str(), &app.description, &app.website, &app.redirect_uris)
            || (*scopes, *optional_scopes, *device_flow)
                != (app.scopes, app.optional_scopes, app.device_flow)
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        developer: &DeveloperId,
        client_type: ClientType,
        now: Timestamp,
    ) -> Result<AppId> {
        let id = AppId::random();
        let Self {
            name,
            description,
            website,
            redirect_uris,
            scopes,
            optional_scopes,
            device_flow,
        } = self;
        tx.execute(
            "INSERT INTO apps (id, developer_id, name, description, website, redirect_uris, scopes, optional_scopes, device_flow, client_type,
             created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![id, developer, name, description, website, redirect_uris, scopes, optional_scopes, device_flow, client_type, now],
        )
        .await?;
        Ok(id)
    }

    /// Changes a developer's app, within a transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none with that id.
    pub async fn update(&self, tx: &mut Tx, developer: &DeveloperId, id: &AppId) -> Result<()> {
        let Self {
            name,
            description,
            website,
            redirect_uris,
            scopes,
            optional_scopes,
            device_flow,
        } = self;
        let changed = tx
            .execute(
                "UPDATE apps SET name = ?3, description = ?4, website = ?5, redirect_uris = ?6, scopes = ?7, optional_scopes = ?8, device_flow = ?9
                 WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL",
                params![id, developer, name, description, website, redirect_uris, scopes, optional_scopes, device_flow],
            )
            .await?;
        if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
    }
}
