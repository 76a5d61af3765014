//! A portal and its keys.

use jiff::Timestamp;
use klantportaal::api_keys::{ApiKey, NewApiKey};
use klantportaal::auth::{AddressList, Scope, ScopeSet};
use klantportaal::error::Result;
use klantportaal::ids::{ApiKeyId, GrantId, PortalId};
use klantportaal::oauth::Grant;
use klantportaal::tenant::WritingStore;
use reqwest::Client;

use super::Caller;

/// The password of every owner.
pub const PASSWORD: &str = "juiste paard batterij";

pub struct Portal {
    pub id: PortalId,
    #[allow(dead_code, reason = "for tests that log in")]
    pub owner_email: String,
    pub store: WritingStore,
    pub(super) url: String,
    pub(super) http: Client,
}

/// An API key and calls with it.
pub struct Key {
    pub id: ApiKeyId,
    pub token: String,
    /// The rows of its portal, for what no operation makes.
    pub store: Option<WritingStore>,
    caller: Caller,
}

impl std::ops::Deref for Key {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Key {
    /// A key that calls another server, such as one that was started anew.
    pub fn new(id: &ApiKeyId, token: &str, caller: Caller) -> Self {
        Self { id: id.clone(), token: token.to_owned(), store: None, caller }
    }
}

impl Portal {
    pub async fn revoke_key(&self, id: &ApiKeyId, now: Timestamp) -> Result<()> {
        let mut tx = self.store.begin().await?;
        ApiKey::revoke(&mut tx, id, now).await?;
        Ok(tx.commit().await?)
    }

    pub async fn revoke_grant(&self, id: &GrantId, now: Timestamp) -> Result<()> {
        let mut tx = self.store.begin().await?;
        Grant::revoke(&mut tx, id, now).await?;
        Ok(tx.commit().await?)
    }

    /// A key with every scope and without a rate limit.
    pub async fn key(&self) -> Key {
        self.key_with(ScopeSet::all(), Some(0)).await
    }

    /// A key with every scope but one.
    pub async fn key_without(&self, scope: Scope) -> Key {
        self.key_with(ScopeSet::all().without([scope].into_iter().collect()), Some(0)).await
    }

    pub async fn key_with(&self, scopes: ScopeSet, rate_limit: Option<u32>) -> Key {
        self.make_key(NewApiKey {
            name: "sleutel".into(),
            scopes,
            expires_at: None,
            rate_limit,
            allowed_addresses: AddressList::default(),
        })
        .await
    }

    pub async fn make_key(&self, new: NewApiKey) -> Key {
        let mut tx = self.store.begin().await.unwrap();
        let (id, token) = new.create(&mut tx, Timestamp::now()).await.unwrap();
        tx.commit().await.unwrap();
        let caller = Caller::new(&self.url, &self.http, Some(token.reveal()));
        Key { store: Some(self.store.clone()), ..Key::new(&id, token.reveal(), caller) }
    }
}
