//! Every page and form of the sites, as they are registered, so that new routes are tested
//! automatically. Only ids of a new kind must be added to [`Party::path`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use klantportaal::accounts::{
    HeldTeam, Invitation, NewInvitation, Organisation, PortalLogo, PortalSettings, Role, Sandbox,
    Session, create_developer, developer_of,
};
use klantportaal::auth::ScopeSet;
use klantportaal::clients::{App, AppDetails, Credential, RedirectUris};
use klantportaal::db::ToParam;
use klantportaal::ids::{
    AccountId, AppId, AppointmentTypeId, ClosedDayId, DeliveryId, DeveloperId, EventId, GrantId,
    PasskeyId, PortalId, SavedViewId,
};
use klantportaal::oauth::ConnectedApp;
use klantportaal::resources::customers::{FieldDetails, FieldKind, insert_field};
use klantportaal::values::Logo;
use klantportaal::web::Page;
use reqwest::Method;
use serde_json::json;

use crate::files_in_parts::{Script, new_id as new_upload_id};

use super::operations::{Ids, make_ids, missing};
use super::{Browser, CALLBACK, Instance, Key, PASSWORD, Portal, SCOPE, tickets};

/// A path that browsers open, or send a form to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageRoute {
    /// Its path, with places such as `{id}`.
    pub template: String,
    pub get: bool,
    pub post: bool,
}

/// Everything that is registered for browsers.
pub fn registered() -> Vec<Page> {
    klantportaal::app::pages()
}

/// All routes of pages, forms, and files beside them; the API's and the programs' endpoints are not
/// among them.
pub fn page_routes() -> Vec<PageRoute> {
    let mut all: BTreeMap<String, PageRoute> = BTreeMap::new();
    let logos =
        klantportaal::app::endpoints().into_iter().map(|logo| (logo.path.to_owned(), logo.method));
    let logos = logos.filter(|(path, _)| path.starts_with("/oauth/apps/"));
    for (template, method) in
        registered().into_iter().map(|page| (page.path, page.method)).chain(logos)
    {
        let route =
            all.entry(template.clone()).or_insert(PageRoute { template, get: false, post: false });
        match method {
            Method::GET => route.get = true,
            Method::POST => route.post = true,
            other => panic!("{other} {}", route.template),
        }
    }
    let all: Vec<PageRoute> = all.into_values().collect();
    assert!(
        all.len() >= 130 && all.iter().filter(|route| route.post).count() >= 70,
        "routes were lost: {all:?}"
    );
    all
}

/// The paths to which programs post, outside of the API.
pub fn program_routes() -> Vec<String> {
    let all = klantportaal::app::endpoints().into_iter();
    let paths: Vec<String> = all
        .filter(|endpoint| endpoint.method == Method::POST)
        .map(|endpoint| endpoint.path.to_owned())
        .collect();
    assert!(paths.len() >= 6, "routes were lost: {paths:?}");
    paths
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
        give_logo(&portal).await;
        let mut ids = make_ids(&key).await;
        ids.insert("key", key.id.to_string());
        put_into_bin(&key, &mut ids).await;
        ids.insert("customerField", custom_field(&portal).await);
        ids.insert("appointmentType", appointment_type(server, &portal).await);
        ids.insert("closedDay", closed_day(server, &portal).await);
        for (list, view) in [
            ("customer", "viewOfCustomers"),
            ("customer_group", "viewOfGroups"),
            ("punch_card", "viewOfPunchCards"),
            ("appointment", "viewOfAppointments"),
            ("ticket", "viewOfTickets"),
        ] {
            ids.insert(view, saved_view(server, &portal, list).await);
        }
        ids.insert("deliveryId", delivery(server, &portal, &ids["webhookId"]).await);
        ids.insert("portal", portal.id.to_string());
        let ((developer, app), now) = (own_app(server, &portal).await, Timestamp::now());
        ids.insert("app", app.to_string());
        let login = browser
            .page("/developers/login")
            .await
            .form()
            .with("email", &portal.owner_email)
            .with("password", PASSWORD);
        assert_eq!(login.send(&browser).await.status, 303);
        ids.insert("appWebhook", app_webhook(&browser, &app).await);
        ids.insert("appDelivery", test_of_app(server, &ids["appWebhook"]).await);
        ids.insert("deletedAppointment", appointment_in_bin(&key, &browser).await);
        ids.insert("deletedTicket", ticket_in_bin(&portal, &browser).await);
        // What the deletion says, with its button, is on the next page.
        browser.page("/manage/tickets").await;
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
        ids.insert("import", imported(server, &portal).await);
        ids.insert("upload", unfinished_upload(&browser).await);
        ids.insert("sandbox", sandbox(server, &portal).await.to_string());
        let (colleague, colleague_email) = server.person("Collega").await;
        ids.insert("colleague", colleague.to_string());
        let organisations =
            [Organisation::Portal(portal.id.clone()), Organisation::Developer(developer.clone())];
        for (organisation, kind) in
            organisations.iter().zip(["portalInvitation", "developerInvitation"])
        {
            server.let_in(organisation, &colleague, Role::Member).await;
            ids.insert(kind, invited(server, organisation, &account.id).await);
        }
        ids.insert("calendarLink", calendar_link(server, &colleague_email).await);
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

/// The secret of a colleague's link for a calendar program.
async fn calendar_link(server: &Instance, email: &str) -> String {
    let (browser, page) =
        (Browser::logged_in(&server.url, email).await, "/manage/appointments/feed");
    assert_eq!(browser.page(page).await.form_to(page).send(&browser).await.status, 303);
    let page = browser.page(page).await;
    let start = page.html.find("/calendar/").unwrap() + "/calendar/".len();
    page.html[start..].split(['"', '<']).next().unwrap().to_owned()
}

/// The smallest image.
fn logo() -> Logo {
    Logo { logo: b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), logo_type: "image/gif".into() }
}

