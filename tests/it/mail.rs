//! Mail over SMTP, also when the mail server is down.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use klantportaal::db::{Single, ToParam};
use klantportaal::i18n::Lang;
use klantportaal::jobs::{self, ListedJob, Registry, Wanted};
use klantportaal::mail::{Mail, PostedMail, Speaker, enqueue_earlier};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{Answer, Browser, Engine, InProcess, MailServer, Server, free_address, until};

async fn start(engine: Engine) -> (InProcess, TcpListener) {
    start_with(engine, &[]).await
}

async fn start_with(engine: Engine, flags: &[&str]) -> (InProcess, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (start_for(engine, listener.local_addr().unwrap(), flags).await, listener)
}

/// A server whose mail server is away: nobody listens at the address.
async fn start_without(engine: Engine) -> (InProcess, SocketAddr) {
    let address = free_address();
    (start_for(engine, address, &[]).await, address)
}

async fn start_for(engine: Engine, mail_server: SocketAddr, flags: &[&str]) -> InProcess {
    InProcess::start_with(engine, |_| {
        let flags = flags.iter().map(|flag| (*flag).to_owned());
        flags.chain([format!("--smtp-url=smtp://{mail_server}")]).collect()
    })
    .await
}

async fn waiting(server: &InProcess) -> i64 {
    let count: Option<Single<i64>> = server
        .db
        .row("SELECT COUNT(*) AS value FROM jobs WHERE ended_at IS NULL", &[])
        .await
        .unwrap();
    count.unwrap().0
}

/// Waits until all mail was taken.
async fn until_empty(server: &InProcess) {
    until("all mail is taken", async || waiting(server).await == 0).await;
}

/// Waits until the mail is in a state after so many attempts.
async fn until_tried(server: &InProcess, state: &str, times: i64) {
    until(&format!("the mail is {state} after {times} attempts"), async || {
        let jobs = ListedJob::list(&server.db, &Wanted::default(), 9).await.unwrap();
        jobs.iter().any(|job| {
            job.state.name() == state && job.attempts == times && job.last_error.is_some()
        })
    })
    .await;
}

async fn retry_failed(server: &InProcess) {
    let mut tx = server.db.begin().await.unwrap();
    let count = ListedJob::retry_failed(&mut tx, "mail", server.clock.now()).await.unwrap();
    assert_eq!(count, 1);
    tx.commit().await.unwrap();
}

