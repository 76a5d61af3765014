//! An example for each form of the sites: the form as its page shows it, with what a person would
//! fill in, and what must be done before.

use klantportaal::accounts::{Organisation, Role};
use klantportaal::clients::ClientType;
use klantportaal::clock::Clock;
use klantportaal::db::ToParam;
use klantportaal::ids::RequestedFileId;
use serde_json::json;

use super::shot::Shot;
use crate::file_requests::upload;
use crate::support::pages::{PageRoute, Party};
use crate::support::{
    Authenticator, Browser, FilledForm, Instance, PASSWORD, Page, Passkey, SCOPE, SigningKey,
};
use crate::webhooks::receiver::Receiver;

const NEW_PASSWORD: &str = "een heel ander paard 7";

/// What is filled in. A form that is not listed needs nothing.
fn fields(template: &str) -> &'static [(&'static str, &'static str)] {
    match template {
        "/manage/account" => &[("current_password", PASSWORD), ("password", NEW_PASSWORD)],
        "/manage/account/name" => &[("name", "Eva")],
        "/manage/customer-groups/new" => &[("name", "Leden")],
        "/manage/customer-groups/{id}/rename" => &[("name", "Vrienden")],
        "/manage/punch-cards/new" | "/manage/punch-cards/{id}/edit" => {
            &[("name", "Koffiekaart"), ("punches", "10"), ("punchLabel", "kopje")]
        }
        // A request takes no time from the others.
        "/manage/appointments/new" | "/manage/appointments/with/{customer}" => &[
            ("name", "Onderhoud"),
            ("startsAt", "2031-07-01T10:00"),
            ("endsAt", "2031-07-01T11:00"),
            ("attendeeName", "Sanne"),
            ("attendeeEmail", "sanne@example.nl"),
            ("pending", "true"),
        ],
        "/manage/tickets/new" | "/manage/tickets/with/{customer}" => {
            &[("title", "Lekkage"), ("message", "Wij komen morgen.")]
        }
        "/manage/tickets/{id}/reply" => &[("message", "Wij komen morgen.")],
        "/manage/tickets/{id}/note" => &[("note", "Onder garantie.")],
        "/manage/appointments/{id}/edit" => &[
            ("name", "Reparatie"),
            ("startsAt", "2031-07-01T10:00"),
            ("endsAt", "2031-07-01T11:00"),
        ],
        "/manage/punch-cards/{id}/issued/{issued}/stamp" => &[("stamps", "1")],
        "/manage/file-requests/new" | "/manage/file-requests/with/{customer}" => {
            &[("name", "Jaarstukken"), ("requestedFiles", "Balans")]
        }
        "/manage/customers/new" | "/manage/customers/{id}/edit" => &[
            ("companyName", "Slagerij De Vries"),
            ("primaryEmail", "info@slagerij.example"),
            ("address", "Kade 1"),
            ("zipCode", "6711 AA"),
            ("city", "Ede"),
            ("countryCode", "NL"),
            ("customerType", "business"),
        ],
        "/manage/files/new" | "/manage/files/directories/{id}/new" => &[("name", "Foto's")],
        "/manage/files/uploads" => &[
            ("new", "fup_tweemaal"),
            ("directory", "root"),
            ("name", "Film.mp4"),
            ("size", "20000000"),
            ("modified", "0"),
        ],
        "/manage/files/{id}/rename" => &[("name", "Andere naam.txt")],
        "/manage/customers/views/{id}"
        | "/manage/customer-groups/views/{id}"
        | "/manage/appointments/views/{id}"
        | "/manage/tickets/views/{id}"
        | "/manage/punch-cards/views/{id}" => &[("view_name", "Andere naam")],
        "/manage/settings/appointments/types/new" | "/manage/settings/appointments/types/{id}" => {
            &[
                ("name", "Opname"),
                ("duration", "45"),
                ("bufferBefore", "0"),
                ("bufferAfter", "0"),
                ("notice", "0"),
            ]
        }
        "/manage/settings/appointments/hours" => &[("monday", "09:00-17:00")],
        "/manage/settings/appointments/closed/new" => {
            &[("name", "Bouwvak"), ("firstDay", "2031-07-21"), ("lastDay", "2031-08-08")]
        }
        "/manage/settings/customer-fields/new" => &[("name", "Branche"), ("kind", "text")],
        "/manage/settings/customer-fields/{id}" => &[("name", "Andere naam")],
        "/manage/customers/{id}/contacts/new" | "/manage/customers/{id}/contacts/{contact}" => {
            &[("name", "Sanne van Dijk"), ("email", "sanne@example.nl")]
        }
        "/manage/customers/imports/{id}/columns" => &[
            ("column-0", "companyName"),
            ("column-1", "primaryEmail"),
            ("column-2", "address"),
            ("column-3", "zipCode"),
            ("column-4", "city"),
        ],
        "/manage/portals/new" | "/developers/welcome" => &[("organisation", "Tweede zaak")],
        "/manage/reauthenticate" => &[("password", PASSWORD)],
        "/manage/settings/api-keys/new" => &[("name", "Kassa"), ("scope", "customers.read")],
        "/manage/settings/api-keys/{id}/addresses" => &[("addresses", "192.0.2.1")],
        "/manage/settings/webhooks/{id}/replay" => {
            &[("from", "1970-01-01"), ("to", "2100-01-01"), ("which", "all")]
        }
        "/manage/settings/webhooks/{id}/rotate"
        | "/manage/settings/api-keys/{id}/rotate"
        | "/developers/apps/{id}/webhooks/{webhook}/rotate"
        | "/developers/apps/{id}/rotate" => &[("overlap", "none")],
        "/manage/settings/portal/second-factor" | "/developers/settings/second-factor" => {
            &[("require", "yes")]
        }
        "/manage/settings/portal" | "/developers/settings" => &[("name", "Nieuwe naam")],
        "/manage/settings/business" => &[("legalName", "Bakkerij Jansen B.V.")],
        "/manage/settings/portal/delete" => &[("name", "Bakkerij Jansen")],
        "/developers/settings/delete" => &[("name", "Koppelaars & Zonen")],
        "/manage/settings/team/invite" | "/developers/team/invite" => &[("role", "member")],
        "/manage/settings/team/{id}/role" | "/developers/team/{id}/role" => &[("role", "admin")],
        "/developers/apps/new" => &[
            ("name", "Planbord"),
            ("redirect_uris", "https://app.example/callback"),
            ("scope", "customers.read"),
            ("client_type", "confidential"),
        ],
        "/developers/apps/{id}/edit" => &[
            ("name", "Planbord 2"),
            ("redirect_uris", "https://app.example/elders"),
            ("scope", "customers.read"),
            ("protection", "pkce"),
            ("remove_logo", "1"),
        ],
        "/developers/apps/{id}/webhooks/new" => {
            &[("types", "customer-deleted"), ("url", "https://hooks.korenaar.example/twee")]
        }
        "/developers/apps/{id}/webhooks/{webhook}/place" => {
            &[("to", "address"), ("url", "https://hooks.korenaar.example/drie")]
        }
        "/developers/apps/{id}/webhooks/{webhook}/types" => &[("types", "customer-deleted")],
        "/manage/settings/webhooks/new" => {
            &[("type", "offer-created"), ("url", "https://hooks.korenaar.example/twee")]
        }
        _ => &[],
    }
}

