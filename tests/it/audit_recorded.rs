//! Completeness of the audit log: every form of the sites records an event or is listed here as an
//! exception, a test causes every kind of event, and no event contains a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use klantportaal::api_keys::{NewApiKey, record_expired};
use klantportaal::audit::Action;
use klantportaal::auth::{AddressList, ScopeSet};
use klantportaal::clients::ClientType;
use klantportaal::db::{Single, ToParam};
use klantportaal::manage::warn_of_expiry;
use serde_json::Value;

use crate::support::pages::page_routes;
use crate::support::{
    Answer, Authenticator, Back, Browser, FilledForm, InProcess, PASSWORD, Ran, SCOPE, SigningKey,
    Tokens, klantportaal, until,
};

/// Forms that write no event in the walk below, with the reason. A path ends in `*` for all that
/// begin so.
const WITHOUT: &[(&str, &str)] = &[
    ("/manage/first-steps", "hides a list from the person who sends it"),
    ("/manage/customers*", "tried in audit_of_customers.rs"),
    ("/manage/settings/customer-fields*", "tried in custom_fields.rs"),
    ("/manage/customer-groups*", "tried in audit_of_customers.rs"),
    ("/manage/appointments*", "tried in appointment_pages.rs"),
    ("/manage/settings/appointments", "tried in appointment_reminders.rs"),
    ("/manage/settings/appointments/*", "tried in appointment_settings.rs"),
    ("/manage/tickets*", "tried in ticket_pages.rs"),
    ("/manage/punch-cards*", "tried in punch_card_pages.rs"),
    ("/manage/settings/webhooks*", "tried in webhooks/audit.rs"),
    ("/manage/files*", "tried in files.rs"),
    ("/manage/file-shares*", "tried in file_share_pages.rs"),
    ("/manage/file-requests*", "tried in file_requests.rs"),
    ("/requests*", "tried in file_requests.rs"),
    ("/shares*", "tried in file_share_pages.rs"),
    ("/manage/settings/team*", "tried in team.rs"),
    ("/developers/team*", "tried in team.rs: the handlers are the same on both sites"),
    ("/developers/apps/{id}/receiver/register", "tried in receiver.rs"),
    ("/developers/apps/{id}/receiver/portal", "as /developers/sandboxes/new"),
    ("/developers/apps/{id}/receiver/code", "issues tokens, like the token endpoint"),
    ("/developers/apps/{id}/webhooks*", "tried in webhooks/apps_pages.rs"),
    ("/manage/invitation*", "tried in team.rs"),
    ("/manage/login/second-factor", "tried in accounts_second_factor.rs"),
    ("/manage/login/passkey", "tried in factors.test.mjs"),
    ("/manage/account/email/confirm", "tried in accounts_email_change.rs"),
    ("/manage/account/delete", "tried in deletion.rs"),
    ("/manage/restore", "tried in deletion.rs"),
    ("/manage/restore-account", "tried in deletion.rs"),
    ("/manage/settings/portal*", "tried in deletion.rs"),
    ("/manage/settings/business", "tried in business.rs"),
    ("/developers/settings*", "tried in deletion.rs"),
    ("/manage/undo-email-change", "tried in accounts_email_change.rs"),
    ("/manage/verify/again", "only mails what was mailed before"),
    ("/manage/passkeys*", "tried in accounts_passkeys.rs"),
    ("/manage/reauthenticate/passkey", "tried in accounts_passkeys.rs"),
    ("/manage/account/passkeys/challenge", "only asks what to sign"),
    ("/manage/account/passkeys/new", "tried in accounts_passkeys.rs"),
    ("/manage/account/passkeys/{id}/remove", "tried in accounts_passkeys.rs"),
];

