//! Session fixation: a cookie planted in a browser before its owner logs in gives no access
//! afterwards.

use klantportaal::auth::{Token, TokenKind};

use crate::support::{Authenticator, Browser, InProcess, PASSWORD};

const SITES: [(&str, &str); 2] = [("manage", "/manage"), ("developers", "/developers/account")];

/// Whether a cookie opens a site.
async fn opens(url: &str, site: &str, cookie: &str) -> bool {
    let browser = Browser::new(url);
    browser.set_cookie(site, cookie);
    browser.get(SITES.iter().find(|(known, _)| *known == site).unwrap().1).await.status == 200
}

both_engines! {
    async fn a_secret_that_was_planted_is_never_taken_over(server: &Server) {
        let portal = server.portal().await;
        for (site, page) in SITES {
            let planted = Token::random(TokenKind::Session).reveal().to_owned();
            let browser = Browser::new(&server.url);
            for cookie in [site, "visitor"] {
                browser.set_cookie(cookie, &planted);
            }
            let form = browser.page(&format!("/{site}/login")).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
            assert_eq!(form.send(&browser).await.status, 303);
            assert_eq!(browser.get(page).await.status, 200);
            let own = browser.cookie(site).unwrap();
            assert_ne!(own, planted);
            assert!(opens(&server.url, site, &own).await);
            assert!(!opens(&server.url, site, &planted).await);
        }
    }

    async fn logging_in_over_somebody_elses_session_ends_it(server: &Server) {
        let (portal, (_, attacker)) = (server.portal().await, server.portal_and_browser().await);
        let planted = attacker.cookie("manage").unwrap();
        let victim = Browser::new(&server.url);
        victim.set_cookie("manage", &planted);
        let form = victim.page("/manage/portals/new").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(victim.post("/manage/login", &form.fields).await.status, 303);
        assert_ne!(victim.cookie("manage").unwrap(), planted);
        assert!(!opens(&server.url, "manage", &planted).await, "the attacker does not share the victim's session, nor keep their own");
    }

    async fn logging_in_again_is_a_new_session_and_the_old_one_ends(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let old = browser.cookie("manage").unwrap();
        let form = browser.page("/manage/portals/new").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(browser.post("/manage/login", &form.fields).await.status, 303);
        let new = browser.cookie("manage").unwrap();
        assert_ne!(new, old);
        assert!(opens(&server.url, "manage", &new).await && !opens(&server.url, "manage", &old).await);
    }

    async fn a_planted_first_step_is_not_completed_by_its_victim(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((attackers, browser), (victims, victim)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        Authenticator::set_up(&browser, &server.clock).await;
        let app = Authenticator::set_up(&victim, &server.clock).await;
        let half_way = Browser::new(&server.url);
        half_way.log_in(&attackers.owner_email, PASSWORD).await;
        let planted = half_way.cookie("log-in-step").unwrap();
        // The victim's own code is no good for the attacker's log-in.
        let fresh = Browser::new(&server.url);
        fresh.set_cookie("log-in-step", &planted);
        let sent = fresh.page("/manage/login/second-factor").await.form().with("code", &app.next_code()).send(&fresh).await;
        assert_ne!(sent.status, 303, "{sent}");
        assert_eq!(fresh.cookie("manage"), None);
        // And the victim's own log-in begins a step of its own, which the planted one learns
        // nothing of.
        assert_eq!(fresh.log_in(&victims.owner_email, PASSWORD).await.status, 303);
        assert_ne!(fresh.cookie("log-in-step").unwrap(), planted);
        let done = fresh.page("/manage/login/second-factor").await.form().with("code", &app.next_code()).send(&fresh).await;
        assert_eq!((done.status, done.header("location")), (303, Some("/manage")), "{done}");
        assert!(opens(&server.url, "manage", &fresh.cookie("manage").unwrap()).await);
        assert!(!opens(&server.url, "manage", &planted).await);
    }

    async fn a_session_is_its_own_cookie_and_nothing_else(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let session = browser.cookie("manage").unwrap();
        assert!(!opens(&server.url, "developers", &session).await, "a session is for one site");
        let stranger = Browser::new(&server.url);
        for path in [format!("/manage?manage={session}"), format!("/manage?session={session}"), format!("/manage;manage={session}")] {
            assert_ne!(stranger.get(&path).await.status, 200, "{path}");
        }
        for name in ["authorization", "authentication", "x-session"] {
            let request = server.http.get(format!("{}/manage", server.url)).header(name, format!("Bearer {session}"));
            assert_eq!(crate::support::Answer::to(request).await.status, 303, "{name}");
        }
        // Nor does any page show it.
        for path in ["/manage", "/manage/account", "/manage/account/sessions", "/manage/portals"] {
            assert!(!browser.get(path).await.text().contains(&session[..20]), "{path}");
        }
    }
}
