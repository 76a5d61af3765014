//! Ended keys and connections: their history stays visible, read-only.

use jiff::{SignedDuration, Timestamp};
use klantportaal::api_keys::{ApiKey, NewApiKey};
use klantportaal::auth::{AddressList, ScopeSet};
use klantportaal::oauth::ConnectedApp;
use serde_json::json;

use crate::support::{Answer, Browser, InProcess, Instance, Page, Portal};

const KEYS: &str = "/manage/settings/api-keys";
const APPS: &str = "/manage/settings/connected-apps";

async fn report(server: &Instance, token: &str) {
    Answer::to(server.http.post(format!("{}/leaks", server.url)).json(&json!({ "token": token })))
        .await
        .expect(202);
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// The part of a list's page with what ended; empty when there is none.
fn ended(page: &Page) -> &str {
    page.html.split_once("Beëindigd in de laatste 30 dagen").map_or("", |(_, rest)| rest)
}

/// Whether a page offers anything that changes something.
fn is_read_only(page: &Page, path: &str) -> bool {
    page.forms().iter().all(|form| !form.action.starts_with(path))
        && !page.links().iter().any(|link| link.starts_with(&format!("{path}/")))
}

/// Logs in anew: the password must have been given of late.
async fn log_in(server: &InProcess, portal: &Portal) -> Browser {
    Browser::logged_in(&server.url, &portal.owner_email).await
}

both_engines! {
    async fn the_mail_about_a_leaked_key_leads_to_what_was_done_with_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (_, stranger) = server.portal_and_browser().await;
        let key = portal.key().await;
        key.get("/v1/customers/cst_buit").await.expect(404);
        report(&server, &key.token).await;
        let link = server.mailbox(&portal.owner_email).link(1).await;
        assert_eq!(link.trim_end_matches('?'), format!("{KEYS}/{}", key.id));
        let page = browser.page(&link).await;
        assert!(page.says("/v1/customers/cst_buit") && page.says("vanaf 127.0.0.1"), "{}", page.html);
        assert!(page.says("Ingetrokken") && is_read_only(&page, &format!("{KEYS}/{}", key.id)), "{}", page.html);
        assert_eq!(stranger.get(&link).await.status, 404);
        // What is tried with it afterwards is there too.
        key.get("/v1/customers/cst_meer").await.expect(401);
        assert!(browser.page(&link).await.says("/v1/customers/cst_meer"));
    }

    async fn the_mail_about_an_apps_leaked_token_leads_to_the_apps_page(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        server.bearer(&tokens.access).get("/v1/customers/cst_buit").await.expect(404);
        report(&server, &tokens.access).await;
        let link = server.mailbox(&portal.owner_email).link(1).await;
        assert!(link.starts_with(&format!("{APPS}/grt_")), "{link}");
        assert!(browser.page(&link).await.says("/v1/customers/cst_buit"));
    }

    async fn no_form_changes_a_key_that_has_ended(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let expires_at = Some(Timestamp::now() + SignedDuration::from_mins(5));
        let new = |expires_at| NewApiKey { name: "kassa".into(), scopes: ScopeSet::all(), expires_at, rate_limit: None, allowed_addresses: AddressList::default() };
        let (revoked, expired) = (portal.make_key(new(None)).await, portal.make_key(new(expires_at)).await);
        let mut forms = Vec::new();
        for key in [&revoked, &expired] {
            for page in ["rotate", "addresses", "revoke"] {
                let form = browser.page(&format!("{KEYS}/{}/{page}", key.id)).await.forms().pop().unwrap();
                forms.push(form.with("overlap", "7d").with("expires", "2099-01-31").with("addresses", "192.0.2.1"));
            }
        }
        let before = ApiKey::find_also_ended(&portal.store, &expired.id).await.unwrap();
        portal.revoke_key(&revoked.id, Timestamp::now()).await.unwrap();
        server.clock.advance(SignedDuration::from_mins(6));
        for form in &forms {
            assert_eq!(browser.get(&form.action).await.status, 404, "{}", form.action);
            assert_eq!(form.send(&browser).await.status, 404, "{}", form.action);
        }
        let after = ApiKey::find_also_ended(&portal.store, &expired.id).await.unwrap();
        assert_eq!((before.token_start, before.expires_at), (after.token_start, after.expires_at));
        assert!(after.allowed_addresses.is_empty() && after.revoked_at.is_none());
        for (key, state) in [(&revoked, "Ingetrokken"), (&expired, "Verlopen")] {
            let page = browser.page(&format!("{KEYS}/{}", key.id)).await;
            assert!(page.says(state) && is_read_only(&page, &format!("{KEYS}/{}", key.id)), "{}", page.html);
        }
    }

    async fn keys_that_ended_are_listed_apart_for_thirty_days(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let now = Timestamp::now();
        let new = |name: &'static str, expires_at| NewApiKey { name: name.into(), scopes: ScopeSet::all(), expires_at, rate_limit: None, allowed_addresses: AddressList::default() };
        let key = async |name, expires_at| portal.make_key(new(name, expires_at)).await;
        let (_, _) = (key("blijvend", None).await, key("eindig", Some(now + days(2))).await);
        assert_eq!(ended(&browser.page(KEYS).await), "");
        let revoked = key("ingetrokken", None).await;
        portal.revoke_key(&revoked.id, now).await.unwrap();
        let page = browser.page(KEYS).await;
        let (live, over) = page.html.split_once("Beëindigd in de laatste 30 dagen").unwrap();
        assert!(live.contains("blijvend") && live.contains("eindig") && !live.contains("ingetrokken</bdi></a>"), "{live}");
        assert!(over.contains("ingetrokken</bdi></a>") && over.contains(">Ingetrokken<") && !over.contains("eindig</bdi></a>") && !over.contains("/revoke"), "{over}");
        server.clock.advance(days(3));
        let browser = log_in(&server, &portal).await;
        let page = browser.page(KEYS).await;
        assert!(ended(&page).contains("eindig</bdi></a>") && ended(&page).contains(">Verlopen<"), "{}", page.html);
        server.clock.advance(days(28));
        let browser = log_in(&server, &portal).await;
        let page = browser.page(KEYS).await;
        assert!(ended(&page).contains("eindig</bdi></a>") && !ended(&page).contains("ingetrokken</bdi></a>"), "{}", page.html);
        server.clock.advance(days(2));
        let browser = log_in(&server, &portal).await;
        assert_eq!(ended(&browser.page(KEYS).await), "");
    }

    async fn a_connection_that_ended_can_be_looked_at_beside_the_new_one(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (_, stranger) = server.portal_and_browser().await;
        let tokens = app.connect(&browser).await;
        server.bearer(&tokens.access).get("/v1/customers/cst_oud").await.expect(404);
        let old = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        let path = format!("{APPS}/{old}");
        assert!(!is_read_only(&browser.page(&path).await, &path));
        assert_eq!(ended(&browser.page(APPS).await), "");
        portal.revoke_grant(&old, Timestamp::now()).await.unwrap();
        let tokens = app.connect(&browser).await;
        server.bearer(&tokens.access).get("/v1/customers/cst_nieuw").await.expect(404);
        let new = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        assert_ne!(old, new);
        let page = browser.page(&path).await;
        assert!(page.says("/v1/customers/cst_oud") && !page.says("/v1/customers/cst_nieuw"), "{}", page.html);
        assert!(page.says(&portal.owner_email) && page.says("Ingetrokken"), "who consented, and that it is over: {}", page.html);
        assert!(is_read_only(&page, &path), "{}", page.html);
        for refused in [stranger.get(&path).await, browser.get(&format!("{path}/revoke")).await] {
            assert_eq!(refused.status, 404, "{refused}");
        }
        let list = browser.page(APPS).await;
        assert!(ended(&list).contains(old.as_str()) && !ended(&list).contains(new.as_str()), "{}", list.html);
        server.clock.advance(days(31));
        assert_eq!(ended(&log_in(&server, &portal).await.page(APPS).await), "");
    }
}
