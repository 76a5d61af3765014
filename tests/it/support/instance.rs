//! A running server, wherever it runs.

use klantportaal::accounts::{NewAccount, add_portal};
use klantportaal::auth::{Password, PasswordHash};
use klantportaal::db::{Db, Store};
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::sync::OnceCell;

use super::portal::{PASSWORD, Portal};
use super::{Caller, Database};

/// The address of a server, and the test's own handle on its database.
pub struct Instance {
    pub url: String,
    pub database: Database,
    pub db: Db,
    pub http: Client,
}

impl Instance {
    pub async fn new(url: String, database: Database) -> Self {
        let db = database.open().await;
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { url, database, db, http }
    }

    /// A new portal with an owner of its own, whose password is [`PASSWORD`].
    pub async fn portal(&self) -> Portal {
        static HASH: OnceCell<PasswordHash> = OnceCell::const_new();
        let hash = HASH.get_or_init(async || Password::chosen(PASSWORD.into(), &[]).unwrap().hash().await).await;
        let owner_email = format!("eigenaar-{:016x}@example.nl", rand::random::<u64>());
        let now = jiff::Timestamp::now();
        let owner = NewAccount {
            name: "Eigenaar".into(),
            email: owner_email.clone(),
            password: Password::typed(PASSWORD.into()),
            password_hash: hash.clone(),
            verified: true,
        };
        let mut tx = self.db.begin().await.unwrap();
        let account = owner.insert(&mut tx, now).await.unwrap().unwrap();
        let id = add_portal(&mut tx, "Bakkerij Jansen", &account, now).await.unwrap();
        tx.commit().await.unwrap();
        Portal { store: Store::open(self.db.clone(), id.clone()), id, owner_email, url: self.url.clone(), http: self.http.clone() }
    }

    /// Calls without a token.
    pub fn nobody(&self) -> Caller {
        Caller::new(&self.url, &self.http, None)
    }

    /// Calls with this token.
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::new(&self.url, &self.http, Some(token))
    }
}
