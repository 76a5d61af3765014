//! Rejected forms: their page shows them again with the entered values, whatever the reason.

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::accounts::{self, Organisation, Role};
use klantportaal::db::Single;
use klantportaal::web::is_secret;

use crate::support::pages::{Party, page_routes};
use crate::support::{Answer, Browser, FilledForm, InProcess, Instance, PASSWORD, Page, is_draft};

const NEW: &str = "/manage/customers/new";

/// A new customer without a name, which is not taken.
async fn faulty_customer(browser: &Browser) -> FilledForm {
    let form = browser.page(NEW).await.form();
    form.with("companyName", "").with("city", "Wageningen").with("notes", "<b>belt\nterug</b>")
}

/// The same, with all that is needed.
fn customer(form: FilledForm, name: &str) -> FilledForm {
    [
        ("companyName", name),
        ("primaryEmail", "info@jansen.example"),
        ("address", "Kade 1"),
        ("zipCode", "6711aa"),
        ("city", "Ede"),
        ("countryCode", "NL"),
        ("customerType", "business"),
    ]
    .into_iter()
    .fold(form, |form, (field, text)| form.with(field, text))
}

/// Where a form leads that is not taken.
#[track_caller]
fn page_of(answer: &Answer) -> String {
    let page = answer.header("location").unwrap_or_default();
    assert!(answer.status == 303 && page.contains("draft="), "{answer}");
    page.to_owned()
}

/// What comes after the log-in page.
fn next_of(answer: &Answer) -> String {
    let page = answer.header("location").unwrap_or_default();
    let url = url::Url::parse("http://a.example").unwrap().join(page).unwrap();
    assert_eq!((answer.status, url.path()), (303, "/manage/login"), "{answer}");
    url.query_pairs()
        .find(|(name, _)| name == "next")
        .map(|(_, next)| next.into_owned())
        .unwrap_or_default()
}

async fn drafts(server: &Instance) -> i64 {
    let count = "SELECT count(*) AS value FROM form_drafts";
    server.db.row::<Single<i64>>(count, &[]).await.unwrap().unwrap().0
}

async fn end_all_sessions(server: &Instance) {
    server.db.execute("DELETE FROM sessions", &[]).await.unwrap();
}

async fn log_in_to(browser: &Browser, email: &str, next: &str) -> Answer {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let page = browser.page(&format!("/manage/login?next={next}")).await;
    send_only(browser, &page.form().with("email", email).with("password", PASSWORD)).await
}

async fn send_only(browser: &Browser, form: &FilledForm) -> Answer {
    browser.post_only(&form.action, &form.fields).await
}

/// The inputs of a form that nobody can mistake for something else.
fn fill(form: &FilledForm) -> (FilledForm, Vec<String>) {
    let mut filled = form.clone();
    let mut texts = Vec::new();
    for (name, is_secret_input) in &form.typed {
        assert!(is_secret(name) || !is_secret_input, "{name} of {}", form.action);
        let text = format!("getypt-{name}");
        filled = filled.with(name, &text);
        if !is_secret(name) {
            texts.push(text);
        }
    }
    (filled, texts)
}

