//! Mail over SMTP, also when the mail server is down.

use jiff::SignedDuration;
use klantportaal::db::Single;
use klantportaal::i18n::Lang;
use klantportaal::mail::{Mail, Speaker};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Answer, Browser, Engine, InProcess, MailServer, Server};

async fn start(engine: Engine) -> (InProcess, std::net::SocketAddr, TcpListener) {
    start_with(engine, &[]).await
}

async fn start_with(
    engine: Engine,
    flags: &[&str],
) -> (InProcess, std::net::SocketAddr, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = InProcess::start_with(engine, |_| {
        let flags = flags.iter().map(|flag| (*flag).to_owned());
        flags.chain([format!("--smtp-url=smtp://{address}")]).collect()
    })
    .await;
    (server, address, listener)
}

async fn waiting(server: &InProcess) -> i64 {
    let count: Option<Single<i64>> =
        server.db.row("SELECT COUNT(*) AS value FROM outbox", &[]).await.unwrap();
    count.unwrap().0
}

/// Waits until all mail was taken.
async fn until_empty(server: &InProcess) {
    for _ in 0..1000 {
        if waiting(server).await == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("there is still mail in the outbox");
}

fn plain(subject: &str) -> Mail {
    Mail::new("jan@example.nl", Speaker::Product, Lang::Nl, subject.to_owned(), "tekst")
}

async fn post(server: &InProcess, mail: &Mail) {
    let mut tx = server.db.begin().await.unwrap();
    mail.post(&mut tx, server.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

both_engines! {
    async fn mail_is_handed_to_the_mail_server(engine: Engine) {
        let (server, _, listener) = start(engine).await;
        let mail_server = MailServer::on(listener);
        let portal = server.portal().await;
        let browser = Browser::new(&server.url);
        browser.page("/manage/forgot-password").await.form().with("email", &portal.owner_email).send(&browser).await;
        let mail = &mail_server.wait_for(1).await[0];
        assert_eq!(mail.to, portal.owner_email);
        let link = mail.text.lines().find(|line| line.starts_with("http")).unwrap();
        assert!(link.contains("/manage/reset-password?token="), "{mail:?}");
        assert!(mail.html.contains(&format!("href=\"{link}\"")) && mail.html.contains(&format!(">{link}</a>")), "{mail:?}");
        assert_eq!(waiting(&server).await, 0, "a mail with a secret in it never lies in the database");
    }

    async fn receivers_that_insist_take_every_mail(engine: Engine) {
        let (server, _, listener) = start_with(engine, &["--mail-from=Bäckerei <post@bäckerei.example>"]).await;
        let mail_server = MailServer::on(listener);
        let subject = "Één heel lang onderwerp met accenten, dat meer dan één regel vult en dus moet worden gevouwen: €\r\nBcc: a@evil.example";
        let text = format!("Hallo <b>Ünal</b>,\n\n{}\n\nhttps://portal.example/{}\n", "woord ".repeat(400), "x".repeat(1200));
        let portal = "Bakkerij <script>alert(1)</script>";
        let mails = [
            Mail::new("Info@Bäckerei.example", Speaker::Product, Lang::Nl, subject.to_owned(), &text),
            Mail::in_both_languages("jan@example.nl", Speaker::Organisation(portal), |_| subject.to_owned(), |lang| format!("{} {text}", lang.tag())),
        ];
        for mail in &mails {
            server.server.mailer.deliver(mail).await.unwrap();
            post(&server, mail).await;
        }
        server.server.mailer.send_due(&server.db, server.clock.now()).await.unwrap();
        let taken = mail_server.wait_for(4).await;
        assert_eq!((taken[0].to.as_str(), taken[0].header("To")), ("Info@xn--bckerei-5wa.example", "Info@xn--bckerei-5wa.example"));
        for mail in &taken {
            assert!(mail.header("From").ends_with("<post@xn--bckerei-5wa.example>"), "{mail:?}");
            assert!(mail.html.contains("Hallo &lt;b&gt;Ünal&lt;/b&gt;") && mail.text.contains("Hallo <b>Ünal</b>"), "{mail:?}");
            assert!(!mail.html.contains("<script") && !mail.html.contains("src="), "{mail:?}");
            assert!(mail.headers.iter().all(|(name, _)| name != "Bcc"), "{mail:?}");
        }
        assert!(taken[1].html.contains("Bakkerij &lt;script&gt;") && taken[1].html.contains("lang=\"en\""), "{:?}", taken[1]);
        // However often it is tried to hand a mail over, it is one.
        let ids: Vec<&str> = taken.iter().map(|mail| mail.header("Message-ID")).collect();
        assert!(ids[..2].iter().all(|id| ids[2..].contains(id)) && ids[0] != ids[1], "{ids:?}");
    }

    async fn what_an_earlier_version_posted_is_sent_as_text(engine: Engine) {
        let (server, _, listener) = start(engine).await;
        let mail_server = MailServer::on(listener);
        let insert = "INSERT INTO outbox (id, recipient, subject, text, next_try_at, created_at) VALUES ('mil_a', 'jan@example.nl', 'Hallo', 'Tekst', 1, 1)";
        server.db.execute(insert, &[]).await.unwrap();
        server.server.mailer.wake();
        let mail = &mail_server.wait_for(1).await[0];
        assert_eq!((mail.text.trim(), mail.html.as_str()), ("Tekst", ""));
    }

    async fn the_mailbox_shows_both_parts_and_runs_nothing(engine: Engine) {
        let server = Server::start(engine, &["--demo"]).await;
        let browser = Browser::new(&server.url);
        browser.page("/manage/forgot-password").await.form().with("email", "eigenaar@demo.example").send(&browser).await;
        let text = server.mailbox("eigenaar@demo.example").wait_for(1).await;
        let list = browser.page("/mailbox").await.html;
        let path = list.split("href=\"/mailbox/").nth(1).unwrap().split('"').next().unwrap();
        let page = browser.page(&format!("/mailbox/{path}")).await;
        let link = text.lines().find(|line| line.starts_with("http")).unwrap();
        assert!(page.says(link) && page.says(&format!("/mailbox/{path}/html")), "{}", page.html);
        let html = browser.get(&format!("/mailbox/{path}/html")).await;
        assert!(html.status == 200 && html.text().contains(&format!("href=\"{link}\"")), "{html}");
        let policy = html.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; ") && policy.ends_with("; sandbox"), "{policy}");
        assert_eq!(html.header("x-frame-options"), Some("DENY"));
        for path in ["1-00000000/html", "../mailbox/html"] {
            assert_eq!(browser.get(&format!("/mailbox/{path}")).await.status, 404, "{path}");
        }
        let server = Server::start(engine, &[]).await;
        assert_eq!(Browser::new(&server.url).get(&format!("/mailbox/{path}/html")).await.status, 404, "in a demo only");
    }

    async fn the_server_greets_by_its_public_name(engine: Engine) {
        let (server, _, listener) = start_with(engine, &["--public-url=https://portal.example.nl"]).await;
        let mail_server = MailServer::on(listener);
        server.server.mailer.deliver(&plain("Hallo")).await.unwrap();
        assert_eq!(mail_server.wait_for(1).await[0].greeting, "portal.example.nl");
    }

    async fn a_warning_waits_for_a_mail_server_that_is_away(engine: Engine) {
        let (server, address, listener) = start(engine).await;
        drop(listener);
        let portal = server.portal().await;
        let key = portal.key().await;
        let report = server.http.post(format!("{}/leaks", server.url)).json(&json!({ "token": key.token }));
        Answer::to(report).await.expect(202);
        let tried = async |times: i64| {
            for _ in 0..1000 {
                let tries: Option<Single<i64>> = server.db.row("SELECT tries AS value FROM outbox WHERE next_try_at > created_at", &[]).await.unwrap();
                if tries.is_some_and(|Single(tries)| tries == times) {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            panic!("not tried {times} times");
        };
        tried(1).await;
        server.clock.advance(SignedDuration::from_mins(11));
        server.server.mailer.wake();
        tried(2).await;
        let mail_server = MailServer::on(TcpListener::bind(address).await.unwrap());
        server.clock.advance(SignedDuration::from_mins(11));
        server.server.mailer.wake();
        let mail = &mail_server.wait_for(1).await[0];
        assert_eq!(mail.to, portal.owner_email);
        assert!(mail.html.contains(">Bakkerij Jansen</p>"), "it speaks for the portal: {mail:?}");
        until_empty(&server).await;
        assert_eq!(mail_server.count(), 1);
    }

    async fn what_nobody_takes_is_given_up_after_three_days(engine: Engine) {
        let (server, _, listener) = start(engine).await;
        let mailer = &server.server.mailer;
        drop(listener);
        post(&server, &plain("geen gehoor")).await;
        let now = server.clock.now();
        for (hours, left) in [(0, 1), (71, 1), (72, 0)] {
            let then = now + SignedDuration::from_hours(hours);
            server.clock.advance(then.duration_since(server.clock.now()));
            mailer.send_due(&server.db, then).await.unwrap();
            if left == 0 {
                // The server itself may be at it.
                until_empty(&server).await;
            }
            assert_eq!(waiting(&server).await, left, "after {hours} hours");
        }
    }

    async fn a_mail_is_sent_once_whoever_looks(engine: Engine) {
        let (server, _, listener) = start(engine).await;
        let (mail_server, now, mailer) = (MailServer::on(listener), server.clock.now(), &server.server.mailer);
        let mut tx = server.db.begin().await.unwrap();
        for number in 0..10 {
            plain(&format!("nummer {number}")).post(&mut tx, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        let sent = futures_util::future::join_all((0..4).map(|_| mailer.send_due(&server.db, now))).await;
        sent.into_iter().for_each(Result::unwrap);
        // Whoever found another at work on the same mail left the rest to it.
        mailer.send_due(&server.db, now).await.unwrap();
        until_empty(&server).await;
        assert_eq!(mail_server.wait_for(10).await.len(), 10);
    }
}
