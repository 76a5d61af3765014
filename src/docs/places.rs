//! The addresses of this very server, which the texts name.

use crate::http::{Sites, Surface};

/// The addresses.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// Where the API begins, with its version.
    pub api: String,
    /// Where an owner is sent for consent.
    pub authorize: String,
    /// Where a code is exchanged for tokens.
    pub token: String,
    /// Where tokens are given back.
    pub revoke: String,
    /// Where requests are pushed.
    pub par: String,
    /// Where a device asks for its codes.
    pub device: String,
    /// What a client library needs to know of the authorization server.
    pub issuer: String,
    /// Where found secrets are reported.
    pub leaks: String,
    /// The developer portal.
    pub developers: String,
    /// The manage portal.
    pub manage: String,
}

impl Places {
    /// The addresses of a server's sites.
    pub(super) fn new(sites: &Sites) -> Self {
        Self {
            api: sites.api("/v1"),
            authorize: sites.url(Surface::Manage, "/oauth/authorize"),
            token: sites.url(Surface::Manage, "/oauth/tokens"),
            revoke: sites.url(Surface::Manage, "/oauth/revoke"),
            par: sites.url(Surface::Manage, "/oauth/par"),
            device: sites.url(Surface::Manage, "/oauth/device"),
            issuer: sites.issuer().to_owned(),
            leaks: sites.url(Surface::Manage, "/leaks"),
            developers: sites.url(Surface::Developers, "/developers"),
            manage: sites.url(Surface::Manage, "/manage"),
        }
    }

    /// A text with each `{{name}}` filled in.
    pub(super) fn fill(&self, text: &str) -> String {
        let places = [
            ("{{api}}", &self.api),
            ("{{authorize}}", &self.authorize),
            ("{{token}}", &self.token),
            ("{{revoke}}", &self.revoke),
            ("{{par}}", &self.par),
            ("{{device}}", &self.device),
            ("{{issuer}}", &self.issuer),
            ("{{leaks}}", &self.leaks),
            ("{{developers}}", &self.developers),
            ("{{manage}}", &self.manage),
        ];
        places.iter().fold(text.to_owned(), |text, (name, address)| text.replace(name, address))
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
