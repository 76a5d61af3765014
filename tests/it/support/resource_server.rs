//! A service of the operator's own that asks what tokens may do.

use jiff::Timestamp;
use klantportaal::clients;
use reqwest::Client;

use super::{Answer, Instance, basic};

pub struct ResourceServer {
    pub id: String,
    pub secret: String,
    pub url: String,
    pub http: Client,
}

impl Instance {
    /// One that may see these built-in scopes.
    pub async fn resource_server(&self, scopes: &str) -> ResourceServer {
        let (id, secret) = clients::ResourceServer::create(
            &self.db,
            &"Planner".into(),
            scopes.parse().unwrap(),
            Timestamp::now(),
        )
        .await
        .unwrap();
        self.resource_server_of(id.as_str(), secret.reveal())
    }

    /// One that is there already.
    pub fn resource_server_of(&self, id: &str, secret: &str) -> ResourceServer {
        ResourceServer {
            id: id.to_owned(),
            secret: secret.to_owned(),
            url: self.url.clone(),
            http: self.http.clone(),
        }
    }
}

impl ResourceServer {
    /// A question as it is.
    pub async fn call(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}/oauth/introspect", self.url)).form(fields);
        Answer::to(
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)),
        )
        .await
    }

    /// Asks about a token.
    pub async fn introspect(&self, token: &str) -> Answer {
        self.call(&[("token", token)], &[("authorization", &basic(&self.id, &self.secret))]).await
    }

    /// Checks that a token counts for nothing here, and that not a word more is said.
    pub async fn expect_inactive(&self, token: &str) {
        let answer = self.introspect(token).await;
        assert_eq!(answer.expect(200), serde_json::json!({ "active": false }), "{answer}");
    }
}
