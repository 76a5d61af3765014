//! What every request shares.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio_util::task::TaskTracker;

use crate::accounts::{Guesses, MailLimits};
use crate::auth::{Network, Throttle, UsageRegistry, Verifier};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::http::Sites;
use crate::mail::Mailer;
use crate::oauth::{ClientThrottle, DpopNonces, RequestThrottle, UserCodeThrottle};

/// The running server: settings, database, clock, and what is remembered between requests.
/// Clones share it.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

/// See [`Server`].
pub struct Inner {
    /// All settings.
    pub config: Config,
    /// Where browsers and clients reach each surface.
    pub sites: Sites,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Verifies the API's tokens.
    pub verifier: Verifier,
    /// What tokens were used lately.
    pub usage: UsageRegistry,
    /// Wrong passwords and codes.
    pub guesses: Guesses,
    /// Mail that people cause to addresses that may be anybody's.
    pub mail_limits: MailLimits,
    /// Counts reports of leaked secrets, by the address that they come from: sixty an hour.
    pub leak_reports: Throttle<Network>,
    /// Wrong credentials of apps.
    pub client_throttle: ClientThrottle,
    /// Requests of apps that wait for an owner.
    pub request_throttle: RequestThrottle,
    /// Wrong user codes of devices.
    pub user_codes: UserCodeThrottle,
    /// The nonces of proofs of possession.
    pub dpop_nonces: DpopNonces,
    /// Sends mail.
    pub mailer: Mailer,
    /// What goes on beside answers, and is waited for before the server stops.
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

impl Server {
    /// A server on an open database.
    pub fn new(
        config: Config,
        sites: Sites,
        db: Db,
        clock: Clock,
        mailer: Mailer,
        demo: bool,
    ) -> Self {
        let usage = UsageRegistry::new(&clock);
        let verifier = Verifier::new(db.clone(), usage.clone(), config.default_rate_limit);
        let (guesses, mail_limits) = (Guesses::new(&clock), MailLimits::new(&clock));
        let leak_reports = Throttle::new(&clock, 60, SignedDuration::from_hours(1), 10_000);
        let (client_throttle, request_throttle) =
            (ClientThrottle::new(&clock), RequestThrottle::new(&clock));
        let (user_codes, dpop_nonces) = (UserCodeThrottle::new(&clock), DpopNonces::default());
        Self(Arc::new(Inner {
            config,
            sites,
            db,
            clock,
            verifier,
            usage,
            guesses,
            mail_limits,
            leak_reports,
            client_throttle,
            request_throttle,
            user_codes,
            dpop_nonces,
            mailer,
            beside: TaskTracker::new(),
            demo,
        }))
    }

    /// Writes down what tokens were used for, and when last; a failure goes to the log and is made
    /// up for later.
    pub async fn write_down_usage(&self) {
        if let Err(error) = self.usage.write_down(&self.db).await {
            tracing::error!(%error, "what tokens were used for could not be written down");
        }
    }
}
