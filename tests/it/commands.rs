//! The provisioning commands, beside a running server.

use std::process::Command;

use jiff::Timestamp;
use klantportaal::caller::Caller;
use klantportaal::db::ToParam;
use klantportaal::ids::{AppId, DeveloperId, GrantId};
use klantportaal::oauth::{Grant, NewConsent};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Ran, Server, klantportaal};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The names of an object's fields, sorted.
fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn email() -> String {
    format!("iemand-{:016x}@example.nl", rand::random::<u64>())
}

fn create_portal(server: &Server, name: &str, email: &str, password: &str) -> Ran {
    server.cli_with_input(
        &["portal", "create", "--name", name, "--owner-email", email, "--password-stdin"],
        &format!("{password}\n"),
    )
}

fn create_developer(server: &Server, email: &str, password: &str) -> Ran {
    server.cli_with_input(
        &["developer", "create", "--name", "Bouwers BV", "--email", email, "--password-stdin"],
        password,
    )
}

/// The row of a list with this id.
fn find(list: &Value, id: &Value) -> Value {
    list.as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == *id)
        .unwrap_or_else(|| panic!("{id} is not in {list}"))
        .clone()
}

/// A printed moment that is about now.
fn assert_now(value: &Value) {
    let moment: Timestamp = text(value).parse().unwrap();
    assert!(Timestamp::now().duration_since(moment).as_secs().abs() < 60, "{value}");
}

