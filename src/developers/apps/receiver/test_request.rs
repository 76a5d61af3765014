//! What the receiver must know again when the code arrives. It is sealed in the `state` of the request,
//! and belongs to one app and one session, so that nobody can bring a code of their own to somebody
//! else's browser (RFC 9700 section 4.7). Nothing is stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::accounts::Session;
use crate::ids::AppId;
use crate::sealed::SealingKeys;

/// How long the person can take for the consent.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// What sealed values are for, so that one can't be used as the other.
const STATE: &str = "receiver/state";
const ARRIVED: &str = "receiver/code";

/// An authorization request that leads to the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TestRequest {
    app: String,
    session: String,
    /// The PKCE code verifier (RFC 7636).
    pub(super) verifier: String,
    /// When it began, in seconds since the epoch.
    began: i64,
}

/// A code that arrived, with its request.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ArrivedCode {
    pub(super) request: TestRequest,
    pub(super) code: String,
}

impl TestRequest {
    /// A request of a person, for an app.
    pub(super) fn new(app: &AppId, session: &Session, verifier: String, now: Timestamp) -> Self {
        Self {
            app: app.to_string(),
            session: session.id.to_string(),
            verifier,
            began: now.as_second(),
        }
    }

    /// The request's `state`.
    pub(super) fn state(&self, keys: &SealingKeys) -> String {
        seal(self, keys, STATE)
    }

    /// The request with a `state`, if it is this session's and not too old.
    pub(super) fn of_state(
        state: &str,
        keys: &SealingKeys,
        session: &Session,
        now: Timestamp,
    ) -> Option<Self> {
        open::<Self>(state, keys, STATE).filter(|request| request.is_of(session, now))
    }

    /// The app's id.
    pub(super) fn app(&self) -> &str {
        &self.app
    }

    fn is_of(&self, session: &Session, now: Timestamp) -> bool {
        self.session == session.id.as_str() && now.as_second() - self.began <= LIFETIME.as_secs()
    }
}

impl ArrivedCode {
    /// The sealed code, for the address of the next page.
    pub(super) fn seal(&self, keys: &SealingKeys) -> String {
        seal(self, keys, ARRIVED)
    }

    /// The code, if it arrived for this app and this session.
    pub(super) fn open(
        text: &str,
        keys: &SealingKeys,
        (app, session): (&AppId, &Session),
        now: Timestamp,
    ) -> Option<Self> {
        let arrived = open::<Self>(text, keys, ARRIVED)?;
        let is_own = arrived.request.app == app.as_str() && arrived.request.is_of(session, now);
        is_own.then_some(arrived)
    }

    /// The mark of an attempt to exchange the code with this secret; see
    /// [`claim_form`](crate::accounts::claim_form). A correct attempt counts once, because the token
    /// endpoint takes a second one for a stolen code and revokes the tokens of the first.
    pub(super) fn mark(&self, secret: &str) -> String {
        let hash = Sha256::new()
            .chain_update(b"receiver:")
            .chain_update(&self.code)
            .chain_update(b":")
            .chain_update(secret)
            .finalize();
        URL_SAFE_NO_PAD.encode(&hash[..16])
    }
}

fn seal(value: &impl Serialize, keys: &SealingKeys, place: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.seal(&serde_json::to_vec(value).unwrap_or_default(), place))
}

fn open<T: DeserializeOwned>(text: &str, keys: &SealingKeys, place: &str) -> Option<T> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&keys.open(&sealed, place).ok()?).ok()
}
