//! The addresses of this server, and other settings that the texts mention.

use crate::i18n::Lang;
use crate::public_urls::Surface;
use crate::server::Server;

/// Addresses and settings.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The base URL of the API, with its version.
    pub api: String,
    /// The authorization endpoint.
    pub authorize: String,
    /// The token endpoint.
    pub token: String,
    /// The revocation endpoint.
    pub revoke: String,
    /// The endpoint for pushed authorization requests.
    pub par: String,
    /// The device authorization endpoint.
    pub device: String,
    /// The authorization server's issuer.
    pub issuer: String,
    /// The introspection endpoint.
    pub introspect: String,
    /// The endpoint to report leaked secrets.
    pub leaks: String,
    /// The developer portal.
    pub developers: String,
    /// The documentation.
    pub docs: String,
    /// The manage portal.
    pub manage: String,
    /// The lifetime of an access token.
    pub access_token_seconds: u32,
}

impl Places {
    /// The addresses of a server.
    pub(super) fn new(server: &Server) -> Self {
        let public_urls = &server.public_urls;
        Self {
            api: public_urls.api("/v1"),
            authorize: public_urls.url(Surface::Manage, "/oauth/authorize"),
            token: public_urls.url(Surface::Manage, "/oauth/tokens"),
            revoke: public_urls.url(Surface::Manage, "/oauth/revoke"),
            par: public_urls.url(Surface::Manage, "/oauth/par"),
            device: public_urls.url(Surface::Manage, "/oauth/device"),
            issuer: public_urls.issuer().to_owned(),
            introspect: public_urls.url(Surface::Manage, "/oauth/introspect"),
            leaks: public_urls.url(Surface::Manage, "/leaks"),
            developers: public_urls.url(Surface::Developers, "/developers"),
            docs: public_urls.url(Surface::Docs, "/docs"),
            manage: public_urls.url(Surface::Manage, "/manage"),
            access_token_seconds: server.config.access_token_seconds,
        }
    }

    /// The origin of the API if the documentation has another, as a source of a security policy.
    pub(super) fn api_origin(&self) -> Option<String> {
        let origin = |url: &str| Some(url::Url::parse(url).ok()?.origin().ascii_serialization());
        let api = origin(&self.api)?;
        (origin(&self.docs)? != api).then_some(api)
    }

    /// A text with each `{{name}}` filled in.
    pub(super) fn fill(&self, lang: Lang, text: &str) -> String {
        let (seconds, time) =
            (self.access_token_seconds.to_string(), lang.duration(self.access_token_seconds));
        let places = [
            ("{{api}}", &self.api),
            ("{{authorize}}", &self.authorize),
            ("{{token}}", &self.token),
            ("{{revoke}}", &self.revoke),
            ("{{par}}", &self.par),
            ("{{device}}", &self.device),
            ("{{issuer}}", &self.issuer),
            ("{{introspect}}", &self.introspect),
            ("{{leaks}}", &self.leaks),
            ("{{developers}}", &self.developers),
            ("{{manage}}", &self.manage),
            ("{{access_token_seconds}}", &seconds),
            ("{{access_token_time}}", &time),
        ];
        places.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// The value of an environment variable of the samples, if this server knows it.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        match name {
            "KLANTPORTAAL_API" => Some(&self.api),
            "KLANTPORTAAL_AUTHORIZE_URL" => Some(&self.authorize),
            "KLANTPORTAAL_TOKEN_URL" => Some(&self.token),
            _ => None,
        }
    }
}

#[cfg(test)]
impl Places {
    /// Addresses for tests.
    pub(super) fn for_tests() -> Self {
        Self {
            api: "https://api.example.test/v1".to_owned(),
            authorize: "https://manage.example.test/oauth/authorize".to_owned(),
            token: "https://manage.example.test/oauth/tokens".to_owned(),
            revoke: "https://manage.example.test/oauth/revoke".to_owned(),
            par: "https://manage.example.test/oauth/par".to_owned(),
            device: "https://manage.example.test/oauth/device".to_owned(),
            issuer: "https://manage.example.test".to_owned(),
            introspect: "https://manage.example.test/oauth/introspect".to_owned(),
            leaks: "https://manage.example.test/leaks".to_owned(),
            developers: "https://developers.example.test/developers".to_owned(),
            docs: "https://docs.example.test/docs".to_owned(),
            manage: "https://manage.example.test/manage".to_owned(),
            access_token_seconds: 900,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_api_elsewhere_is_added_to_the_policy() {
        let apart = Places::for_tests();
        assert_eq!(apart.api_origin().as_deref(), Some("https://api.example.test"));
        let together = Places { docs: "https://api.example.test/docs".to_owned(), ..apart };
        assert_eq!(together.api_origin(), None);
    }
}
