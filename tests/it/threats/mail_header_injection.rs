//! Mail header injection: whatever people enter, a mail has our headers, one recipient, and our
//! text.

use jiff::{SignedDuration, Timestamp};
use klantportaal::api_keys::NewApiKey;
use klantportaal::auth::{AddressList, ScopeSet};
use klantportaal::db::ToParam;
use klantportaal::manage::warn_of_expiry;

use crate::support::{Answer, Browser, InProcess, Instance, Page, until};

const INJECTIONS: [&str; 6] = [
    "\r\nBcc: a@evil.example",
    "\nBcc: a@evil.example",
    "\rBcc: a@evil.example",
    "\r\n\r\nEigen tekst",
    "\u{2028}Bcc: a@evil.example",
    "%0d%0aBcc: a@evil.example",
];

/// The mails that are there, as they would be handed to a mail server.
fn raw_mails(server: &Instance) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(server.database.folder().join("mail")) else {
        return Vec::new();
    };
    let paths = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
    paths.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Checks the headers' names and the one receiver.
#[track_caller]
fn expect_our_headers(mail: &str, to: &str) {
    let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
    let lines: Vec<&str> =
        headers.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
    for line in &lines {
        let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?} in {mail}"));
        assert!(
            [
                "From",
                "To",
                "Subject",
                "MIME-Version",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "Content-Type"
            ]
            .contains(&name),
            "{mail}"
        );
        assert!(name != "To" || value == to, "{mail}");
        assert!(!value.contains(['\r', '\n']), "{mail}");
    }
    assert_eq!(lines.iter().filter(|line| line.starts_with("To: ")).count(), 1, "{mail}");
}

async fn mails(server: &Instance, count: usize) -> Vec<String> {
    until(&format!("there are {count} mails"), async || raw_mails(server).len() >= count).await;
    raw_mails(server)
}