both_engines! {
    async fn a_portal_is_made_with_its_owner(server: &Server) {
        let email = email();
        let made = create_portal(server, " Bakkerij Jansen ", &email, PASSWORD).json();
        assert_eq!(names(&made), ["ownerId", "portalId"]);
        assert!(text(&made["portalId"]).starts_with("prt_") && text(&made["ownerId"]).starts_with("acc_"), "{made}");
        let row = find(&server.cli(&["portal", "list"]).json(), &made["portalId"]);
        assert_eq!(row, json!({ "id": made["portalId"], "name": "Bakkerij Jansen", "createdAt": row["createdAt"] }));
        assert_now(&row["createdAt"]);
        // Who has an account already gets a further portal, given the account's password.
        let further = create_portal(server, "Tweede", &email.to_uppercase(), PASSWORD).json();
        assert_eq!(further["ownerId"], made["ownerId"]);
        assert_ne!(further["portalId"], made["portalId"]);
        let fault = create_portal(server, "Derde", &email, "een ander wachtwoord");
        assert!(fault.fault().contains("already exists, with another password"), "{fault:?}");
    }

    async fn a_key_is_made_listed_used_and_revoked(server: &Server) {
        let portal = server.portal().await;
        let arguments = ["api-key", "create", "--portal", portal.id.as_str(), "--name", "boekhouding", "--scope", "customers.read"];
        let further = ["--scope", "customers.write", "--expires-at", "2099-01-31", "--rate-limit", "7"];
        let addresses = ["--allow-address", "127.0.0.1/8", "--allow-address", "::1"];
        let made = server.cli(&[&arguments[..], &further, &addresses].concat()).json();
        assert_eq!(names(&made), ["id", "key"]);
        let answer = server.bearer(text(&made["key"])).get("/v1/customers").await;
        answer.expect(200);
        assert_eq!(answer.number("x-ratelimit-limit"), 7);
        let list = || server.cli(&["api-key", "list", "--portal", portal.id.as_str()]).json();
        let row = find(&list(), &made["id"]);
        assert_now(&row["createdAt"]);
        let expected = json!({
            "id": made["id"],
            "name": "boekhouding",
            "start": &text(&made["key"])[..8],
            "scopes": ["customers.read", "customers.write"],
            "rateLimit": 7,
            "allowedAddresses": ["127.0.0.0/8", "::1"],
            "createdAt": row["createdAt"],
            "expiresAt": "2099-01-31T22:59:59Z",
            "lastUsedAt": row["lastUsedAt"],
            "lastUsedAddress": row["lastUsedAddress"],
        });
        assert_eq!(row, expected);
        let wrong = server.cli(&[&arguments[..], &["--allow-address", "localhost"]].concat());
        assert!(wrong.fault().contains("localhost is not an IP address or network"), "{wrong:?}");
        let plain = server.cli(&arguments).json();
        let row = find(&list(), &plain["id"]);
        assert_eq!((&row["rateLimit"], &row["expiresAt"], &row["lastUsedAt"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!(server.cli(&["api-key", "revoke", text(&made["id"])]).json(), json!({ "id": made["id"], "revoked": true }));
        server.bearer(text(&made["key"])).get("/v1/customers").await.expect(401);
        assert_eq!(list().as_array().unwrap().len(), 1);
        let again = server.cli(&["api-key", "revoke", text(&made["id"])]);
        assert!(again.fault().contains("there is no API key"), "{again:?}");
    }

    async fn an_app_is_made_and_listed(server: &Server) {
        let email = email();
        let developer = create_developer(server, &email, PASSWORD).json();
        assert_eq!(names(&developer), ["developerId"]);
        let id = text(&developer["developerId"]);
        assert!(id.starts_with("dev_"));
        let uris = ["https://app.example/terug", "http://127.0.0.1/terug"];
        let arguments = ["app", "create", "--developer", id, "--name", "Koppeling", "--redirect-uri", uris[0], "--redirect-uri", uris[1]];
        let made = server.cli(&[&arguments[..], &["--scope", "customers.read"]].concat()).json();
        assert_eq!(names(&made), ["appId", "appSecret"]);
        assert!(text(&made["appId"]).starts_with("app_") && text(&made["appSecret"]).starts_with("kps_"), "{made}");
        let row = find(&server.cli(&["app", "list"]).json(), &made["appId"]);
        assert_now(&row["createdAt"]);
        let expected = json!({
            "id": made["appId"],
            "name": "Koppeling",
            "developerId": id,
            "developer": "Bouwers BV",
            "redirectUris": uris,
            "scopes": ["customers.read"],
            "optionalScopes": [],
            "createdAt": row["createdAt"],
        });
        assert_eq!(row, expected);

        let made = server.cli(&[&arguments[..], &["--scope", "customers.read", "--public"]].concat()).json();
        assert_eq!(names(&made), ["appId"], "a public app has no secret");
        assert_eq!(find(&server.cli(&["app", "list"]).json(), &made["appId"])["public"], true);
    }

    async fn a_consent_is_listed_and_revoked(server: &Server) {
        let owner = create_portal(server, "Bakkerij", &email(), PASSWORD).json();
        let developer = create_developer(server, &email(), PASSWORD).json();
        let arguments = ["--name", "Koppeling", "--redirect-uri", "https://app.example/", "--scope", "customers.read"];
        let app = server.cli(&[&["app", "create", "--developer", text(&developer["developerId"])][..], &arguments].concat()).json();
        let list = || server.cli(&["grant", "list", "--portal", text(&owner["portalId"])]).json();
        assert_eq!(list(), json!([]));
        let (portal, account, app_id) = (text(&owner["portalId"]).parse().unwrap(), text(&owner["ownerId"]).parse().unwrap(), text(&app["appId"]));
        let mut tx = server.db.begin().await.unwrap();
        let scopes = "customers.read".parse().unwrap();
        let caller = Caller { address: [127, 0, 0, 1].into(), user_agent: String::new() };
        let consent = NewConsent { portal: &portal, account: &account, email: "", asked: scopes, allowed: scopes, caller: &caller };
        let grant = Grant::consent(&mut tx, &app_id.parse::<AppId>().unwrap(), &consent, Timestamp::now()).await.unwrap();
        tx.commit().await.unwrap();
        let listed = list();
        assert_now(&listed[0]["createdAt"]);
        let expected = json!([{
            "id": grant.as_str(),
            "appId": app_id,
            "app": "Koppeling",
            "developer": "Bouwers BV",
            "scopes": ["customers.read"],
            "createdAt": listed[0]["createdAt"],
            "lastUsedAt": null,
        }]);
        assert_eq!(listed, expected);
        assert_eq!(server.cli(&["grant", "revoke", grant.as_str()]).json(), json!({ "id": grant.as_str(), "revoked": true }));
        assert_eq!(list(), json!([]));
        assert!(server.cli(&["grant", "revoke", grant.as_str()]).fault().contains("there is no grant"));
    }

    async fn the_audit_log_is_read_of_a_portal_a_developer_and_the_operator(server: &Server) {
        let owner = create_portal(server, "Bakkerij", &email(), PASSWORD).json();
        let portal = text(&owner["portalId"]);
        let developer = create_developer(server, &email(), PASSWORD).json();
        let key = server.cli(&["api-key", "create", "--portal", portal, "--name", "kassa", "--scope", "customers.read"]).json();
        server.cli(&["api-key", "revoke", text(&key["id"])]).json();
        let resource_server = server.cli(&["resource-server", "create", "--name", "Planner", "--scope", "customers.read"]).json();
        let told = |arguments: &[&str]| {
            let events = server.cli(&[&["audit", "list"][..], arguments].concat()).json();
            let pair = |event: &Value| format!("{} {}", text(&event["action"]), text(&event["subject"]));
            events.as_array().unwrap().iter().map(pair).collect::<Vec<_>>()
        };
        assert_eq!(told(&["--portal", portal])[..2], ["api_key_revoked kassa", "api_key_created kassa"]);
        assert_eq!(told(&["--portal", portal, "--limit", "1"]), ["api_key_revoked kassa"]);
        assert_eq!(told(&["--developer", text(&developer["developerId"])]), ["developer_created Bouwers BV"]);
        // Other tests write into the operator's log too.
        assert!(told(&[]).contains(&"resource_server_created Planner".to_owned()));
        assert!(!told(&["--limit", "1000"]).iter().any(|event| event.ends_with("kassa")));
        server.cli(&["resource-server", "revoke", text(&resource_server["id"])]).json();
        let event = &server.cli(&["audit", "list", "--portal", portal]).json()[0];
        assert_now(&event["at"]);
        assert_eq!(names(event), ["action", "actor", "actorKind", "address", "at", "id", "subject", "userAgent"]);
        assert!(server.cli(&["audit", "list", "--portal", portal, "--developer", text(&developer["developerId"])]).fault().contains("cannot be used with"));
    }

    async fn what_does_not_exist_is_named(server: &Server) {
        let portal = klantportaal::ids::PortalId::random();
        let (portal, developer) = (portal.as_str(), DeveloperId::random());
        let app = ["--name", "x", "--redirect-uri", "https://a.example/", "--scope", "customers.read"];
        for (arguments, id) in [
            (vec!["api-key", "create", "--portal", portal, "--name", "x", "--scope", "customers.read"], portal),
            (vec!["api-key", "list", "--portal", portal], portal),
            (vec!["api-key", "revoke", "key_bestaatniet"], "key_bestaatniet"),
            (vec!["grant", "list", "--portal", portal], portal),
            (vec!["audit", "list", "--portal", portal], portal),
            (vec!["grant", "revoke", GrantId::random().as_str()], "grt_"),
            ([&["app", "create", "--developer", developer.as_str()][..], &app].concat(), developer.as_str()),
        ] {
            let ran = server.cli(&arguments);
            assert!(ran.fault().contains("there is no") && ran.stderr.contains(id), "{ran:?}");
        }
    }

    async fn a_last_day_is_the_same_on_the_page_and_on_the_command_line(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        for (zone, day, end) in [
            ("Europe/Amsterdam", "2099-01-31", "2099-01-31T22:59:59Z"),
            ("America/New_York", "2099-07-31", "2099-08-01T03:59:59Z"),
        ] {
            server.db.execute("UPDATE portals SET time_zone = ?2 WHERE id = ?1", &[portal.id.to_param(), zone.to_param()]).await.unwrap();
            let create = ["api-key", "create", "--portal", portal.id.as_str(), "--name", zone, "--scope", "customers.read"];
            server.cli(&[&create[..], &["--expires-at", day]].concat()).json();
            let form = browser.page("/manage/settings/api-keys/new").await.form();
            form.with("name", zone).with("scope", "customers.read").with("expires", day).send(&browser).await;
            let keys = server.cli(&["api-key", "list", "--portal", portal.id.as_str()]).json();
            let ends: Vec<&Value> = keys.as_array().unwrap().iter().filter(|key| key["name"] == zone).map(|key| &key["expiresAt"]).collect();
            assert_eq!(ends, [end, end], "{zone}");
        }
    }

    async fn a_faulty_argument_is_named(server: &Server) {
        let portal = server.portal().await;
        let portal = portal.id.as_str();
        let key = |name: &'static str, value: &'static str| {
            let mut arguments = vec!["api-key", "create", "--portal", portal, "--name", "x", "--scope", "customers.read"];
            arguments.extend([name, value]);
            arguments
        };
        let uri = |uri: &'static str| {
            vec!["app", "create", "--developer", "dev_abc", "--name", "x", "--scope", "customers.read", "--redirect-uri", uri]
        };
        for (arguments, named) in [
            (key("--scope", "customers.delete"), "unknown scope: customers.delete; the scopes are agreements.read, "),
            (key("--expires-at", "2020-01-01"), "--expires-at is in the past"),
            (key("--expires-at", "2027-02-30"), "--expires-at"),
            (key("--rate-limit", "-1"), "or 0 for no limit"),
            (key("--rate-limit", "veel"), "'--rate-limit"),
            (key("--onbekend", "1"), "--onbekend"),
            (vec!["api-key", "create", "--portal", portal, "--name", "x"], "--scope"),
            (vec!["api-key", "create", "--portal", portal, "--name", " ", "--scope", "customers.read"], "must not be empty"),
            (vec!["api-key", "create", "--portal", portal, "--name", "a\nb", "--scope", "customers.read"], "invisible character"),
            (vec!["api-key", "create", "--portal", "cst_abc", "--name", "x", "--scope", "customers.read"], "starts with prt_"),
            (vec!["api-key", "revoke"], "<ID>"),
            (vec!["api-key", "revoke", "prt_abc"], "starts with key_"),
            (vec!["api-key", "vergeet"], "vergeet"),
            (uri("http://app.example/terug"), "must begin with https://"),
            (uri("https://app.example/#x"), "fragment"),
            (uri("https://*.app.example/"), "wildcard"),
            (uri("terug"), "not an absolute URL"),
            (vec!["portal", "create", "--name", "x", "--owner-email", "jan", "--password-stdin"], "not an e-mail address"),
            (vec!["portal", "create", "--name", "x", "--owner-email", "jan@example.nl"], "--password-stdin"),
            (vec!["developer", "create", "--name", "x", "--email", "jan@example.nl"], "--password-stdin"),
        ] {
            let ran = server.cli(&arguments);
            assert!(ran.fault().contains(named), "{named} is not in {ran:?}");
        }
    }

    async fn a_password_comes_in_on_standard_input_and_is_not_easy_to_guess(server: &Server) {
        for (password, fault) in [
            ("", "no password on standard input"),
            ("\n", "no password on standard input"),
            ("1234567\n", "at least 8"),
            (&"x".repeat(201), "at most 200"),
            ("wachtwoord123", "easy to guess"),
        ] {
            for ran in [create_portal(server, "x", &email(), password), create_developer(server, &email(), password)] {
                assert!(ran.fault().contains(fault), "{ran:?}");
            }
        }
        // Line ends, of whichever machine, are not part of it; other spaces are.
        let email = email();
        create_portal(server, "x", &email, " met spaties ").json();
        create_portal(server, "x", &email, " met spaties \r").json();
        create_portal(server, "x", &email, "met spaties").fault();
    }
}

/// Every command, with the flags that are its own.
const COMMANDS: [(&str, &[&str]); 44] = [
    ("serve", &["--demo", "--new-database"]),
    ("account create", &["--email", "--name", "--password-stdin"]),
    ("account list", &["--email"]),
    ("account disable", &["<ID>"]),
    ("account enable", &["<ID>"]),
    ("account end-sessions", &["<ID>"]),
    ("account reset-factors", &["<ID>"]),
    ("account delete", &["<ID>"]),
    ("account restore", &["<ID>"]),
    ("portal create", &["--name", "--owner-email", "--owner-name", "--password-stdin"]),
    ("portal invite", &["--name", "--owner-email", "--mail"]),
    ("portal list", &[]),
    ("portal rename", &["--name", "<ID>"]),
    ("portal delete", &["<ID>"]),
    ("portal restore", &["<ID>"]),
    ("api-key create", &["--portal", "--name", "--scope", "--expires-at", "--rate-limit"]),
    ("api-key list", &["--portal"]),
    ("api-key revoke", &["<ID>"]),
    ("developer create", &["--name", "--email", "--password-stdin"]),
    ("developer invite", &["--name", "--email", "--mail"]),
    ("developer list", &[]),
    ("developer disable", &["<ID>"]),
    ("developer enable", &["<ID>"]),
    ("app create", &["--developer", "--name", "--redirect-uri", "--scope", "--public"]),
    ("app list", &[]),
    ("app disable", &["<ID>"]),
    ("app enable", &["<ID>"]),
    ("grant list", &["--portal"]),
    ("grant revoke", &["<ID>"]),
    ("mail receive", &["--recipient", "--sender"]),
    ("files move-to", &["<PLACE>", "--from", "--delete-source"]),
    ("files release-waiting", &[]),
    ("files scan-again", &["--blocked", "--waiting", "[ID]..."]),
    ("jobs list", &["--kind", "--state", "--portal", "--limit"]),
    ("jobs show", &["<ID>"]),
    ("jobs retry", &["--failed"]),
    ("jobs discard", &["<ID>"]),
    ("resource-server create", &["--name", "--scope"]),
    ("resource-server list", &[]),
    ("resource-server rotate", &["<ID>", "--at-once"]),
    ("resource-server revoke", &["<ID>"]),
    ("encryption-key reset", &[]),
    ("audit list", &["--portal", "--developer", "--limit"]),
    ("doctor", &["--ask-addresses", "--json"]),
];

fn help(path: &[&str], flag: &str) -> String {
    let ran = Ran::of(klantportaal().args(path).arg(flag));
    assert!(ran.success && ran.stderr.is_empty(), "{path:?} {flag}: {ran:?}");
    ran.stdout
}

/// The commands below `path` that have none below themselves, as their help tells.
fn leaves(path: &[&str]) -> Vec<String> {
    let help = help(path, "--help");
    let below: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.strip_prefix("  ")?
                .split(' ')
                .next()
                .filter(|name| !name.is_empty() && *name != "help")
        })
        .collect();
    if below.is_empty() {
        vec![path.join(" ")]
    } else {
        below.into_iter().flat_map(|name| leaves(&[path, &[name]].concat())).collect()
    }
}