/// Events that other tests than the walk below bring about, and the file in which they look for
/// them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("unknown_log_ins_failed", "it/threats/password_guessing.rs"),
    ("customer_created", "it/audit_of_customers.rs"),
    ("customer_changed", "it/audit_of_customers.rs"),
    ("customer_deleted", "it/audit_of_customers.rs"),
    ("customer_field_created", "it/custom_fields.rs"),
    ("customer_field_changed", "it/custom_fields.rs"),
    ("customer_field_deleted", "it/custom_fields.rs"),
    ("customer_restored", "it/bin.rs"),
    ("customer_deleted_for_good", "it/bin.rs"),
    ("customer_group_restored", "it/bin.rs"),
    ("customer_group_deleted_for_good", "it/bin.rs"),
    ("customer_group_created", "it/audit_of_customers.rs"),
    ("customer_group_changed", "it/audit_of_customers.rs"),
    ("customer_group_deleted", "it/audit_of_customers.rs"),
    ("appointment_created", "it/appointment_pages.rs"),
    ("appointment_changed", "it/appointment_pages.rs"),
    ("appointment_scheduled", "it/appointment_pages.rs"),
    ("appointment_canceled", "it/appointment_pages.rs"),
    ("appointment_deleted", "it/appointment_pages.rs"),
    ("appointment_restored", "it/appointment_pages.rs"),
    ("appointment_deleted_for_good", "it/appointment_pages.rs"),
    ("appointment_settings_changed", "it/appointment_reminders.rs"),
    ("appointment_type_created", "it/appointment_settings.rs"),
    ("appointment_type_changed", "it/appointment_settings.rs"),
    ("appointment_type_deleted", "it/appointment_settings.rs"),
    ("opening_hours_changed", "it/appointment_settings.rs"),
    ("closed_day_added", "it/appointment_settings.rs"),
    ("closed_day_deleted", "it/appointment_settings.rs"),
    ("calendar_feed_created", "it/appointment_feed.rs"),
    ("calendar_feed_withdrawn", "it/appointment_feed.rs"),
    ("ticket_created", "it/ticket_pages.rs"),
    ("ticket_answered", "it/ticket_pages.rs"),
    ("ticket_note_added", "it/ticket_pages.rs"),
    ("ticket_closed", "it/ticket_pages.rs"),
    ("ticket_reopened", "it/ticket_pages.rs"),
    ("ticket_assigned", "it/ticket_pages.rs"),
    ("ticket_deleted", "it/ticket_pages.rs"),
    ("ticket_restored", "it/ticket_pages.rs"),
    ("ticket_deleted_for_good", "it/ticket_pages.rs"),
    ("punch_card_created", "it/punch_card_pages.rs"),
    ("punch_card_changed", "it/punch_card_pages.rs"),
    ("punch_card_deleted", "it/punch_card_pages.rs"),
    ("punch_card_restored", "it/punch_card_pages.rs"),
    ("punch_card_deleted_for_good", "it/punch_card_pages.rs"),
    ("punch_card_issued", "it/punch_card_pages.rs"),
    ("punch_card_stamped", "it/punch_card_pages.rs"),
    ("webhook_created", "it/webhooks/audit.rs"),
    ("webhook_changed", "it/webhooks/audit.rs"),
    ("webhook_deleted", "it/webhooks/audit.rs"),
    ("webhook_secret_rotated", "it/webhooks/audit.rs"),
    ("webhook_replayed", "it/webhooks/audit.rs"),
    ("webhook_sent_again", "it/webhooks/audit.rs"),
    ("webhook_tested", "it/webhooks/audit.rs"),
    ("webhook_switched_on", "it/webhooks/audit.rs"),
    ("webhook_switched_off", "it/webhooks/failing.rs"),
    ("webhook_stopped", "it/webhooks/apps_pages.rs"),
    ("file_added", "it/files.rs"),
    ("file_blocked", "it/scanner.rs"),
    ("waiting_files_released", "it/scanner.rs"),
    ("files_scanned_again", "it/scanner_retries.rs"),
    ("file_renamed", "it/files.rs"),
    ("file_deleted", "it/files.rs"),
    ("directory_created", "it/files.rs"),
    ("directory_renamed", "it/files.rs"),
    ("directory_deleted", "it/files.rs"),
    ("file_request_created", "it/file_requests.rs"),
    ("file_request_answered", "it/file_requests.rs"),
    ("file_request_reminded", "it/file_requests.rs"),
    ("file_request_deleted", "it/file_requests.rs"),
    ("file_share_created", "it/file_share_pages.rs"),
    ("file_share_downloaded", "it/file_share_pages.rs"),
    ("file_share_deleted", "it/file_share_pages.rs"),
    ("many_rows_changed", "it/audit_of_customers.rs"),
    ("rows_exported", "it/export.rs"),
    ("import_started", "it/import.rs"),
    ("import_ended", "it/import.rs"),
    ("import_undone", "it/import.rs"),
    ("second_factor_failed", "it/accounts_second_factor.rs"),
    ("recovery_code_used", "it/accounts_second_factor.rs"),
    ("person_invited", "it/team.rs"),
    ("invitation_withdrawn", "it/team.rs"),
    ("invitation_accepted", "it/team.rs"),
    ("role_changed", "it/team.rs"),
    ("person_removed", "it/team.rs"),
    ("person_left", "it/team.rs"),
    ("email_changed", "it/accounts_email_change.rs"),
    ("email_change_undone", "it/accounts_email_change.rs"),
    ("account_deleted", "it/deletion.rs"),
    ("account_restored", "it/deletion.rs"),
    ("account_created", "it/registration.rs"),
    ("job_retried", "it/jobs/operators.rs"),
    ("failed_jobs_retried", "it/jobs/operators.rs"),
    ("job_discarded", "it/jobs/operators.rs"),
    ("account_removed", "it/removal.rs"),
    ("portal_renamed", "it/deletion.rs"),
    ("portal_settings_changed", "it/business.rs"),
    ("portal_second_factor_required", "it/required_factor.rs"),
    ("portal_second_factor_optional", "it/required_factor.rs"),
    ("portal_deleted", "it/deletion.rs"),
    ("portal_restored", "it/deletion.rs"),
    ("portal_removed", "it/removal.rs"),
    ("developer_renamed", "it/deletion.rs"),
    ("developer_second_factor_required", "it/required_factor.rs"),
    ("developer_second_factor_optional", "it/required_factor.rs"),
    ("developer_deleted", "it/deletion.rs"),
    ("developer_restored", "it/deletion.rs"),
    ("developer_removed", "it/removal.rs"),
    ("account_disabled", "it/disabled.rs"),
    ("account_enabled", "it/disabled.rs"),
    ("all_sessions_ended", "it/disabled.rs"),
    ("factors_reset", "it/disabled.rs"),
    ("passkey_added", "browser/factors.test.mjs"),
    ("passkey_removed", "browser/factors.test.mjs"),
];

