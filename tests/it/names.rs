//! The same rule for names on pages, in the API and on the command line.

use klantportaal::db::{Single, ToParam};
use serde_json::json;

use crate::support::{Browser, InProcess, Instance, PASSWORD, Page};

/// Names that show nobody, or that turn the text around them.
const HIDDEN: [&str; 5] =
    ["\u{200b}", "\u{3164}", "\u{2800} \u{ad}", "\u{202e}nesnaJ", "a\u{2067}b"];

/// A name with a letter that nobody sees, and the name that everybody sees.
const LOOK_ALIKE: (&str, &str) = ("Jan\u{200b}\u{2060}sen\u{e0041}", "Jansen");

/// Whether a table has a row with this name.
async fn exists(server: &Instance, table: &str, name: &str) -> bool {
    let sql = format!("SELECT COUNT(*) AS value FROM {table} WHERE name = ?1");
    let count: Option<Single<i64>> =
        server.db.row(Box::leak(sql.into_boxed_str()), &[name.to_param()]).await.unwrap();
    count.unwrap().0 > 0
}

/// All names in a table.
async fn names(server: &Instance, table: &str) -> Vec<String> {
    let sql = format!("SELECT name AS value FROM {table} ORDER BY name");
    let names: Vec<Single<String>> =
        server.db.rows(Box::leak(sql.into_boxed_str()), &[]).await.unwrap();
    names.into_iter().map(|Single(name)| name).collect()
}

/// Sends a page's form with each of the names; only the last makes or changes a row.
async fn try_form(server: &Instance, browser: &Browser, path: &str, field: &str, table: &str) {
    let send = async |name: &str| {
        let form = browser
            .page(path)
            .await
            .form_to(path)
            .with(field, name)
            .with("scope", "customers.read");
        let form =
            form.with("email", "nieuw@example.nl").with("password", "een zin van vijf woorden");
        let form = form.with(if field == "name" { "organisation" } else { "name" }, "Ander");
        form.with("redirect_uris", "https://app.example/terug")
            .with("client_type", "confidential")
            .send(browser)
            .await
    };
    let before = names(server, table).await;
    assert!(!before.iter().any(|name| name == LOOK_ALIKE.1), "{path}: {before:?}");
    for hidden in HIDDEN {
        send(hidden).await;
        assert_eq!(names(server, table).await, before, "{path}: {hidden:?}");
    }
    let answer = send(LOOK_ALIKE.0).await;
    assert!(exists(server, table, LOOK_ALIKE.1).await, "{path}: {answer}");
}

