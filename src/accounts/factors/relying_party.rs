//! The relying party (WebAuthn section 4): the site that browsers create and use passkeys for.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use url::{Host, Url};
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, DiscoverableAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::passkey::{Found, Passkey, Purpose, keep_challenge, take_challenge};
use crate::accounts::Session;
use crate::auth::Token;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::values::Name;

/// The name of the site, as browsers show it.
const NAME: &str = "Klantportaal";

/// A site that passkeys work on.
pub struct RelyingParty {
    id: String,
    origin: Url,
    webauthn: Webauthn,
}

/// A challenge for a browser: the secret to find it by, and the options for
/// `navigator.credentials`.
#[derive(Debug, Serialize)]
pub struct Challenge<O> {
    challenge: String,
    #[serde(flatten)]
    options: O,
}

/// The outcome of a browser's response.
pub enum PasskeyAnswer {
    /// The passkey's signature is valid.
    Right(Box<PasskeyProof>),
    /// It isn't, or the passkey is unknown; with the account that the passkey belongs to, if any.
    Wrong(Option<AccountId>),
}

/// A valid passkey signature.
pub struct PasskeyProof {
    found: Found,
    result: AuthenticationResult,
}

impl RelyingParty {
    /// The relying party of an origin. Browsers only support passkeys for domain names over TLS,
    /// and for `localhost`, which also represents loopback addresses. `None` for other origins.
    pub fn of(origin: &str) -> Option<Self> {
        let mut origin: Url = origin.parse().ok()?;
        let is_loopback = match origin.host()? {
            Host::Domain(domain) => domain == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if is_loopback {
            origin.set_host(Some("localhost")).ok()?;
        } else if origin.scheme() != "https" {
            return None;
        }
        let id = origin.domain()?.to_owned();
        let webauthn = WebauthnBuilder::new(&id, &origin).ok()?.rp_name(NAME).build().ok()?;
        Some(Self { id, origin, webauthn })
    }

    /// The address of one of its pages; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin.as_str().trim_end_matches('/'))
    }

    /// The host that its passkeys work on.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A challenge to create a passkey for the person who is logged in.
    pub async fn ask_for_new(
        &self,
        tx: &mut Tx,
        session: &Session,
        now: Timestamp,
    ) -> Result<Challenge<impl Serialize + use<>>> {
        let account = &session.account_id;
        let known = Passkey::credentials(tx, account, &self.id).await?;
        let started = self.webauthn.start_passkey_registration(
            handle(account),
            &session.email,
            &session.name,
            Some(known),
        );
        let (options, state): (CreationChallengeResponse, PasskeyRegistration) =
            started.map_err(Error::internal)?;
        let token =
            keep_challenge(tx, Purpose::Register, Some(account), &json(&state)?, now).await?;
        // The browser must find it without a user name: a discoverable credential.
        let mut options = serde_json::to_value(options).map_err(Error::internal)?;
        options["publicKey"]["authenticatorSelection"]["residentKey"] = "required".into();
        options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = true.into();
        Ok(Challenge::new(&token, options))
    }

    /// Checks the passkey that a browser created, and returns it to be added; `None` if it doesn't
    /// match the challenge.
    pub async fn read_new(
        &self,
        tx: &mut Tx,
        session: &Session,
        secret: &str,
        answer: &str,
        now: Timestamp,
    ) -> Result<Option<NewPasskey>> {
        let Some(state) =
            take_challenge(tx, secret, Purpose::Register, Some(&session.account_id), now).await?
        else {
            return Ok(None);
        };
        let state: PasskeyRegistration = serde_json::from_str(&state).map_err(Error::internal)?;
        let Some(answer) = read::<RegisterPublicKeyCredential>(answer) else { return Ok(None) };
        let credential = match self.webauthn.finish_passkey_registration(&answer, &state) {
            Ok(credential) => credential,
            Err(error) => {
                log_refusal(&error);
                return Ok(None);
            }
        };
        if Found::by_credential(tx, &self.id, credential.cred_id().as_ref()).await?.is_some() {
            return Ok(None);
        }
        Ok(Some(NewPasskey { rp_id: self.id.clone(), credential }))
    }