both_engines! {
    async fn an_address_with_more_in_it_is_none(engine: Engine) {
        let server = InProcess::start(engine).await;
        for injection in INJECTIONS {
            // A network may ask for sixty mails an hour.
            server.clock.advance(SignedDuration::from_hours(1));
            let quoted = (!injection.starts_with('%')).then(|| format!("\"a{injection}\"@example.nl"));
            let addresses = [
                format!("a@example.nl{injection}"),
                format!("a{injection}@example.nl"),
                format!("a@example.nl,b@evil.example{injection}"),
                format!("Jan <a@example.nl>{injection}"),
                format!("a@example.nl b@evil.example{injection}"),
            ];
            for address in addresses.into_iter().chain(quoted) {
                for (site, page) in [("manage", "register"), ("developers", "register"), ("manage", "forgot-password"), ("manage", "verify/again")] {
                    let browser = Browser::new(&server.url);
                    let form = browser.page(&format!("/{site}/{page}")).await.form();
                    let form = form.with("organisation", "Bakkerij").with("name", "Jan").with("email", &address).with("password", "een zin van vijf woorden");
                    let answer = form.send(&browser).await;
                    assert_eq!(answer.status, 200, "{answer}");
                    assert!(page != "register" || Page::of(&answer).says("field-email-error"), "{address:?}: {answer}");
                }
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(raw_mails(&server).is_empty(), "nobody was written to");
    }

    async fn a_name_is_one_line_and_gets_into_no_mail_to_an_address_that_nobody_proved(engine: Engine) {
        let server = InProcess::start(engine).await;
        let register = async |name: &str, organisation: &str, email: &str| {
            let browser = Browser::new(&server.url);
            let form = browser.page("/manage/register").await.form();
            form.with("organisation", organisation).with("name", name).with("email", email).with("password", "een zin van vijf woorden").send(&browser).await
        };
        for injection in &INJECTIONS[..5] {
            let text = format!("Jan{injection}");
            assert!(Page::of(&register(&text, "Bakkerij", "a@example.nl").await).says("field-name-error"), "{text:?}");
            assert!(Page::of(&register("Jan", &text, "a@example.nl").await).says("field-organisation-error"), "{text:?}");
        }
        assert!(raw_mails(&server).is_empty());
        // Nor can somebody make us mail a text of theirs to a stranger.
        register("Win een prijs op https://evil.example", "Prijs https://evil.example", "slachtoffer@example.nl").await;
        let mails = mails(&server, 1).await;
        expect_our_headers(&mails[0], "slachtoffer@example.nl");
        let text = server.mailbox("slachtoffer@example.nl").wait_for(1).await;
        assert!(!text.contains("evil.example") && text.contains(&server.url), "{text}");
        // Other mails to an address that nobody proved do not greet by that name either.
        register("Iemand", "Bakkerij", "slachtoffer@example.nl").await;
        let browser = Browser::new(&server.url);
        let form = browser.page("/manage/forgot-password").await.form().with("email", "slachtoffer@example.nl");
        assert_eq!(form.send(&browser).await.status, 200);
        server.mailbox("slachtoffer@example.nl").wait_for(3).await;
        let texts = server.mailbox("slachtoffer@example.nl").texts();
        assert!(texts[1..].iter().all(|text| text.starts_with("Hallo slachtoffer@example.nl,") && !text.contains("evil.example")), "{texts:?}");
    }

    async fn an_invitation_repeats_no_name_that_looks_like_an_address(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let invite = async |email: &str| {
            let form = browser.page("/manage/settings/team/invite").await.form().with("email", email).with("role", "member");
            assert_eq!(form.send(&browser).await.status, 303);
            server.mailbox(email).wait_for(1).await
        };
        let text = invite("een@example.nl").await;
        assert!(text.contains("Eigenaar nodigt je uit om deel te nemen aan Bakkerij Jansen in Klantportaal"), "{text}");
        server.db.execute("UPDATE accounts SET name = 'Win op www.evil.example' WHERE email = ?1", &[portal.owner_email.to_param()]).await.unwrap();
        server.db.execute("UPDATE portals SET name = 'Prijs https://evil.example/x' WHERE id = ?1", &[portal.id.to_param()]).await.unwrap();
        let text = invite("twee@example.nl").await;
        assert!(text.contains("Iemand nodigt je uit om deel te nemen aan een portaal in Klantportaal") && !text.contains("evil"), "{text}");
        // Behind the link the receiver reads who it is.
        let link = server.mailbox("twee@example.nl").link(1).await;
        assert!(Browser::new(&server.url).page(&link).await.says("Win op www.evil.example"));
    }

    async fn what_a_key_or_an_app_is_called_adds_no_header(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let mut keys = Vec::new();
        for injection in INJECTIONS {
            // As if it had come by another way than the forms, which refuse it.
            let expires_at = Some(Timestamp::now() + SignedDuration::from_hours(8 * 24));
            let new = NewApiKey { name: "kassa".into(), scopes: ScopeSet::all(), expires_at, rate_limit: None, allowed_addresses: AddressList::default() };
            let key = portal.make_key(new).await;
            let rename = "UPDATE api_keys SET name = ?2 WHERE id = ?1";
            server.db.execute(rename, &[key.id.to_param(), format!("kassa{injection}").to_param()]).await.unwrap();
            keys.push(key);
        }
        server.clock.advance(SignedDuration::from_hours(30));
        warn_of_expiry(&server.server, server.clock.now()).await.unwrap();
        mails(&server, INJECTIONS.len()).await;
        for key in &keys {
            let body = serde_json::json!({ "token": key.token });
            Answer::to(server.http.post(format!("{}/leaks", server.url)).json(&body)).await.expect(202);
        }
        for mail in mails(&server, 2 * INJECTIONS.len()).await {
            expect_our_headers(&mail, &portal.owner_email);
        }
    }

    async fn the_forms_take_such_a_name_neither(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        for injection in &INJECTIONS[..5] {
            for (path, field) in [("/manage/settings/api-keys/new", "name"), ("/manage/portals/new", "organisation")] {
                let form = browser.page(path).await.form().with(field, &format!("a{injection}")).with("scope", "customers.read");
                let answer = form.send(&browser).await;
                assert!(answer.status == 200 && Page::of(&answer).says(&format!("field-{field}-error")), "{path}: {answer}");
            }
        }
    }
}