/// Whether the party is still logged in everywhere.
pub async fn is_able(party: &Party) -> bool {
    party.browser.get("/manage").await.status == 200
        && party.browser.get("/developers/apps").await.status == 200
}

/// The form of a route; none where the party's pages do not show it.
pub async fn example(server: &Instance, party: &Party, route: &PageRoute) -> Option<Shot> {
    let template = route.template.as_str();
    if let Some(shot) = elsewhere(server, template).await {
        return Some(shot);
    }
    if template == "/manage/customers/imports" {
        let browser = std::rc::Rc::new(Browser::twin(&party.browser));
        return Some(Shot::new(template, move || {
            let browser = std::rc::Rc::clone(&browser);
            async move { crate::import::send(&browser, b"Naam;Plaats\nJansen;Ede\n").await }
        }));
    }
    if template == "/requests/{link}" {
        let file = ask_for_a_file(server, party).await;
        let form = own_form(server, party, route).await?;
        let browser = std::rc::Rc::new(Browser::twin(&party.browser));
        return Some(Shot::new(template, move || {
            let (browser, form, file) = (std::rc::Rc::clone(&browser), form.clone(), file.clone());
            async move { upload(&browser, &form, &[(&file, "Balans.txt", "Een balans")]).await }
        }));
    }
    prepare(server, party, template).await;
    let form = own_form(server, party, route).await?;
    let form = fields(template).iter().fold(form, |form, (name, value)| form.with(name, value));
    let browser = Browser::twin(&party.browser);
    if template.starts_with("/manage/files/")
        && (template.ends_with("/upload") || template.ends_with("/{number}"))
    {
        return Some(Shot::upload(template, browser, form));
    }
    let shot = Shot::form(template, browser, form);
    Some(if ["/manage/account", "/manage/reauthenticate"].contains(&template) {
        shot.hashing()
    } else {
        shot
    })
}

