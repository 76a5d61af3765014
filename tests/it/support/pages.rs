//! Every page and form of the sites, found in the source, so that new routes are tested
//! automatically. Only ids of a new kind must be added to [`Party::path`].

use std::path::Path;

use jiff::Timestamp;
use klantportaal::accounts::{
    HeldTeam, Invitation, NewInvitation, Organisation, Role, Sandbox, Session, create_developer,
    developer_of,
};
use klantportaal::auth::ScopeSet;
use klantportaal::db::ToParam;
use klantportaal::ids::{AccountId, AppId, DeveloperId, GrantId, PasskeyId, PortalId};
use klantportaal::oauth::{App, AppDetails, ConnectedApp, Credential, Logo, RedirectUris};

use super::operations::{Ids, make_ids, missing};
use super::{Browser, CALLBACK, Instance, PASSWORD, Portal, SCOPE};

/// A route that browsers open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageRoute {
    /// Its path, with places such as `{id}`.
    pub template: String,
    pub get: bool,
    pub post: bool,
}

/// All routes of pages, forms, and files beside them; the API's and the programs' endpoints are not
/// among them.
pub fn page_routes() -> Vec<PageRoute> {
    let mut all = all_routes();
    all.retain(|route| !is_for_programs(&route.template));
    assert!(
        all.len() >= 49 && all.iter().filter(|route| route.post).count() >= 28,
        "the source lost its routes: {all:?}"
    );
    all
}

/// The paths to which programs post, outside of the API.
pub fn program_routes() -> Vec<String> {
    let all = all_routes().into_iter();
    let mut paths: Vec<String> = all
        .filter(|route| route.post && is_for_programs(&route.template))
        .map(|route| route.template)
        .collect();
    paths.dedup();
    assert!(paths.len() >= 6, "the source lost its routes: {paths:?}");
    paths
}

fn all_routes() -> Vec<PageRoute> {
    let mut all = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all.sort();
    all
}

fn collect(folder: &Path, all: &mut Vec<PageRoute>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, all);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let name = path
                .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            read(&name, &std::fs::read_to_string(&path).unwrap(), all);
        }
    }
}

fn read(file: &str, source: &str, all: &mut Vec<PageRoute>) {
    let code = source.split("#[cfg(test)]").next().unwrap();
    for call in code.split(".route(").skip(1) {
        // Paths that are put together are those of the style sheet and the like.
        let Some((path, rest)) =
            call.trim_start().strip_prefix('"').and_then(|call| call.split_once('"'))
        else {
            continue;
        };
        let handlers = until_closed(rest);
        let (get, post) = (handlers.contains("get("), handlers.contains("post("));
        for prefix in prefixes(file) {
            let template = match (prefix, path) {
                ("", path) => path.to_owned(),
                ("/docs", path) if path.starts_with("/docs") => path.to_owned(),
                (prefix, "/") => prefix.to_owned(),
                (prefix, path) => format!("{prefix}{path}"),
            };
            all.push(PageRoute { template, get, post });
        }
    }
}

/// Where the routes of a source file begin.
fn prefixes(file: &str) -> Vec<&'static str> {
    match file.split('/').next().unwrap() {
        "app" if file == "app/start_page.rs" => vec!["/manage"],
        "manage" | "resources" => vec!["/manage"],
        "developers" => vec!["/developers"],
        "account_pages" => vec!["/manage", "/developers"],
        "docs" => vec!["/docs"],
        "oauth" | "app" | "web" | "http" | "ui" | "mailbox" | "leaks" => vec![""],
        _ => panic!("{file} has routes: teach tests/it/support/pages.rs where they begin"),
    }
}

/// What is not for browsers: it takes no cookie.
fn is_for_programs(path: &str) -> bool {
    let pages = ["/oauth/authorize", "/oauth/apps/"];
    path.starts_with("/.well-known/")
        || ["/healthz", "/readyz", "/leaks"].contains(&path)
        || (path.starts_with("/oauth/") && !pages.iter().any(|page| path.starts_with(page)))
}

/// The text up to the bracket that closes the call.
fn until_closed(text: &str) -> &str {
    let mut depth = 1;
    for (index, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..index];
        }
    }
    panic!("a call without an end: {text}");
}

/// Somebody with a portal and an app of their own, logged in on both sites, and what they have.
pub struct Party {
    pub browser: Browser,
    pub email: String,
    pub ids: Ids,
    pub portal: PortalId,
    pub developer: DeveloperId,
}

impl Party {
    pub async fn new(server: &Instance) -> Self {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut ids = make_ids(&key).await;
        ids.insert("key", key.id.to_string());
        let ((developer, app), now) = (own_app(server, &portal).await, Timestamp::now());
        ids.insert("app", app.to_string());
        let login = browser
            .page("/developers/login")
            .await
            .form()
            .with("email", &portal.owner_email)
            .with("password", PASSWORD);
        assert_eq!(login.send(&browser).await.status, 303);
        ids.insert("grant", connected(server, &portal, &browser).await.to_string());
        // A log-in elsewhere, that can be ended from here.
        let account = server.owner(&portal).await;
        let known: Vec<_> = Session::list(&server.db, &account.id, now)
            .await
            .unwrap()
            .into_iter()
            .map(|session| session.id)
            .collect();
        Browser::logged_in(&server.url, &portal.owner_email).await;
        let elsewhere = Session::list(&server.db, &account.id, now)
            .await
            .unwrap()
            .into_iter()
            .find(|session| !known.contains(&session.id))
            .unwrap();
        ids.insert("session", elsewhere.id.to_string());
        ids.insert("passkey", passkey(server, &portal).await.to_string());
        ids.insert("sandbox", sandbox(server, &portal).await.to_string());
        let (colleague, _) = server.person("Collega").await;
        ids.insert("colleague", colleague.to_string());
        let organisations =
            [Organisation::Portal(portal.id.clone()), Organisation::Developer(developer.clone())];
        for (organisation, kind) in
            organisations.iter().zip(["portalInvitation", "developerInvitation"])
        {
            server.let_in(organisation, &colleague, Role::Member).await;
            ids.insert(kind, invited(server, organisation, &account.id).await);
        }
        Self { browser, email: portal.owner_email.clone(), ids, portal: portal.id, developer }
    }