#[test]
fn every_command_explains_itself_and_its_flags() {
    let mut known: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
    let mut all = leaves(&[]);
    known.sort_unstable();
    all.sort_unstable();
    assert_eq!(all, known, "COMMANDS does not list every command");
    for (name, flags) in COMMANDS {
        let path: Vec<&str> = name.split(' ').collect();
        for flag in ["--help", "-h"] {
            let help = help(&path, flag);
            assert!(help.contains(&format!("Usage: klantportaal {name}")), "{help}");
            for expected in flags.iter().chain(&["--config", "--data-dir", "--database-url"]) {
                assert!(
                    help.contains(expected),
                    "{name} {flag} does not mention {expected}:\n{help}"
                );
            }
        }
    }
}

#[test]
fn a_commands_help_is_about_the_command() {
    let own = help(&["portal", "create"], "--help");
    assert!(own.contains("--public-url") && !own.contains("--trusted-proxies"), "{own}");
    assert!(own.contains("klantportaal serve --help") && own.lines().count() < 60, "{own}");
    let with_example = help(&["portal", "invite"], "--help");
    assert!(
        with_example.contains("Example:") && with_example.contains("klantportaal serve --help"),
        "{with_example}"
    );
    for all in [help(&["serve"], "--help"), help(&["doctor"], "--help"), help(&[], "--help")] {
        assert!(all.contains("--trusted-proxies"), "{all}");
    }
    // What the help leaves out is taken all the same.
    let ran = Ran::of(klantportaal().args(["portal", "create", "--mail-from", "geen adres"]));
    assert!(!ran.stderr.contains("unexpected argument"), "{ran:?}");
}

#[test]
fn without_a_command_the_help_is_shown_and_the_exit_is_not_zero() {
    for path in [vec![], vec!["portal"], vec!["api-key"]] {
        let ran = Ran::of(klantportaal().args(&path));
        assert!(!ran.success && ran.stderr.contains("Usage: klantportaal"), "{ran:?}");
    }
    assert!(Ran::of(klantportaal().arg("--version")).stdout.starts_with("klantportaal "));
}

#[test]
fn an_argument_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let mut command: Command = klantportaal();
    let ran = Ran::of(
        command.args(["portal", "create", "--name"]).arg(std::ffi::OsStr::from_bytes(b"\xff")),
    );
    assert!(ran.fault().contains("UTF-8"), "{ran:?}");
}