/// What must be so before a party can send a form.
async fn prepare(server: &Instance, party: &Party, template: &str) {
    let organisations = [
        Organisation::Portal(party.portal.clone()),
        Organisation::Developer(party.developer.clone()),
    ];
    match template {
        // Somebody must stay.
        "/manage/account/delete" | "/manage/settings/team/leave" | "/developers/team/leave" => {
            let (other, _) = server.person("Ander").await;
            for organisation in &organisations {
                server.let_in(organisation, &other, Role::Owner).await;
            }
        }
        "/manage/account/second-factor/app/remove" => {
            Authenticator::set_up(&party.browser, &Clock::default()).await;
        }
        // The party's passkey is of another host, and would have to be shown.
        "/manage/reauthenticate" => {
            let delete = "DELETE FROM passkeys WHERE id = ?1";
            server.db.execute(delete, &[party.ids["passkey"].to_param()]).await.unwrap();
        }
        "/manage/customer-groups/{id}/add" | "/manage/customers/ticked" => {
            let form = party.browser.page("/manage/customers/new").await.form();
            let new = fields("/manage/customers/new");
            let form = new.iter().fold(form, |form, (name, value)| form.with(name, value));
            form.with("anyway", "1").send(&party.browser).await;
        }
        "/manage/customers/imports/{id}/columns" => imported(server, party, "uploaded").await,
        "/manage/customers/imports/{id}/start" | "/manage/customers/imports/{id}/cancel" => {
            imported(server, party, "checked").await;
        }
        "/manage/customers/imports/{id}/undo" => imported(server, party, "done").await,
        "/developers/apps/{id}/keys/remove" => {
            let path = format!("/developers/apps/{}/keys", party.ids["app"]);
            with_keys(party.browser.page(&path).await.form()).send(&party.browser).await;
        }
        // Of which nothing has arrived, and which is as long as what is sent.
        "/manage/files/uploads/{upload}/parts/{number}" => {
            let upload = [party.ids["upload"].to_param()];
            for sql in [
                "DELETE FROM file_upload_parts WHERE upload_id = ?1",
                "UPDATE file_uploads SET received = 0, size = 11 WHERE id = ?1",
            ] {
                server.db.execute(sql, &upload).await.unwrap();
            }
        }
        // One that answers: a delivery that fails stays in the queue.
        "/manage/settings/webhooks/{id}/test"
        | "/manage/settings/webhooks/{id}/replay"
        | "/manage/settings/webhooks/{id}/deliveries/{delivery}/again" => {
            let url = Receiver::start().await.at("ok");
            let values = [url.to_param(), party.ids["webhookId"].to_param()];
            let set = "UPDATE webhooks SET url = ?1 WHERE id = ?2";
            server.db.execute(set, &values).await.unwrap();
        }
        "/developers/apps/{id}/webhooks/{webhook}/test"
        | "/developers/apps/{id}/webhooks/{webhook}/deliveries/{delivery}/again" => {
            let set = "UPDATE app_webhooks SET is_receiver = TRUE WHERE id = ?1";
            server.db.execute(set, &[party.ids["appWebhook"].to_param()]).await.unwrap();
        }
        "/manage/file-requests/{id}/remind" => {
            let values = [party.ids["customerId"].to_param(), party.ids["requestId"].to_param()];
            let set = "UPDATE file_requests SET customer_id = ?1 WHERE id = ?2";
            server.db.execute(set, &values).await.unwrap();
        }
        "/manage/appointments/feed/withdraw" => {
            let csrf = ("csrf".to_owned(), party.browser.csrf("manage").await);
            party.browser.post("/manage/appointments/feed", &[csrf]).await;
        }
        "/manage/restore" => {
            delete(&party.browser, "/manage/settings/portal/delete", "Bakkerij Jansen").await;
        }
        "/developers/restore" => {
            delete(&party.browser, "/developers/settings/delete", "Koppelaars & Zonen").await;
        }
        _ => {}
    }
}

