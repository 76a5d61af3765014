//! Registration: the mail verifies the address, and the responses don't reveal who has an account.

use klantportaal::accounts::{Account, developer_of, portals_of};

use crate::support::{Answer, Browser, FilledForm, InProcess, PASSWORD, Page};

/// What is said of a link that is over or none.
const DEAD: &str = "Deze link werkt niet meer";

fn fresh_address() -> String {
    format!("nieuw-{:016x}@example.nl", rand::random::<u64>())
}

async fn register(browser: &Browser, site: &str, email: &str) -> Answer {
    let form = browser.page(&format!("/{site}/register")).await.form();
    form.with("organisation", "Nieuwe Zaak")
        .with("name", "Noor")
        .with("email", email)
        .with("password", PASSWORD)
        .send(browser)
        .await
}

both_engines! {
    async fn who_registers_verifies_the_address_and_logs_in(server: &Server) {
        for site in ["manage", "developers"] {
            let (email, browser) = (fresh_address(), Browser::new(&server.url));
            assert_eq!(register(&browser, site, &email.to_uppercase()).await.status, 200);
            // Not before the address is verified.
            let log_in = browser.page(&format!("/{site}/login")).await.form().with("email", &email).with("password", PASSWORD);
            let answer = log_in.send(&browser).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some(format!("/{site}/verify/again").as_str())), "{answer}");
            assert_eq!(browser.cookie(site), None);

            let link = server.mailbox(&email).link(1).await;
            // To open the link, as a mail scanner does, is not yet to use it.
            for _ in 0..2 {
                Browser::new(&server.url).page(&link).await;
            }
            let answer = browser.page(&link).await.form().with("password", PASSWORD).send(&browser).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some(format!("/{site}/login").as_str())), "{answer}");
            let log_in = browser.page(&format!("/{site}/login")).await.form().with("email", &email).with("password", PASSWORD);
            let answer = log_in.send(&browser).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some(format!("/{site}").as_str())), "{answer}");
            let home = browser.get(&format!("/{site}")).await;
            assert!(home.header("location").is_none_or(|location| !location.contains("/login")), "{home}");

            let account = Account::by_email(&server.db, &email).await.unwrap().unwrap();
            let portals = portals_of(&server.db, &account.id).await.unwrap().len();
            let developer = developer_of(&server.db, &account.id).await.unwrap().is_some();
            assert_eq!((portals, developer), if site == "manage" { (1, false) } else { (0, true) });
        }
    }

    async fn known_and_unknown_addresses_are_answered_alike(server: &Server) {
        let (known, unknown) = (server.portal().await.owner_email, fresh_address());
        let unknown = &unknown[..known.len().min(unknown.len())];
        let unknown = unknown.replace("@", "x@");
        let text = |answer: Answer, email: &str| (answer.status, Page::of(&answer).without_marks().replace(email, "…"));
        // The page says the address and a secret of the visitor's own, so one visitor asks for
        // both.
        let browser = Browser::new(&server.url);
        assert_eq!(text(register(&browser, "manage", &known).await, &known), text(register(&browser, "manage", &unknown).await, &unknown));
        for page in ["/manage/forgot-password", "/manage/verify/again"] {
            let mut texts = Vec::new();
            for email in [known.as_str(), "niemand@example.nl", &unknown] {
                texts.push(text(browser.page(page).await.form().with("email", email).send(&browser).await, email));
            }
            texts.dedup();
            assert_eq!(texts.len(), 1, "{page}: {texts:?}");
        }
        let mut texts = Vec::new();
        for email in [known.as_str(), "niemand@example.nl", &unknown] {
            texts.push(text(browser.log_in(email, "onjuist").await, email));
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "{texts:?}");
    }

    async fn registering_again_changes_nothing_and_the_owner_is_told(server: &Server) {
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        let form = browser.page("/manage/register").await.form().with("organisation", "Overname").with("name", "Dief");
        let form = form.with("email", &portal.owner_email).with("password", "wachtwoord van een dief");
        assert_eq!(form.send(&browser).await.status, 200);
        let mail = server.mailbox(&portal.owner_email).wait_for(1).await;
        assert!(!mail.contains("token=") && !mail.contains("Dief") && !mail.contains("Overname"), "{mail}");
        assert_eq!(browser.log_in(&portal.owner_email, "wachtwoord van een dief").await.status, 200);
        assert_eq!(browser.log_in(&portal.owner_email, PASSWORD).await.status, 303);
        let owner = server.owner(&portal).await;
        assert_eq!(portals_of(&server.db, &owner.id).await.unwrap().len(), 1);
    }

    async fn a_verification_link_works_once_and_for_its_own_purpose(server: &Server) {
        let (email, browser) = (fresh_address(), Browser::new(&server.url));
        register(&browser, "manage", &email).await;
        let link = server.mailbox(&email).link(1).await;
        let form = browser.page(&link).await.form().with("password", PASSWORD);
        assert!(!browser.page(&link.replace("/verify", "/reset-password")).await.html.contains("name=\"password\""));
        let reset = form.clone().with("password", "een ander wachtwoord");
        let reset = FilledForm { action: "/manage/reset-password".into(), ..reset.without("origin") };
        assert!(reset.send_to_page(&browser).await.says(DEAD));
        assert_eq!(form.send(&browser).await.status, 303);
        assert!(form.send_to_page(&browser).await.says(DEAD));
        assert!(!browser.page(&link).await.html.contains("name=\"token\""));
        assert_eq!(browser.log_in(&email, "een ander wachtwoord").await.status, 200);
        assert_eq!(browser.log_in(&email, PASSWORD).await.status, 303);
    }

    async fn a_verification_link_ends_and_another_can_be_had(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (email, browser) = (fresh_address(), Browser::new(&server.url));
        register(&browser, "manage", &email).await;
        let form = browser.page(&server.mailbox(&email).link(1).await).await.form().with("password", PASSWORD);
        server.clock.advance(jiff::SignedDuration::from_hours(48));
        assert!(form.send_to_page(&browser).await.says(DEAD));
        assert!(!Account::by_email(&server.db, &email).await.unwrap().unwrap().is_verified());
        browser.page("/manage/verify/again").await.form().with("email", &email).send(&browser).await;
        let form = browser.page(&server.mailbox(&email).link(2).await).await.form().with("password", PASSWORD);
        assert_eq!(form.send(&browser).await.status, 303);
        assert_eq!(browser.log_in(&email, PASSWORD).await.status, 303);
    }

    async fn who_registered_with_somebody_elses_address_is_not_let_in_by_its_owner(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (email, thief, owner) = (fresh_address(), Browser::new(&server.url), Browser::new(&server.url));
        register(&thief, "manage", &email).await;
        let page = owner.page(&server.mailbox(&email).link(1).await).await;
        for password in ["", "een heel ander wachtwoord"] {
            let answer = page.form().with("password", password).send(&owner).await;
            assert!(answer.status == 200 && answer.text().contains("field-password-error"), "{answer}");
        }
        let verify_first = Some("/manage/verify/again");
        assert_eq!(thief.log_in(&email, PASSWORD).await.header("location"), verify_first, "confirming nothing let the thief in");
        // The owner makes the account theirs.
        let forgot = page.links().into_iter().find(|link| link.ends_with("/forgot-password")).unwrap();
        assert_eq!(owner.page(&forgot).await.form().with("email", &email).send(&owner).await.status, 200);
        let reset = owner.page(&server.mailbox(&email).link(2).await).await.form().with("password", "een heel ander wachtwoord");
        assert_eq!(reset.send(&owner).await.status, 303);
        assert_eq!(thief.log_in(&email, PASSWORD).await.status, 200);
        assert_eq!(owner.log_in(&email, "een heel ander wachtwoord").await.header("location"), Some("/manage"));
    }

    async fn the_browser_that_registered_is_not_asked_for_the_password_again(server: &Server) {
        let (email, browser, other) = (fresh_address(), Browser::new(&server.url), Browser::new(&server.url));
        register(&browser, "manage", &email).await;
        let link = server.mailbox(&email).link(1).await;
        assert!(other.page(&link).await.html.contains("name=\"password\""));
        let page = browser.page(&link).await;
        assert!(!page.html.contains("name=\"password\"") && page.says(&email), "{}", page.html);
        // The form is of use to that browser alone.
        let fields = page.form().fields.into_iter().filter(|(name, _)| name != "csrf").collect::<Vec<_>>();
        let csrf = other.page(&link).await.form().fields.into_iter().find(|(name, _)| name == "csrf").unwrap();
        let taken = other.post("/manage/verify", &[fields, vec![csrf]].concat()).await;
        assert!(taken.status == 200 && taken.text().contains("field-password-error"), "{taken}");
        assert_eq!(page.form().send(&browser).await.status, 303);
        assert_eq!(browser.log_in(&email, PASSWORD).await.header("location"), Some("/manage"));
    }

    async fn guessing_with_a_verification_link_is_slowed_down(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (email, browser) = (fresh_address(), Browser::new(&server.url));
        register(&Browser::new(&server.url), "manage", &email).await;
        let form = browser.page(&server.mailbox(&email).link(1).await).await.form();
        for _ in 0..8 {
            assert_eq!(form.clone().with("password", "onjuist").send(&browser).await.status, 200);
        }
        assert_eq!(form.clone().with("password", PASSWORD).send(&browser).await.status, 429);
        server.clock.advance(jiff::SignedDuration::from_mins(8));
        assert_eq!(form.with("password", PASSWORD).send(&browser).await.status, 303);
    }

    async fn a_forged_registration_adds_nothing(server: &Server) {
        let (email, browser) = (fresh_address(), Browser::new(&server.url));
        let form = browser.page("/manage/register").await.form().with("organisation", "A").with("name", "B").with("email", &email).with("password", PASSWORD);
        for form in [form.clone().without("csrf"), form.clone().with("csrf", "x")] {
            assert_eq!(form.send(&browser).await.status, 403);
        }
        assert_eq!(form.send(&Browser::new(&server.url)).await.status, 403, "the secret is this visitor's");
        assert!(Account::by_email(&server.db, &email).await.unwrap().is_none());
    }

    async fn faults_are_shown_and_the_password_is_not(server: &Server) {
        let browser = Browser::new(&server.url);
        let form = browser.page("/manage/register").await.form().with("organisation", "Zaak").with("name", "Noor");
        for (email, password) in [("geen adres", PASSWORD), ("a@example.nl\r\nBcc: b@example.nl", PASSWORD), ("", PASSWORD), ("kort@example.nl", "kort123"), ("kort@example.nl", "zaak2024")] {
            let answer = form.clone().with("email", email).with("password", password).send(&browser).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert!(answer.text().contains("name=\"organisation\"") && answer.text().contains("Zaak"), "the form is shown again: {answer}");
            assert!(!answer.text().contains(password), "{answer}");
        }
        assert!(Account::by_email(&server.db, "kort@example.nl").await.unwrap().is_none());
    }
}
