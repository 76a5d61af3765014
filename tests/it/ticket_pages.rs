//! The pages of tickets: opening one, writing in it, and who has read what.

use jiff::SignedDuration;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::tickets::{CHAT, OPEN, add};
use crate::support::{Browser, FilledForm, InProcess, Instance, Key};

const LIST: &str = "/manage/tickets";

/// Sends a form; the path that it leads to.
async fn sent(browser: &Browser, form: FilledForm) -> String {
    let answer = form.send(browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap().to_owned()
}

async fn shown(key: &Key, page: &str) -> Value {
    key.get(&page.replace("/manage", "/v1")).await.expect(200)
}

/// Sends the form of a ticket with this action, filled in. Replies are written on the ticket's page, and for
/// others there is one of their own.
async fn send(browser: &Browser, page: &str, action: &str, values: &[(&str, &str)]) -> String {
    let own = if matches!(action, "/note" | "/assign") { action } else { "" };
    let form = browser.page(&format!("{page}{own}")).await.form_to(action);
    sent(browser, values.iter().fold(form, |form, (name, value)| form.with(name, value))).await
}

async fn texts(server: &Instance, sql: &'static str, id: &str) -> Vec<String> {
    let rows: Vec<Single<String>> = server.db.rows(sql, &[id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(text)| text).collect()
}

both_engines! {
    async fn a_ticket_is_opened_answered_closed_deleted_and_restored(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let empty = browser.page(&format!("{LIST}/new")).await.form_to("/new").send_to_page(&browser).await;
        assert!(empty.html.contains("error-summary"), "{}", empty.html);
        let form = browser.page(&format!("{LIST}/new")).await.form_to("/new");
        let form = form.with("title", "Lekkage").with("message", "Wij <b>komen</b>.\n\nTot morgen.");
        let page = sent(&browser, form.clone()).await;
        assert_eq!(sent(&browser, form).await, page, "a form that is sent twice makes one");
        let made = shown(&key, &page).await;
        assert_eq!((&made["source"], &made["status"]), (&json!("portal"), &json!("open")));
        assert_eq!(made["messages"][0]["message"], "<p>Wij &lt;b&gt;komen&lt;/b&gt;.</p><p>Tot morgen.</p>");

        let reply = browser.page(&page).await.form_to("/reply");
        let faulty = reply.clone().with("message", " ").with("close", "true").send_to_page(&browser).await;
        assert!(faulty.html.contains("error-summary"), "{}", faulty.html);
        let reply = reply.with("message", "Dat is klaar.").with("close", "true");
        for _ in 0..2 {
            assert_eq!(sent(&browser, reply.clone()).await, page);
        }
        let answered = shown(&key, &page).await;
        assert_eq!((answered["messages"].as_array().unwrap().len(), &answered["status"]), (2, &json!("closed")));
        send(&browser, &page, "/note", &[("note", "Nog <i>bellen</i>")]).await;
        let noted = browser.page(&page).await;
        assert!(noted.says("Nog &lt;i&gt;bellen") && noted.says("class=\"message internal\""), "{}", noted.html);
        assert_eq!(shown(&key, &page).await["messages"], answered["messages"], "programs see no note");
        assert_eq!(shown(&key, &page).await["status"], "closed", "a note opens nothing");
        send(&browser, &page, "/status", &[]).await;
        assert_eq!(shown(&key, &page).await["status"], "open");
        send(&browser, &page, "/status", &[]).await;
        assert_eq!(shown(&key, &page).await["status"], "closed");

        let owner = server.owner(&portal).await.id;
        send(&browser, &page, "/assign", &[("assignee", owner.as_str())]).await;
        let id = page.rsplit('/').next().unwrap();
        let events = "SELECT type AS value FROM events WHERE resource_id = ?1 ORDER BY sequence";
        assert_eq!(texts(server, events, id).await, ["ticket-created", "ticket-reply-employee"]);
        send(&browser, &format!("{page}/delete"), "/delete", &[]).await;
        assert_eq!(browser.get(&page).await.status, 404);
        send(&browser, &format!("{LIST}/bin"), "/bin/restore", &[]).await;
        assert_eq!(browser.page(&page).await.html.matches("message-head").count(), 3);
        send(&browser, &format!("{page}/delete"), "/delete", &[]).await;
        send(&browser, &format!("{LIST}/bin/{id}/delete"), "/delete", &[]).await;
        assert_eq!(texts(server, events, id).await.len(), 2, "the contract has no event of a deletion");
        let actions = "SELECT DISTINCT action AS value FROM audit_events
             WHERE portal_id = ?1 AND action LIKE 'ticket%' ORDER BY action";
        assert_eq!(texts(server, actions, portal.id.as_str()).await, [
            "ticket_answered", "ticket_assigned", "ticket_closed", "ticket_created", "ticket_deleted", "ticket_deleted_for_good",
            "ticket_note_added", "ticket_reopened", "ticket_restored",
        ]);
    }

    async fn a_ticket_is_opened_from_a_customers_page(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let id = customer["id"].as_str().unwrap();
        let path = format!("{LIST}/with/{id}");
        assert!(browser.page(&format!("/manage/customers/{id}")).await.html.contains(&path));
        let form = browser.page(&path).await.form_to(&path);
        let page = sent(&browser, form.with("title", "Lekkage").with("message", "Wij komen.")).await;
        assert_eq!(shown(&key, &page).await["customerId"], customer["id"]);
        assert!(browser.page(&format!("/manage/customers/{id}")).await.says("Lekkage"));
    }

    async fn a_page_asks_whether_somebody_else_has_written_and_that_changes_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (key, stranger) = (portal.key().await, server.portal_and_browser().await.1);
        let id = add(&portal.store, None, &OPEN).await;
        let (page, path) = (format!("{LIST}/{id}"), format!("{LIST}/{id}/revision"));
        let shown = async || {
            let html = browser.page(&page).await.html;
            let start = html.find("data-revision=\"").unwrap() + "data-revision=\"".len();
            html[start..].split('"').next().unwrap().replace("&quot;", "\"")
        };
        let tag = shown().await;
        let ask = async |browser: &Browser, tag: &str| browser.get_with(&path, ("if-none-match", tag)).await.status;
        assert_eq!(ask(&browser, &tag).await, 304);
        key.post(&format!("/v1/tickets/{id}"), json!({ "message": "Wij komen." })).await.expect(200);
        assert_eq!((ask(&browser, &tag).await, ask(&browser, "\"x\"").await), (200, 200));
        assert!(browser.page(&format!("{LIST}/unread")).await.html.contains(&page), "to ask is not to read");
        let newer = shown().await;
        assert_ne!(newer, tag);
        send(&browser, &page, "/note", &[("note", "Onder garantie")]).await;
        assert_eq!(ask(&browser, &newer).await, 200, "a note is news to members");
        assert!(browser.page(&page).await.says("De notitie is toegevoegd"), "what is said to a page is left to it");
        assert_eq!((ask(&stranger, &tag).await, ask(&Browser::new(&server.url), &tag).await), (404, 303));

        // A session ends after a day without use, whatever a page that was left open asks.
        server.clock.set_wall_clock(SignedDuration::from_hours(20));
        assert_eq!(ask(&browser, &shown().await).await, 304);
        server.clock.set_wall_clock(SignedDuration::from_hours(20));
        assert_eq!(ask(&browser, "\"x\"").await, 200);
        server.clock.set_wall_clock(SignedDuration::from_hours(6));
        assert_eq!((ask(&browser, "\"x\"").await, browser.get(&page).await.status), (303, 303));
    }

    async fn a_chat_offers_no_reply(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let id = add(&portal.store, None, &CHAT).await;
        let page = browser.page(&format!("{LIST}/{id}")).await;
        assert!(!page.html.contains("/reply\"") && page.says("chat"), "{}", page.html);
        send(&browser, &format!("{LIST}/{id}"), "/note", &[("note", "Nabellen")]).await;
    }

    async fn each_member_sees_what_he_has_not_read_and_what_is_assigned_to_him(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, owner) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (account, email) = server.person("Collega").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &account, Role::Member).await;
        let colleague = Browser::logged_in(&server.url, &email).await;
        let id = add(&portal.store, None, &OPEN).await;
        let page = format!("{LIST}/{id}");
        let unread = async |browser: &Browser| {
            let list = browser.page(&format!("{LIST}/unread")).await;
            list.html.contains(&format!("href=\"{page}\""))
        };
        assert!(!unread(&owner).await, "what is there from the beginning is read");
        key.post(&format!("/v1/tickets/{id}"), json!({ "message": "Wij komen." })).await.expect(200);
        assert!(unread(&owner).await && unread(&colleague).await);
        assert!(owner.page(LIST).await.says("Ongelezen tickets (1)"));
        owner.page(&page).await;
        assert!(!unread(&owner).await && unread(&colleague).await, "the owner has read it");
        send(&owner, &page, "/note", &[("note", "Onder garantie")]).await;
        colleague.page(&page).await;
        send(&owner, &page, "/reply", &[("message", "Tot morgen.")]).await;
        assert!(!unread(&owner).await && unread(&colleague).await, "whoever writes it knows it");

        let mine = async |browser: &Browser| {
            browser.page(&format!("{LIST}/mine")).await.html.contains(&format!("href=\"{page}\""))
        };
        send(&owner, &page, "/assign", &[("assignee", account.as_str())]).await;
        assert!(!mine(&owner).await && mine(&colleague).await);
        for wrong in ["acc_abc12345def678", "x"] {
            let form = owner.page(&format!("{page}/assign")).await.form_to("/assign").with("assignee", wrong);
            let refused = form.send_to_page(&owner).await;
            assert!(refused.html.contains("error-summary"), "{wrong}: {}", refused.html);
        }
        let leave = "DELETE FROM portal_members WHERE portal_id = ?1 AND account_id = ?2";
        server.db.execute(leave, &[portal.id.to_param(), account.to_param()]).await.unwrap();
        let left = owner.page(&format!("{page}/assign")).await;
        assert!(left.html.contains("<option value=\"\" selected>"), "nobody: {}", left.html);
        key.post(&format!("/v1/tickets/{id}"), json!({ "message": "Alsnog." })).await.expect(200);
        assert!(unread(&owner).await);
    }
}