/// What is done in the walk, and what the log tells of it.
struct Walk<'a> {
    server: &'a InProcess,
    forms: BTreeMap<&'static str, BTreeSet<String>>,
    secrets: Vec<String>,
}

impl Walk<'_> {
    async fn events(&self) -> BTreeMap<String, String> {
        let sql = "SELECT id || ' ' || action AS value FROM audit_events";
        let rows: Vec<Single<String>> = self.server.db.rows(sql, &[]).await.unwrap();
        rows.iter()
            .map(|Single(row)| row.split_once(' ').unwrap())
            .map(|(id, action)| (id.to_owned(), action.to_owned()))
            .collect()
    }

    /// Sends a form, whose route is `template`; it must write an event.
    async fn send(
        &mut self,
        browser: &Browser,
        template: &'static str,
        form: &FilledForm,
    ) -> Answer {
        let before = self.events().await;
        let answer = form.send(browser).await;
        assert!(matches!(answer.status, 200 | 303), "{answer}");
        // Some events are written beside the answer, so that how long it takes tells nothing.
        let new = async || {
            let events = self.events().await.into_iter();
            let new = events.filter(|(id, _)| !before.contains_key(id));
            new.map(|(_, action)| action).collect::<BTreeSet<_>>()
        };
        until(&format!("{template} writes an event: {answer}"), async || !new().await.is_empty())
            .await;
        let told = new().await;
        self.forms.entry(template).or_default().extend(told);
        answer
    }

    /// The form of a page, sent to the page's own address.
    async fn submit(
        &mut self,
        browser: &Browser,
        template: &'static str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let form = browser
            .page(path)
            .await
            .forms()
            .into_iter()
            .find(|form| form.action == path)
            .unwrap_or_else(|| panic!("no form at {path}"));
        let form = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
        self.send(browser, template, &form).await
    }

    /// Remembers what must not stand in the log.
    fn keep(&mut self, secret: &str) {
        assert!(secret.len() >= 8, "{secret}");
        self.secrets.push(secret.to_owned());
    }

    /// The secret with this beginning that a page shows.
    fn keep_from(&mut self, answer: &Answer, prefix: &str) -> String {
        let text = answer.text();
        let start = text.find(prefix).unwrap_or_else(|| panic!("no {prefix}: {answer}"));
        let secret: String =
            text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        self.keep(&secret);
        secret
    }

    fn cli(&self, arguments: &[&str], input: &str) -> Value {
        Ran::with_input(klantportaal().args(arguments).args(self.server.database.flags()), input)
            .json()
    }
}