    /// A challenge to sign with any passkey that its owner picks.
    pub async fn ask_for_proof(
        &self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> Result<Challenge<impl Serialize + use<>>> {
        let started = self.webauthn.start_discoverable_authentication();
        let (options, state): (RequestChallengeResponse, DiscoverableAuthentication) =
            started.map_err(Error::internal)?;
        let token = keep_challenge(tx, Purpose::Prove, None, &json(&state)?, now).await?;
        Ok(Challenge::new(&token, options))
    }

    /// Checks what a browser signed.
    pub async fn read_proof(
        &self,
        tx: &mut Tx,
        secret: &str,
        answer: &str,
        now: Timestamp,
    ) -> Result<PasskeyAnswer> {
        const UNKNOWN: PasskeyAnswer = PasskeyAnswer::Wrong(None);
        let Some(state) = take_challenge(tx, secret, Purpose::Prove, None, now).await? else {
            return Ok(UNKNOWN);
        };
        let state: DiscoverableAuthentication =
            serde_json::from_str(&state).map_err(Error::internal)?;
        let Some(answer) = read::<PublicKeyCredential>(answer) else { return Ok(UNKNOWN) };
        let Ok((handle_of_owner, credential_id)) =
            self.webauthn.identify_discoverable_authentication(&answer)
        else {
            return Ok(UNKNOWN);
        };
        let Some(found) = Found::by_credential(tx, &self.id, credential_id).await? else {
            return Ok(UNKNOWN);
        };
        if handle(&found.account_id) != handle_of_owner {
            return Ok(UNKNOWN);
        }
        match self.webauthn.finish_discoverable_authentication_v2(
            &answer,
            state,
            &found.credential.0,
        ) {
            Ok(result) => Ok(PasskeyAnswer::Right(Box::new(PasskeyProof { found, result }))),
            Err(error) => {
                log_refusal(&error);
                Ok(PasskeyAnswer::Wrong(Some(found.account_id)))
            }
        }
    }
}

/// A new passkey, not added yet.
pub struct NewPasskey {
    rp_id: String,
    credential: webauthn_rs::prelude::Passkey,
}

impl NewPasskey {
    /// Adds it to an account under a name, within a transaction.
    pub async fn add(
        self,
        tx: &mut Tx,
        account: &AccountId,
        name: &Name,
        now: Timestamp,
    ) -> Result<()> {
        Passkey::add(tx, account, &self.rp_id, name, self.credential, now).await
    }
}

impl PasskeyProof {
    /// The passkey's account.
    pub const fn account(&self) -> &AccountId {
        &self.found.account_id
    }

    /// Records the use, within the transaction that it authorizes; false if the passkey no longer
    /// exists.
    pub async fn note(self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        self.found.used(tx, &self.result, now).await
    }
}

impl<O> Challenge<O> {
    fn new(token: &Token, options: O) -> Self {
        Self { challenge: token.reveal().to_owned(), options }
    }
}

/// The user handle of a passkey, which must reveal nothing about the person.
fn handle(account: &AccountId) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(account.as_str().as_bytes()).into();
    let [handle, _] = [0, 16].map(|start| std::array::from_fn(|index| hash[start + index]));
    Uuid::from_bytes(handle)
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn read<T: DeserializeOwned>(answer: &str) -> Option<T> {
    serde_json::from_str(answer).ok()
}

fn log_refusal(error: &webauthn_rs::prelude::WebauthnError) {
    tracing::info!(%error, "a passkey's response was refused");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_domains_over_tls_and_for_ones_own_machine() {
        let id = |origin: &str| RelyingParty::of(origin).map(|party| party.id);
        assert_eq!(id("https://manage.example.nl").as_deref(), Some("manage.example.nl"));
        assert_eq!(id("https://portal.example.nl:8443").as_deref(), Some("portal.example.nl"));
        for own in [
            "http://127.0.0.1:8080",
            "http://localhost:8080",
            "http://[::1]:8080",
            "https://localhost",
        ] {
            assert_eq!(id(own).as_deref(), Some("localhost"), "{own}");
        }
        for none in
            ["http://portal.example.nl", "http://192.168.1.5:8080", "https://192.0.2.1", "portal"]
        {
            assert_eq!(id(none), None, "{none}");
        }
    }

    #[test]
    fn a_user_handle_is_the_accounts_own_and_does_not_name_it() {
        let (one, two) = (AccountId::random(), AccountId::random());
        assert_eq!(handle(&one), handle(&one));
        assert_ne!(handle(&one), handle(&two));
    }
}
