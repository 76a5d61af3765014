//! A server with the operator's own scopes. It is a separate process, because the scopes of a
//! process never change.

use std::path::PathBuf;

use serde_json::Value;

use super::{App, Database, Engine, PASSWORD, Portal, Ran, Server};

/// The settings file.
const SETTINGS: &str = r#"
[scopes.planning]
nl = "Planning van de <werkplaats>"
en = "Workshop's schedule"
read = { nl = "Bekijken van de planning", en = "View the schedule" }
write = { nl = "Wijzigen van de planning", en = "Change the schedule" }

[scopes.archief]
nl = "Archief"
en = "Archive"
export = { nl = "Alles uit het archief halen", en = "Take everything out of the archive" }
"#;

pub struct OwnScopes {
    pub server: Server,
    file: PathBuf,
}

impl std::ops::Deref for OwnScopes {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl OwnScopes {
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[]).await
    }

    /// With further flags.
    pub async fn start_with(engine: Engine, flags: &[&str]) -> Self {
        Self::start_on_with(Database::up_to_date(engine).await, flags).await
    }

    pub async fn start_on(database: Database) -> Self {
        Self::start_on_with(database, &[]).await
    }

    async fn start_on_with(database: Database, flags: &[&str]) -> Self {
        let file = database.folder().join("settings.toml");
        std::fs::write(&file, SETTINGS).unwrap();
        let server =
            Server::start_on(database, &[&["--config", file.to_str().unwrap()], flags].concat())
                .await;
        Self { server, file }
    }

    /// A command that knows the scopes.
    pub fn command(&self, arguments: &[&str]) -> Ran {
        self.command_with_input(arguments, "")
    }

    fn command_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        self.server.cli_with_input(
            &[arguments, &["--config", self.file.to_str().unwrap()]].concat(),
            input,
        )
    }

    /// A portal's key with these scopes: id and key.
    pub fn key(&self, portal: &Portal, scopes: &[&str]) -> (String, String) {
        let arguments = ["api-key", "create", "--portal", portal.id.as_str(), "--name", "sleutel"];
        let made = self.command(&[&arguments[..], &scope_flags(scopes)].concat()).json();
        (text(&made, "id"), text(&made, "key"))
    }

    /// A developer: id and e-mail address.
    pub fn developer(&self) -> (String, String) {
        let email = format!("bouwer-{:016x}@example.nl", rand::random::<u64>());
        let made = self.command_with_input(
            &["developer", "create", "--name", "Bouwers", "--email", &email, "--password-stdin"],
            PASSWORD,
        );
        (text(&made.json(), "developerId"), email)
    }

    /// An app that may ask these scopes.
    pub fn app_with_scopes(&self, scopes: &[&str]) -> App {
        let (developer, _) = self.developer();
        let arguments = [
            "app",
            "create",
            "--developer",
            &developer,
            "--name",
            "Koppeling",
            "--redirect-uri",
            super::CALLBACK,
        ];
        let made = self.command(&[&arguments[..], &scope_flags(scopes)].concat()).json();
        self.known_app(
            text(&made, "appId").parse().unwrap(),
            developer.parse().unwrap(),
            text(&made, "appSecret"),
        )
    }
}

/// `--scope` before each.
pub fn scope_flags<'a>(scopes: &[&'a str]) -> Vec<&'a str> {
    scopes.iter().flat_map(|scope| ["--scope", scope]).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}")).to_owned()
}