/// The party's import in this state, with its file and what it created.
async fn imported(server: &Instance, party: &Party, state: &str) {
    let key = [party.portal.to_param(), party.ids["import"].to_param()];
    let with = |more| [key.as_slice(), &[more]].concat();
    let content = b"2,Jansen".to_vec();
    for (sql, params) in [
        (
            "UPDATE imports SET state = ?3, position = 0, row_count = 3 WHERE portal_id = ?1 AND id = ?2",
            with(state.to_param()),
        ),
        (
            "INSERT INTO import_created (portal_id, import_id, row_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            with("cst_x".to_param()),
        ),
    ] {
        server.db.execute(sql, &params).await.unwrap();
    }
    if state != "done" {
        let piece = "INSERT INTO import_pieces (portal_id, import_id, number, content) VALUES (?1, ?2, 0, ?3) ON CONFLICT DO NOTHING";
        server.db.execute(piece, &with(content.to_param())).await.unwrap();
    }
}

async fn delete(browser: &Browser, path: &str, name: &str) {
    browser.page(path).await.form().with("name", name).send(browser).await;
}

fn with_keys(form: FilledForm) -> FilledForm {
    let jwks = json!({ "keys": [SigningKey::new().jwk()] }).to_string();
    form.with("jwks", &jwks).with("overlap", "none")
}

/// Asks for one more file with the party's request; returns its id.
async fn ask_for_a_file(server: &Instance, party: &Party) -> String {
    let id = RequestedFileId::random().to_string();
    let add = "INSERT INTO requested_files (portal_id, id, request_id, position, name, required)
         VALUES (?1, ?2, ?3, 2, 'Nog een', TRUE)";
    let values = [party.portal.to_param(), id.to_param(), party.ids["requestId"].to_param()];
    server.db.execute(add, &values).await.unwrap();
    id
}