fn link(html: &str, part: &str) -> String {
    let mut links = html.split(r#"href=""#).skip(1).map(|rest| rest.split('"').next().unwrap());
    links.find(|link| link.contains(part)).unwrap_or_else(|| panic!("no link to {part}")).to_owned()
}

async fn keys(walk: &mut Walk<'_>, browser: &Browser) {
    let path = "/manage/settings/api-keys/new";
    let made =
        walk.submit(browser, path, path, &[("name", "kassa"), ("scope", "customers.read")]).await;
    walk.keep_from(&made, "kpk_");
    let key = link(&browser.page("/manage/settings/api-keys").await.html, "/api-keys/key_");
    walk.submit(
        browser,
        "/manage/settings/api-keys/{id}/addresses",
        &format!("{key}/addresses"),
        &[("addresses", "192.0.2.1")],
    )
    .await;
    let rotated = walk
        .submit(
            browser,
            "/manage/settings/api-keys/{id}/rotate",
            &format!("{key}/rotate"),
            &[("overlap", "24h")],
        )
        .await;
    walk.keep_from(&rotated, "kpk_");
    walk.submit(browser, "/manage/settings/api-keys/{id}/revoke", &format!("{key}/revoke"), &[])
        .await;
}

async fn device(walk: &mut Walk<'_>, browser: &Browser) {
    let app = walk.server.device_app(ClientType::Confidential).await;
    for decision in ["deny", "allow"] {
        let asked =
            app.post("/oauth/device", &app.signed(&[("scope", SCOPE)]), &[]).await.expect(200);
        for secret in ["device_code", "user_code"] {
            walk.keep(asked[secret].as_str().unwrap());
        }
        let path = format!("/manage/device?user_code={}", asked["user_code"].as_str().unwrap());
        let form = browser.page(&path).await.form().with("decision", decision);
        walk.send(browser, "/manage/device", &form).await;
    }
    assert_eq!(
        walk.forms["/manage/device"].iter().collect::<Vec<_>>(),
        ["grant_allowed", "grant_denied"]
    );
}

async fn consents(walk: &mut Walk<'_>, browser: &Browser) {
    let (server, template) = (walk.server, "/oauth/authorize");
    let app = server.rotating_app().await;
    walk.keep(&app.secret.clone());
    let decide = async |walk: &mut Walk<'_>, decision: &str, scope: &str| {
        let form = app.ask().with("scope", scope).form(browser).await.with("decision", decision);
        Back::of(&walk.send(browser, template, &form).await)
    };
    decide(walk, "deny", SCOPE).await;
    let code = decide(walk, "allow", "customers.read").await.code();
    walk.keep(&code);
    let tokens = Tokens::of(&app.exchange(&code).await);
    app.exchange(&code).await.expect_oauth_error("invalid_grant");
    let code = decide(walk, "allow", SCOPE).await.code();
    let second = Tokens::of(&app.exchange(&code).await);
    let third = Tokens::of(&app.refresh(&second.refresh).await);
    server.clock.advance(SignedDuration::from_secs(60));
    app.refresh(&second.refresh).await.expect_oauth_error("invalid_grant");
    let last = app.connect(browser).await;
    assert_eq!(
        app.post("/oauth/revoke", &app.signed(&[("token", &last.refresh)]), &[]).await.status,
        200
    );
    for tokens in [&tokens, &second, &third, &last] {
        walk.keep(&tokens.access);
        walk.keep(&tokens.refresh);
    }
    let grant =
        link(&browser.page("/manage/settings/connected-apps").await.html, "/connected-apps/grt_");
    walk.submit(
        browser,
        "/manage/settings/connected-apps/{id}/revoke",
        &format!("{grant}/revoke"),
        &[],
    )
    .await;
}