    /// A route's path with these ids in it.
    pub fn path(&self, route: &PageRoute) -> String {
        fill(&route.template, &self.ids)
    }

    /// Ids of the same kinds that do not exist.
    pub fn missing_ids(&self) -> Ids {
        self.ids.iter().map(|(name, id)| (*name, missing(id))).collect()
    }
}

/// The id of an open invitation.
async fn invited(server: &Instance, organisation: &Organisation, by: &AccountId) -> String {
    let mut team =
        HeldTeam::hold(server.db.begin().await.unwrap(), organisation, by).await.unwrap();
    let new = NewInvitation { email: "genodigde@example.nl".into(), role: Role::Member };
    team.invite(&new, Timestamp::now()).await.unwrap();
    team.tx.commit().await.unwrap();
    Invitation::list(&server.db, organisation).await.unwrap().remove(0).id.to_string()
}

async fn own_app(server: &Instance, portal: &Portal) -> (DeveloperId, AppId) {
    let (account, now) = (server.owner(portal).await, Timestamp::now());
    let mut tx = server.db.begin().await.unwrap();
    let developer =
        create_developer(&mut tx, &"Koppelaars & Zonen".into(), &account.id, now).await.unwrap();
    tx.commit().await.unwrap();
    let details = AppDetails {
        name: "Eigen app".into(),
        description: String::new(),
        website: None,
        redirect_uris: RedirectUris(vec![CALLBACK.parse().unwrap()]),
        scopes: SCOPE.parse::<ScopeSet>().unwrap(),
        optional_scopes: ScopeSet::default(),
        device_flow: false,
    };
    let (app, _) = details.create(&server.db, &developer, Credential::Secret, now).await.unwrap();
    let logo = Logo { logo: b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), logo_type: "image/gif".into() };
    App::set_logo(&server.db, &developer, &app, Some(&logo)).await.unwrap();
    (developer, app)
}

async fn connected(server: &Instance, portal: &Portal, browser: &Browser) -> GrantId {
    server.app().await.ask().allow(browser).await.code();
    ConnectedApp::list(&portal.store).await.unwrap().remove(0).id
}

/// A passkey for another host: it is listed, and can be taken away.
async fn passkey(server: &Instance, portal: &Portal) -> PasskeyId {
    let (id, account) = (PasskeyId::random(), server.owner(portal).await);
    let sql = "INSERT INTO passkeys (id, account_id, rp_id, credential_id, name, credential, created_at) VALUES (?1, ?2, 'elders.example', ?3, 'Telefoon', '', ?4)";
    let (credential, now) = (id.as_str().as_bytes(), Timestamp::now());
    server
        .db
        .execute(
            sql,
            &[id.to_param(), account.id.to_param(), credential.to_param(), now.to_param()],
        )
        .await
        .unwrap();
    // Who adds a passkey has shown it.
    let shown = "UPDATE sessions SET second_factor_at = authenticated_at WHERE account_id = ?1";
    server.db.execute(shown, &[account.id.to_param()]).await.unwrap();
    id
}

async fn sandbox(server: &Instance, portal: &Portal) -> PortalId {
    let (account, now) = (server.owner(portal).await, Timestamp::now());
    let developer = developer_of(&server.db, &account.id).await.unwrap().unwrap();
    let mut tx = server.db.begin().await.unwrap();
    let id = Sandbox::create(&mut tx, &developer.id, &account.id, &"Om te proberen".into(), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// The places of a route, each with the name of the id that belongs in it.
pub fn places(template: &str) -> Vec<(&str, &'static str)> {
    let parts: Vec<&str> = template.split('/').collect();
    let kind = |index: usize| match (parts[index - 1], parts[index]) {
        (_, "{name}" | "{tag}") => "",
        ("customers", _) => "customerId",
        ("customer-groups", _) => "customerGroupId",
        ("api-keys", _) => "key",
        ("connected-apps", _) => "grant",
        ("apps", _) => "app",
        ("sessions", _) => "session",
        ("team", _) => "colleague",
        ("invitations", _) if template.starts_with("/developers") => "developerInvitation",
        ("invitations", _) => "portalInvitation",
        ("passkeys", _) => "passkey",
        ("sandboxes", _) => "sandbox",
        (before, place) => {
            panic!("{template}: teach tests/it/support/pages.rs what {place} after {before} is")
        }
    };
    (1..parts.len())
        .filter(|index| parts[*index].starts_with('{'))
        .map(|index| (parts[index], kind(index)))
        .filter(|(_, kind)| !kind.is_empty())
        .collect()
}

/// A route's path with ids in it.
pub fn fill(template: &str, ids: &Ids) -> String {
    let mut path = template.replace("/docs/{name}", "/docs/scopes").replace("{tag}", "nl");
    for (place, kind) in places(template) {
        let id = ids.get(kind).unwrap_or_else(|| {
            panic!("{template}: teach tests/it/support/pages.rs to make a {kind}")
        });
        path = path.replacen(place, id, 1);
    }
    path
}
