//! Expensive work at little cost: examining a new password takes as long as some hundred other
//! requests, so callers are throttled first.

use std::time::{Duration, Instant};

use crate::support::{Browser, FilledForm, PASSWORD, Portal, Server};

/// A password that every rule lets through to the estimator, and that it is long about.
const HOSTILE: &str = "4@8({[<369&#!1/|\\5$7+%24@8({[<369&#!1/|\\5$7+%2";
const WEAK: &str = "wachtwoord1";

async fn start(engine: crate::support::Engine) -> Server {
    Server::start(engine, &["--log", "info,klantportaal::auth=trace"]).await
}

/// How many passwords were hashed, and how many were looked at.
fn work(server: &Server) -> (usize, usize) {
    let log = server.log();
    let count = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    (count("argon2id"), count("zxcvbn"))
}

/// Sends a form with each of these passwords as often as it is answered, and then once more: how
/// many were looked at.
async fn looked_at_until_refused(
    server: &Server,
    browser: &Browser,
    form: &FilledForm,
    password: &str,
) -> usize {
    let (_, before) = work(server);
    let form = form.clone().with("password", password);
    let mut answered = 0;
    loop {
        let answer = form.send(browser).await;
        if answer.status != 200 {
            // From time to time one more is let in; not between this try and the next.
            assert_eq!(answer.status, 429, "{answer}");
            if answer.number("retry-after") > 10 {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        }
        answered += 1;
        assert!(answered <= 100, "without end");
    }
    let full = work(server);
    assert_eq!(form.send(browser).await.status, 429);
    assert_eq!(work(server), full, "no work for what is refused");
    full.1 - before
}

async fn reset_form(server: &Server, portal: &Portal, browser: &Browser) -> FilledForm {
    let form =
        browser.page("/manage/forgot-password").await.form().with("email", &portal.owner_email);
    assert_eq!(form.send(browser).await.status, 200);
    browser.page(&server.mailbox(&portal.owner_email).link(1).await).await.form()
}

both_engines! {
    async fn nobody_has_more_passwords_looked_at_than_requests_are_counted(engine: Engine) {
        let (server, start) = (start(engine).await, Instant::now());
        let (portal, owner) = server.portal_and_browser().await;
        let stranger = Browser::new(&server.url);
        // By whoever has a mailed link.
        let form = reset_form(&server, &portal, &stranger).await;
        assert_eq!(looked_at_until_refused(&server, &stranger, &form, WEAK).await, 8);
        let invite = owner.page("/manage/settings/team/invite").await.form().with("email", "noor@example.nl").with("role", "member");
        assert_eq!(invite.send(&owner).await.status, 303);
        let form = stranger.page(&server.mailbox("noor@example.nl").link(1).await).await.form().with("name", "Noor");
        assert_eq!(looked_at_until_refused(&server, &stranger, &form, WEAK).await, 8);
        // By whoever is logged in, without knowing the password.
        let form = owner.page("/manage/account").await.form().with("current_password", "onjuist");
        assert_eq!(looked_at_until_refused(&server, &owner, &form, HOSTILE).await, 0);
        // By anybody.
        let form = stranger.page("/manage/register").await.form().with("organisation", "Zaak").with("name", "Noor").with("email", "geen adres");
        let looked_at = looked_at_until_refused(&server, &stranger, &form, HOSTILE).await;
        let meanwhile = usize::try_from(start.elapsed().as_secs() / 60).unwrap();
        assert!((50..60 + meanwhile).contains(&looked_at), "{looked_at} of sixty an hour, of which one went to the reset");
    }

    async fn a_burst_of_strangers_is_turned_away_and_a_known_browser_is_not(engine: Engine) {
        let server = Server::start(engine, &["--trusted-proxies=127.0.0.1"]).await;
        let mut known = Vec::new();
        for _ in 0..6 {
            let (portal, owner) = server.portal_and_browser().await;
            known.push((portal, owner.csrf("manage").await, owner));
        }
        let stranger = Browser::new(&server.url);
        let csrf = stranger.page("/manage/login").await.csrf();
        let fields = |csrf: &str, email: &str, password: &str| {
            [("csrf", csrf), ("email", email), ("password", password)].map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let turned_away = tokio::sync::Notify::new();
        let guess = async |number: usize| {
            let (email, address) = (format!("niemand-{number}@example.nl"), format!("203.0.{}.{}", number / 200, number % 200));
            let answer = stranger.post_with("/manage/login", &fields(&csrf, &email, WEAK), &[("x-forwarded-for", &address)]).await;
            if answer.status == 503 {
                turned_away.notify_one();
            }
            answer
        };
        let guesses = async {
            let answers = futures_util::future::join_all((0..300).map(guess)).await;
            turned_away.notify_one();
            answers
        };
        // The owners come when the strangers' line is full.
        let log_in = async |(portal, csrf, owner): &(Portal, String, Browser)| {
            owner.post("/manage/login", &fields(csrf, &portal.owner_email, PASSWORD)).await
        };
        let log_ins = async {
            turned_away.notified().await;
            futures_util::future::join_all(known.iter().map(log_in)).await
        };
        let (answers, logged_in) = tokio::join!(guesses, log_ins);
        for answer in logged_in {
            assert_eq!(answer.status, 303, "owners' browsers have a line of their own: {answer}");
        }
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
        assert!(!refused.is_empty(), "nobody was turned away");
        assert!(refused.iter().all(|answer| answer.number("retry-after") > 0));
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)));
    }
}