async fn developer(walk: &mut Walk<'_>, browser: &Browser, email: &str) {
    let login = browser
        .page("/developers/login")
        .await
        .form()
        .with("email", email)
        .with("password", PASSWORD);
    assert_eq!(login.send(browser).await.status, 303);
    walk.submit(
        browser,
        "/developers/welcome",
        "/developers/welcome",
        &[("organisation", "Koppelaars")],
    )
    .await;
    walk.submit(browser, "/developers/organisations", "/developers/organisations", &[]).await;
    let fields = [
        ("name", "Planbord"),
        ("redirect_uris", "https://app.example/callback"),
        ("scope", "customers.read"),
    ];
    let made = walk.submit(browser, "/developers/apps/new", "/developers/apps/new", &fields).await;
    walk.keep_from(&made, "kps_");
    let app = link(&browser.page("/developers/apps").await.html, "/developers/apps/app_");
    // Only a logo that is there can be removed.
    let logo = "UPDATE apps SET logo = ?1, logo_type = 'image/gif'";
    walk.server.db.execute(logo, &[b"GIF89a".as_slice().to_param()]).await.unwrap();
    let changed = [
        ("name", "Planbord 2"),
        ("redirect_uris", "https://app.example/elders"),
        fields[2],
        ("protection", "pkce"),
        ("remove_logo", "1"),
    ];
    let template = "/developers/apps/{id}/edit";
    walk.submit(browser, template, &format!("{app}/edit"), &changed).await;
    assert_eq!(
        walk.forms[template].iter().collect::<Vec<_>>(),
        ["app_changed", "app_logo_changed", "app_protection_changed"]
    );
    let changed: Option<Single<String>> = walk
        .server
        .db
        .row("SELECT subject AS value FROM audit_events WHERE action = 'app_changed'", &[])
        .await
        .unwrap();
    assert_eq!(
        changed.unwrap().0,
        "Planbord 2 +https://app.example/elders −https://app.example/callback"
    );
    let follow = browser.page(&app).await.form_to("/protection");
    walk.send(browser, "/developers/apps/{id}/protection", &follow).await;
    let jwks = serde_json::json!({ "keys": [SigningKey::new().jwk()] }).to_string();
    walk.submit(
        browser,
        "/developers/apps/{id}/keys",
        &format!("{app}/keys"),
        &[("jwks", &jwks), ("overlap", "none")],
    )
    .await;
    walk.submit(browser, "/developers/apps/{id}/keys/remove", &format!("{app}/keys/remove"), &[])
        .await;
    let rotated = walk
        .submit(
            browser,
            "/developers/apps/{id}/rotate",
            &format!("{app}/rotate"),
            &[("overlap", "none")],
        )
        .await;
    walk.keep_from(&rotated, "kps_");
    walk.submit(browser, "/developers/apps/{id}/delete", &format!("{app}/delete"), &[]).await;
    let create = browser.page("/developers/sandboxes").await.form();
    walk.send(browser, "/developers/sandboxes/new", &create).await;
    let delete = link(&browser.page("/developers/sandboxes").await.html, "/delete");
    walk.submit(browser, "/developers/sandboxes/{id}/delete", &delete, &[]).await;
}

