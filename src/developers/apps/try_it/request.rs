//! The authorization request to try.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::distr::{Alphanumeric, SampleString};
use sha2::{Digest, Sha256};
use url::form_urlencoded::Serializer;

use crate::auth::{Scope, ScopeSet};
use crate::clients::{App, RedirectUri};
use crate::fields::Fields;

/// A pair for PKCE (RFC 7636).
#[derive(Debug)]
pub(in crate::developers::apps) struct PkcePair {
    /// The code verifier, kept until the exchange.
    pub(in crate::developers::apps) verifier: String,
    /// The code challenge: the verifier's SHA-256.
    pub(in crate::developers::apps) challenge: String,
}

/// The request as the developer chose it, with its own state and PKCE pair.
#[derive(Debug)]
pub(in crate::developers::apps) struct Trial {
    /// The redirect URI; `None` only for an app without any.
    pub(in crate::developers::apps) redirect_uri: Option<RedirectUri>,
    /// The scopes; empty if the developer ticked none.
    pub(in crate::developers::apps) scopes: ScopeSet,
    /// The state.
    pub(in crate::developers::apps) state: String,
    /// The pair, if PKCE was chosen.
    pub(in crate::developers::apps) pkce: Option<PkcePair>,
}

impl PkcePair {
    /// A new pair.
    pub(in crate::developers::apps) fn random() -> Self {
        Self::of(random(43))
    }

    fn of(verifier: String) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        Self { verifier, challenge }
    }
}

fn random(length: usize) -> String {
    Alphanumeric.sample_string(&mut rand::rng(), length)
}

impl Trial {
    /// The request in the form's query; without one: the first redirect URI, all scopes of the app,
    /// and PKCE.
    pub(in crate::developers::apps) fn new(app: &App, query: &Fields) -> Self {
        let chosen = query.has("redirect_uri");
        let named =
            app.redirect_uris.0.iter().find(|uri| uri.as_str() == query.sent("redirect_uri"));
        let ticked = query
            .all("scope")
            .into_iter()
            .filter_map(|name| name.parse::<Scope>().ok())
            .filter(|scope| app.scopes.contains(*scope));
        Self {
            redirect_uri: named.or_else(|| app.redirect_uris.0.first()).cloned(),
            scopes: if chosen { ticked.collect() } else { app.scopes },
            state: random(22),
            pkce: (!chosen || query.has("pkce") || app.requires_pkce()).then(PkcePair::random),
        }
    }

    /// The URL for the owner's browser; `None` if no scope is chosen.
    pub(in crate::developers::apps) fn authorize_url(
        &self,
        endpoint: &str,
        app: &App,
    ) -> Option<String> {
        let redirect_uri = self.redirect_uri.as_ref().filter(|_| !self.scopes.is_empty())?;
        let mut query = Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", app.id.as_str())
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("scope", &self.scopes.to_string())
            .append_pair("state", &self.state);
        if let Some(pair) = &self.pkce {
            query
                .append_pair("code_challenge", &pair.challenge)
                .append_pair("code_challenge_method", "S256");
        }
        Some(format!("{endpoint}?{}", query.finish()))
    }

    /// Whether the redirect URI is on the developer's own machine, where possibly nothing listens.
    pub(in crate::developers::apps) fn is_local(&self) -> bool {
        self.redirect_uri.as_ref().is_some_and(|uri| uri.as_str().starts_with("http://"))
    }
}

#[cfg(test)]
pub(super) fn sample_app() -> App {
    App {
        id: "app_abc".parse().unwrap(),
        developer_id: "dev_abc".parse().unwrap(),
        developer_name: "Bouw & Co".into(),
        name: "Planner".into(),
        description: String::new(),
        website: None,
        has_logo: false,
        redirect_uris: crate::clients::RedirectUris(vec![
            "https://a.example/cb?x=1".parse().unwrap(),
            "http://127.0.0.1/it's".parse().unwrap(),
        ]),
        scopes: "customers.read customers.write".parse().unwrap(),
        optional_scopes: crate::auth::ScopeSet::default(),
        client_type: crate::clients::ClientType::Confidential,
        has_keys: false,
        device_flow: false,
        rotate_refresh_tokens: false,
        require_pkce: false,
        require_dpop: false,
        end_refresh_tokens: false,
        is_disabled: false,
        created_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Parameters;

    fn trial(query: &str) -> Trial {
        Trial::new(&sample_app(), &Fields::form(query.as_bytes()))
    }

    #[test]
    fn the_address_carries_what_was_chosen() {
        let trial = trial(
            "redirect_uri=http%3A%2F%2F127.0.0.1%2Fit%27s&scope=customers.read&scope=files.read&pkce=1",
        );
        assert!(trial.is_local());
        let url = trial.authorize_url("https://m.example/oauth/authorize", &sample_app()).unwrap();
        let (endpoint, query) = url.split_once('?').unwrap();
        assert_eq!(endpoint, "https://m.example/oauth/authorize");
        let sent = Parameters::form(query.as_bytes());
        assert_eq!(sent.get("response_type"), Some("code"));
        assert_eq!(sent.get("client_id"), Some("app_abc"));
        assert_eq!(sent.get("redirect_uri"), Some("http://127.0.0.1/it's"));
        assert_eq!(
            sent.get("scope"),
            Some("customers.read"),
            "what the app may not ask is left out"
        );
        assert_eq!(sent.get("state"), Some(trial.state.as_str()));
        assert_eq!(
            sent.get("code_challenge"),
            trial.pkce.as_ref().map(|pair| pair.challenge.as_str())
        );
        assert_eq!(sent.get("code_challenge_method"), Some("S256"));
    }

    #[test]
    fn at_first_everything_is_asked_with_pkce() {
        let trial = trial("");
        assert_eq!(trial.scopes, sample_app().scopes);
        assert!(trial.pkce.is_some() && !trial.is_local());
    }

    #[test]
    fn without_a_permission_there_is_no_address_and_without_pkce_no_challenge() {
        let none = trial("redirect_uri=https%3A%2F%2Fevil.example");
        assert_eq!(none.authorize_url("x", &sample_app()), None);
        assert_eq!(
            none.redirect_uri,
            sample_app().redirect_uris.0.first().cloned(),
            "an address that is not the app's is not taken over"
        );
        let url =
            trial("redirect_uri=x&scope=customers.read").authorize_url("x", &sample_app()).unwrap();
        assert!(!url.contains("code_challenge"));
    }

    #[test]
    fn an_app_that_needs_pkce_always_gets_a_pair() {
        let app = App { client_type: crate::clients::ClientType::Public, ..sample_app() };
        assert!(
            Trial::new(&app, &Fields::form(b"redirect_uri=x&scope=customers.read")).pkce.is_some()
        );
    }

    #[test]
    fn the_pair_is_the_standards_and_never_twice_the_same() {
        let pair = PkcePair::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(pair.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_ne!(PkcePair::random().verifier, PkcePair::random().verifier);
        assert_ne!(trial("").state, trial("").state);
    }
}
