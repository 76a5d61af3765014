//! Who can register: everybody, invited people, or people invited by the operator.

use tokio::net::TcpListener;

use crate::support::{
    Browser, FilledForm, MailServer, PASSWORD, Page, Ran, Server, free_address, klantportaal,
};

const REGISTER: [&str; 2] = ["/manage/register", "/developers/register"];

/// Path and query of a printed link.
fn path(link: &str) -> String {
    let url: url::Url = link.parse().unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

async fn join(browser: &Browser, form: FilledForm) -> u16 {
    form.with("name", "Nieuw").with("password", PASSWORD).send(browser).await.status
}

/// The link of an invitation that an owner sends.
async fn invite(server: &Server, browser: &Browser) -> String {
    let email = format!("genodigd-{:016x}@example.nl", rand::random::<u64>());
    let form = browser.page("/manage/settings/team/invite").await.form();
    assert_eq!(form.with("email", &email).with("role", "member").send(browser).await.status, 303);
    server.mailbox(&email).link(1).await
}

both_engines! {
    async fn by_invitation_nobody_registers_but_who_is_invited(engine: Engine) {
        let flags = ["--manage-registration", "invite", "--developers-registration", "invite"];
        let server = Server::start(engine, &flags).await;
        let newcomer = Browser::new(&server.url);
        for path in REGISTER {
            let page = newcomer.get(path).await;
            assert_eq!(page.status, 403, "{page}");
            assert!(Page::of(&page).says("Je hebt een uitnodiging nodig"), "{page}");
            let site = path.split('/').nth(1).unwrap();
            let fields = [("csrf", newcomer.csrf(site).await.as_str()), ("organisation", "X"), ("name", "X"), ("email", "x@example.nl"), ("password", PASSWORD)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(newcomer.post(path, &fields).await.status, 403);
            let login = newcomer.page(&format!("/{site}/login")).await;
            assert!(!login.says(path) && login.says("Je hebt een uitnodiging nodig"), "{}", login.html);
        }
        let (portal, browser) = server.portal_and_browser().await;
        assert!(!browser.page("/manage").await.says("/manage/portals/new"));
        assert_eq!(browser.get("/manage/portals/new").await.status, 403);
        let fields = [("csrf".to_owned(), browser.csrf("manage").await), ("organisation".to_owned(), "Meer".to_owned())];
        assert_eq!(browser.post("/manage/portals/new", &fields).await.status, 403);
        let developer = Browser::new(&server.url);
        let form = developer.page("/developers/login").await.form();
        form.with("email", &portal.owner_email).with("password", PASSWORD).send(&developer).await;
        assert_eq!(developer.get("/developers/welcome").await.status, 403);
        let fields = [("csrf".to_owned(), developer.csrf("developers").await), ("organisation".to_owned(), "Meer".to_owned())];
        assert_eq!(developer.post("/developers/welcome", &fields).await.status, 403);
        let link = invite(&server, &browser).await;
        let form = newcomer.page(&link).await.form();
        assert_eq!(join(&newcomer, form).await, 303);
        assert_eq!(newcomer.get("/manage/customers").await.status, 200);
    }

    async fn closed_only_the_operator_lets_newcomers_in(engine: Engine) {
        let server = Server::start(engine, &["--manage-registration", "closed"]).await;
        let (_, browser) = server.portal_and_browser().await;
        let newcomer = Browser::new(&server.url);
        for path in ["/manage/register", "/manage/login"] {
            let page = newcomer.get(path).await;
            let page = Page::of(&page);
            assert!(page.says("alleen de beheerder van deze site") && !page.says("eigenaar"), "{}", page.html);
        }
        let form = browser.page("/manage/settings/team/invite").await;
        assert!(form.says("vraag dan eerst de beheerder"), "{}", form.html);
        let link = invite(&server, &browser).await;
        let page = newcomer.page(&link).await;
        assert!(page.says("nieuwe accounts maakt hier alleen de beheerder"), "{}", page.html);
        let token = link.split("token=").nth(1).unwrap();
        let fields = [("csrf", newcomer.csrf("manage").await.as_str()), ("token", token), ("name", "X"), ("password", PASSWORD)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let refused = newcomer.post("/manage/invitation/register", &fields).await;
        assert!(refused.status == 303 && newcomer.cookie("manage").is_none(), "the page again: {refused}");
        assert_eq!(newcomer.get("/manage").await.status, 303);
        let made = server.cli(&["portal", "invite", "--name", "Bakkerij", "--owner-email", "baas@example.nl"]).json();
        let link = path(made["link"].as_str().unwrap());
        assert!(newcomer.page(&link).await.says("De beheerder van deze site"));
        let form = newcomer.page(&link).await.form();
        assert_eq!(join(&newcomer, form).await, 303);
        assert!(newcomer.page("/manage").await.says("Bakkerij"));
        assert_eq!(newcomer.get("/manage/settings/portal").await.status, 200, "an owner");
        assert!(Browser::new(&server.url).page(&link).await.says("Deze link werkt niet meer"));
    }

    async fn closed_who_has_an_account_of_the_operator_s_accepts_an_invitation(engine: Engine) {
        let flags = ["--manage-registration", "closed", "--developers-registration", "closed"];
        let server = Server::start(engine, &flags).await;
        let (portal, browser) = server.portal_and_browser().await;
        let form = browser.page("/manage/settings/team/invite").await.form();
        assert_eq!(form.with("email", "Jan@example.nl").with("role", "member").send(&browser).await.status, 303);
        let link = server.mailbox("jan@example.nl").link(1).await;
        let newcomer = Browser::new(&server.url);
        assert!(newcomer.page(&link).await.says("Vraag de beheerder om hulp"));
        let create = |email: &str, password: &str| {
            let flags = ["account", "create", "--email", email, "--name", "Jan Jansen", "--password-stdin"];
            Ran::with_input(klantportaal().args(flags).args(server.database.flags()), password)
        };
        for (email, password, fault) in [
            ("geen adres", PASSWORD, "e-mail"),
            ("jan@example.nl", "kort", "password"),
            ("jan@example.nl", "", "no password"),
            (portal.owner_email.as_str(), PASSWORD, "already has an account"),
        ] {
            let ran = create(email, password);
            assert!(ran.fault().contains(fault), "{ran:?}");
        }
        let made = create("Jan@example.nl", &format!("{PASSWORD}\n")).json();
        let listed = server.cli(&["account", "list", "--email", "jan@example.nl"]).json();
        assert_eq!((&listed[0]["id"], &listed[0]["verified"], &listed[0]["name"]), (&made["id"], &true.into(), &"Jan Jansen".into()));
        assert_eq!(listed[0]["portals"], 0);
        let events = server.cli(&["audit", "list"]).json();
        let made = events.as_array().unwrap().iter().filter(|event| event["action"] == "account_created").count();
        assert_eq!(made, 1, "{events}");
        assert!(create("jan@example.nl", PASSWORD).fault().contains("already has an account"));
        assert_eq!(newcomer.log_in("jan@example.nl", PASSWORD).await.status, 303);
        assert_eq!(newcomer.page(&link).await.form().send(&newcomer).await.status, 303);
        assert_eq!(newcomer.get("/manage/customers").await.status, 200);
    }

    async fn a_link_without_a_public_address_is_told_to_be_a_guess(server: &Server) {
        for (command, own) in [("portal", "--manage-url"), ("developer", "--developers-url")] {
            for flag in ["--email", "--owner-email"] {
                let email = format!("baas-{:016x}@example.nl", rand::random::<u64>());
                let invite = [command, "invite", "--name", "Zaak", flag, &email];
                let guessed = server.cli(&invite);
                assert!(guessed.json()["link"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{guessed:?}");
                for word in ["warning: public-url is not set", "--public-url https://", "http://127.0.0.1:"] {
                    assert!(guessed.stderr.contains(word), "{guessed:?}");
                }
                for known in ["--public-url", own] {
                    let known = server.cli(&[&invite[..], &[known, "https://portal.example.nl"]].concat());
                    assert!(known.json()["link"].as_str().unwrap().starts_with("https://portal.example.nl/"), "{known:?}");
                    assert_eq!(known.stderr, "");
                }
                // The address of another surface says nothing of this one.
                let other = server.cli(&[&invite[..], &["--api-url", "https://api.example.nl"]].concat());
                assert!(other.stderr.contains("warning"), "{other:?}");
                let mailed = server.cli(&[&invite[..], &["--api-url", "https://api.example.nl", "--mail"]].concat());
                assert!(mailed.fault().contains("public-url"), "{mailed:?}");
            }
        }
    }

    async fn where_portals_are_not_for_everybody_the_consent_page_offers_none(engine: Engine) {
        let server = Server::start(engine, &["--manage-registration", "invite"]).await;
        let (app, (_, email)) = (server.app().await, server.person("Iemand").await);
        let browser = Browser::new(&server.url);
        browser.log_in(&email, PASSWORD).await;
        let page = browser.page(&app.ask().path()).await;
        assert!(!page.says("/manage/portals/new") && page.says("vraag om een uitnodiging"), "{}", page.html);
    }

    async fn the_operator_invites_the_first_owner_of_a_developer(server: &Server) {
        let email = format!("maker-{:016x}@example.nl", rand::random::<u64>());
        let made = server.cli(&["developer", "invite", "--name", "Bouwers", "--email", &email]).json();
        assert!(made["developerId"].as_str().unwrap().starts_with("dev_") && made["expiresAt"].is_string(), "{made}");
        let (browser, link) = (Browser::new(&server.url), path(made["link"].as_str().unwrap()));
        let form = browser.page(&link).await.form();
        assert_eq!(join(&browser, form).await, 303);
        assert!(browser.page("/developers/apps").await.says("Bouwers"));
        assert!(server.cli(&["portal", "invite", "--name", "X", "--owner-email", "geen adres"]).fault().contains("e-mail"));
    }

    async fn an_invitation_by_the_operator_is_mailed_on_request(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let invite = ["portal", "invite", "--name", "Bakkerij & Zn.", "--owner-email", "Baas@Bäckerei.example"];
        let unset = server.cli(&[&invite[..], &["--mail"]].concat());
        assert!(unset.fault().contains("public-url"), "{unset:?}");
        let mail = ["--mail", "--public-url", "https://portal.example.nl", "--mail-from", "noreply@example.nl"];
        let unset = server.cli(&[&invite[..], &mail[..]].concat());
        assert!(unset.fault().contains("smtp-url"), "{unset:?}");
        let address = free_address();
        let url = format!("smtp://{address}");
        let flags = [&invite[..], &mail[..], &["--smtp-url", &url]].concat();
        let away = server.cli(&flags);
        assert!(away.fault().contains("can't be reached"), "{away:?}");
        assert!(server.cli(&["portal", "list"]).json().as_array().unwrap().is_empty(), "nothing was created");

        let mail_server = MailServer::on(TcpListener::bind(address).await.unwrap());
        let made = server.cli(&flags).json();
        assert_eq!(made["mailed"], true, "{made}");
        let mails = mail_server.wait_for(1).await;
        assert_eq!((mail_server.count(), mails[0].to.as_str()), (1, "baas@xn--bckerei-5wa.example"));
        let link = made["link"].as_str().unwrap();
        assert!(link.starts_with("https://portal.example.nl/manage/invitation?token="), "{made}");
        for part in [mails[0].text.as_str(), &mails[0].html.replace("&amp;", "&")] {
            assert!(part.contains(link) && part.contains("Bakkerij & Zn."), "{part}");
        }
        let (browser, link) = (Browser::new(&server.url), path(link));
        assert_eq!(join(&browser, browser.page(&link).await.form()).await, 303);
        let made = server.cli(&invite).json();
        assert_eq!((made["mailed"].as_bool(), made["link"].is_string()), (Some(false), true), "{made}");
    }

    async fn open_is_the_rule_and_other_words_are_refused(server: &Server) {
        let browser = Browser::new(&server.url);
        for path in REGISTER {
            assert_eq!(browser.get(path).await.status, 200);
        }
        let fault = server.cli(&["--manage-registration", "misschien", "portal", "list"]);
        assert!(fault.fault().contains("invite"), "{fault:?}");
    }
}
