//! Sending, and what came of it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::kept::Kept;
use super::parcel::Parcel;
use crate::clock::Clock;
use crate::db::{WritingDb, text_enum};
use crate::jobs::{Attempt, Failure, Kind, Retry};
use crate::outgoing::{Answer, Client, Fault};
use crate::sealed::SealingKeys;

/// How long an event is tried.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(72);

/// How much of a response's body is kept, in characters.
const LONGEST_ANSWER: usize = 2000;

/// What deliveries are like, whoever receives them.
pub(super) const fn kind(name: &'static str) -> Kind {
    Kind {
        name,
        retry: Retry {
            first: SignedDuration::from_secs(5),
            factor: 5,
            longest: SignedDuration::from_hours(6),
            give_up_after: TRIED_FOR,
        },
        at_once: 256,
        at_once_per_lane: 4,
        shared_by_portals: true,
        time_limit: Duration::from_secs(40),
        keep: None,
    }
}

/// What deliveries need.
#[derive(Clone)]
pub struct Sender {
    /// The database.
    pub db: WritingDb,
    /// The keys that seal the secrets of webhooks.
    pub keys: SealingKeys,
    /// Makes the requests.
    pub client: Client,
    /// The clock.
    pub clock: Clock,
}

text_enum! {
    /// Why there was no response.
    pub NoAnswer in "webhooks.no_answer." {
        /// The address leads into a network that isn't public.
        Refused = "refused",
        /// The name has no address.
        Unknown = "unknown",
        /// Nobody accepts connections there.
        Unreachable = "unreachable",
        /// The certificate isn't right, or there is no TLS.
        Tls = "tls",
        /// What came isn't HTTP.
        Http = "http",
        /// It took too long.
        Silent = "silent",
    }
}

impl From<&Fault> for NoAnswer {
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::Refused(_) => Self::Refused,
            Fault::Unknown(_) => Self::Unknown,
            Fault::Unreachable(_) => Self::Unreachable,
            Fault::Tls(_) => Self::Tls,
            Fault::Http(_) => Self::Http,
            Fault::Silent => Self::Silent,
        }
    }
}

/// An attempt that was just made.
pub(super) struct Attempted {
    pub(super) attempt: Attempt,
    pub(super) sent_at: Timestamp,
    pub(super) took_ms: i64,
    pub(super) status: Option<i64>,
    /// The start of the response's body.
    pub(super) answer: Option<String>,
    pub(super) fault: Option<NoAnswer>,
    /// What a receiver for tests keeps of it.
    pub(super) kept: Option<Kept>,
    /// Why it failed, if it did.
    why: Option<String>,
}

impl Sender {
    /// Sends a parcel.
    pub(super) async fn send(
        &self,
        parcel: &Parcel,
        attempt: Attempt,
    ) -> Result<Attempted, Failure> {
        let (sent_at, began) = (self.clock.now(), self.clock.monotonic());
        let request = parcel.pack(&self.keys, sent_at).map_err(Failure::temporary)?;
        let (answer, kept) = if parcel.is_for_receiver() {
            let (answer, kept) = Kept::receive(&request.headers, request.body);
            (Ok(answer), kept)
        } else {
            (self.client.post(&request.url, request.headers, request.body).await, None)
        };
        let took = self.clock.monotonic().since(began);
        let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        Ok(match answer {
            Ok(Answer { status, body }) => Attempted {
                attempt,
                sent_at,
                took_ms,
                status: Some(status.into()),
                answer: Some(body.chars().filter(|c| *c != '\0').take(LONGEST_ANSWER).collect()),
                fault: None,
                kept,
                why: (!(200..300).contains(&status))
                    .then(|| format!("the response has status {status}")),
            },
            Err(fault) => Attempted {
                attempt,
                sent_at,
                took_ms,
                status: None,
                answer: None,
                fault: Some(NoAnswer::from(&fault)),
                kept: None,
                why: Some(fault.to_string()),
            },
        })
    }
}

impl Attempted {
    /// Whether it arrived.
    pub(super) const fn has_arrived(&self) -> bool {
        self.why.is_none()
    }

    /// How the job's run ends.
    pub(super) fn end(self) -> Result<(), Failure> {
        match self.why {
            None => Ok(()),
            // The receiver's people see it in the log; to the operator it is nothing.
            Some(_) if self.sent_at.duration_since(self.attempt.created_at) >= TRIED_FOR => Ok(()),
            Some(why) => Err(Failure::Temporary(why)),
        }
    }
}
