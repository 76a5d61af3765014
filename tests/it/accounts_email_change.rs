//! Changing the name and the e-mail address.

use jiff::SignedDuration;
use klantportaal::accounts::{Account, NewAccount};
use klantportaal::auth::{Line, Password};
use klantportaal::db::{Single, ToParam};

use crate::support::{Browser, FilledForm, InProcess, Instance, PASSWORD, Page, Portal};

/// The form that a link shows; its address stays as it is, however often it is opened.
async fn form_of(browser: &Browser, link: &str) -> FilledForm {
    for _ in 0..2 {
        browser.page(link).await;
    }
    browser.page(link).await.form()
}

async fn ask(browser: &Browser, email: &str) -> crate::support::Answer {
    browser.page("/manage/account/email").await.form().with("email", email).send(browser).await
}

fn fresh() -> String {
    format!("nieuw-{:016x}@example.nl", rand::random::<u64>())
}

/// What was done with the account of this address.
async fn told(server: &Instance, email: &str) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events WHERE account_id = (SELECT id FROM accounts WHERE email = ?1)
         AND action LIKE 'email_change%' ORDER BY created_at, id";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[email.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

/// An owner whose address was changed, and the new one.
async fn changed(server: &Instance, portal: &Portal, browser: &Browser) -> String {
    let email = fresh();
    assert_eq!(ask(browser, &email).await.status, 303);
    let link = server.mailbox(&email).link(1).await;
    let done = form_of(browser, &link).await.send(browser).await;
    assert_eq!((done.status, done.header("location")), (303, Some("/manage/account")), "{done}");
    assert!(!server.mailbox(&portal.owner_email).wait_for(1).await.is_empty());
    email
}