both_engines! {
    async fn a_faulty_form_leads_to_its_page_which_shows_what_was_typed(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let form = faulty_customer(&browser).await;
        let page = page_of(&send_only(&browser, &form).await);
        for _ in 0..2 {
            // A reload sends nothing again.
            let shown = browser.page(&page).await;
            assert!(shown.says("error-summary") && shown.says(r#"value="Wageningen""#) && shown.says("&lt;b&gt;belt\nterug"), "{}", shown.html);
            assert!(shown.title().starts_with("Fout: ") && shown.title().contains("Bakkerij Jansen"), "{}", shown.title());
            assert!(shown.says(r#"aria-invalid="true""#) && shown.says(r##"<a href="#field-companyName">"##));
        }
        // In the other language it is the same form.
        let next: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
        let switched = browser.get(&format!("/language/en?next={next}")).await;
        let english = browser.page(switched.header("location").unwrap()).await;
        assert!(english.title().starts_with("Error: ") && english.says(r#"value="Wageningen""#), "{}", english.html);
    }

    async fn forms_in_two_tabs_do_not_mix(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let mut pages = Vec::new();
        for city in ["Wageningen", "Zutphen"] {
            let form = faulty_customer(&browser).await.with("city", city);
            pages.push((city, page_of(&browser.post_only(&form.action, &form.fields).await)));
        }
        for (city, page) in pages {
            let shown = browser.page(&page).await;
            assert!(shown.says(&format!(r#"value="{city}""#)), "{city}");
        }
        assert!(!browser.page(NEW).await.says("Zutphen"), "a new form is empty");
    }

    async fn a_form_that_is_taken_leaves_nothing_behind(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let shown = Page::of(&faulty_customer(&browser).await.send(&browser).await);
        assert_eq!(drafts(&server).await, 1);
        let taken = customer(shown.form(), "Jansen").send(&browser).await;
        assert_eq!(taken.status, 303, "{taken}");
        assert_eq!(drafts(&server).await, 0);
    }

    async fn what_is_kept_is_sealed_bounded_and_soon_over(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let form = faulty_customer(&browser).await;
        // Several at once are not too many either.
        join_all((0..25).map(|_| send_only(&browser, &form))).await;
        let page = page_of(&send_only(&browser, &form).await);
        assert_eq!(drafts(&server).await, 20);
        let contents: Vec<Single<Vec<u8>>> = server.db.rows("SELECT content AS value FROM form_drafts", &[]).await.unwrap();
        assert!(contents.iter().all(|Single(content)| !content.windows(10).any(|part| part == b"Wageningen")));
        // Another account does not see it, nor does anybody later.
        let other = server.portal_and_browser().await.1;
        assert!(!other.page(&page).await.says("Wageningen"));
        server.clock.advance(SignedDuration::from_hours(13));
        assert!(!browser.page(&page).await.says("Wageningen"));
        accounts::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        assert_eq!(drafts(&server).await, 0);
    }

    async fn a_failed_log_in_keeps_the_address_in_the_browser_only(engine: Engine) {
        let server = InProcess::start(engine).await;
        let browser = Browser::new(&server.url);
        let form = browser.page("/manage/login?next=%2Fmanage%2Fcustomers").await.form().with("email", "jan@example.nl").with("password", "verkeerd-wachtwoord");
        let page = page_of(&send_only(&browser, &form).await);
        let shown = browser.page(&page).await;
        assert!(shown.says(r#"value="jan@example.nl""#) && shown.says(r#"role="alert""#) && shown.says(r#"aria-invalid="true""#), "{}", shown.html);
        assert!(shown.title().starts_with("Fout: ") && !shown.says("verkeerd-wachtwoord"));
        assert_eq!(shown.form().field("next"), Some("/manage/customers"));
        assert!(!Browser::new(&server.url).page(&page).await.says("jan@example.nl"), "another browser");
        assert_eq!(drafts(&server).await, 0);
        // Too much for a cookie: what is wrong is said all the same.
        let long = form.with("email", &"a".repeat(5000)).send(&browser).await;
        assert!(long.text().contains("error-summary") && !long.text().contains("aaaaaaaaaa"), "{long}");
    }

    async fn whoever_was_logged_out_while_typing_finds_the_form_after_logging_in(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let form = faulty_customer(&browser).await.with("companyName", "De Molen");
        end_all_sessions(&server).await;
        let answer = browser.post(&form.action, &form.fields).await;
        assert!(answer.header("set-cookie").unwrap().starts_with("flash-manage=flash.note.logged_out_form"), "{answer}");
        let next = next_of(&answer);
        let back = log_in_to(&browser, &portal.owner_email, &next).await;
        let shown = browser.page(back.header("location").unwrap()).await;
        assert!(shown.says(r#"value="De Molen""#) && shown.says("nog niets opgeslagen"), "{}", shown.html);
        assert!(!browser.page("/manage/customers").await.says("De Molen"), "it was not sent by itself");
        let taken = customer(shown.form(), "De Molen").send(&browser).await;
        assert_eq!(taken.status, 303, "{taken}");
    }

    async fn switching_the_language_keeps_what_was_typed(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let strangers = Browser::new(&server.url);
        let customer = browser.page("/manage/customers/new").await.form().with("companyName", "De Molen");
        let account = strangers.page("/manage/register").await.form().with("name", "De Molen").with("password", "een zin van vijf woorden");
        for (browser, form) in [(&browser, customer), (&strangers, account)] {
            let answer = send_only(browser, &form.with("switch_language", "en")).await;
            let shown = browser.page(&page_of(&answer)).await;
            assert!(shown.says(r#"value="De Molen""#) && shown.says("<html lang=\"en\">"), "{}", shown.html);
            assert!(!shown.says("een zin van vijf woorden") && !shown.says("error-summary"), "{}", shown.html);
        }
        assert!(!browser.page("/manage/customers").await.says("De Molen"), "nothing is saved");
        // A form of somebody else's switches nothing.
        let foreign = browser.page("/manage/customers/new").await.form().with("csrf", "x").with("switch_language", "nl");
        foreign.send(&browser).await;
        assert!(browser.page("/manage/customers").await.says("<html lang=\"en\">"));
    }

    async fn every_form_goes_along_when_the_language_is_switched(server: &Server) {
        let (party, stranger) = (Party::new(server).await, Browser::new(&server.url));
        let mut seen = 0;
        for browser in [&party.browser, &stranger] {
            for route in page_routes().iter().filter(|route| route.get) {
                let answer = browser.get(&party.path(route)).await;
                if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                    continue;
                }
                let page = Page::of(&answer);
                for form in page.forms() {
                    let (filled, texts) = fill(&form);
                    if texts.is_empty() {
                        continue;
                    }
                    let sent = page.form_of_languages().map(|form| form.action);
                    assert_eq!(sent.as_deref(), Some(&*form.action), "{route:?}");
                    let other = if page.says(r#"<html lang="nl">"#) { "en" } else { "nl" };
                    let answer = send_only(browser, &filled.with("switch_language", other)).await;
                    let shown = browser.page(&page_of(&answer)).await;
                    assert!(shown.says(&format!(r#"<html lang="{other}">"#)), "{route:?} {}", shown.html);
                    for text in texts {
                        assert!(shown.says(&text), "{text} of {} on {route:?}: {}", form.action, shown.html);
                    }
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "only {seen} forms");
    }

    async fn an_error_stays_when_the_language_is_switched(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let stranger = Browser::new(&server.url);
        let log_in = stranger.page("/manage/login").await.form().with("email", "jan@example.nl").with("password", "verkeerd-wachtwoord");
        for (browser, form) in [(&browser, faulty_customer(&browser).await), (&stranger, log_in)] {
            let faulty = browser.page(&page_of(&send_only(browser, &form).await)).await;
            let again = faulty.form_of_languages().unwrap().with("city", "Zutphen").with("switch_language", "en");
            let english = browser.page(&page_of(&send_only(browser, &again).await)).await;
            assert!(english.title().starts_with("Error: ") && english.says("error-summary"), "{}", english.html);
        }
    }

    async fn nobody_else_finds_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let other = server.portal().await;
        let form = faulty_customer(&browser).await.with("companyName", "De Molen");
        end_all_sessions(&server).await;
        let next = next_of(&browser.post(&form.action, &form.fields).await);
        let back = log_in_to(&browser, &other.owner_email, &next).await;
        let shown = browser.page(back.header("location").unwrap()).await;
        assert!(!shown.says("De Molen") && !shown.says("Wageningen"), "{}", shown.html);
        // Nor does what somebody else sends from it count.
        let answer = browser.post(&form.action, &form.fields).await;
        assert_eq!(answer.status, 409, "{answer}");
        assert!(!browser.page("/manage/customers").await.says("De Molen"));
    }

    async fn it_comes_back_in_the_portal_that_it_was_typed_in(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (first, account) = (server.portal().await, server.owner(&portal).await);
        server.db.execute("UPDATE portals SET name = 'Aannemer' WHERE name <> 'x' AND id = ?1", &[klantportaal::db::ToParam::to_param(&first.id)]).await.unwrap();
        server.let_in(&Organisation::Portal(first.id.clone()), &account.id, Role::Owner).await;
        let form = faulty_customer(&browser).await.with("companyName", "De Molen");
        end_all_sessions(&server).await;
        let next = next_of(&browser.post(&form.action, &form.fields).await);
        let back = log_in_to(&browser, &portal.owner_email, &next).await;
        let shown = browser.page(back.header("location").unwrap()).await;
        assert!(shown.says("De Molen") && shown.title().contains("Bakkerij Jansen"), "{}", shown.title());
        // In the other one it is not shown.
        let open = browser.page("/manage/portals").await.form().with("portal", first.id.as_str()).send(&browser).await;
        assert_eq!(open.status, 303, "{open}");
        let elsewhere = browser.get(back.header("location").unwrap()).await;
        assert!(elsewhere.status == 409 && elsewhere.text().contains("hoort bij Bakkerij Jansen"), "{elsewhere}");
        assert!(!elsewhere.text().contains("De Molen"), "{elsewhere}");
    }

    async fn a_stale_log_in_form_goes_on_to_where_it_was_going(server: &Server) {
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        let [one, two] = ["/manage/customers", "/manage/customer-groups"];
        let tab = browser.page(&format!("/manage/login?next={two}")).await.form();
        assert_eq!(log_in_to(&browser, &portal.owner_email, one).await.header("location"), Some(one));
        let answer = tab.with("email", &portal.owner_email).with("password", PASSWORD).send(&browser).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(two)), "{answer}");
    }

    async fn a_form_from_before_logging_in_again_is_shown_again(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let form = faulty_customer(&browser).await.with("companyName", "De Molen");
        let out = browser.page("/manage").await.form_to("/logout").send(&browser).await;
        assert_eq!(out.status, 303, "{out}");
        log_in_to(&browser, &portal.owner_email, "/manage").await;
        let headers = [("sec-fetch-site", "same-origin")];
        let shown = browser.post_with(&form.action, &form.fields, &headers).await;
        assert!(shown.status == 200 && shown.text().contains(r#"value="De Molen""#) && shown.text().contains("niet verstuurd"), "{shown}");
        assert!(!browser.page("/manage/customers").await.says("De Molen"));
        // Without a word from the browser that it is its own, it is refused; with a way out.
        let refused = browser.post(&form.action, &form.fields).await;
        assert!(refused.status == 403 && Page::of(&refused).links().iter().any(|link| link == "/manage"), "{refused}");
        let foreign = browser.post_with(&form.action, &form.fields, &[("sec-fetch-site", "cross-site")]).await;
        assert!(foreign.status == 403 && Page::of(&foreign).links().iter().any(|link| link == "/manage"), "{foreign}");
    }

    async fn a_proof_that_has_grown_old_costs_no_typing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let form = browser.page("/manage/settings/api-keys/new").await.form().with("name", "Kassa 12").with("scope", "customers.read");
        server.clock.advance(SignedDuration::from_mins(25));
        let asked = browser.post(&form.action, &form.fields).await;
        let page = asked.header("location").unwrap();
        assert!(asked.status == 303 && page.starts_with("/manage/reauthenticate?next="), "{asked}");
        let back = send_only(&browser, &browser.page(page).await.form().with("password", PASSWORD)).await;
        let shown = browser.page(back.header("location").unwrap()).await;
        assert!(shown.says(r#"value="Kassa 12""#) && shown.says(r#"value="customers.read" checked"#), "{}", shown.html);
    }

    async fn every_form_shows_again_what_was_typed(server: &Server) {
        let (party, stranger) = (Party::new(server).await, Browser::new(&server.url));
        let mut seen = 0;
        for browser in [&party.browser, &stranger] {
            for route in page_routes().iter().filter(|route| route.get) {
                let answer = browser.get(&party.path(route)).await;
                if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                    continue;
                }
                for form in Page::of(&answer).forms() {
                    let (filled, texts) = fill(&form);
                    if texts.is_empty() {
                        continue;
                    }
                    let stale = filled.with("csrf", &"x".repeat(43));
                    let again = browser.post_with(&stale.action, &stale.fields, &[("sec-fetch-site", "same-origin")]).await;
                    assert_eq!(again.status, 200, "{route:?} {again}");
                    for text in texts {
                        assert!(again.text().contains(&text), "{text} of {} on {route:?}: {again}", form.action);
                    }
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "only {seen} forms");
    }

    async fn what_sends_a_mail_leads_to_a_page_that_says_so(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (known, stranger) = (server.portal().await.owner_email, format!("nieuw-{:016x}@example.nl", rand::random::<u64>()));
        for site in ["manage", "developers"] {
            for (form, sent) in [("register", "register/sent"), ("forgot-password", "forgot-password/sent"), ("verify/again", "register/sent")] {
                for email in [&known, &stranger] {
                    let browser = Browser::new(&server.url);
                    let page = browser.page(&format!("/{site}/{form}?next=%2Foauth%2Fauthorize%3Fa%3Db")).await.form();
                    let form = [("organisation", "Nieuwe Zaak"), ("name", "Noor"), ("password", PASSWORD), ("email", email)]
                        .into_iter()
                        .fold(page, |form, (name, text)| form.with(name, text));
                    let to = page_of(&send_only(&browser, &form).await);
                    assert!(to.starts_with(&format!("/{site}/{sent}?draft=")), "{to}");
                    for _ in 0..2 {
                        // A reload sends nothing, and shows the same.
                        let shown = browser.page(&to).await;
                        assert!(shown.says(email) && !shown.says(PASSWORD), "{}", shown.html);
                        let log_in = format!("/{site}/login?next=%2Foauth%2Fauthorize%3Fa%3Db");
                        assert!(shown.links().contains(&log_in), "the app's request is kept: {}", shown.html);
                    }
                    // Another browser, or a later one, learns nothing of it.
                    let other = Browser::new(&server.url).page(&to).await;
                    assert!(!other.says(email) && other.says("het adres dat je invulde"), "{}", other.html);
                }
            }
        }
    }

    async fn no_form_is_answered_by_a_page_that_a_reload_would_send_again(server: &Server) {
        // Those that show a secret this once.
        let answered = ["/recovery-codes", "/rotate"];
        let mut whole = None;
        for route in page_routes().into_iter().filter(|route| route.post) {
            let party = match whole.take() {
                Some(party) => party,
                None => Party::new(server).await,
            };
            let (path, site) = (party.path(&route), if route.template.starts_with("/developers") { "developers" } else { "manage" });
            let csrf = party.browser.csrf(site).await;
            let answer = party.browser.post_only(&path, &[("csrf".into(), csrf)]).await;
            let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            let may = answered.iter().any(|end| path.ends_with(end));
            assert!(answer.status != 200 || !is_page || may, "{route:?} {answer}");
            // What was refused changed nothing.
            if answer.status >= 400 || answer.header("location").is_some_and(is_draft) {
                whole = Some(party);
            }
        }
    }
}
