//! Answers to tickets in a mailbox, which is read by IMAP.

use jiff::SignedDuration;
use klantportaal::db::Single;
use klantportaal::mail::MOST_BYTES;
use klantportaal::maintenance::TicketMailbox;
use klantportaal::resources::tickets;
use serde_json::Value;

use crate::customers::fields;
use crate::support::tickets::{OPEN, add};
use crate::support::{
    Database, Engine, ImapMailbox, InProcess, Key, Portal, Ran, Server, free_address, klantportaal,
    until,
};

const CUSTOMER: &str = "jan@example.nl";

const FLAGS: [&str; 2] =
    ["--ticket-address=support@portaal.example", "--mail-from=Portaal <post@portaal.example>"];

/// A ticket, and the server that it is in.
struct Case {
    server: InProcess,
    key: Key,
    id: String,
    to: String,
    mailbox: ImapMailbox,
}

impl Case {
    async fn new(engine: Engine) -> Self {
        let server = InProcess::start_with(engine, |_| FLAGS.map(str::to_owned).to_vec()).await;
        let portal = server.portal().await;
        let (key, id) = ticket(&portal).await;
        let token =
            tickets::token_of(&server.server.sealing_keys, &portal.id, &id.parse().unwrap());
        let to = format!("support+{token}@portaal.example");
        Self { server, key, id, to, mailbox: ImapMailbox::new().await }
    }

    /// What reads the mailbox; the server itself doesn't.
    fn reader(&self) -> TicketMailbox {
        TicketMailbox::new(self.server.server.clone(), self.mailbox.url().parse().unwrap())
    }

    fn deliver(&self, head: &str, text: &str) {
        self.mailbox.deliver(&mail(&self.to, head, text));
    }

    async fn messages(&self) -> Vec<Value> {
        messages(&self.key, &self.id).await
    }
}

async fn ticket(portal: &Portal) -> (Key, String) {
    let key = portal.key().await;
    let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
    let id = add(&portal.store, customer["id"].as_str(), &OPEN).await;
    (key, id)
}

async fn messages(key: &Key, id: &str) -> Vec<Value> {
    let ticket = key.get(&format!("/v1/tickets/{id}")).await.expect(200);
    ticket["messages"].as_array().unwrap().clone()
}

/// A mail with further lines in its head.
fn mail(to: &str, head: &str, text: &str) -> String {
    format!("From: Jan <{CUSTOMER}>\nTo: {to}\n{head}\nSubject: Re: Lekkage\n\n{text}\n")
}

/// What the doctor finds about mail.
fn diagnosis(database: &Database, url: &str, certificate: Option<&ImapMailbox>) -> String {
    let mut command = klantportaal();
    command.args(["doctor", "--json"]).args(database.flags()).args(FLAGS);
    command.env("KLANTPORTAAL_IMAP_URL", url);
    if let Some(mailbox) = certificate {
        command.env("SSL_CERT_FILE", mailbox.certificate());
    }
    Ran::with_input(&mut command, "").stdout
}

