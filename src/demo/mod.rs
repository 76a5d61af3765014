//! The demo: a portal with example data, its owner, a developer and an app, and how to try them.

mod appointments;
mod customers;
mod file_requests;
mod file_shares;
mod files;
mod punch_cards;
mod tickets;
mod webhooks;

use jiff::{SignedDuration, Timestamp};

use crate::accounts::{
    Account, NewAccount, create_developer, create_portal, developer_of, portals_of,
};
use crate::api_keys::{ApiKey, NewApiKey};
use crate::auth::{AddressList, Line, Password, Scope, Token};
use crate::clients::{App, AppDetails, AppSecret, Credential, RedirectUri, RedirectUris};
use crate::db::WritingDb;
use crate::error::{Error, Result};
use crate::ids::{AppId, PortalId};
use crate::objects::Objects;
use crate::public_urls::Surface;
use crate::sealed::SealingKeys;
use crate::server::{Server, WritingServer};
use crate::tenant::{StoreTx, WritingStore};
use crate::values::Name;

const OWNER: &str = "eigenaar@demo.example";
const DEVELOPER: &str = "ontwikkelaar@demo.example";
const PASSWORD: &str = "klantportaal-demo";
const KEY_NAME: &str = "Demo";
const REDIRECT_URI: &str = "http://127.0.0.1:8765/callback";

/// Adds the missing parts of the demo; returns the text to print, with log-ins and commands to try.
pub async fn prepare(server: &WritingServer) -> Result<String> {
    let (db, now) = (&server.db, server.clock.now());
    let portal = match Account::by_email(db, OWNER).await? {
        Some(owner) => portals_of(db, &owner.id)
            .await?
            .into_iter()
            .next()
            .map(|portal| portal.id)
            .ok_or(Error::NotFound)?,
        None => add_portal(server, now).await?,
    };
    let app = find_or_add_app(db, now).await?;
    // Secrets are only stored as hashes, so every start creates new ones to print.
    let key = renew_key(&WritingStore::open(db.clone(), portal), now).await?;
    let secret = AppSecret::rotate(db, &app, SignedDuration::ZERO, now).await?;
    Ok(describe(server, &key, &app, &secret))
}

async fn person(name: Name, email: &str) -> Result<NewAccount> {
    let password = Password::typed(PASSWORD.into());
    NewAccount::new(name, email.into(), password, true, Line::Known).await
}

async fn add_portal(server: &WritingServer, now: Timestamp) -> Result<PortalId> {
    let db = &server.db;
    let created = create_portal(
        db,
        &"Installatiebedrijf Van Dijk".into(),
        &person("Sanne van Dijk".into(), OWNER).await?,
        now,
    )
    .await;
    let (portal, _) = created.map_err(Error::internal)?;
    let mut tx = WritingStore::open(db.clone(), portal.clone()).begin().await?;
    add_examples(&mut tx, (&server.objects, &server.sealing_keys), now).await?;
    webhooks::add(&mut tx, &server.sealing_keys, now).await?;
    tx.commit().await?;
    Ok(portal)
}

/// Adds the example data of a portal, within a transaction.
pub async fn add_examples(
    tx: &mut StoreTx,
    (objects, keys): (&Objects, &SealingKeys),
    now: Timestamp,
) -> Result<()> {
    let customers = customers::add(tx, now).await?;
    appointments::add(tx, &customers, now).await?;
    tickets::add(tx, &customers, now).await?;
    punch_cards::add(tx, &customers, now).await?;
    let files = files::add(tx, objects, now).await?;
    file_shares::add(tx, keys, (&files, &customers), now).await?;
    file_requests::add(tx, keys, &customers, now).await
}

