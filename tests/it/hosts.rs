//! Surfaces on separate hosts.

use reqwest::Method;

use crate::support::{Answer, Engine, InProcess, Instance};

/// Surfaces that have a setting `--…-url`.
const SURFACES: [&str; 4] = ["manage", "api", "developers", "docs"];

/// A path of each surface, with its surface and what it answers there without a token or session.
const PATHS: [(&str, &str, u16); 9] = [
    ("/v1/customers", "api", 401),
    ("/manage/login", "manage", 200),
    ("/oauth/authorize", "manage", 400),
    ("/.well-known/oauth-authorization-server", "manage", 200),
    ("/.well-known/oauth-protected-resource", "api", 200),
    ("/.well-known/oauth-protected-resource/v1", "api", 200),
    ("/developers/login", "developers", 200),
    ("/docs", "docs", 200),
    ("/docs/", "docs", 308),
];

async fn on_own_hosts(engine: Engine) -> (InProcess, impl Fn(&str) -> String) {
    let mut port = 0;
    let server = InProcess::start_with(engine, |chosen| {
        port = chosen;
        SURFACES
            .iter()
            .map(|surface| format!("--{surface}-url=http://{surface}.localhost:{port}"))
            .collect()
    })
    .await;
    (server, move |surface: &str| format!("{surface}.localhost:{port}"))
}

async fn get(server: &Instance, host: &str, path: &str) -> Answer {
    Answer::unchecked(server.nobody().request(Method::GET, path).header("Host", host)).await
}

both_engines! {
    async fn a_surface_answers_on_its_own_host_only(engine: Engine) {
        let (server, host) = on_own_hosts(engine).await;
        for (path, home, status) in PATHS {
            for surface in SURFACES {
                let answer = get(&server, &host(surface), path).await;
                assert_eq!(answer.status, if surface == home { status } else { 404 }, "{surface}: {answer}");
                if surface != home && home == "api" {
                    assert_eq!(answer.json()["code"], 404, "{answer}");
                } else if surface != home {
                    assert!(answer.text().contains(&format!("http://{}/{home}", host(home))), "where it is: {answer}");
                }
            }
            assert_eq!(get(&server, &host(home).to_uppercase(), path).await.status, status);
        }
    }

    async fn a_host_that_is_not_ours_is_misdirected(engine: Engine) {
        let (server, host) = on_own_hosts(engine).await;
        let port = server.url.rsplit(':').next().unwrap().to_owned();
        for foreign in ["evil.example", "localhost", "manage.localhost", "api.localhost:1", &format!("evil.{}", host("api")), "api.localhost.evil.example"] {
            for path in ["/", "/v1/customers", "/manage", "/oauth/authorize", "/bestaat-niet"] {
                assert_eq!(get(&server, foreign, path).await.status, 421, "{foreign} {path}");
            }
            // Whoever watches over the server asks by its address.
            assert_eq!(get(&server, foreign, "/healthz").await.text(), "ok\n");
        }
        // A name after the port is no host at all.
        assert_eq!(get(&server, &format!("{}.evil.example", host("api")), "/").await.status, 400);
        // With some hosts of its own, what has none is at the listening address.
        assert_eq!(get(&server, &format!("127.0.0.1:{port}"), "/healthz").await.status, 200);
    }

    async fn each_host_starts_where_its_surface_does(engine: Engine) {
        let (server, host) = on_own_hosts(engine).await;
        let docs = format!("http://{}/docs", host("docs"));
        for (surface, target) in [("manage", "/manage"), ("developers", "/developers"), ("docs", "/docs"), ("api", docs.as_str())] {
            let answer = get(&server, &host(surface), "/").await;
            assert_eq!((answer.status, answer.header("location")), (303, Some(target)), "{answer}");
            assert_eq!(get(&server, &host(surface).to_uppercase(), "/").await.header("location"), Some(target));
        }
    }

    async fn addresses_in_answers_are_the_settings_not_the_requests(engine: Engine) {
        let (server, host) = on_own_hosts(engine).await;
        let key = server.portal().await.key().await;
        let request = key.request(Method::GET, "/v1/customers").header("Host", host("api"));
        let page = Answer::to(request.header("X-Forwarded-Host", "evil.example").header("Forwarded", "host=evil.example")).await.expect(200);
        assert_eq!(page["path"], format!("http://{}/v1/customers", host("api")));
    }

    async fn with_a_public_address_only_that_host_is_ours(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--public-url=https://portal.example.nl".into()]).await;
        assert_eq!(get(&server, "portal.example.nl", "/v1/customers").await.status, 401);
        for ours in ["Portal.Example.nl:443", "portal.example.nl.", "portal.example.nl.:443"] {
            assert_eq!(get(&server, ours, "/v1/customers").await.status, 401, "{ours}");
        }
        for foreign in ["portal.example.nl:8080", "portal.example.nl:80", "portal.example.nl..", ".portal.example.nl", "127.0.0.1", "www.portal.example.nl"] {
            assert_eq!(get(&server, foreign, "/v1/customers").await.status, 421, "{foreign}");
        }
        let answer = get(&server, "portal.example.nl", "/v1/customers").await;
        assert!(answer.header("strict-transport-security").is_some_and(|value| value.contains("max-age=")), "{answer}");
    }

    async fn a_loopback_address_is_also_reached_where_its_passkeys_are(engine: Engine) {
        let mut port = 0;
        let server = InProcess::start_with(engine, |chosen| {
            port = chosen;
            vec![format!("--public-url=http://127.0.0.1:{port}")]
        })
        .await;
        let (_, browser) = server.portal_and_browser().await;
        let page = browser.page("/manage/account/passkeys/new").await;
        let home = format!("http://localhost:{port}/manage/account/passkeys/new");
        assert!(page.says(&format!("href=\"{home}\"")), "{}", page.html);
        assert_eq!(get(&server, &format!("localhost:{port}"), "/manage/login").await.status, 200);
        for foreign in ["localhost", "localhost:1", "evil.example"] {
            let answer = get(&server, foreign, "/manage/login").await;
            assert_eq!(answer.status, 421, "{foreign}: {answer}");
            assert!(answer.text().contains(&format!("http://127.0.0.1:{port}/manage")), "where it is: {answer}");
        }
    }

    async fn without_such_a_setting_every_host_is_ours(server: &Server) {
        for host in ["evil.example", "localhost:1", "127.0.0.1"] {
            let answer = get(server, host, "/v1/customers").await;
            assert_eq!((answer.status, answer.header("strict-transport-security")), (401, None), "{answer}");
        }
        let page = server.portal().await.key().await.get("/v1/customers").await.expect(200);
        assert_eq!(page["path"], format!("{}/v1/customers", server.url));
    }
}
