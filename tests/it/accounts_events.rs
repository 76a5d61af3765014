//! Audit events of a person's account: they are in the log of each portal and developer that the
//! person belongs to, whichever is open and on whichever site.

use klantportaal::accounts::{Organisation, Role, create_developer};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::{AccountId, DeveloperId, PortalId};

use crate::support::{Authenticator, Browser, InProcess, Instance, PASSWORD, Passkey};

/// The logs in which an event of this kind is told of a person, as the ids of portals and
/// developers.
async fn logs_with(server: &Instance, email: &str, action: &str) -> Vec<String> {
    let sql = "SELECT COALESCE(portal_id, developer_id, 'none') AS value FROM audit_events WHERE actor = ?1 AND action = ?2";
    let rows: Vec<Single<String>> =
        server.db.rows(sql, &[email.to_param(), action.to_param()]).await.unwrap();
    let mut logs: Vec<String> = rows.into_iter().map(|Single(id)| id).collect();
    logs.sort();
    logs
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    ids.sort();
    ids
}

/// A person in two portals and a developer, logged in on the manage site, where the first portal is
/// open.
async fn somebody(server: &Instance) -> (AccountId, String, [PortalId; 2], DeveloperId, Browser) {
    let (id, email) = server.person("Iemand").await;
    let portals = [server.portal().await.id, server.portal().await.id];
    for portal in &portals {
        server.let_in(&Organisation::Portal(portal.clone()), &id, Role::Member).await;
    }
    let mut tx = server.db.begin().await.unwrap();
    let developer =
        create_developer(&mut tx, &"Koppelaars".into(), &id, jiff::Timestamp::now()).await.unwrap();
    tx.commit().await.unwrap();
    let browser = Browser::logged_in(&server.url, &email).await;
    let open = [
        ("csrf".to_owned(), browser.csrf("manage").await),
        ("portal".to_owned(), portals[0].to_string()),
    ];
    assert_eq!(browser.post("/manage/portals", &open).await.status, 303);
    (id, email, portals, developer, browser)
}

async fn on_developers_site(server: &Instance, email: &str) -> Browser {
    let browser = Browser::new(&server.url);
    let form = browser
        .page("/developers/login")
        .await
        .form()
        .with("email", email)
        .with("password", PASSWORD);
    assert_eq!(form.send(&browser).await.status, 303);
    browser
}

both_engines! {
    async fn all_to_which_a_person_belongs_are_told_and_nobody_else(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (id, email, [first, second], developer, browser) = somebody(&server).await;
        Authenticator::set_up(&browser, &server.clock).await;
        assert_eq!(logs_with(&server, &email, "authenticator_added").await, sorted(&[first.as_str(), second.as_str(), developer.as_str()]));
        // Removed from the portal that is open, the person writes there no more.
        let sql = "DELETE FROM portal_members WHERE portal_id = ?1 AND account_id = ?2";
        assert_eq!(server.db.execute(sql, &[first.to_param(), id.to_param()]).await.unwrap(), 1);
        let form = browser.page("/manage/account/second-factor/app/remove").await.form();
        assert_eq!(form.send(&browser).await.status, 303);
        assert_eq!(logs_with(&server, &email, "authenticator_removed").await, sorted(&[second.as_str(), developer.as_str()]));
    }

    async fn on_the_developers_site_it_is_told_there_too(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (id, email, [first, second], developer, _) = somebody(&server).await;
        let browser = on_developers_site(&server, &email).await;
        let form = browser.page("/developers/account/sessions").await.forms().into_iter().find(|form| form.action.ends_with("/end-others")).unwrap();
        assert_eq!(form.send(&browser).await.status, 303);
        assert_eq!(logs_with(&server, &email, "other_sessions_ended").await, sorted(&[first.as_str(), second.as_str(), developer.as_str()]));
        // A developer only.
        let sql = "DELETE FROM portal_members WHERE account_id = ?1";
        assert_eq!(server.db.execute(sql, &[id.to_param()]).await.unwrap(), 2);
        let wrong = browser.page("/developers/reauthenticate").await.form().with("password", "onjuist");
        assert_eq!(wrong.send(&browser).await.status, 200);
        assert_eq!(logs_with(&server, &email, "reauthentication_failed").await, [developer.as_str()]);
    }

    async fn whoever_fails_to_prove_whose_session_it_is_is_told_of(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let failures = async || logs_with(&server, &portal.owner_email, "reauthentication_failed").await.len();
        let own = browser.page("/manage/account").await.form().with("password", "een heel ander wachtwoord");
        assert_eq!(own.with("current_password", "onjuist").send(&browser).await.status, 200);
        assert_eq!(failures().await, 1, "a wrong password on the page about the account");
        let passkey = Passkey::add(&browser).await;
        let answer = passkey.prove_wrongly(&browser, "/manage/reauthenticate/passkey").await;
        assert!(answer.header("location").unwrap().starts_with("/manage/reauthenticate?next="), "{answer}");
        assert_eq!(failures().await, 2, "a passkey's wrong signature");
        // Nor is the log filled without end.
        let mut refused = 0;
        for _ in 0..12 {
            let fields = [("csrf".to_owned(), browser.csrf("manage").await), ("challenge".to_owned(), "x".to_owned())];
            refused += usize::from(browser.post("/manage/reauthenticate/passkey", &fields).await.status == 429);
        }
        assert_eq!((failures().await, refused), (8, 6));
    }

    async fn a_wrong_answer_in_the_name_of_a_passkey_is_told_to_its_owner(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (passkey, stranger) = (Passkey::add(&browser).await, Browser::new(&server.url));
        let answer = passkey.prove_wrongly(&stranger, "/manage/login/passkey").await;
        assert!(answer.header("location").unwrap().starts_with("/manage/login?next="), "{answer}");
        assert_eq!(stranger.get("/manage").await.header("location"), Some("/manage/login"));
        let sql = "SELECT actor_kind AS value FROM audit_events WHERE actor = ?1 AND action = 'log_in_failed' AND portal_id = ?2";
        let kinds: Vec<Single<String>> = server.db.rows(sql, &[portal.owner_email.to_param(), portal.id.to_param()]).await.unwrap();
        assert_eq!(kinds.into_iter().map(|Single(kind)| kind).collect::<Vec<_>>(), ["stranger"]);
    }
}