async fn log_in_and_out(walk: &mut Walk<'_>) {
    let (server, browser) = (walk.server, Browser::new(&walk.server.url));
    let email = format!("nieuw-{:016x}@example.nl", rand::random::<u64>());
    let fields = [
        ("organisation", "Nieuwe Zaak"),
        ("name", "Noor"),
        ("email", &email),
        ("password", PASSWORD),
    ];
    walk.submit(&browser, "/manage/register", "/manage/register", &fields).await;
    let mut link = server.mailbox(&email).link(1).await;
    for (template, other, count) in [
        ("/manage/verify", PASSWORD, 2),
        ("/manage/reset-password", "een heel ander wachtwoord", 0),
    ] {
        walk.keep(link.split("token=").nth(1).unwrap());
        let form = browser.page(&link).await.form().with("password", other);
        walk.send(&browser, template, &form).await;
        if count > 0 {
            let path = "/manage/forgot-password";
            walk.submit(&browser, path, path, &[("email", &email)]).await;
            link = server.mailbox(&email).link(count).await;
        }
    }
    walk.submit(
        &browser,
        "/manage/login",
        "/manage/login",
        &[("email", &email), ("password", "verkeerd wachtwoord")],
    )
    .await;
    walk.submit(
        &browser,
        "/manage/login",
        "/manage/login",
        &[("email", &email), ("password", "een heel ander wachtwoord")],
    )
    .await;
    assert_eq!(
        walk.forms["/manage/login"].iter().collect::<Vec<_>>(),
        ["log_in_failed", "logged_in"]
    );
    let out = browser
        .page("/manage")
        .await
        .forms()
        .into_iter()
        .find(|form| form.action == "/manage/logout")
        .unwrap();
    walk.send(&browser, "/manage/logout", &out).await;
}

async fn account(walk: &mut Walk<'_>, browser: &Browser, email: &str) {
    let server = walk.server;
    let path = "/manage/account/name";
    walk.submit(browser, path, path, &[("name", "Eva")]).await;
    let path = "/manage/account/email";
    walk.submit(browser, path, path, &[("email", "eva@elders.example")]).await;
    let path = "/manage/account/second-factor/app";
    let form = browser.page(path).await.form();
    let secret = form.field("secret").unwrap().to_owned();
    walk.keep(&secret);
    let code = Authenticator::of(&secret, &server.clock).code();
    let answer = walk.send(browser, path, &form.with("code", &code)).await;
    for code in crate::support::Page::of(&answer).block() {
        walk.keep(&code);
    }
    let path = "/manage/account/second-factor/recovery-codes";
    walk.submit(browser, path, path, &[]).await;
    let path = "/manage/account/second-factor/app/remove";
    walk.submit(browser, path, path, &[]).await;
    for template in ["/manage/account/sessions/{id}/end", "/manage/account/sessions/end-others"] {
        Browser::logged_in(&server.url, email).await;
        let forms = browser.page("/manage/account/sessions").await.forms();
        let end = template.rsplit('/').next().unwrap();
        let form = forms
            .into_iter()
            .find(|form| {
                form.action.starts_with("/manage/account/sessions/") && form.action.ends_with(end)
            })
            .unwrap();
        walk.send(browser, template, &form).await;
    }
    server.clock.advance(SignedDuration::from_mins(11));
    let asked = browser.get("/manage/settings/api-keys/new").await;
    let form = browser.page(asked.header("location").unwrap()).await.form();
    walk.send(browser, "/manage/reauthenticate", &form.clone().with("password", "verkeerd")).await;
    assert_eq!(form.with("password", PASSWORD).send(browser).await.status, 303);
    let new = "een heel ander paard 7";
    walk.keep(new);
    walk.submit(
        browser,
        "/manage/account",
        "/manage/account",
        &[("current_password", PASSWORD), ("password", new)],
    )
    .await;
}

