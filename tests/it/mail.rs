//! Mail over SMTP, and what becomes of it when the mail server is away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use klantportaal::db::Single;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Answer, Browser, InProcess, PASSWORD};

/// A mail server that takes everything.
struct MailServer {
    taken: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    fn on(listener: TcpListener) -> Self {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let mails = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&mails)));
            }
        });
        Self { taken }
    }

    async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..1000 {
            let taken = self.taken.lock().unwrap().clone();
            if taken.len() >= count {
                return taken;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the mail server got {} mails, not {count}", self.taken.lock().unwrap().len());
    }
}

/// The receiver's part of RFC 5321.
async fn serve(connection: TcpStream, mails: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let (reading, mut writing) = connection.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 mail.example\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] =
            match line.split(' ').next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "QUIT" => return writing.write_all(b"221 bye\r\n").await,
                "DATA" => {
                    writing.write_all(b"354 go on\r\n").await?;
                    let mut mail = Vec::new();
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        mail.push(line);
                    }
                    mails.lock().unwrap().push(mail.join("\n"));
                    b"250 taken\r\n"
                }
                _ => b"250 ok\r\n",
            };
        writing.write_all(answer).await?;
    }
    Ok(())
}

async fn start(engine: crate::support::Engine) -> (InProcess, std::net::SocketAddr, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server =
        InProcess::start_with(engine, |_| vec![format!("--smtp-url=smtp://{address}")]).await;
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
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("there is still mail in the outbox");
}

both_engines! {
    async fn mail_is_handed_to_the_mail_server(engine: Engine) {
        let (server, _, listener) = start(engine).await;
        let mail_server = MailServer::on(listener);
        let portal = server.portal().await;
        let browser = Browser::new(&server.url);
        browser.page("/manage/forgot-password").await.form().with("email", &portal.owner_email).send(&browser).await;
        let mail = &mail_server.wait_for(1).await[0];
        assert!(mail.contains(&format!("To: {}", portal.owner_email)) && mail.contains("reset-password"), "{mail}");
        assert_eq!(waiting(&server).await, 0, "a mail with a secret in it never lies in the database");
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
                tokio::time::sleep(Duration::from_millis(10)).await;
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
        assert!(mail.contains(&format!("To: {}", portal.owner_email)), "{mail}");
        until_empty(&server).await;
        assert_eq!(mail_server.taken.lock().unwrap().len(), 1);
    }

    async fn what_nobody_takes_is_given_up_after_three_days(engine: Engine) {
        let (server, _, listener) = start(engine).await;
        let now = server.clock.now();
        let post = async |subject: &str| {
            let mail = klantportaal::mail::Mail { to: "jan@example.nl".into(), subject: subject.into(), text: PASSWORD.into() };
            let mut tx = server.db.begin().await.unwrap();
            mail.post(&mut tx, now).await.unwrap();
            tx.commit().await.unwrap();
        };
        let mailer = &server.server.mailer;
        drop(listener);
        post("geen gehoor").await;
        for (hours, left) in [(0, 1), (71, 1), (72, 0)] {
            let then = now + SignedDuration::from_hours(hours);
            server.clock.advance(then.duration_since(server.clock.now()));
            mailer.send_due(&server.db, then).await.unwrap();
            assert_eq!(waiting(&server).await, left, "after {hours} hours");
        }
    }

    async fn a_mail_is_sent_once_whoever_looks(engine: Engine) {
        let (server, _, listener) = start(engine).await;
        let (mail_server, now, mailer) = (MailServer::on(listener), server.clock.now(), &server.server.mailer);
        let mut tx = server.db.begin().await.unwrap();
        for number in 0..10 {
            let mail = klantportaal::mail::Mail { to: "jan@example.nl".into(), subject: format!("nummer {number}"), text: "tekst".into() };
            mail.post(&mut tx, now).await.unwrap();
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
