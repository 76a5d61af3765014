//! Open redirectors (RFC 9700 section 4.11): no URL and no form redirects anybody to another site,
//! except to the redirect URI of an app.

use url::form_urlencoded;

use crate::support::pages::{Party, page_routes};
use crate::support::{Answer, Browser, InProcess, PASSWORD, Page};

const FOREIGN: [&str; 14] = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "http:evil.example",
    "javascript:alert(1)",
    "@evil.example",
    "/\r\nLocation: https://evil.example/",
    "///evil.example",
];

/// Names by which programs are often told where to go on; ours is `next`.
const NAMES: [&str; 7] = [
    "next",
    "url",
    "redirect",
    "return_to",
    "continue",
    "redirect_uri",
    "post_logout_redirect_uri",
];

/// Whether a browser that follows this stays where it is.
fn stays(location: &str, origin: &str) -> bool {
    let base: url::Url = origin.parse().unwrap();
    base.join(location).is_ok_and(|target| target.origin() == base.origin())
}

#[track_caller]
fn expect_ours(answer: &Answer, origin: &str) {
    for name in ["location", "refresh", "content-location"] {
        if let Some(location) = answer.header(name) {
            assert!(stays(location, origin), "{location:?}: {answer}");
        }
    }
    let html = answer.text();
    for attribute in ["href=\"", "action=\"", "formaction=\"", "src=\""] {
        for target in html.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(
                !target.contains("evil.example") || stays(target, origin),
                "{target}: {answer}"
            );
        }
    }
    assert!(!html.contains("http-equiv"), "{answer}");
}

fn query(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

both_engines! {
    async fn no_page_leads_elsewhere_whatever_its_address_says(server: &Server) {
        let (party, stranger) = (Party::new(server).await, Browser::new(&server.url));
        let foreign: String = NAMES.map(|name| query(name, FOREIGN[0])).join("&");
        for route in page_routes().iter().filter(|route| route.get) {
            for query in [foreign.clone(), query("next", FOREIGN[1]), query("next", FOREIGN[2])] {
                for browser in [&party.browser, &stranger] {
                    expect_ours(&browser.get(&format!("{}?{query}", party.path(route))).await, &server.url);
                }
            }
        }
    }

    async fn no_form_that_goes_on_leads_elsewhere(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let mut sent = 0;
        for path in page_routes().into_iter().filter(|route| route.get && route.post && !route.template.contains('{')).map(|route| route.template) {
            // A page that knows `next` keeps it in its forms.
            let owner = Browser::new(&server.url);
            let logs_in = path.contains("/login");
            if !logs_in {
                owner.log_in(&portal.owner_email, PASSWORD).await;
            }
            let answer = owner.get(&format!("{path}?next=%2Fmanage%2Fcustomers%3Fpage%3D1")).await;
            if answer.status != 200 || !answer.text().contains("name=\"next\"") {
                continue;
            }
            // A few of them: each log-in costs the hashing of a password. The rest is tried below.
            for next in &FOREIGN[..4] {
                let page = format!("{path}?{}", query("next", next));
                let forms = Page::of(&owner.get(&page).await).forms();
                for index in (0..forms.len()).filter(|index| !forms[*index].action.ends_with("/logout")) {
                    let browser = if logs_in { &Browser::new(&server.url) } else { &owner };
                    let form = Page::of(&browser.get(&page).await).forms().swap_remove(index);
                    let answer = form.with("next", next).with("email", &portal.owner_email).with("password", PASSWORD).with("organisation", "Zaak").with("name", "Noor").send(browser).await;
                    // What goes on by a mail says so on a page.
                    let mails = ["/register", "/forgot-password", "/verify/again"].iter().any(|page| path.ends_with(page));
                    // A form without its code is shown again.
                    let again = path.ends_with("/second-factor/app");
                    assert_eq!(answer.status, if mails || again { 200 } else { 303 }, "{answer}");
                    expect_ours(&answer, &server.url);
                    sent += 1;
                }
            }
        }
        assert!(sent >= 4 * 4, "only {sent} forms");
    }

    async fn the_language_switch_and_whoever_is_logged_in_already_stay(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for next in FOREIGN {
            for (path, own) in [("/language/en", "/"), ("/manage/login", "/manage")] {
                let answer = browser.get(&format!("{path}?{}", query("next", next))).await;
                assert_eq!((answer.status, answer.header("location")), (303, Some(own)), "{next:?}: {answer}");
            }
        }
        assert_eq!(browser.get("/language/en?next=%2Fmanage%2Flogin%3Fa%3Db").await.header("location"), Some("/manage/login?a=b"));
    }

    async fn no_path_is_put_right_towards_another_host(server: &Server) {
        for path in ["//evil.example/", "//evil.example//", "///evil.example/", "/.//evil.example/", "/%2fevil.example/", "/%5cevil.example/", "/\\evil.example/", "//evil.example/%2e%2e/", "/manage//evil.example/", "https://evil.example/x/"] {
            let answer = server.send_raw(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
            let location = answer.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("location: ").map(str::to_owned));
            assert!(answer.starts_with("HTTP/1.1 ") && location.is_none_or(|location| stays(&location, &server.url)), "{path}: {answer}");
        }
    }
}

#[test]
fn what_leaves_is_told_from_what_stays() {
    for location in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
    ] {
        assert!(!stays(location, "http://127.0.0.1:1"), "{location:?}");
    }
    assert!(stays("/manage?next=https://evil.example", "http://127.0.0.1:1"));
}