both_engines! {
    async fn answers_come_into_their_ticket_once_whatever_is_between_them(engine: Engine) {
        let case = Case::new(engine).await;
        let with_file = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\nMessage-ID: <1@b.nl>";
        let parts = "--x\nContent-Type: text/plain\n\nHierbij.\n--x\nContent-Type: image/gif; name=foto.gif\n\
                     Content-Transfer-Encoding: base64\n\nR0lGODlh\n--x--";
        case.deliver(with_file, parts);
        case.mailbox.deliver("geen e-mail");
        case.mailbox.deliver("");
        case.mailbox.deliver(&mail("support+vreemd@portaal.example", "Message-ID: <2@b.nl>", "Ja"));
        case.deliver("Message-ID: <3@b.nl>\nAuto-Submitted: auto-replied", "Ik ben weg.");
        case.deliver("Message-ID: <4@b.nl>", &"x".repeat(MOST_BYTES));
        case.deliver("Message-ID: <5@b.nl>", "Tot dan.");
        for _ in 0..2 {
            case.reader().read().await;
            let messages = case.messages().await;
            let texts: Vec<&str> = messages[1..].iter().map(|message| message["message"].as_str().unwrap()).collect();
            assert_eq!(texts.len(), 2, "{texts:?}");
            assert!(texts.contains(&"<p>Hierbij.</p>") && texts.contains(&"<p>Tot dan.</p>"), "{texts:?}");
            let files: Vec<&Value> = messages.iter().flat_map(|message| message["attachments"].as_array().unwrap()).collect();
            assert_eq!(files.len(), 1, "{files:?}");
            assert_eq!((&files[0]["name"], &files[0]["size"]), (&"foto.gif".into(), &6.into()));
            assert_eq!(case.mailbox.unseen(), 0);
            // As after a `kill -9` between storing and marking.
            case.mailbox.forget_what_was_seen();
        }
        let answer = case.server.mailbox(CUSTOMER).source(1).await;
        assert!(answer.contains("32 MB") && answer.contains("In-Reply-To: <4@b.nl>"), "{answer}");
        case.server.queue_is_empty().await;
        assert_eq!(case.server.mailbox(CUSTOMER).texts().len(), 1, "nothing else is answered");
    }

    async fn what_cannot_be_stored_stays_unseen_until_it_can(engine: Engine) {
        let case = Case::new(engine).await;
        case.deliver("Message-ID: <1@b.nl>", "Ja.");
        let mut reader = case.reader();
        case.server.database.script("ALTER TABLE ticket_messages RENAME TO elsewhere").await;
        reader.read().await;
        case.deliver("Message-ID: <2@b.nl>", "Nee.");
        reader.read().await;
        case.server.database.script("ALTER TABLE elsewhere RENAME TO ticket_messages").await;
        assert_eq!((case.messages().await.len(), case.mailbox.unseen()), (1, 2));
        reader.read().await;
        let messages = case.messages().await;
        assert_eq!((messages.len(), case.mailbox.unseen()), (2, 1), "what failed twice waits");
        assert_eq!(messages[1]["message"], "<p>Nee.</p>");
        case.server.clock.advance(SignedDuration::from_mins(11));
        reader.read().await;
        assert_eq!((case.messages().await.len(), case.mailbox.unseen()), (3, 0));
    }

    async fn mails_that_cannot_be_read_hold_up_none(engine: Engine) {
        let case = Case::new(engine).await;
        for number in 0..7 {
            case.mailbox.deliver_unreadable(&mail(&case.to, &format!("Message-ID: <{number}@b.nl>"), "Nee."));
        }
        until("Dovecot lists them", async || case.mailbox.unseen() == 7).await;
        case.deliver("Message-ID: <7@b.nl>", "Ja.");
        let mut reader = case.reader();
        // They can end connections, of which there are five at a time.
        for _ in 0..2 {
            reader.read().await;
        }
        assert_eq!((case.messages().await.len(), case.mailbox.unseen()), (2, 7));
        // From then on they come last.
        case.server.clock.advance(SignedDuration::from_mins(11));
        case.deliver("Message-ID: <8@b.nl>", "Ja.");
        reader.read().await;
        assert_eq!((case.messages().await.len(), case.mailbox.unseen()), (3, 7));
        case.mailbox.repair();
        reader.read().await;
        assert!(case.mailbox.unseen() >= 5, "they wait");
        case.server.clock.advance(SignedDuration::from_mins(11));
        reader.read().await;
        assert_eq!((case.messages().await.len(), case.mailbox.unseen()), (10, 0));
    }

    async fn two_instances_take_each_answer_once(engine: Engine) {
        let case = Case::new(engine).await;
        for number in 0..5 {
            case.deliver(&format!("Message-ID: <{number}@b.nl>"), "Ja.");
        }
        let (mut one, mut other) = (case.reader(), case.reader());
        tokio::join!(one.read(), other.read());
        assert_eq!((case.messages().await.len(), case.mailbox.unseen()), (6, 0));
    }

    async fn a_server_reads_its_mailbox_and_goes_on_after_it_was_killed(engine: Engine) {
        let server = Server::start(engine, &FLAGS).await;
        let portal = server.portal().await;
        let (key, id) = ticket(&portal).await;
        key.post(&format!("/v1/tickets/{id}"), serde_json::json!({ "message": "Wij komen." })).await.expect(200);
        let sent = server.mailbox(CUSTOMER).source(1).await;
        let to = sent.lines().find_map(|line| line.strip_prefix("Reply-To: ")).unwrap().to_owned();
        let mailbox = ImapMailbox::new().await;
        let url = format!("--imap-url={}", mailbox.url());
        let flags = [&FLAGS[..], &[url.as_str()]].concat();
        let mut database = server.end("KILL").2;
        for number in 1..=2 {
            mailbox.deliver(&mail(&to, &format!("Message-ID: <{number}@b.nl>"), "Ja."));
            mailbox.forget_what_was_seen();
            database.script("DELETE FROM periodic_work WHERE name = 'ticket-mailbox'").await;
            let server = Server::start_on(database, &flags).await;
            let sql = "SELECT count(*) AS value FROM ticket_messages WHERE mail_id IS NOT NULL AND kind = 'customer'";
            until("the answer is a message and seen", async || {
                let taken: Option<Single<i64>> = server.db.row(sql, &[]).await.unwrap();
                taken.is_some_and(|Single(taken)| taken == number) && mailbox.unseen() == 0
            }).await;
            database = server.end("KILL").2;
        }
    }

    async fn a_mailbox_that_cannot_be_read_is_told_without_its_password(engine: Engine) {
        let mailbox = ImapMailbox::new().await;
        let (wrong, away) = (mailbox.url_with("gehe1m"), format!("imap://wie:gehe1m@{}", free_address()));
        let server = Server::start(engine, &[&FLAGS[..], &["--imap-url", &wrong]].concat()).await;
        until("the refusal is logged", async || server.log().contains("refuses the user name or password")).await;
        let (_, log, database) = server.end("TERM");
        assert!(log.contains("imap-url=…") && log.contains("stay in the mailbox") && !log.contains("gehe1m"), "{log}");
        let no_folder = mailbox.url().replace("INBOX", "Anders");
        for (url, problem) in [
            (&wrong, "refuses the user name or password"),
            (&away, "can't be reached"),
            (&no_folder, "doesn't open the folder"),
            (&mailbox.encrypted_url(), "no encrypted connection"),
            (&mailbox.starttls_url(), "no encrypted connection"),
        ] {
            let found = diagnosis(&database, url, None);
            assert!(found.contains(problem) && !found.contains("gehe1m"), "{url}: {found}");
        }
        for url in [mailbox.url(), mailbox.encrypted_url(), mailbox.starttls_url()] {
            let found = diagnosis(&database, &url, Some(&mailbox));
            assert!(found.contains("\"mail\"") && !found.contains("IMAP"), "{url}: {found}");
        }
    }
}