/// What the operator does, what leaks, and what the server does by itself.
async fn operator_and_server(walk: &mut Walk<'_>) {
    let server = walk.server;
    let email = |who: &str| format!("{who}-{:08x}@example.nl", rand::random::<u32>());
    let portal = walk.cli(
        &[
            "portal",
            "create",
            "--name",
            "Bakkerij",
            "--owner-email",
            &email("eigenaar"),
            "--password-stdin",
        ],
        PASSWORD,
    );
    let portal = portal["portalId"].as_str().unwrap().to_owned();
    let developer = walk.cli(
        &[
            "developer",
            "create",
            "--name",
            "Mulder",
            "--email",
            &email("maker"),
            "--password-stdin",
        ],
        PASSWORD,
    );
    let developer = developer["developerId"].as_str().unwrap().to_owned();
    for kind in [&[][..], &["--public"]] {
        let create = [
            "app",
            "create",
            "--developer",
            &developer,
            "--name",
            "App",
            "--redirect-uri",
            "https://app.example/cb",
            "--scope",
            "customers.read",
        ];
        let made = walk.cli(&[&create[..], kind].concat(), "");
        made["appSecret"].as_str().into_iter().for_each(|secret| walk.keep(secret));
    }
    for change in ["disable", "enable"] {
        walk.cli(&["developer", change, &developer], "");
        let apps = walk.cli(&["app", "list"], "");
        walk.cli(&["app", change, apps[0]["id"].as_str().unwrap()], "");
    }
    let key = walk.cli(
        &[
            "api-key",
            "create",
            "--portal",
            &portal,
            "--name",
            "sleutel",
            "--scope",
            "customers.read",
        ],
        "",
    );
    walk.keep(key["key"].as_str().unwrap());
    walk.cli(&["api-key", "revoke", key["id"].as_str().unwrap()], "");
    let (_, connected, _) = server.connected().await;
    let grants = walk.cli(&["grant", "list", "--portal", connected.id.as_str()], "");
    walk.cli(&["grant", "revoke", grants[0]["id"].as_str().unwrap()], "");
    let made = walk
        .cli(&["resource-server", "create", "--name", "dienst", "--scope", "customers.read"], "");
    walk.keep(made["secret"].as_str().unwrap());
    let id = made["id"].as_str().unwrap();
    let rotated = walk.cli(&["resource-server", "rotate", id], "");
    walk.keep(rotated["secret"].as_str().unwrap());
    walk.cli(&["resource-server", "revoke", id], "");

    let leaked = connected.key().await;
    walk.keep(&leaked.token);
    let report = server
        .http
        .post(format!("{}/leaks", server.url))
        .json(&serde_json::json!({ "token": leaked.token }));
    assert!(Answer::to(report).await.status < 300);
    let end = server.clock.now() + SignedDuration::from_hours(48);
    let ending = NewApiKey {
        name: "eindig".into(),
        scopes: ScopeSet::all(),
        expires_at: Some(end),
        rate_limit: None,
        allowed_addresses: AddressList::default(),
    };
    walk.keep(&connected.make_key(ending).await.token);
    for hours in [47, 2, 2] {
        server.clock.advance(SignedDuration::from_hours(hours));
        warn_of_expiry(&server.server, server.clock.now()).await.unwrap();
        record_expired(&server.cleaner(), server.clock.now()).await.unwrap();
    }
    let ended = "SELECT created_at AS value FROM audit_events WHERE action = 'api_key_expired'";
    let ended: Vec<Single<Timestamp>> = server.db.rows(ended, &[]).await.unwrap();
    let moments: Vec<i64> = ended.iter().map(|Single(at)| at.as_millisecond()).collect();
    assert_eq!(moments, [end.as_millisecond()], "once, at the time when it ended");
    // The report is taken on beside its answer.
    let is_told = async || walk.events().await.values().any(|action| action == "leak_reported");
    until("the report is taken on", is_told).await;
}