both_engines! {
    async fn a_name_is_changed_and_told(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let form = browser.page("/manage/account/name").await.form();
        for wrong in ["", "  ", &"x".repeat(101)] {
            let again = form.clone().with("name", wrong).send(&browser).await;
            assert!(Page::of(&again).says("error-summary"), "{wrong}: {again}");
        }
        assert_eq!(form.with("name", " Anna de Boer ").send(&browser).await.status, 303);
        assert!(browser.page("/manage/account").await.says("Anna de Boer"));
        assert_eq!(server.owner(&portal).await.name, "Anna de Boer");
        assert!(browser.page("/manage/account/activity").await.says("Naam gewijzigd"));
    }

    async fn a_new_address_counts_once_it_is_proven(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let elsewhere = Browser::logged_in(&server.url, &portal.owner_email).await;
        let email = fresh();
        assert_eq!(ask(&browser, &email.to_uppercase()).await.status, 303);
        assert!(browser.page("/manage/account/email").await.says(&email));
        // Until then nothing changes.
        Browser::logged_in(&server.url, &portal.owner_email).await;
        let link = server.mailbox(&email).link(1).await;
        let form = form_of(&browser, &link).await;
        assert_eq!(form.send(&browser).await.status, 303);
        assert_eq!(Account::by_email(&server.db, &portal.owner_email).await.unwrap().map(|account| account.email), None);
        assert_eq!(elsewhere.get("/manage").await.status, 303, "logged out elsewhere");
        Browser::logged_in(&server.url, &email).await;
        // The link works once.
        assert!(form.send_to_page(&browser).await.says("Deze link werkt niet meer"));
        assert!(browser.page("/manage/account/activity").await.says("E-mailadres gewijzigd"));
    }

    async fn whoever_reads_the_mail_of_a_mistyped_address_does_not_get_the_account(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let (_, other) = server.portal_and_browser().await;
        let email = fresh();
        ask(&browser, &email).await;
        let link = server.mailbox(&email).link(1).await;
        let answer = Browser::new(&server.url).get(&link).await;
        assert!(answer.header("location").unwrap().starts_with("/manage/login?next="), "{answer}");
        assert!(other.page(&link).await.says("Deze link werkt niet meer"));
        let token = link.split("token=").nth(1).unwrap().to_owned();
        let fields = [("csrf".to_owned(), other.csrf("manage").await), ("token".to_owned(), token)];
        let answer = other.post("/manage/account/email/confirm", &fields).await;
        assert!(answer.status == 409 && answer.text().contains("hoort bij een ander account"), "{answer}");
        assert_eq!(form_of(&browser, &link).await.send(&browser).await.status, 303);
    }

    async fn a_taken_address_is_answered_like_a_free_one(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let taken = server.portal().await.owner_email;
        let answers = [ask(&browser, &taken).await, ask(&browser, &fresh()).await];
        assert_eq!(answers.each_ref().map(|answer| (answer.status, answer.header("location"))), [(303, Some("/manage/account/email")); 2]);
        let mail = server.mailbox(&taken).wait_for(1).await;
        assert!(!mail.contains("http"), "it holds no link: {mail}");
        for wrong in ["", "geen adres", "a@"] {
            assert!(Page::of(&ask(&browser, wrong).await).says("error-summary"), "{wrong}");
        }
    }

    async fn an_address_that_somebody_else_took_meanwhile_is_not_taken_from_them(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let email = fresh();
        ask(&browser, &email).await;
        let link = server.mailbox(&email).link(1).await;
        let password = Password::typed(PASSWORD.into());
        let other = NewAccount::new("Ander".into(), email.clone(), password, true, Line::Known).await.unwrap();
        let mut tx = server.db.begin().await.unwrap();
        other.insert(&mut tx, jiff::Timestamp::now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let page = form_of(&browser, &link).await.send_to_page(&browser).await;
        assert!(page.says("De link is al gebruikt of verlopen"), "{}", page.html);
        Browser::logged_in(&server.url, &portal.owner_email).await;
    }

    async fn the_old_address_undoes_the_change_and_ends_everything_of_the_thief(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let old = portal.owner_email.clone();
        let second = changed(server, &portal, &browser).await;
        // A thief goes one step further, so that the link to the second address is theirs.
        let third = fresh();
        ask(&browser, &third).await;
        let link = server.mailbox(&third).link(1).await;
        assert_eq!(form_of(&browser, &link).await.send(&browser).await.status, 303);
        let thief = server.mailbox(&second).link(2).await;
        let undo = server.mailbox(&old).link(1).await;
        let owner = Browser::new(&server.url);
        let form = form_of(&owner, &undo).await;
        let new = "weer een heel ander paard";
        assert!(Page::of(&form.clone().with("password", "kort").send(&owner).await).says("error-summary"));
        let undone = form.clone().with("password", new).send(&owner).await;
        assert_eq!((undone.status, undone.header("location")), (303, Some("/manage/login")), "{undone}");
        assert_eq!(browser.get("/manage").await.status, 303, "the thief is logged out");
        for dead in [&undo, &thief] {
            assert!(Browser::new(&server.url).page(dead).await.says("Deze link werkt niet meer"));
        }
        let told = told(server, &old).await;
        assert_eq!(told.iter().filter(|action| *action == "email_changed").count(), 2, "{told:?}");
        assert_eq!(told.last().unwrap(), "email_change_undone");
        for (email, password, status) in [(&old, PASSWORD, 200), (&third, PASSWORD, 200), (&third, new, 200), (&old, new, 303)] {
            assert_eq!(Browser::new(&server.url).log_in(email, password).await.status, status, "{email} {password}");
        }
    }

    async fn an_address_that_can_come_back_is_given_to_nobody_else(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let old = portal.owner_email.clone();
        changed(&server, &portal, &browser).await;
        let password = Password::typed(PASSWORD.into());
        let newcomer = NewAccount::new("Ander".into(), old.clone(), password, true, Line::Known).await.unwrap();
        let insert = async || {
            let mut tx = server.db.begin().await.unwrap();
            let added = newcomer.insert(&mut tx, server.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            added
        };
        assert!(insert().await.is_none());
        let undo = server.mailbox(&old).link(1).await;
        assert!(!browser.page(&undo).await.says("Deze link werkt niet meer"));
        server.clock.advance(SignedDuration::from_hours(7 * 24));
        assert!(browser.page(&undo).await.says("Deze link werkt niet meer"));
        assert!(insert().await.is_some());
    }

    async fn of_two_who_confirm_the_same_address_at_once_one_gets_it(server: &Server) {
        for _ in 0..5 {
            let email = fresh();
            let mut forms = Vec::new();
            for index in 0..2 {
                let (_, browser) = server.portal_and_browser().await;
                ask(&browser, &email).await;
                let link = server.mailbox(&email).link(index + 1).await;
                forms.push((form_of(&browser, &link).await, browser));
            }
            let (one, two) = (&forms[0], &forms[1]);
            let (first, second) = tokio::join!(one.0.send(&one.1), two.0.send(&two.1));
            let got = [&first, &second].iter().filter(|answer| answer.header("location") == Some("/manage/account")).count();
            assert_eq!(got, 1, "{first} {second}");
        }
    }

    async fn the_password_is_asked_again(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        server.clock.advance(SignedDuration::from_mins(21));
        for path in ["/manage/account/name", "/manage/account/email"] {
            let asked = browser.get(path).await;
            assert!(asked.header("location").unwrap().starts_with("/manage/reauthenticate?next="), "{asked}");
            let fields = [("csrf".to_owned(), browser.csrf("manage").await), ("name".to_owned(), "Dief".to_owned()), ("email".to_owned(), fresh())];
            let asked = browser.post(path, &fields).await;
            assert!(asked.header("location").unwrap().starts_with("/manage/reauthenticate?next="), "{asked}");
        }
        assert!(!browser.page("/manage/account").await.says("Dief"));
    }
}