/// The developer's oldest app, or a new one.
async fn find_or_add_app(db: &WritingDb, now: Timestamp) -> Result<AppId> {
    let person = person("Daan Mulder".into(), DEVELOPER).await?;
    let mut tx = db.begin().await?;
    let member = person.insert(&mut tx, now).await?;
    if let Some(member) = &member {
        create_developer(&mut tx, &"Mulder Software".into(), member, now).await?;
    }
    tx.commit().await?;
    let account = Account::by_email(db, DEVELOPER).await?.ok_or(Error::NotFound)?;
    let developer = developer_of(db, &account.id).await?.ok_or(Error::NotFound)?;
    if let Some(app) = App::list(db, &developer.id).await?.pop() {
        return Ok(app.id);
    }
    let redirect_uri: RedirectUri = REDIRECT_URI.parse().map_err(Error::internal)?;
    let details = AppDetails {
        name: "Planbord".into(),
        description:
            "Zet je klanten op een planbord en stuurt ze een herinnering voor elke afspraak.".into(),
        website: Some("https://planbord.example/".into()),
        redirect_uris: RedirectUris(vec![redirect_uri]),
        scopes: [Scope::CustomersRead, Scope::CustomersWrite].into_iter().collect(),
        optional_scopes: [Scope::CustomersWrite].into_iter().collect(),
        device_flow: false,
    };
    Ok(details.create(db, &developer.id, Credential::Secret, now).await?.0)
}

async fn renew_key(store: &WritingStore, now: Timestamp) -> Result<Token> {
    let known = ApiKey::list(store, now).await?;
    let mut tx = store.begin().await?;
    for key in known.into_iter().filter(|key| key.name == KEY_NAME) {
        ApiKey::revoke(&mut tx, &key.id, now).await?;
    }
    let scopes = [Scope::CustomersRead, Scope::CustomersWrite].into_iter().collect();
    let new = NewApiKey {
        name: KEY_NAME.into(),
        scopes,
        expires_at: None,
        rate_limit: None,
        allowed_addresses: AddressList::default(),
    };
    let (_, key) = new.create(&mut tx, now).await?;
    tx.commit().await?;
    Ok(key)
}

fn describe(server: &Server, key: &Token, app: &AppId, secret: &Token) -> String {
    let public_urls = &server.public_urls;
    let (manage, developers, docs) = (
        public_urls.url(Surface::Manage, "/manage"),
        public_urls.url(Surface::Developers, "/developers"),
        public_urls.url(Surface::Docs, "/docs"),
    );
    let (api, authorize, tokens) = (
        public_urls.api("/v1"),
        public_urls.url(Surface::Manage, "/oauth/authorize"),
        public_urls.url(Surface::Manage, "/oauth/tokens"),
    );
    let mailbox = public_urls.url(Surface::Manage, "/mailbox");
    let redirect: String = url::form_urlencoded::byte_serialize(REDIRECT_URI.as_bytes()).collect();
    let (key, secret) = (key.reveal(), secret.reveal());
    format!(
        "
Demo: example data only. Its passwords are public, so do not put it on the internet.

  Manage portal     {manage}
                    {OWNER}  {PASSWORD}
  Developer portal  {developers}
                    {DEVELOPER}  {PASSWORD}
  Documentation     {docs}
  Sent mail         {mailbox}

Call the API with the portal's own key:

  curl {api}/customers -H 'Authorization: Bearer {key}'

  curl {api}/customers -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\
    -d '{{\"companyName\":\"Bakkerij Jansen\",\"address\":\"Dorpsstraat 1\",\"zipCode\":\"6711 AA\",\"city\":\"Ede\",\"primaryEmail\":\"info@jansen.example\"}}'

Or as a third-party app: open this, log in as the owner, give access, and take the code from the address bar

  {authorize}?client_id={app}&redirect_uri={redirect}&response_type=code&scope=customers.read&state=demo

  curl {tokens} -d grant_type=authorization_code -d client_id={app} \\
    -d client_secret={secret} -d redirect_uri={REDIRECT_URI} -d code=CODE

  curl {api}/customers -H 'Authorization: Bearer ACCESS_TOKEN'

The key and the App Secret above are new at every start of the demo; those of an earlier start have stopped working.
"
    )
}