/// The form on the party's own page, or on a page above it.
async fn own_form(server: &Instance, party: &Party, route: &PageRoute) -> Option<FilledForm> {
    let (path, browser) = (party.path(route), &party.browser);
    let form = match route.template.as_str() {
        // Scripts send these; and a party has taken all first steps, so that its page has no form.
        "/manage/passkeys/challenge"
        | "/manage/account/passkeys/challenge"
        | "/manage/first-steps" => {
            let csrf = ("csrf".to_owned(), browser.csrf("manage").await);
            FilledForm { action: path, fields: vec![csrf], typed: Vec::new(), is_multipart: false }
        }
        "/manage/files/uploads"
        | "/manage/files/uploads/{upload}/parts/{number}"
        | "/manage/files/uploads/{upload}/finish" => {
            let csrf = ("csrf".to_owned(), browser.csrf("manage").await);
            FilledForm { action: path, fields: vec![csrf], typed: Vec::new(), is_multipart: false }
        }
        // Shown to a developer without a test portal, and the party's has one.
        "/developers/apps/{id}/receiver/portal" => {
            let csrf = ("csrf".to_owned(), browser.csrf("developers").await);
            FilledForm { action: path, fields: vec![csrf], typed: Vec::new(), is_multipart: false }
        }
        // Shown to whoever has to enter a password, and the party's share has none.
        "/shares/{link}/password" => {
            let csrf = ("csrf".to_owned(), browser.csrf("manage").await);
            FilledForm { action: path, fields: vec![csrf], typed: Vec::new(), is_multipart: false }
        }
        "/manage/account/passkeys/new" => Passkey::new(browser).await.1,
        "/manage/reauthenticate/passkey" => Passkey::add(browser).await.form(browser, &path).await,
        "/oauth/authorize" => {
            server.app().await.ask().form(browser).await.with("decision", "allow")
        }
        "/manage/device" => {
            let app = server.device_app(ClientType::Confidential).await;
            let asked = app.post("/oauth/device", &app.signed(&[("scope", SCOPE)]), &[]).await;
            let code = asked.expect(200)["user_code"].as_str().unwrap().to_owned();
            let form = browser.page(&format!("{path}?user_code={code}")).await.form();
            form.with("decision", "allow")
        }
        "/manage/account/email/confirm" => {
            let (email, page) = (new_email(), "/manage/account/email");
            browser.page(page).await.form().with("email", &email).send(browser).await;
            browser.page(&server.mailbox(&email).link(1).await).await.form()
        }
        template if template.ends_with("/ticked/delete") => {
            let list = template.trim_end_matches("/ticked/delete");
            let page = browser.page(list).await;
            let row = page.choices("ticked").pop()?;
            let form = page.form_to("/ticked").with("ticked", &row).with("action", "delete");
            form.send_to_page(browser).await.form_to("/ticked/delete")
        }
        template if template.ends_with("/views") => {
            let list = template.trim_end_matches("/views");
            // One that isn't saved yet.
            let text = format!("{:016x}", rand::random::<u64>());
            let form = browser.page(&format!("{list}?search={text}")).await.form_to("/views");
            form.with("view_name", &text)
        }
        template => {
            let form = shown(browser, &path).await?;
            match template {
                "/manage/customers/ticked"
                | "/manage/customer-groups/ticked"
                | "/manage/appointments/ticked"
                | "/manage/tickets/ticked"
                | "/manage/punch-cards/ticked" => {
                    let row = browser.page(path.trim_end_matches("/ticked")).await;
                    // The newest, which is in no group.
                    let row = row.choices("ticked").into_iter().next()?;
                    let action = if template.contains("customers") { "add" } else { "delete" };
                    let form = form.with("ticked", &row).with("action", action);
                    form.with("group", &party.ids["customerGroupId"])
                }
                "/manage/account/email"
                | "/manage/settings/team/invite"
                | "/developers/team/invite" => form.with("email", &new_email()),
                "/manage/account/second-factor/app" => {
                    let secret = form.field("secret").unwrap().to_owned();
                    form.with("code", &Authenticator::of(&secret, &Clock::default()).code())
                }
                "/manage/customer-groups/{id}/add" | "/manage/customer-groups/{id}/remove" => {
                    let page = browser.page(path.trim_end_matches("/remove")).await;
                    let customer = page.choices("customers").pop()?;
                    form.with("customers", &customer)
                }
                "/manage/file-shares/new" | "/manage/file-shares/with/{customer}" => {
                    form.with("content", &party.ids["fileOrDirId"])
                }
                "/manage/portals" => form.with("portal", party.portal.as_str()),
                "/developers/apps/{id}/keys" => with_keys(form),
                _ => form,
            }
        }
    };
    Some(form)
}

async fn shown(browser: &Browser, path: &str) -> Option<FilledForm> {
    let mut page = path;
    while !page.is_empty() {
        let answer = browser.get(page).await;
        if answer.status == 200
            && answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
        {
            let forms = Page::of(&answer).forms().into_iter();
            let mut own = forms.filter(|form| form.action.split('?').next() == Some(path));
            if let Some(form) = own.next() {
                return Some(form);
            }
        }
        page = page.rsplit_once('/')?.0;
    }
    None
}

