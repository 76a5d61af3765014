//! The state that all requests share.

use std::sync::Arc;

use axum::extract::FromRef;
use jiff::{SignedDuration, Timestamp};
use tokio_util::task::TaskTracker;

use crate::accounts::factors::TotpFactor;
use crate::accounts::{Authority, FormDraft, Guesses, MailLimits, Session, UnknownLogIns};
use crate::caller::Caller;
use crate::clients::KnownClients;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Tx, WritingDb};
use crate::dpop::DpopNonces;
use crate::error::{Error, Result};
use crate::events::WebhookSecret;
use crate::idempotency::InProgress;
use crate::ids::AccountId;
use crate::mail::Mailer;
use crate::network::Network;
use crate::objects::{Objects, SettingsFault};
use crate::outgoing::{Client, Guard};
use crate::public_links::PublicLink;
use crate::public_urls::PublicUrls;
use crate::sealed::{self, SealingError, SealingKeys};
use crate::throttle::{
    ClientThrottle, GuestThrottle, Minting, RequestThrottle, Throttle, UserCodeThrottle,
};
use crate::verifier::{UsageRegistry, Verifier};

/// The running server: settings, database, clock, and state kept between requests. Clones share it.
/// It is read-only; writing requires a permission, see [`Server::begin`].
#[derive(Clone)]
pub struct Server(Arc<Inner>);

/// See [`Server`].
pub struct Inner {
    /// All settings.
    pub config: Config,
    /// The public addresses of the surfaces.
    pub public_urls: PublicUrls,
    /// The database, for reading.
    pub db: Db,
    /// The database, for writing.
    writing: WritingDb,
    /// The keys that encrypt secrets that must be readable.
    pub sealing_keys: SealingKeys,
    /// The contents of stored files.
    pub objects: Objects,
    /// The clock.
    pub clock: Clock,
    /// Verifies the API's tokens.
    pub verifier: Verifier,
    /// The clients of the authorization server.
    pub clients: KnownClients,
    /// The recent usage of tokens.
    pub usage: UsageRegistry,
    /// Wrong passwords and codes.
    pub guesses: Guesses,
    /// Failed log-ins with addresses that have no account.
    pub unknown_log_ins: UnknownLogIns,
    /// Limits on mail that people cause to anybody's address.
    pub mail_limits: MailLimits,
    /// Counts reports of leaked secrets, by the address that they come from: sixty an hour.
    pub leak_reports: Throttle<Network>,
    /// Counts portals, apps and keys that a person creates: sixty an hour.
    pub creations: Throttle<AccountId>,
    /// Drafts stored for accounts that aren't logged in: 30 an hour.
    pub drafts: Throttle<AccountId>,
    /// Access tokens that are issued.
    pub minting: Minting,
    /// Wrong credentials of apps.
    pub client_throttle: ClientThrottle,
    /// Requests of apps that wait for an owner.
    pub request_throttle: RequestThrottle,
    /// Public links that don't work, and wrong passwords of others.
    pub guests: GuestThrottle,
    /// Wrong user codes of devices.
    pub user_codes: UserCodeThrottle,
    /// The nonces of proofs of possession.
    pub dpop_nonces: DpopNonces,
    /// Requests with an `Idempotency-Key` that are being answered.
    pub in_progress: InProgress,
    /// Sends mail.
    pub mailer: Mailer,
    /// Makes requests to addresses that others have chosen.
    pub outgoing: Client,
    /// Background tasks, awaited at shutdown.
    pub beside: TaskTracker,
    /// Whether this is a demo, which shows its mail on a page.
    pub demo: bool,
}

