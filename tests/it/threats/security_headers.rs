//! Clickjacking and what a page loads: the security headers of every page, file, form, and error.

use std::collections::BTreeSet;

use crate::support::pages::{Party, page_routes};
use crate::support::{Answer, Browser, InProcess, Page};

fn policy(answer: &Answer) -> Vec<&str> {
    answer
        .header("content-security-policy")
        .unwrap_or_else(|| panic!("no policy: {answer}"))
        .split("; ")
        .collect()
}

#[track_caller]
fn check(answer: &Answer) {
    let policy = policy(answer);
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(&directive), "{directive}: {answer}");
    }
    assert!(
        policy.iter().any(|directive| directive.starts_with("form-action 'self'")
            || *directive == "form-action 'none'"),
        "{answer}"
    );
    for source in policy.iter().flat_map(|directive| directive.split(' ').skip(1)) {
        assert!(matches!(source, "'none'" | "'self'" | "https:" | "http:"), "{source}: {answer}");
    }
    // The paths of public links have a secret.
    let is_of_guests =
        ["/requests/", "/shares/", "/calendar/"].iter().any(|path| answer.request.contains(path));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", if is_of_guests { "no-referrer" } else { "same-origin" }),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}: {answer}");
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{name}: {answer}");
    }
    // One page scans codes.
    let is_counter = answer.status == 200 && answer.request.contains("/manage/punch-cards/counter");
    let camera = if is_counter { "camera=(self)" } else { "camera=()" };
    assert!(
        answer.header("permissions-policy").is_some_and(|policy| policy.contains(camera)),
        "{answer}"
    );
    if answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        check_html(answer);
    }
}

/// Nothing on a page needs what the policy forbids.
#[track_caller]
fn check_html(answer: &Answer) {
    let html = answer.text();
    for tag in html.split('<').filter_map(|part| part.split('>').next()) {
        assert!(!tag.starts_with("style") && !tag.contains(" style="), "{tag}: {}", answer.request);
        assert!(
            !tag.starts_with("script") || tag.contains(" src=\"/assets/"),
            "{tag}: {}",
            answer.request
        );
        assert!(
            !tag.split('"').step_by(2).any(|part| part.contains(" on")),
            "{tag}: {}",
            answer.request
        );
    }
    assert!(!html.contains("href=\"javascript:"), "{}", answer.request);
}

both_engines! {
    async fn every_page_and_file_has_them(server: &Server) {
        let (party, stranger) = (Party::new(server).await, Browser::new(&server.url));
        let mut paths: BTreeSet<String> = page_routes().iter().filter(|route| route.get).map(|route| party.path(route)).collect();
        paths.extend(["/", "/healthz", "/assets/app.css", "/assets/app.js", "/.well-known/oauth-authorization-server"].map(str::to_owned));
        // And what these lead to.
        for path in paths.clone() {
            let answer = party.browser.get(&path).await;
            if answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                paths.extend(Page::of(&answer).links().into_iter().map(|link| link.split('#').next().unwrap().to_owned()));
            }
        }
        assert!(paths.len() > 80, "only {}", paths.len());
        for path in &paths {
            check(&party.browser.get(path).await);
            check(&stranger.get(path).await);
        }
    }

    async fn every_error_has_them(server: &Server) {
        let (party, browser) = (Party::new(server).await, Browser::new(&server.url));
        for path in ["/bestaat-niet", "/manage/bestaat-niet", "/developers/bestaat-niet", "/docs/bestaat-niet", "/oauth/bestaat-niet", "/assets/bestaat-niet",
            "/manage/customers/cst_00000000000000", "/manage/customers?page=x", "/language/xx", "/oauth/authorize", "/oauth/authorize?client_id=x", "/oauth/apps/x/logo",
            "/.well-known/bestaat-niet", "/%00", "/manage/%ff"] {
            let answer = party.browser.get(path).await;
            assert!(answer.status >= 400 || path == "/language/xx" || path == "/manage/customers?page=x", "{answer}");
            check(&answer);
            check(&browser.get(path).await);
        }
        for route in page_routes().iter().filter(|route| route.post) {
            for browser in [&party.browser, &browser] {
                check(&browser.post(&party.path(route), &[]).await);
                check(&browser.post(&party.path(route), &[("x".into(), "x".repeat(70_000))]).await);
            }
        }
        for path in ["/manage", "/docs", "/oauth/tokens", "/healthz", "/assets/app.css"] {
            check(&browser.post(path, &[]).await);
        }
        check(&browser.get("/oauth/tokens").await);
    }

    async fn over_tls_the_browser_is_told_to_stay_there(engine: Engine) {
        let server = InProcess::start_with(engine, |port| vec!["--public-url".into(), format!("https://127.0.0.1:{port}")]).await;
        let mut paths: Vec<String> = page_routes().iter().map(|route| route.template.replace(['{', '}'], "")).collect();
        paths.extend(["/", "/bestaat-niet", "/healthz", "/assets/app.css", "/oauth/tokens", "/v1/customers", "/v1/bestaat-niet"].map(str::to_owned));
        for path in &paths {
            let answer = Answer::to(server.http.get(format!("{}{path}", server.url))).await;
            assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000; includeSubDomains"), "{answer}");
        }
        let plain = InProcess::start(engine).await;
        let answer = Answer::to(plain.http.get(format!("{}/manage/login", plain.url))).await;
        assert_eq!(answer.header("strict-transport-security"), None, "{answer}");
    }
}
