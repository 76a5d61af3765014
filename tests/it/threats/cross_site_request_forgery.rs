//! Forms that another site sends in somebody's browser: every form of both sites, log-in and
//! consent among them.

use klantportaal::web::{FormFiles, Page as Registered};
use url::form_urlencoded;

use crate::support::pages::{PageRoute, Party, page_routes, places, registered};
use crate::support::{Answer, Browser, PASSWORD, Page};

fn posts() -> Vec<PageRoute> {
    page_routes().into_iter().filter(|route| route.post).collect()
}

fn site_of(template: &str) -> &'static str {
    if template.starts_with("/developers") { "developers" } else { "manage" }
}

/// Whether the form is sent as multipart/form-data.
fn takes_files(route: &PageRoute) -> bool {
    let takes_files =
        |page: &Registered| page.form.is_some_and(|form| form.files != FormFiles::None);
    registered().iter().any(|page| page.path == route.template && takes_files(page))
}

/// Sends a form by both encodings, since some forms take files.
async fn send(
    browser: &Browser,
    path: &str,
    csrf: Option<&str>,
    headers: &[(&str, &str)],
) -> [Answer; 2] {
    let pairs: Vec<(&str, &str)> =
        csrf.iter().map(|csrf| ("csrf", *csrf)).chain([("decision", "allow")]).collect();
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    let parts = pairs.iter().map(|(name, value)| {
        format!("--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    let multipart = format!("{}--grens--\r\n", parts.collect::<String>());
    [
        browser.post_raw(path, "application/x-www-form-urlencoded", form, headers).await,
        browser.post_raw(path, "multipart/form-data; boundary=grens", multipart, headers).await,
    ]
}

/// One of the encodings is the form's own, and there it is refused; by the other it is no form at
/// all.
fn expect_refused(answers: &[Answer; 2], why: &str) {
    assert!(
        answers.iter().any(|answer| answer.status == 403),
        "{why}: {} {}",
        answers[0],
        answers[1]
    );
    for answer in answers {
        assert!(matches!(answer.status, 400 | 403), "{why}: {answer}");
        assert_eq!(
            (answer.header("location"), answer.header("content-type")),
            (None, Some("text/html; charset=utf-8")),
            "{why}: {answer}"
        );
    }
}

both_engines! {
    async fn no_form_counts_without_the_secret_of_its_own_visitor_and_site(server: &Server) {
        let (party, other, stranger) = (Party::new(server).await, Party::new(server).await, Browser::new(&server.url));
        let before_log_in = stranger.csrf("manage").await;
        let (manage, developers) = (party.browser.csrf("manage").await, party.browser.csrf("developers").await);
        assert_ne!(manage, developers);
        for route in posts() {
            let (path, site) = (party.path(&route), site_of(&route.template));
            let (own, others_own) = if site == "manage" { (&manage, &developers) } else { (&developers, &manage) };
            let foreign = other.browser.csrf(site).await;
            for csrf in [None, Some(""), Some(foreign.as_str()), Some(&before_log_in), Some(others_own), Some(&own[1..]), Some(&own.to_lowercase())] {
                expect_refused(&send(&party.browser, &path, csrf, &[]).await, &format!("{path} with {csrf:?}"));
            }
        }
        assert_eq!(party.browser.get("/manage").await.status, 200, "nobody was logged out by it");
    }

    async fn what_a_browser_calls_cross_site_is_refused_with_the_right_secret_too(server: &Server) {
        let party = Party::new(server).await;
        for route in posts() {
            let path = party.path(&route);
            let csrf = party.browser.csrf(site_of(&route.template)).await;
            for site in ["cross-site", "same-site"] {
                let answers = send(&party.browser, &path, Some(&csrf), &[("sec-fetch-site", site)]).await;
                assert_eq!(answers.each_ref().map(|answer| answer.status), [403, 403], "{path}");
            }
        }
    }

    async fn nobody_is_logged_in_as_somebody_else_by_another_site(server: &Server) {
        // The attacker has forms of their own, filled in with their own account (log-in CSRF).
        let (portal, attacker, victim) = (server.portal().await, Browser::new(&server.url), Browser::new(&server.url));
        for site in ["manage", "developers"] {
            victim.csrf(site).await;
            let form = attacker.page(&format!("/{site}/login")).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
            for form in [form.clone(), form.clone().without("csrf"), form.with("csrf", "")] {
                let answer = form.send(&victim).await;
                assert_eq!((answer.status, victim.cookie(site)), (403, None), "{answer}");
            }
            // Not even when the browser sends no cookie along, as to a site that it never saw.
            let answer = Browser::new(&server.url).post(&format!("/{site}/login"), &[("csrf".into(), attacker.csrf(site).await), ("email".into(), portal.owner_email.clone()), ("password".into(), PASSWORD.into())]).await;
            assert_eq!(answer.status, 403, "{answer}");
        }
        for route in posts() {
            if !places(&route.template).is_empty() {
                continue;
            }
            let csrf = attacker.csrf(site_of(&route.template)).await;
            for answer in send(&victim, &route.template, Some(&csrf), &[]).await {
                // What is for people who are logged in sends others to log in, before it looks at
                // the form.
                let to_log_in = answer.status == 303 && answer.header("location").is_some_and(|way| way.contains("/login"));
                assert!(to_log_in || matches!(answer.status, 400 | 403), "{answer}");
                assert_eq!((victim.cookie("manage"), victim.cookie("developers")), (None, None), "{answer}");
            }
        }
    }

    async fn with_the_right_secret_each_of_them_goes_on(server: &Server) {
        let mut party = Party::new(server).await;
        for route in posts() {
            if party.browser.get("/manage").await.status != 200 || party.browser.get("/developers/apps").await.status != 200 {
                party = Party::new(server).await;
            }
            let csrf = party.browser.csrf(site_of(&route.template)).await;
            let [form, multipart] = send(&party.browser, &party.path(&route), Some(&csrf), &[]).await;
            let answer = if takes_files(&route) { multipart } else { form };
            assert_ne!(answer.status, 403, "{route:?} {answer}");
        }
    }

    async fn every_form_on_every_page_carries_it_and_leads_to_a_route_that_asks_for_it(server: &Server) {
        let party = Party::new(server).await;
        let routes: Vec<String> = posts().iter().map(|route| party.path(route)).collect();
        let mut seen = 0;
        for route in page_routes().iter().filter(|route| route.get) {
            let answer = party.browser.get(&party.path(route)).await;
            if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                continue;
            }
            for form in Page::of(&answer).forms() {
                assert_eq!(form.field("csrf").map(str::len), Some(43), "{} on {}", form.action, route.template);
                let path = form.action.split('?').next().unwrap();
                assert!(routes.iter().any(|known| known == path) || path.split('/').any(|part| part.contains('_')), "{path} on {}", route.template);
                seen += 1;
            }
        }
        assert!(seen > 40, "only {seen} forms");
    }

    async fn opening_an_address_changes_nothing(server: &Server) {
        let party = Party::new(server).await;
        for route in page_routes().iter().filter(|route| route.get) {
            party.browser.get(&party.path(route)).await;
        }
        for site in ["manage", "developers"] {
            assert_eq!(party.browser.get(&format!("/{site}/account")).await.status, 200);
        }
        for route in page_routes().iter().filter(|route| route.get && route.template.contains("{id}")) {
            let answer = party.browser.get(&party.path(route)).await;
            assert!(matches!(answer.status, 200 | 303), "{answer}");
        }
    }
}
