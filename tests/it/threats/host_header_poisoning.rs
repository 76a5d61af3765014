//! Host header poisoning: the host of a request never gets into a mailed link (or anything else),
//! and if public origins are configured, other hosts are refused.

use crate::http_conformance::WRONG_HOSTS;
use crate::support::{Browser, InProcess, Instance, statuses};

const FOREIGN: [(&str, &str); 6] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-host", "evil.example"),
    ("x-original-url", "https://evil.example/"),
    ("forwarded", "host=evil.example;proto=https"),
];

/// Lets every form that mails do so, with these headers, and returns the mails.
async fn mails(server: &Instance, headers: &[(&str, &str)]) -> Vec<String> {
    let (portal, mut all) = (server.portal().await, Vec::new());
    for site in ["manage", "developers"] {
        let new = format!("nieuw-{:016x}@example.nl", rand::random::<u64>());
        let browser = Browser::new(&server.url);
        let register = |email: &str| {
            [
                ("organisation", "Bakkerij"),
                ("name", "Jan"),
                ("email", email),
                ("password", "een zin van vijf woorden"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let forms = [
            ("register", register(&new).to_vec(), &new, 1),
            ("verify/again", vec![("email".to_owned(), new.clone())], &new, 2),
            ("forgot-password", vec![("email".to_owned(), new.clone())], &new, 3),
        ];
        for (page, fields, to, count) in forms {
            let mut form = browser.page(&format!("/{site}/{page}")).await.form();
            form.fields.extend(fields);
            let answer = browser.post_with(&form.action, &form.fields, headers).await;
            assert_eq!(answer.status, 200, "{answer}");
            all.push(server.mailbox(to).wait_for(count).await);
        }
        // The address that is known already.
        let mut form = browser.page(&format!("/{site}/register")).await.form();
        form.fields.extend(register(&portal.owner_email));
        assert_eq!(browser.post_with(&form.action, &form.fields, headers).await.status, 200);
        all.push(
            server
                .mailbox(&portal.owner_email)
                .wait_for(if site == "manage" { 1 } else { 2 })
                .await,
        );
    }
    all
}

both_engines! {
    async fn mailed_links_never_come_from_the_request(engine: Engine) {
        // A server of its own, since mail that strangers cause is limited by their address.
        let server = InProcess::start(engine).await;
        let mails = mails(&server, &FOREIGN).await;
        assert_eq!(mails.len(), 8);
        for mail in mails {
            assert!(mail.contains(&format!("{}/", server.url)) && !mail.contains("evil.example"), "{mail}");
        }
    }

    async fn with_public_origins_mailed_links_are_on_them(engine: Engine) {
        let mut port = 0;
        let server = InProcess::start_with(engine, |chosen| {
            port = chosen;
            vec![format!("--public-url=http://127.0.0.1:{port}")]
        })
        .await;
        for mail in mails(&server, &FOREIGN[1..]).await {
            assert!(mail.contains(&format!("http://127.0.0.1:{port}/")) && !mail.contains("evil.example"), "{mail}");
        }
        // A foreign host is refused, and nothing is done.
        let portal = server.portal().await;
        let browser = Browser::new(&server.url);
        let form = browser.page("/manage/forgot-password").await.form().with("email", &portal.owner_email);
        for host in ["evil.example", "127.0.0.1", &format!("127.0.0.1:{port}.evil.example"), &format!("evil.example:{port}"), &format!("127.0.0.1:{port}@evil.example"), ""] {
            let answer = browser.post_with(&form.action, &form.fields, &[("host", host)]).await;
            let is_host = host.matches(':').count() == 0 || host == format!("evil.example:{port}");
            assert_eq!(answer.status, if is_host { 421 } else { 400 }, "{host:?}: {answer}");
            assert!(!answer.text().contains("evil.example"), "{answer}");
        }
        assert!(server.mailbox(&portal.owner_email).texts().is_empty());
    }

    async fn two_hosts_or_none_are_refused_as_foreign(engine: Engine) {
        let mut port = 0;
        let server = InProcess::start_with(engine, |chosen| {
            port = chosen;
            vec![format!("--public-url=http://127.0.0.1:{port}")]
        })
        .await;
        let own = format!("Host: 127.0.0.1:{port}\r\n");
        let get = |target: &str, hosts: &str| statuses(&server.send_raw(format!("GET {target} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")));
        assert_eq!(get("/manage/login", &own), [200]);
        for hosts in [format!("{own}Host: evil.example\r\n"), format!("Host: evil.example\r\n{own}"), format!("{own}{own}"), String::new()] {
            assert!(matches!(get("/manage/login", &hosts)[..], [400 | 421]), "{hosts:?}");
        }
        for host in WRONG_HOSTS {
            assert_eq!(get("/manage/login", &format!("Host: {host}\r\n")), [400], "{host}");
        }
        assert_eq!(get(&format!("http://user@127.0.0.1:{port}/manage/login"), &own), [400]);
        // An absolute address counts before the header (RFC 9112 section 3.2.2).
        assert_eq!(get("http://evil.example/manage/login", &own), [421]);
        assert_eq!(get(&format!("http://127.0.0.1:{port}/manage/login"), &own), [200]);
    }
}