/// A mail server that answers each mail so, and also log-ins.
async fn refuse(listener: Arc<TcpListener>, answer: &'static str) {
    while let Ok((connection, _)) = listener.accept().await {
        let (reading, mut writing) = connection.into_split();
        let mut lines = tokio::io::BufReader::new(reading).lines();
        writing.write_all(b"220 mail.example\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = if line.starts_with("MAIL") { answer } else { "250 ok" };
            if writing.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                break;
            }
        }
    }
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
        let (server, listener) = start(engine).await;
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
        let (server, listener) = start_with(engine, &["--mail-from=Bäckerei <post@bäckerei.example>"]).await;
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
        let (server, listener) = start(engine).await;
        let mail_server = MailServer::on(listener);
        let insert = "INSERT INTO outbox (id, recipient, subject, text, next_try_at, created_at) VALUES ('mil_a', 'jan@example.nl', 'Hallo', 'Tekst', 1, 1)";
        server.db.execute(insert, &[]).await.unwrap();
        // Another one is being sent by an instance of that version.
        let busy = "INSERT INTO outbox (id, recipient, subject, text, tries, next_try_at, created_at) VALUES ('mil_b', 'b@example.nl', 'B', 'B', 1, ?1, 1)";
        let until = server.clock.now() + SignedDuration::from_mins(10);
        server.db.execute(busy, &[until.to_param()]).await.unwrap();
        enqueue_earlier(&server.db, server.clock.now()).await.unwrap();
        let mail = &mail_server.wait_for(1).await[0];
        assert_eq!((mail.text.trim(), mail.html.as_str()), ("Tekst", ""));
        until_empty(&server).await;
        server.clock.advance(SignedDuration::from_mins(10));
        enqueue_earlier(&server.db, server.clock.now()).await.unwrap();
        assert_eq!(mail_server.wait_for(2).await[1].to, "b@example.nl");
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
        let (server, listener) = start_with(engine, &["--public-url=https://portal.example.nl"]).await;
        let mail_server = MailServer::on(listener);
        server.server.mailer.deliver(&plain("Hallo")).await.unwrap();
        assert_eq!(mail_server.wait_for(1).await[0].greeting, "portal.example.nl");
    }

    async fn a_warning_waits_for_a_mail_server_that_is_away(engine: Engine) {
        let (server, address) = start_without(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let report = server.http.post(format!("{}/leaks", server.url)).json(&json!({ "token": key.token }));
        Answer::to(report).await.expect(202);
        let tried = async |times| until_tried(&server, "waiting", times).await;
        tried(1).await;
        server.clock.advance(SignedDuration::from_mins(11));
        tried(2).await;
        let mail_server = MailServer::on(TcpListener::bind(address).await.unwrap());
        server.clock.advance(SignedDuration::from_mins(11));
        let mail = &mail_server.wait_for(1).await[0];
        assert_eq!(mail.to, portal.owner_email);
        assert!(mail.html.contains(">Bakkerij Jansen</p>"), "it speaks for the portal: {mail:?}");
        until_empty(&server).await;
        assert_eq!(mail_server.count(), 1);
    }

    async fn what_nobody_takes_is_given_up_after_three_days(engine: Engine) {
        let (server, address) = start_without(engine).await;
        post(&server, &plain("geen gehoor")).await;
        until_tried(&server, "waiting", 1).await;
        server.clock.advance(SignedDuration::from_hours(71));
        until_tried(&server, "waiting", 2).await;
        server.clock.advance(SignedDuration::from_hours(1));
        until_tried(&server, "failed", 3).await;
        // It isn't lost: the operator can have it sent yet.
        let mail_server = MailServer::on(TcpListener::bind(address).await.unwrap());
        retry_failed(&server).await;
        assert_eq!(mail_server.wait_for(1).await[0].header("Subject"), "geen gehoor");
    }

    async fn a_mail_is_sent_once_whoever_looks(engine: Engine) {
        let (server, listener) = start(engine).await;
        let (mail_server, now) = (MailServer::on(listener), server.clock.now());
        for _ in 0..3 {
            let registry = Registry::default().with::<PostedMail>(server.server.mailer.clone());
            let db = server.database.open().await;
            tokio::spawn(jobs::work(registry, db, server.clock.clone(), CancellationToken::new()));
        }
        let mut tx = server.db.begin().await.unwrap();
        for number in 0..20 {
            plain(&format!("nummer {number}")).post(&mut tx, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        until_empty(&server).await;
        assert_eq!(mail_server.wait_for(20).await.len(), 20);
    }

    async fn a_mail_that_is_refused_for_good_is_given_up_at_once(engine: Engine) {
        let (server, listener) = start(engine).await;
        let listener = Arc::new(listener);
        let refusing = tokio::spawn(refuse(Arc::clone(&listener), "550 no such person"));
        post(&server, &plain("weg")).await;
        until_tried(&server, "failed", 1).await;
        let found = ListedJob::list(&server.db, &Wanted::default(), 9).await.unwrap();
        assert!(found[0].last_error.as_ref().unwrap().contains("no such person"), "{found:?}");
        refusing.abort();
        assert!(refusing.await.unwrap_err().is_cancelled());
        // Greylisting is not for good, nor is a password that the operator can correct.
        for answer in ["450 come back later", "535 no such password"] {
            server.db.execute("DELETE FROM jobs", &[]).await.unwrap();
            let refusing = tokio::spawn(refuse(Arc::clone(&listener), answer));
            post(&server, &plain("later")).await;
            until_tried(&server, "waiting", 1).await;
            refusing.abort();
            assert!(refusing.await.unwrap_err().is_cancelled());
        }
    }

    async fn mail_outlives_a_process_that_is_killed_while_it_sends(engine: Engine) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let smtp = format!("--smtp-url=smtp://{address}");
        let server = Server::start(engine, &[&smtp]).await;
        let mut tx = server.db.begin().await.unwrap();
        plain("blijft").post(&mut tx, jiff::Timestamp::now()).await.unwrap();
        tx.commit().await.unwrap();
        // It connects, and is killed before it gets an answer.
        let connection = listener.accept().await.unwrap();
        let (_, _, database) = server.end("KILL");
        drop(connection);
        let db = database.open().await;
        let due = "UPDATE jobs SET claimed_until = 1, attempts = 1 WHERE state = 'running'";
        assert_eq!(db.execute(due, &[]).await.unwrap(), 1);
        let mail_server = MailServer::on(listener);
        let server = Server::start_on(database, &[&smtp]).await;
        // Its next try is in a minute.
        let again = "UPDATE jobs SET run_at = 1 WHERE state = 'waiting' AND failed_at IS NOT NULL";
        until("it is planned again", async || server.db.execute(again, &[]).await.unwrap() == 1).await;
        assert_eq!(mail_server.wait_for(1).await[0].header("Subject"), "blijft");
        server.queue_is_empty().await;
        assert_eq!(mail_server.count(), 1);
    }
}
