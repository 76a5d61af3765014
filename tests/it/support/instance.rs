//! A running server, wherever it runs.

use klantportaal::accounts::{NewAccount, Organisation, Role, TeamMember, add_portal};
use klantportaal::auth::{Line, Password, PasswordHash};
use klantportaal::db::{Cleaner, Single, WritingDb};
use klantportaal::ids::AccountId;
use klantportaal::tenant::WritingStore;
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::portal::{PASSWORD, Portal};
use super::{Caller, Database, until};

/// The address of a server, and the test's own handle on its database.
pub struct Instance {
    pub url: String,
    pub database: Database,
    pub db: WritingDb,
    pub http: Client,
}

impl Instance {
    pub async fn new(url: String, database: Database) -> Self {
        let db = database.open().await;
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { url, database, db, http }
    }

    /// A server on a database that is not the tests'; `folder` is its data folder.
    pub async fn at(url: String, database_url: &str, folder: &std::path::Path) -> Self {
        let database = Database::at(database_url);
        let db = Database::open_at(database_url, folder).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { url, database, db, http }
    }

    /// A new portal with an owner of its own, whose password is [`PASSWORD`].
    pub async fn portal(&self) -> Portal {
        let (account, owner_email) = self.person("Eigenaar").await;
        let now = jiff::Timestamp::now();
        let mut tx = self.db.begin().await.unwrap();
        let id = add_portal(&mut tx, &"Bakkerij Jansen".into(), &account, now).await.unwrap();
        tx.commit().await.unwrap();
        Portal {
            store: WritingStore::open(self.db.clone(), id.clone()),
            id,
            owner_email,
            url: self.url.clone(),
            http: self.http.clone(),
        }
    }

    /// Somebody with an account and no more, whose password is [`PASSWORD`].
    pub async fn person(&self, name: &str) -> (AccountId, String) {
        static HASH: OnceCell<PasswordHash> = OnceCell::const_new();
        let hash = HASH
            .get_or_init(async || {
                let password = Password::typed(PASSWORD.into());
                password.hash(Line::Known).await.unwrap()
            })
            .await;
        let email = format!("{}-{:016x}@example.nl", name.to_lowercase(), rand::random::<u64>());
        let person = NewAccount {
            name: name.parse().unwrap(),
            email: email.clone(),
            password: Password::typed(PASSWORD.into()),
            password_hash: hash.clone(),
            verified: true,
        };
        let mut tx = self.db.begin().await.unwrap();
        let account = person.insert(&mut tx, jiff::Timestamp::now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        (account, email)
    }

    /// Lets a person into a portal or developer.
    pub async fn let_in(&self, organisation: &Organisation, account: &AccountId, role: Role) {
        let mut tx = self.db.begin().await.unwrap();
        TeamMember::add(&mut tx, organisation, account, role, jiff::Timestamp::now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// What deletes what is over.
    pub fn cleaner(&self) -> Cleaner {
        Cleaner::new(self.db.clone(), CancellationToken::new())
    }

    /// Waits until no job is left in the queue: nothing is written beside requests then.
    pub async fn queue_is_empty(&self) {
        // Reminders of appointments are planned for the day before each.
        let count = "SELECT count(*) AS value FROM jobs WHERE ended_at IS NULL AND kind <> 'appointment_reminder'";
        let is_empty =
            async || matches!(self.db.row(count, &[]).await.unwrap(), Some(Single(0_i64)));
        until("no job is left in the queue", is_empty).await;
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