fn new_email() -> String {
    format!("nieuw-{:016x}@example.nl", rand::random::<u64>())
}

/// The forms of who is not logged in, or has no portal.
async fn elsewhere(server: &Instance, template: &str) -> Option<Shot> {
    let stranger = Browser::new(&server.url);
    let (browser, form) = match template {
        "/manage/login" => {
            let (_, email) = server.person("Inlogger").await;
            let form = stranger.page(template).await.form().with("email", &email);
            (stranger, form.with("password", PASSWORD))
        }
        "/manage/login/passkey" => {
            let (_, browser) = server.portal_and_browser().await;
            let form = Passkey::add(&browser).await.form(&stranger, template).await;
            (stranger, form)
        }
        "/manage/login/second-factor" => {
            let (portal, browser) = server.portal_and_browser().await;
            let codes = Authenticator::set_up(&browser, &Clock::default()).await.recovery_codes;
            let answer = stranger.log_in(&portal.owner_email, PASSWORD).await;
            let form = stranger.page(answer.header("location").unwrap()).await.form();
            (stranger, form.with("recovery_code", &codes[0]))
        }
        "/manage/register" | "/manage/verify" | "/manage/verify/again" => {
            let email = new_email();
            let form = stranger.page("/manage/register").await.form().with("email", &email);
            let form =
                form.with("organisation", "Zaak").with("name", "Noor").with("password", PASSWORD);
            if template == "/manage/register" {
                (stranger, form)
            } else {
                form.send(&stranger).await;
                let link = server.mailbox(&email).link(1).await;
                let is_again = template == "/manage/verify/again";
                let form = stranger.page(if is_again { template } else { &link }).await.form();
                (stranger, if is_again { form.with("email", &email) } else { form })
            }
        }
        "/manage/forgot-password" | "/manage/reset-password" => {
            let (_, email) = server.person("Vergeten").await;
            let form = stranger.page("/manage/forgot-password").await.form().with("email", &email);
            if template == "/manage/forgot-password" {
                (stranger, form)
            } else {
                form.send(&stranger).await;
                let form = stranger.page(&server.mailbox(&email).link(1).await).await.form();
                (stranger, form.with("password", NEW_PASSWORD))
            }
        }
        "/manage/invitation" | "/manage/invitation/register" => {
            let (_, owner) = server.portal_and_browser().await;
            let (invited, email) = if template == "/manage/invitation" {
                let (_, email) = server.person("Genodigde").await;
                stranger.log_in(&email, PASSWORD).await;
                (stranger, email)
            } else {
                (stranger, new_email())
            };
            let form = owner.page("/manage/settings/team/invite").await.form();
            form.with("email", &email).with("role", "member").send(&owner).await;
            let form = invited.page(&server.mailbox(&email).link(1).await).await.form();
            let form = if template == "/manage/invitation" {
                form
            } else {
                form.with("name", "Noor").with("password", PASSWORD)
            };
            (invited, form)
        }
        "/manage/restore-account" => {
            let (_, email) = server.person("Vertrekker").await;
            let leaver = Browser::new(&server.url);
            leaver.log_in(&email, PASSWORD).await;
            leaver.page("/manage/account/delete").await.form().send(&leaver).await;
            let offer = stranger.log_in(&email, PASSWORD).await;
            let form = stranger.page(offer.header("location").unwrap()).await.form();
            (stranger, form)
        }
        "/manage/undo-email-change" => {
            let (_, email) = server.person("Verhuizer").await;
            let (mover, new, page) =
                (Browser::new(&server.url), new_email(), "/manage/account/email");
            mover.log_in(&email, PASSWORD).await;
            mover.page(page).await.form().with("email", &new).send(&mover).await;
            mover.page(&server.mailbox(&new).link(1).await).await.form().send(&mover).await;
            let form = stranger.page(&server.mailbox(&email).link(1).await).await.form();
            (stranger, form.with("password", NEW_PASSWORD))
        }
        _ => return None,
    };
    Some(Shot::form(template, browser, form).hashing())
}