async fn give_logo(portal: &Portal) {
    let mut tx = portal.store.begin().await.unwrap();
    PortalSettings::hold(&mut tx).await.unwrap();
    PortalLogo::set(&mut tx, Some(&logo())).await.unwrap();
    tx.commit().await.unwrap();
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

/// Deletes a customer, a group and a punch card.
async fn put_into_bin(key: &Key, ids: &mut Ids) {
    let customer = json!({ "companyName": "A", "address": "B 1", "zipCode": "1234 AB", "city": "C", "primaryEmail": "weg@example.nl" });
    for (kind, path, body) in [
        ("deletedCustomer", "/v1/customers", customer),
        ("deletedGroup", "/v1/customer-groups", json!({ "name": "Weg" })),
        (
            "deletedPunchCard",
            "/v1/punch-cards",
            json!({ "name": "Weg", "punches": 10, "punchLabel": "les" }),
        ),
    ] {
        let row = key.post(path, body).await.expect(200);
        let id = row["id"].as_str().unwrap().to_owned();
        key.delete(&format!("{path}/{id}")).await.expect_nothing();
        ids.insert(kind, id);
    }
}

/// The id of an appointment that was deleted on its page: the API only cancels.
async fn appointment_in_bin(key: &Key, browser: &Browser) -> String {
    let appointment = json!({ "name": "Weg", "startsAt": "2030-01-01 10:00", "endsAt": "2030-01-01 11:00", "attendeeName": "A", "attendeeEmail": "weg@example.nl" });
    let row = key.post("/v1/appointments", appointment).await.expect(200);
    let id = row["id"].as_str().unwrap().to_owned();
    let path = format!("/manage/appointments/{id}/delete");
    assert_eq!(browser.page(&path).await.form_to(&path).send(browser).await.status, 303);
    // The button of its message is a form too.
    browser.page("/manage/appointments").await;
    id
}

/// The key of a custom field of customers, which no other portal has.
async fn custom_field(portal: &Portal) -> String {
    let (mut tx, now) = (portal.store.begin().await.unwrap(), Timestamp::now());
    let own = format!("veld{:08x}", rand::random::<u32>());
    for (key, name) in [("sector", "Sector"), (own.as_str(), "Branche")] {
        let details =
            FieldDetails { name: name.into(), choices: String::new(), is_required: false };
        insert_field(&mut tx, key, FieldKind::Line, &details, now).await.unwrap();
    }
    tx.commit().await.unwrap();
    own
}

/// The id of a type of appointments.
async fn appointment_type(server: &Instance, portal: &Portal) -> String {
    let id = AppointmentTypeId::random();
    let sql = "INSERT INTO appointment_types (portal_id, id, name, duration, buffer_before, buffer_after, notice, created_at)
         VALUES (?1, ?2, 'Onderhoud', 90, 15, 15, 0, 1)";
    server.db.execute(sql, &[portal.id.to_param(), id.to_param()]).await.unwrap();
    id.to_string()
}

/// The id of a day on which the portal is closed, long after the tests.
async fn closed_day(server: &Instance, portal: &Portal) -> String {
    let id = ClosedDayId::random();
    let sql = "INSERT INTO closed_days (portal_id, id, name, first_day, last_day)
         VALUES (?1, ?2, 'Jubileum', '2099-12-31', '2099-12-31')";
    server.db.execute(sql, &[portal.id.to_param(), id.to_param()]).await.unwrap();
    id.to_string()
}

/// The id of a ticket that was deleted on its page.
async fn ticket_in_bin(portal: &Portal, browser: &Browser) -> String {
    let id = tickets::add(&portal.store, None, &tickets::OPEN).await;
    let path = format!("/manage/tickets/{id}/delete");
    assert_eq!(browser.page(&path).await.form_to(&path).send(browser).await.status, 303);
    id
}

/// The id of a saved view of a list of the portal's owner.
async fn saved_view(server: &Instance, portal: &Portal, list: &str) -> String {
    let (id, account) = (SavedViewId::random(), server.owner(portal).await);
    let sql = "INSERT INTO saved_views (portal_id, id, list, account_id, name, query, is_shared, created_at)
         VALUES (?1, ?2, ?3, ?4, 'Met een a', 'search=a', FALSE, 1)";
    let values = [portal.id.to_param(), id.to_param(), list.to_param(), account.id.to_param()];
    server.db.execute(sql, &values).await.unwrap();
    id.to_string()
}

/// The id of an attempt to send an event to a webhook.
async fn delivery(server: &Instance, portal: &Portal, webhook: &str) -> String {
    // Of today, so that the clean-up leaves it there.
    let (id, event, now) = (DeliveryId::random(), EventId::random(), Timestamp::now());
    let sql = "INSERT INTO events (id, portal_id, type, resource_id, sequence, data, created_at)
         VALUES (?1, ?2, 'offer-created', 'off_a', 1, '{}', ?3)";
    let values = [event.to_param(), portal.id.to_param(), now.to_param()];
    server.db.execute(sql, &values).await.unwrap();
    let sql = "INSERT INTO webhook_deliveries (portal_id, webhook_id, id, event_id, job_id, attempt, sent_at, took_ms, status, answer)
         VALUES (?1, ?2, ?3, ?4, 0, 1, ?5, 20, 204, '')";
    let values =
        [portal.id.to_param(), webhook.to_param(), id.to_param(), event.to_param(), now.to_param()];
    server.db.execute(sql, &values).await.unwrap();
    id.to_string()
}

/// The id of a receiver of an app's webhooks, which has all pages that a webhook has.
async fn app_webhook(browser: &Browser, app: &AppId) -> String {
    let form = browser.page(&format!("/developers/apps/{app}/webhooks/new")).await.form();
    let form = form.with("to", "receiver");
    let made = form.with("types", "customer-created").send(browser).await;
    let page = made.header("location").unwrap();
    // What is said of its creation is on the next page.
    browser.page(page).await;
    page.rsplit('/').next().unwrap().to_owned()
}

/// The id of an attempt to send it a test.
async fn test_of_app(server: &Instance, webhook: &str) -> String {
    let (id, event, now) = (DeliveryId::random(), EventId::random(), Timestamp::now());
    let sql = "INSERT INTO app_webhook_deliveries (webhook_id, id, event_id, type, test, job_id, attempt, sent_at, took_ms, status, answer)
         VALUES (?1, ?2, ?3, 'customer-created', '{}', 0, 1, ?4, 20, 204, '')";
    let values = [webhook.to_param(), id.to_param(), event.to_param(), now.to_param()];
    server.db.execute(sql, &values).await.unwrap();
    id.to_string()
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
    App::set_logo(&server.db, &developer, &app, Some(&logo())).await.unwrap();
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

/// An import that has ended, with something left of everything that belongs to one.
async fn imported(server: &Instance, portal: &Portal) -> String {
    let id = klantportaal::ids::ImportId::random();
    let import = "INSERT INTO imports (portal_id, id, kind, state, file_name, language, heads, fields, author_id, author_email,
         piece_count, row_count, position, faulty, repeated, known, created, updated, skipped, removed, created_at)
         VALUES (?1, ?2, 'customer', 'done', 'klanten.csv', 'nl', '[\"Naam\",\"E-mail\",\"Adres\",\"Postcode\",\"Plaats\"]',
             '[\"companyName\",\"primaryEmail\",\"address\",\"zipCode\",\"city\"]', 'acc_x', 'x@example.nl',
             1, 1, 1, 1, 0, 0, 1, 0, 0, 0, ?3)";
    let key = [portal.id.to_param(), id.to_param()];
    let mut params = key.to_vec();
    let now = Timestamp::now();
    params.push(now.to_param());
    server.db.execute(import, &params).await.unwrap();
    for sql in [
        "INSERT INTO import_faults (portal_id, import_id, row_number, field, message) VALUES (?1, ?2, 2, 'city', '{\"key\":\"field.required\"}')",
        "INSERT INTO import_created (portal_id, import_id, row_id) VALUES (?1, ?2, 'cst_x')",
    ] {
        server.db.execute(sql, &key).await.unwrap();
    }
    let content = b"2,Jansen".to_vec();
    params.pop();
    params.push(content.to_param());
    let piece =
        "INSERT INTO import_pieces (portal_id, import_id, number, content) VALUES (?1, ?2, 0, ?3)";
    server.db.execute(piece, &params).await.unwrap();
    id.to_string()
}

/// The id of an upload of which one part has arrived, and all that it has.
async fn unfinished_upload(browser: &Browser) -> String {
    let (script, id) = (Script::on_page(Browser::twin(browser)).await, new_upload_id());
    script.begin(&id, "Film.mp4", 3).await.expect(200);
    script.part(&id, 1, b"een").await.expect(200);
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
        (_, "{name}" | "{tag}" | "{area}" | "{day}") => "",
        ("views", _) if template.contains("/customer-groups/") => "viewOfGroups",
        ("views", _) if template.contains("/punch-cards/") => "viewOfPunchCards",
        ("views", _) if template.contains("/appointments/") => "viewOfAppointments",
        ("views", _) if template.contains("/tickets/") => "viewOfTickets",
        ("views", _) => "viewOfCustomers",
        ("bin", _) if template.contains("/customer-groups/") => "deletedGroup",
        ("bin", _) if template.contains("/punch-cards/") => "deletedPunchCard",
        ("bin", _) if template.contains("/appointments/") => "deletedAppointment",
        ("bin", _) if template.contains("/tickets/") => "deletedTicket",
        ("bin", _) => "deletedCustomer",
        ("customers" | "issue" | "with", _) => "customerId",
        ("appointments", _) => "appointmentId",
        ("types", _) => "appointmentType",
        ("closed", _) => "closedDay",
        ("tickets", _) => "ticketId",
        ("attachments", _) => "attachmentId",
        ("punch-cards", _) => "punchCardId",
        ("issued", _) => "issuedPunchCardId",
        // A contact has a number, in its customer.
        ("contacts", _) => "",
        ("customer-groups", _) => "customerGroupId",
        ("webhooks", _) if template.starts_with("/developers") => "appWebhook",
        ("deliveries", _) if template.starts_with("/developers") => "appDelivery",
        ("webhooks", _) => "webhookId",
        ("deliveries", _) => "deliveryId",
        ("directories", _) => "directoryId",
        ("files" | "of", _) => "fileOrDirId",
        ("customer-fields", _) => "customerField",
        ("file-requests", _) => "requestId",
        ("requests", _) => "requestLink",
        ("file-shares", _) => "shareId",
        ("shares", _) => "shareLink",
        ("calendar", _) => "calendarLink",
        ("api-keys", _) => "key",
        ("connected-apps", _) => "grant",
        ("apps", _) => "app",
        ("sessions", _) => "session",
        ("team", _) => "colleague",
        ("invitations", _) if template.starts_with("/developers") => "developerInvitation",
        ("invitations", _) => "portalInvitation",
        ("passkeys", _) => "passkey",
        ("sandboxes", _) => "sandbox",
        ("portals", _) => "portal",
        ("imports", _) => "import",
        ("uploads", _) => "upload",
        ("parts", _) => "",
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
    let mut path = template
        .replace("/docs/reference/{area}/{name}", "/docs/reference/customers/listCustomers")
        .replace("/docs/reference/{area}", "/docs/reference/customers")
        .replace("/docs/{name}", "/docs/scopes")
        .replace("{tag}", "nl")
        .replace("{day}", "2031-07-01")
        .replace("{contact}", "1")
        .replace("{number}", "1");
    for (place, kind) in places(template) {
        let id = ids.get(kind).unwrap_or_else(|| {
            panic!("{template}: teach tests/it/support/pages.rs to make a {kind}")
        });
        path = path.replacen(place, id, 1);
    }
    path
}