both_engines! {
    async fn no_page_takes_a_name_that_shows_nobody(engine: Engine) {
        let server = InProcess::start(engine).await;
        let browser = Browser::new(&server.url);
        try_form(&server, &browser, "/manage/register", "name", "accounts").await;
        server.db.execute("UPDATE portals SET name = 'Weg'", &[]).await.unwrap();
        let (_, browser) = server.portal_and_browser().await;
        try_form(&server, &browser, "/manage/portals/new", "organisation", "portals").await;
        server.db.execute("UPDATE portals SET name = 'Weg'", &[]).await.unwrap();
        try_form(&server, &browser, "/manage/settings/portal", "name", "portals").await;
        server.db.execute("UPDATE accounts SET name = 'Weg'", &[]).await.unwrap();
        try_form(&server, &browser, "/manage/account/name", "name", "accounts").await;
        try_form(&server, &browser, "/manage/settings/api-keys/new", "name", "api_keys").await;
        try_form(&server, &browser, "/manage/customer-groups/new", "name", "customer_groups").await;
    }

    async fn no_page_for_developers_does_either(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let login = browser.page("/developers/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        login.send(&browser).await;
        try_form(&server, &browser, "/developers/welcome", "organisation", "developers").await;
        server.db.execute("UPDATE developers SET name = 'Weg'", &[]).await.unwrap();
        try_form(&server, &browser, "/developers/settings", "name", "developers").await;
    }

    async fn the_api_takes_group_names_by_the_same_rule(server: &Server) {
        let key = server.portal().await.key().await;
        let group = key.post("/v1/customer-groups", json!({ "name": LOOK_ALIKE.0 })).await.expect(200);
        assert_eq!(group["name"], LOOK_ALIKE.1);
        let path = format!("/v1/customer-groups/{}", group["id"].as_str().unwrap());
        for hidden in HIDDEN {
            for answer in [
                key.post("/v1/customer-groups", json!({ "name": hidden })).await,
                key.patch(&path, json!({ "name": hidden })).await,
            ] {
                let fault = answer.expect(422)["errors"]["name"][0].to_string();
                assert!(fault.contains("isn't readable") || fault.contains("invisible"), "{hidden:?}: {fault}");
            }
        }
    }

    async fn the_api_takes_all_of_a_customers_names_by_the_same_rule(server: &Server) {
        let key = server.portal().await.key().await;
        let customer = json!({
            "companyName": "Korenaar", "primaryEmail": "info@korenaar.example", "address": "Molenstraat 12",
            "zipCode": "5211 DR", "city": "Den Bosch",
        });
        for field in ["companyName", "contactPerson", "address", "city"] {
            let with = |name: &str| {
                let mut customer = customer.clone();
                customer[field] = name.into();
                customer
            };
            let created = key.post("/v1/customers", with(LOOK_ALIKE.0)).await.expect(200);
            assert_eq!(created[field], LOOK_ALIKE.1, "{field}");
            let path = format!("/v1/customers/{}", created["id"].as_str().unwrap());
            for hidden in HIDDEN {
                for answer in [
                    key.post("/v1/customers", with(hidden)).await,
                    key.patch(&path, json!({ field: hidden })).await,
                ] {
                    let fault = answer.expect(422)["errors"][field][0].to_string();
                    assert!(fault.contains("visible"), "{field} {hidden:?}: {fault}");
                }
            }
        }
    }

    async fn the_command_line_takes_names_by_the_same_rule(server: &Server) {
        let (portal, app) = (server.portal().await, server.app().await);
        let (portal, developer) = (portal.id.as_str(), app.developer.as_str());
        let commands: [&[&str]; 6] = [
            &["portal", "invite", "--owner-email", "een@example.nl"],
            &["portal", "rename", portal],
            &["developer", "invite", "--email", "een@example.nl"],
            &["api-key", "create", "--portal", portal, "--scope", "customers.read"],
            &["app", "create", "--developer", developer, "--scope", "customers.read", "--redirect-uri", "https://a.example/"],
            &["resource-server", "create", "--scope", "customers.read"],
        ];
        for command in commands {
            for hidden in HIDDEN {
                let ran = server.cli(&[command, &["--name", hidden]].concat());
                assert!(ran.fault().contains("--name"), "{command:?} {hidden:?}: {ran:?}");
            }
            server.cli(&[command, &["--name", LOOK_ALIKE.0]].concat()).json();
        }
        for table in ["portals", "developers", "api_keys", "apps", "resource_servers"] {
            assert!(exists(server, table, LOOK_ALIKE.1).await, "{table}");
        }
    }

    async fn a_name_from_before_the_rule_is_shown_and_turns_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for (name, shown) in [
            ("\u{202e}\u{2069}gpj.dnalb", "gpj.dnalb"),
            ("\u{3164}", "?"),
            ("חשבונות", "\u{2068}חשבונות\u{2069}"),
        ] {
            server.db.execute("UPDATE apps SET name = ?2 WHERE id = ?1", &[app.id.to_param(), name.to_param()]).await.unwrap();
            let page: Page = browser.page(&app.ask().path()).await;
            let alone = shown.trim_matches(['\u{2068}', '\u{2069}']);
            assert!(page.says(&format!("<bdi>{alone}</bdi>")) && page.says(&format!("<title>{shown}")), "{}", page.html);
            assert!(!page.says("\u{202e}") && !page.says("\u{3164}"), "{}", page.html);
        }
    }
}
