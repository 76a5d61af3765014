//! The scopes that forms offer, and those they don't.

use std::collections::BTreeSet;

use klantportaal::auth::{Scope, ScopeSet};
use klantportaal::db::{Single, ToParam};

use crate::support::{Browser, CALLBACK, Instance, PASSWORD};

const NEW_KEY: &str = "/manage/settings/api-keys/new";

/// The built-in scopes that some operation of the API asks, as its document says.
async fn served(server: &Instance) -> BTreeSet<String> {
    let document = server.nobody().get("/docs/openapi.json").await.expect(200);
    let operations = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    let ways = operations.filter_map(|operation| operation["security"].as_array()).flatten();
    let scopes = ways.flat_map(|way| {
        way.as_object().unwrap().values().flat_map(|scopes| scopes.as_array().unwrap())
    });
    scopes.map(|scope| scope.as_str().unwrap().to_owned()).collect()
}

/// Those of the choices that are built in: tests have scopes of the operator's own too.
fn built_in(choices: Vec<String>) -> BTreeSet<String> {
    let is_built_in = |name: &String| Scope::BUILT_IN.iter().any(|scope| scope.name() == name);
    choices.into_iter().filter(is_built_in).collect()
}

async fn developers(server: &Instance, developer: &str) -> Browser {
    let sql = "SELECT a.email AS value FROM accounts a JOIN developer_members m ON m.account_id = a.id WHERE m.developer_id = ?1";
    let email: Option<Single<String>> = server.db.row(sql, &[developer.to_param()]).await.unwrap();
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    form.with("email", &email.unwrap().0).with("password", PASSWORD).send(&browser).await;
    browser
}

/// The scopes of an app in the database, the optional ones second.
async fn scopes_of(server: &Instance, app: &str) -> [ScopeSet; 2] {
    let mut sets = [ScopeSet::default(); 2];
    for (set, sql) in sets.iter_mut().zip([
        "SELECT scopes AS value FROM apps WHERE id = ?1",
        "SELECT optional_scopes AS value FROM apps WHERE id = ?1",
    ]) {
        let found: Option<Single<ScopeSet>> = server.db.row(sql, &[app.to_param()]).await.unwrap();
        *set = found.unwrap().0;
    }
    sets
}

both_engines! {
    async fn a_key_is_offered_what_works_and_given_nothing_else(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let page = browser.page(NEW_KEY).await;
        assert_eq!(built_in(page.choices("scope")), served(server).await);
        assert!(!page.says("offers.read"));
        let send = async |scope: &str| {
            let form = page.form_to(NEW_KEY).with("name", "Kassa").with("scope", scope);
            form.send(&browser).await;
            let sql = "SELECT COUNT(*) AS value FROM api_keys WHERE portal_id = ?1";
            let count: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
            count.unwrap().0
        };
        assert_eq!(send("offers.read").await, 0);
        assert_eq!(send("customers.read").await, 1);
    }

    async fn an_app_is_offered_what_works_and_given_nothing_else(server: &Server) {
        let app = server.app().await;
        let browser = developers(server, app.developer.as_str()).await;
        let (new, edit) = ("/developers/apps/new", format!("/developers/apps/{}/edit", app.id));
        for path in [new, edit.as_str()] {
            let page = browser.page(path).await;
            assert_eq!(built_in(page.choices("scope")), served(server).await, "{path}");
            assert!(!page.says("offers.read"));
        }
        let send = async |path: &str, scope: &str| {
            let form = browser.page(path).await.form_to(path).with("name", "Kassa").with("scope", scope);
            form.with("redirect_uris", CALLBACK).with("client_type", "confidential").send(&browser).await;
            let sql = "SELECT scopes AS value FROM apps WHERE developer_id = ?1";
            let rows: Vec<Single<ScopeSet>> = server.db.rows(sql, &[app.developer.to_param()]).await.unwrap();
            rows.iter().any(|Single(scopes)| scopes.to_string().contains(scope))
        };
        for path in [new, edit.as_str()] {
            assert!(!send(path, "offers.read").await, "{path}");
        }
        assert!(send(new, "customers.write").await);
    }

    async fn saving_an_app_keeps_the_permissions_that_do_nothing_yet(server: &Server) {
        let scopes = "customers.read offers.read tickets.read";
        let app = server.app_with_optional(&[CALLBACK], scopes, "tickets.read").await;
        let before = scopes_of(server, app.id.as_str()).await;
        let browser = developers(server, app.developer.as_str()).await;
        let path = format!("/developers/apps/{}/edit", app.id);
        let page = browser.page(&path).await;
        assert!(page.says("value=\"offers.read\" checked"), "it has it, so it is shown");
        assert!(!page.says("agreements.read"), "it has not");
        let form = page.form_to(&path).with("name", "Andere naam").with("redirect_uris", CALLBACK);
        let part = |(name, value): &(String, String)| format!("--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let body: String = form.fields.iter().map(part).chain(["--grens--\r\n".to_owned()]).collect();
        let answer = browser.post_raw(&form.action, "multipart/form-data; boundary=grens", body.into_bytes(), &[]).await;
        assert_eq!(answer.status, 303, "{answer}");
        assert_eq!(scopes_of(server, app.id.as_str()).await, before);
        // Owners are asked for them, and tokens carry them.
        let (_, owner) = server.portal_and_browser().await;
        let code = app.ask().with("scope", "customers.read offers.read").allow(&owner).await.code();
        let tokens = app.exchange(&code).await.expect(200);
        assert_eq!(tokens["scope"], "customers.read offers.read");
    }
}
