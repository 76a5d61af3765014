//! Test portals of developers.

use klantportaal::db::{Single, ToParam};

use crate::support::{Answer, App, Back, Browser, InProcess, PASSWORD, Tokens};

const SANDBOXES: &str = "/developers/sandboxes";

/// An app, and somebody of its developer: their address, and their browser on the developer portal.
async fn developer(server: &InProcess) -> (App, String, Browser) {
    let app = server.app().await;
    let (email, browser) = developer_of(server, &app).await;
    (app, email, browser)
}

/// Somebody of an app's developer: their address, and their browser on the developer portal.
pub async fn developer_of(server: &InProcess, app: &App) -> (String, Browser) {
    let sql = "SELECT a.email AS value FROM accounts a JOIN developer_members m ON m.account_id = a.id WHERE m.developer_id = ?1";
    let email: Option<Single<String>> =
        server.db.row(sql, &[app.developer.to_param()]).await.unwrap();
    let email = email.unwrap().0;
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    assert_eq!(
        form.with("email", &email).with("password", PASSWORD).send(&browser).await.status,
        303
    );
    (email, browser)
}

/// The one click.
async fn create(browser: &Browser) -> Answer {
    browser.page(SANDBOXES).await.form().send(browser).await
}

/// The address of the page that asks whether to delete the newest.
async fn path_to_delete(browser: &Browser) -> Option<String> {
    let page = browser.page(SANDBOXES).await;
    page.html
        .split(r#"href=""#)
        .map(|rest| rest.split('"').next().unwrap())
        .find(|link| link.ends_with("/delete"))
        .map(str::to_owned)
}

both_engines! {
    async fn one_click_gives_a_portal_with_data_in_which_an_app_can_be_tried(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, email, browser) = developer(&server).await;
        assert_eq!(create(&browser).await.status, 303);
        // The same person is its owner on the other site.
        let owner = Browser::logged_in(&server.url, &email).await;
        let choice = owner.page("/manage/portals").await;
        let sandbox = path_to_delete(&browser).await.unwrap();
        let id = sandbox.split('/').find(|part| part.starts_with("prt_")).unwrap().to_owned();
        assert!(choice.says(&id));
        let opened = choice.form().with("portal", &id).send(&owner).await;
        assert_eq!(opened.status, 303, "{opened}");
        let page = owner.page("/manage").await;
        assert!(page.says("Testportaal van Koppelaars &amp; Zonen") && page.says(">Testportaal</span>"), "{}", page.html);
        let allowed = app.ask().form(&owner).await.with("portal", &id).with("decision", "allow").send(&owner).await;
        let tokens = Tokens::of(&app.exchange(&Back::of(&allowed).code()).await);
        let customers = server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        assert_eq!(customers["data"].as_array().unwrap().len(), 15);
        // Deleting takes it all along.
        assert_eq!(browser.page(&sandbox).await.form().send(&browser).await.status, 303);
        server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
        assert!(path_to_delete(&browser).await.is_none());
    }

    async fn a_business_s_own_portal_bears_no_badge_and_cannot_be_deleted_so(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, email, browser) = developer(&server).await;
        create(&browser).await;
        let (portal, owner) = server.portal_and_browser().await;
        assert!(!owner.page("/manage").await.says(">Testportaal</span>"));
        let own: Option<Single<String>> = server.db.row(
            "SELECT m.portal_id AS value FROM portal_members m JOIN accounts a ON a.id = m.account_id JOIN portals p ON p.id = m.portal_id
             WHERE a.email = ?1 AND p.sandbox_of IS NULL",
            &[email.as_str().to_param()],
        ).await.unwrap();
        let form = browser.page(&path_to_delete(&browser).await.unwrap()).await.form();
        for id in [portal.id.to_string(), own.unwrap().0] {
            let path = format!("{SANDBOXES}/{id}/delete");
            assert_eq!(browser.get(&path).await.status, 404, "{id}");
            assert_eq!(browser.post(&path, &form.fields).await.status, 404, "{id}");
        }
        owner.page("/manage/customers").await;
    }

    async fn a_developer_has_a_few_at_a_time_and_only_its_own(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, _, browser) = developer(&server).await;
        let form = browser.page(SANDBOXES).await.form();
        let (one, two, three, four) = tokio::join!(form.send(&browser), form.send(&browser), form.send(&browser), form.send(&browser));
        let mut statuses = [one, two, three, four].map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 303, 303, 409]);
        let (_, _, stranger) = developer(&server).await;
        let path = path_to_delete(&browser).await.unwrap();
        assert_eq!(stranger.get(&path).await.status, 404);
        assert!(path_to_delete(&stranger).await.is_none());
        assert_eq!(browser.page(&path).await.form().send(&browser).await.status, 303);
        assert_eq!(create(&browser).await.status, 303, "one is free again");
        assert_eq!(Browser::new(&server.url).get(SANDBOXES).await.status, 303, "strangers are sent to log in");
    }
}