/// Whether a route needs no event.
fn is_excepted(template: &str) -> bool {
    WITHOUT.iter().any(|(path, _)| {
        path.strip_suffix('*').map_or(*path == template, |start| template.starts_with(start))
    })
}

both_engines! {
    async fn every_form_and_every_kind_of_event_is_in_the_log_and_no_secret(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let mut walk = Walk { server: &server, forms: BTreeMap::new(), secrets: vec![PASSWORD.to_owned()] };
        keys(&mut walk, &browser).await;
        device(&mut walk, &browser).await;
        consents(&mut walk, &browser).await;
        developer(&mut walk, &browser, &portal.owner_email).await;
        let path = "/manage/portals/new";
        walk.submit(&browser, path, path, &[("organisation", "Tweede zaak")]).await;
        walk.submit(&browser, "/manage/portals", "/manage/portals", &[("portal", portal.id.as_str())]).await;
        log_in_and_out(&mut walk).await;
        account(&mut walk, &browser, &portal.owner_email).await;
        operator_and_server(&mut walk).await;
        ["manage", "developers"].iter().filter_map(|name| browser.cookie(name)).for_each(|cookie| walk.keep(&cookie));

        // The pages about one's account are the same on both sites.
        let routes: BTreeSet<String> = page_routes().into_iter().filter(|route| route.post).map(|route| route.template).collect();
        let on_manage = |template: &str| template.strip_prefix("/developers").map(|rest| format!("/manage{rest}")).filter(|twin| routes.contains(twin));
        let forgotten: Vec<&String> = routes
            .iter()
            .filter(|template| on_manage(template).is_none() && !is_excepted(template) && !walk.forms.contains_key(template.as_str()))
            .collect();
        assert!(forgotten.is_empty(), "these forms write no event; if they need none, say why in WITHOUT: {forgotten:?}");
        for (path, _) in WITHOUT {
            let start = path.trim_end_matches('*');
            assert!(routes.iter().any(|route| route.starts_with(start)), "{path} is no form any more");
        }

        let seen: BTreeSet<String> = walk.events().await.into_values().collect();
        for action in Action::ALL.iter().map(|action| action.name()).filter(|name| !seen.contains(*name)) {
            let file = ELSEWHERE.iter().find(|(known, _)| *known == action).map(|(_, file)| *file);
            let file = file.unwrap_or_else(|| panic!("nothing here writes {action}: add it to the walk, or to ELSEWHERE with its own test"));
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
            assert!(std::fs::read_to_string(path).unwrap().contains(action), "{file} does not look for {action}");
        }

        let sql = "SELECT actor || ' ' || subject || ' ' || search || ' ' || user_agent || ' ' || address AS value FROM audit_events";
        let rows: Vec<Single<String>> = server.db.rows(sql, &[]).await.unwrap();
        assert!(rows.len() > 45 && walk.secrets.len() > 30, "{} events, {} secrets", rows.len(), walk.secrets.len());
        for Single(row) in &rows {
            for secret in &walk.secrets {
                assert!(!row.contains(secret.as_str()), "{row}");
            }
        }
        // What people and apps do comes from somewhere; what the operator and the server do does
        // not.
        let placeless = "SELECT action AS value FROM audit_events WHERE portal_id = ?1
             AND (address = '') <> (actor_kind IN ('operator', 'system', 'developer'))";
        let placeless: Vec<Single<String>> = server.db.rows(placeless, &[portal.id.to_param()]).await.unwrap();
        assert!(placeless.is_empty(), "{:?}", placeless.iter().map(|row| &row.0).collect::<Vec<_>>());
    }
}
