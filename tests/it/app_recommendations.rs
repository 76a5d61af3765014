//! Recommendations for apps: badges, counts of requests that don't follow them, and the settings.

use jiff::{SignedDuration, Timestamp};
use klantportaal::accounts::{Organisation, Role};
use klantportaal::clients::{AppProtection, ClientType};
use klantportaal::db::{Single, ToParam};
use klantportaal::request_log::AppDay;

use crate::support::{
    App, Browser, CALLBACK, InProcess, Instance, PASSWORD, Page, SigningKey, Tokens, VERIFIER,
};

const MARKS: [&str; 3] = ["Zonder PKCE", "Zonder DPoP", "Zonder einddatum"];

/// A browser of somebody of the app's developer.
async fn member(server: &Instance, app: &App, role: Role) -> Browser {
    let (account, email) = server.person("Bouwer").await;
    server.let_in(&Organisation::Developer(app.developer.clone()), &account, role).await;
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    let answer = form.with("email", &email).with("password", PASSWORD).send(&browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    browser
}

fn path(app: &App) -> String {
    format!("/developers/apps/{}", app.id)
}

async fn show(browser: &Browser, app: &App) -> Page {
    browser.page(&path(app)).await
}

/// Which of the three are recommended on a page, as its forms tell.
fn recommended(page: &Page) -> Vec<String> {
    let forms = page.forms().into_iter();
    forms.filter_map(|form| form.field("switch").map(str::to_owned)).collect()
}

/// Presses the button of a recommendation.
async fn follow(browser: &Browser, app: &App, name: &str) {
    let forms = show(browser, app).await.forms();
    let form = forms.into_iter().find(|form| form.field("switch") == Some(name)).unwrap();
    let answer = form.send(browser).await;
    assert_eq!(answer.header("location"), Some(path(app).as_str()), "{answer}");
}

/// What went without PKCE, DPoP and an end of the refresh token, in all.
async fn without(server: &InProcess, app: &App) -> [i64; 3] {
    server.server.write_down_usage().await;
    let days = AppDay::list(&server.db, &app.id, server.clock.now()).await.unwrap();
    let sum = |count: fn(&AppDay) -> i64| days.iter().map(count).sum();
    [sum(|day| day.without_pkce), sum(|day| day.without_dpop), sum(|day| day.without_end)]
}

async fn told(server: &Instance, app: &App) -> i64 {
    let sql = "SELECT count(*) AS value FROM audit_events WHERE developer_id = ?1 AND action = 'app_protection_changed'";
    server.db.row::<Single<i64>>(sql, &[app.developer.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn apps_are_marked_until_the_switches_are_on(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let browser = member(&server, &app, Role::Owner).await;
        let list = async || browser.page("/developers/apps").await;
        let page = list().await;
        assert!(MARKS.iter().all(|mark| page.says(mark)), "{}", page.html);
        assert_eq!(recommended(&show(&browser, &app).await), ["pkce", "dpop", "refresh_token_end"]);
        for (index, name) in ["pkce", "dpop", "refresh_token_end"].into_iter().enumerate() {
            follow(&browser, &app, name).await;
            let page = list().await;
            for (other, mark) in MARKS.iter().enumerate() {
                assert_eq!(page.says(mark), other > index, "{mark} after {name}: {}", page.html);
            }
        }
        assert!(list().await.says("Alles staat aan"));
        assert_eq!(recommended(&show(&browser, &app).await), Vec::<String>::new());
        let protection = AppProtection::of(&server.db, &app.id).await.unwrap();
        let switched = AppProtection {
            require_pkce: true, require_dpop: true, end_refresh_tokens: true, ..AppProtection::default()
        };
        assert_eq!(protection, switched, "the others stay as they were");
        assert_eq!(told(&server, &app).await, 3);
        // They are those of the form, where they can be turned off again.
        let edit = browser.page(&format!("{}/edit", path(&app))).await;
        assert_eq!(edit.form_to("/edit").fields.iter().filter(|(name, _)| name == "protection").count(), 3);
    }

    async fn what_is_decided_otherwise_is_not_recommended(engine: Engine) {
        let flags = |_| vec!["--refresh-token-days=30".to_owned()];
        let server = InProcess::start_with(engine, flags).await;
        let public = server.public_app().await;
        let browser = member(&server, &public, Role::Admin).await;
        assert_eq!(recommended(&show(&browser, &public).await), ["dpop"]);
    }

    async fn only_who_manages_apps_switches_and_only_those_of_their_own(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, other) = (server.app().await, server.app().await);
        let (reader, stranger) = (member(&server, &app, Role::Member).await, member(&server, &other, Role::Owner).await);
        // A member sees what is recommended, without the buttons.
        let page = show(&reader, &app).await;
        assert!(page.says("Maak PKCE verplicht") && recommended(&page).is_empty(), "{}", page.html);
        for (browser, status) in [(&reader, 403), (&stranger, 404)] {
            let fields = [("csrf", browser.csrf("developers").await), ("switch", "pkce".to_owned())];
            let fields = fields.map(|(name, value)| (name.to_owned(), value));
            let answer = browser.post(&format!("{}/protection", path(&app)), &fields).await;
            assert_eq!(answer.status, status, "{answer}");
        }
        for wrong in ["", "rotation", "PKCE"] {
            let fields = [("csrf", stranger.csrf("developers").await), ("switch", wrong.to_owned())];
            let fields = fields.map(|(name, value)| (name.to_owned(), value));
            let answer = stranger.post(&format!("{}/protection", path(&other)), &fields).await;
            assert_eq!(answer.status, 400, "{wrong}: {answer}");
        }
        assert_eq!(AppProtection::of(&server.db, &app.id).await.unwrap(), AppProtection::default());
        assert_eq!(told(&server, &app).await, 0);
    }

    async fn requests_without_are_counted(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, owner)) = (server.app().await, server.portal_and_browser().await);
        let browser = member(&server, &app, Role::Owner).await;
        assert!(show(&browser, &app).await.says("Geen enkele tokenaanvraag ging zonder"));
        let tokens = app.connect(&owner).await;
        assert_eq!(without(&server, &app).await, [1, 1, 1]);
        app.refresh(&tokens.refresh).await.expect(200);
        assert_eq!(without(&server, &app).await, [1, 2, 2], "a refresh has no PKCE");
        // With PKCE and a proof of possession.
        let (key, now) = (SigningKey::new(), Timestamp::now().as_second());
        let code = app.ask().with_challenge().allow(&owner).await.code();
        let fields = app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", &code), ("code_verifier", VERIFIER)]);
        app.post_proven("/oauth/tokens", &fields, &key, now).await.expect(200);
        assert_eq!(without(&server, &app).await, [1, 2, 3]);
        // What is refused went nowhere.
        app.exchange("cod_bestaatniet").await.expect_oauth_error("invalid_grant");
        assert_eq!(without(&server, &app).await, [1, 2, 3]);
        let page = show(&browser, &app).await;
        for count in ["1 tokenaanvragen gingen zonder", "2 tokenaanvragen gingen zonder", "3 tokenaanvragen gebruikten"] {
            assert!(page.says(count), "{count}: {}", page.html);
        }
        let usage = browser.page(&format!("{}/usage", path(&app))).await;
        assert!(usage.says("Tokenaanvragen zonder aanbevolen beveiliging"), "{}", usage.html);
        // Other apps have their own.
        assert_eq!(without(&server, &server.app().await).await, [0, 0, 0]);
        // They are forgotten with their day.
        server.clock.advance(SignedDuration::from_hours(24 * 31));
        assert_eq!(without(&server, &app).await, [0, 0, 0]);
    }

    async fn counts_of_requests_at_once_are_all_there(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, owner)) = (server.app().await, server.portal_and_browser().await);
        let tokens = app.connect(&owner).await;
        let refresh = async || {
            app.refresh(&tokens.refresh).await.expect(200);
            server.server.write_down_usage().await;
        };
        futures_util::future::join_all((0..8).map(|_| refresh())).await;
        assert_eq!(without(&server, &app).await, [1, 9, 9]);
    }

    async fn a_refresh_token_ends_after_a_year_if_the_app_wants_it_so(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, owner)) = (server.app().await, server.portal_and_browser().await);
        let before = app.connect(&owner).await;
        AppProtection { end_refresh_tokens: true, ..AppProtection::default() }
            .save(&server.db, &app.developer, &app.id).await.unwrap();
        let device = server.device_app(ClientType::Public).await;
        AppProtection { end_refresh_tokens: true, ..AppProtection::default() }
            .save(&server.db, &device.developer, &device.id).await.unwrap();
        let after = app.connect(&owner).await;
        let mut rotated = Tokens::of(&device.exchange(&device.code(&owner).await).await);
        assert_eq!(without(&server, &app).await, [2, 2, 1]);
        // In use all the time.
        for _ in 0..6 {
            server.clock.advance(SignedDuration::from_hours(24 * 60));
            app.refresh(&before.refresh).await.expect(200);
            app.refresh(&after.refresh).await.expect(200);
            rotated = Tokens::of(&device.refresh(&rotated.refresh).await);
        }
        server.clock.advance(SignedDuration::from_hours(24 * 6));
        app.refresh(&after.refresh).await.expect_oauth_error("invalid_grant");
        device.refresh(&rotated.refresh).await.expect_oauth_error("invalid_grant");
        app.refresh(&before.refresh).await.expect(200);
    }
}