impl std::ops::Deref for Server {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// The keys of a server, after checking them against its database and sealing everything in it with
/// the first one.
///
/// # Errors
/// When the database is sealed with another key.
pub async fn sealing_keys(config: &Config, db: &WritingDb) -> Result<SealingKeys, SealingError> {
    let keys = sealed::load(config.key_source(), db).await?;
    let mut tx = db.begin().await?;
    sealed::claim(&mut tx, &keys, config.key_source()).await?;
    TotpFactor::seal_all(&mut tx, &keys).await?;
    WebhookSecret::seal_all(&mut tx, &keys).await?;
    PublicLink::seal_all(&mut tx, &keys).await?;
    tx.commit().await?;
    Ok(keys)
}

/// The server with a writable database, for code without a session: endpoints for programs, log-in
/// pages, and background tasks. Only their routes have it as their state.
#[derive(Clone)]
pub struct WritingServer {
    server: Server,
    /// The database.
    pub db: WritingDb,
}

impl std::ops::Deref for WritingServer {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl FromRef<WritingServer> for Server {
    fn from_ref(server: &WritingServer) -> Self {
        server.server.clone()
    }
}

impl WritingServer {
    /// A server on an open database.
    ///
    /// # Errors
    /// When a setting of the store of files is missing.
    pub fn new(
        config: Config,
        public_urls: PublicUrls,
        db: WritingDb,
        sealing_keys: SealingKeys,
        clock: Clock,
        mailer: Mailer,
        demo: bool,
    ) -> Result<Self, SettingsFault> {
        let reading = db.reading();
        let usage = UsageRegistry::new(&clock);
        let verifier = Verifier::new(reading.clone(), usage.clone(), config.default_rate_limit);
        let clients = KnownClients::new(&reading);
        let (guesses, mail_limits) = (Guesses::new(&clock), MailLimits::new(&clock));
        let leak_reports = Throttle::new(&clock, 60, SignedDuration::from_hours(1), 10_000);
        let creations = Throttle::new(&clock, 60, SignedDuration::from_hours(1), 10_000);
        let drafts = Throttle::new(&clock, 30, SignedDuration::from_hours(1), 10_000);
        let minting = Minting::new(&clock);
        let (client_throttle, request_throttle) =
            (ClientThrottle::new(&clock), RequestThrottle::new(&clock));
        let guests = GuestThrottle::new(&clock);
        let (user_codes, dpop_nonces) = (UserCodeThrottle::new(&clock), DpopNonces::default());
        let outgoing = Client::new(Guard::new(&config.webhook_allow));
        let objects = Objects::from_settings(&config.files, &config.data_dir)?;
        let server = Server(Arc::new(Inner {
            config,
            public_urls,
            db: reading,
            writing: db.clone(),
            sealing_keys,
            objects,
            clock,
            verifier,
            clients,
            usage,
            guesses,
            unknown_log_ins: UnknownLogIns::default(),
            mail_limits,
            leak_reports,
            creations,
            drafts,
            minting,
            client_throttle,
            request_throttle,
            guests,
            user_codes,
            dpop_nonces,
            in_progress: InProgress::default(),
            mailer,
            outgoing,
            beside: TaskTracker::new(),
            demo,
        }));
        Ok(Self { server, db })
    }
}

impl Server {
    /// Begins a transaction for a person with permission to write, and locks that permission in it.
    /// Dropping it without [`Tx::commit`] rolls it back.
    ///
    /// # Errors
    /// As [`Authority::hold`].
    pub async fn begin(&self, authority: &impl Authority) -> Result<Tx> {
        let mut tx = self.writing.begin().await?;
        authority.hold(&mut tx).await?;
        Ok(tx)
    }

    /// Updates the last use of a session; see [`Session::seen`].
    pub async fn note_session(
        &self,
        session: &Session,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<()> {
        session.seen(&self.writing, self.config.sessions.limits(), caller, now).await
    }

    /// Stores a draft; see [`FormDraft::keep`]. It needs no authority, because only the account itself can
    /// read it.
    pub async fn keep_draft(&self, draft: FormDraft<'_>, content: &[u8]) -> Result<bool> {
        let mut tx = self.writing.begin().await?;
        let is_kept = draft.keep(&mut tx, content, self.clock.now()).await?;
        tx.commit().await?;
        Ok(is_kept)
    }

    /// Deletes a draft; failures are logged, and the clean-up deletes it later.
    pub async fn forget_draft(&self, draft: FormDraft<'_>) {
        let forget = async || -> Result<()> {
            let mut tx = self.writing.begin().await?;
            draft.forget(&mut tx).await?;
            Ok(tx.commit().await?)
        };
        if let Err(error) = forget().await {
            tracing::warn!(%error, "the draft of an accepted form could not be deleted");
        }
    }

    /// Records how many log-ins with unknown addresses failed since the last time; failures are
    /// logged and retried later.
    pub async fn record_unknown_log_ins(&self) {
        let record = async || -> Result<()> {
            let mut tx = self.writing.begin().await?;
            self.unknown_log_ins.record(&mut tx, self.clock.now()).await?;
            Ok(tx.commit().await?)
        };
        if let Err(error) = record().await {
            tracing::error!(%error, "failed log-ins with unknown addresses could not be recorded");
        }
    }

    /// Counts something that a person creates.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when there are too many.
    pub fn count_creation(&self, account: &AccountId) -> Result<()> {
        self.creations
            .attempt(account.clone())
            .map_err(|retry_after| Error::TooManyRequests { retry_after })
    }

    /// Stores the usage of tokens; failures are logged and retried later.
    pub async fn write_down_usage(&self) {
        if let Err(error) = self.usage.write_down(&self.writing).await {
            tracing::error!(%error, "the usage of tokens could not be stored");
        }
    }
}
