//! Tickets by mail: replies that go out, and answers that the mail server passes to the command.

use futures_util::future::join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use klantportaal::changes::Change;
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::TicketId;
use klantportaal::mail::{IncomingMail, MOST_BYTES};
use klantportaal::resources::tickets::{self, MOST_PER_HOUR, Receipt};
use klantportaal::tenant::WritingStore;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::tickets::{Beginning, CHAT, CLOSED, OPEN, add};
use crate::support::{
    Browser, Engine, InProcess, Instance, Key, Portal, Ran, Server, klantportaal,
};

const CUSTOMER: &str = "jan@example.nl";

/// The settings under which mail comes in.
const FLAGS: [&str; 2] =
    ["--ticket-address=support@portaal.example", "--mail-from=Portaal <post@portaal.example>"];

async fn start(engine: Engine) -> InProcess {
    InProcess::start_with(engine, |_| FLAGS.map(str::to_owned).to_vec()).await
}

/// A ticket with a customer.
async fn ticket(store: &WritingStore, key: &Key, beginning: &Beginning) -> String {
    let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
    add(store, customer["id"].as_str(), beginning).await
}

async fn reply(key: &Key, id: &str, message: &str) {
    key.post(&format!("/v1/tickets/{id}"), json!({ "message": message })).await.expect(200);
}

async fn shown(key: &Key, id: &str) -> Value {
    key.get(&format!("/v1/tickets/{id}")).await.expect(200)
}

fn last(ticket: &Value) -> &Value {
    ticket["messages"].as_array().unwrap().last().unwrap()
}

/// The value of a header.
fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    let head = mail.split("\r\n\r\n").next().unwrap();
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Passes a mail to the command, as a mail server does.
fn receive(server: &Instance, arguments: &[&str], mail: &str) -> Ran {
    let mut command = klantportaal();
    command.args(["mail", "receive"]).args(arguments).args(server.database.flags());
    Ran::with_input(&mut command, &mail.replace('\n', "\r\n"))
}

/// A mail with further lines in its head.
fn mail(head: &str, text: &str) -> String {
    format!("From: Jan Pieterse <{CUSTOMER}>\n{head}\nSubject: Re: Lekkage\n\n{text}\n")
}

async fn texts(server: &Instance, sql: &'static str, id: &str) -> Vec<String> {
    let rows: Vec<Single<String>> = server.db.rows(sql, &[id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(text)| text).collect()
}

/// What a mail becomes in a ticket, beside the command.
async fn taken(
    server: &InProcess,
    store: &WritingStore,
    id: &str,
    text: &str,
) -> klantportaal::error::Result<Receipt> {
    let mut mail = IncomingMail::parse(text.as_bytes()).unwrap();
    let sent = mail.files.take().unwrap();
    let files = tickets::store(&server.server.objects, store.portal(), sent).await.unwrap();
    mail.files = Some(Vec::new());
    let id: TicketId = id.parse().unwrap();
    let (author, zone) = (tickets::author(&id, &mail), TimeZone::UTC);
    let change = Change { author, caller: None, now: Timestamp::now(), zone: &zone };
    let quotas = &server.server.config.quotas;
    let mut tx = store.begin().await.unwrap();
    let receipt = tickets::receive(&mut tx, &change, quotas, &id, (&mail, None), files).await?;
    tx.commit().await.unwrap();
    Ok(receipt)
}

both_engines! {
    async fn a_reply_goes_out_by_mail_and_the_answer_comes_back_into_the_ticket(engine: Engine) {
        let server = Server::start(engine, &FLAGS).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = ticket(&portal.store, &key, &CLOSED).await;
        reply(&key, &id, "<p>Wij <b>komen</b> morgen.</p>").await;
        let mailbox = server.mailbox(CUSTOMER);
        let first = mailbox.source(1).await;
        let message = last(&shown(&key, &id).await)["id"].as_str().unwrap().to_owned();
        let own = format!("<{message}@portaal.example>");
        assert_eq!(header(&first, "Message-ID"), Some(own.as_str()), "{first}");
        assert_eq!(header(&first, "Auto-Submitted"), None, "a person wrote it");
        assert!(first.contains("Wij komen morgen.") && first.contains("<b>komen</b>"), "{first}");
        assert!(first.contains("Bakkerij Jansen") && first.contains("door deze e-mail te beantwoorden"), "{first}");
        assert!(!first.contains("garantie"), "a note is in no mail: {first}");
        let reply_to = header(&first, "Reply-To").unwrap().to_owned();
        assert!(reply_to.starts_with("support+") && reply_to.ends_with("@portaal.example"), "{reply_to}");

        let answer = mail(
            &format!("To: {reply_to}\nMessage-ID: <1@example.nl>\nIn-Reply-To: {own}"),
            "Graag, na <tien> uur.\n\nOp 3 maart 2026 schreef Portaal:\n\n> Wij komen morgen.",
        );
        let ran = receive(&server, &[], &answer).json();
        let ticket = shown(&key, &id).await;
        let written = last(&ticket);
        assert_eq!(ran, json!({ "ticketId": id, "messageId": written["id"] }));
        assert_eq!((&written["postedBy"], &written["isPostedByCustomer"]), (&json!("Jan Pieterse"), &json!(true)));
        let text = written["message"].as_str().unwrap();
        assert!(text.starts_with("<p>Graag, na &lt;tien&gt; uur.</p><blockquote><p>Op 3 maart"), "{text}");
        let events = "SELECT type AS value FROM events WHERE resource_id = ?1 ORDER BY sequence";
        assert_eq!(texts(&server, events, &id).await, ["ticket-reply-employee", "ticket-reply-customer"]);
        // The same mail again is the same message.
        assert_eq!(receive(&server, &["--recipient", &reply_to], &answer).json(), ran);
        assert_eq!(shown(&key, &id).await, ticket);

        reply(&key, &id, "Tot morgen.").await;
        let second = mailbox.source(2).await;
        assert_eq!(header(&second, "In-Reply-To"), Some("<1@example.nl>"), "{second}");
        let references = header(&second, "References").unwrap();
        assert!(references.ends_with(&format!(" {own} <1@example.nl>")), "{second}");
        assert_eq!((header(&second, "Subject"), header(&second, "Reply-To")), (Some("Re: Lekkage"), Some(reply_to.as_str())));
        server.queue_is_empty().await;
    }

    async fn a_mail_opens_a_closed_ticket_again_which_all_have_to_read(engine: Engine) {
        let server = start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let id = ticket(&portal.store, &key, &CLOSED).await;
        let page = format!("/manage/tickets/{id}");
        let hint = browser.page(&page).await;
        assert!(hint.says("De klant krijgt je antwoord per e-mail: jan@example.nl."), "{}", hint.html);
        let answer = "From: Piet <Piet@Elders.example>\r\nMessage-ID: <1@b.nl>\r\n\r\nNog niet klaar.\r\n\r\n> Klaar?\r\n";
        taken(&server, &portal.store, &id, answer).await.unwrap();
        let unread = browser.page("/manage/tickets/unread").await;
        assert!(unread.html.contains(&page), "{}", unread.html);
        let shown_page = browser.page(&page).await;
        assert!(shown_page.says("piet@elders.example") && shown_page.says("Geciteerde tekst"), "{}", shown_page.html);
        assert!(shown_page.html.contains("<details class=\"disclosure\">"), "{}", shown_page.html);
        let ticket = shown(&key, &id).await;
        assert_eq!((&ticket["status"], &last(&ticket)["postedBy"]), (&json!("open"), &json!("Piet")));
        let log = "SELECT actor AS value FROM audit_events WHERE portal_id = ?1 AND action = 'ticket_answered'";
        assert_eq!(texts(&server, log, portal.id.as_str()).await, ["piet@elders.example"]);
        // The customer's own address needs no mention, whoever of them writes.
        taken(&server, &portal.store, &id, &mail("Message-ID: <2@b.nl>", "Toch wel.").replace("jan@", "JAN@")).await.unwrap();
        let addresses = "SELECT COALESCE(sender, '') AS value FROM ticket_messages WHERE ticket_id = ?1 AND mail_id IS NOT NULL ORDER BY number";
        assert_eq!(texts(&server, addresses, &id).await, ["piet@elders.example", ""]);
    }

    async fn files_go_out_and_come_in_with_the_mail(engine: Engine) {
        let server = Server::start(engine, &FLAGS).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let id = ticket(&portal.store, &key, &OPEN).await;
        let large = vec![b'x'; 10_000_001];
        let files: [(&str, &[u8]); 2] = [("groot.bin", &large), ("Café.txt", b"caf\xe9s\n")];
        let form = browser.page(&format!("/manage/tickets/{id}")).await.form_to("/reply").with("message", "Zie bijlage.");
        assert_eq!(form.send_with(&browser, &files).await.status, 303);
        let sent = server.mailbox(CUSTOMER).source(1).await;
        assert!(sent.contains("multipart/mixed") && sent.contains("filename*0*=utf-8''Caf%C3%A9.txt"), "{sent}");
        assert!(sent.contains("\r\nY2Fm6XMK"), "its bytes are those that were sent: {sent}");
        assert!(sent.contains("groot.bin (10 MB)") && sent.len() < 20_000, "a larger one is only named");
        let to = header(&sent, "Reply-To").unwrap();

        let picture = "--x\nContent-Type: image/gif; name=\"../foto.gif\"\nContent-Transfer-Encoding: base64\n\nR0lGODlh\n";
        let with = |number: u8, text: &str, parts: &str| {
            let head = format!("Message-ID: <{number}@b.nl>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x");
            mail(&head, &format!("--x\nContent-Type: text/plain\n\n{text}\n{parts}--x--"))
        };
        let answer = with(1, "Hierbij.", picture);
        for _ in 0..2 {
            receive(&server, &["--recipient", to], &answer).json();
        }
        // Whoever sends a photo need not write anything.
        receive(&server, &["--recipient", to], &with(2, "", picture)).json();
        let shown = shown(&key, &id).await;
        let messages = shown["messages"].as_array().unwrap();
        let file = |message: &Value| message["attachments"][0].clone();
        assert_eq!(messages.len(), 4, "{shown}");
        assert_eq!((&messages[2]["message"], &messages[3]["message"]), (&json!("<p>Hierbij.</p>"), &json!("")));
        for message in &messages[2..] {
            let expected = json!({ "id": file(message)["id"], "name": "foto.gif", "size": 6, "mime": "image/gif" });
            assert_eq!(message["attachments"], json!([expected]));
        }
        let download = format!("/manage/tickets/{id}/attachments/{}", file(&messages[3])["id"].as_str().unwrap());
        assert_eq!(browser.get(&download).await.bytes, b"GIF89a");

        let heavy = format!("--x\nContent-Type: image/gif; name=a.gif\n\n{}\n", "x".repeat(1_100_000));
        for (number, arguments, parts, refused) in [
            (3, vec![], picture.repeat(21), "too-many-files"),
            (4, vec!["--max-file-megabytes", "1"], heavy.clone(), "files-too-large"),
            (5, vec!["--max-file-megabytes-per-portal", "11"], heavy, "no-room"),
        ] {
            let arguments = [vec!["--recipient", to], arguments].concat();
            let ran = receive(&server, &arguments, &with(number, "Hierbij.", &parts));
            assert_eq!(ran.json(), json!({ "refused": refused }));
        }
        let folder = server.database.folder().join("files").join(portal.id.as_str());
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 4, "of what isn't taken nothing is stored");
    }

    async fn mails_of_programs_and_wrong_addresses_change_nothing(engine: Engine) {
        let server = start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = ticket(&portal.store, &key, &OPEN).await;
        reply(&key, &id, "Wij komen.").await;
        let sent = server.mailbox(CUSTOMER).source(1).await;
        let to = header(&sent, "Reply-To").unwrap();
        let before = shown(&key, &id).await;
        let own = header(&sent, "Message-ID").unwrap();
        for (arguments, head, ignored) in [
            (vec![], "Auto-Submitted: auto-replied".to_owned(), "auto-submitted"),
            (vec![], "Precedence: bulk".to_owned(), "precedence"),
            (vec![], "X-Auto-Response-Suppress: All".to_owned(), "auto-response-suppress"),
            (vec![], "Return-Path: <>".to_owned(), "bounce"),
            (vec!["--sender", ""], "X-A: b".to_owned(), "bounce"),
            (vec!["--sender", "MAILER-DAEMON"], "X-A: b".to_owned(), "bounce"),
            (vec![], format!("Message-ID: {own}"), "own"),
        ] {
            let ran = receive(&server, &arguments, &mail(&format!("{head}\nTo: {to}"), "Ik ben er niet."));
            assert_eq!(ran.json(), json!({ "ignored": ignored }), "{head}");
        }
        let (local_part, _) = to.split_once('@').unwrap();
        let forged = format!("{}aaaa@portaal.example", &local_part[..local_part.len() - 4]);
        let large = mail("Content-Type: text/html", &"<div>".repeat(1_000_000));
        for (arguments, input, code) in [
            (vec![], mail("To: support@portaal.example", "Hallo"), 67),
            (vec!["--recipient", forged.as_str()], mail("X-A: b", "Hallo"), 67),
            (vec!["--recipient", forged.as_str()], large, 67),
            (vec!["--recipient", to], "Geen mail".to_owned(), 65),
            (vec!["--recipient", to, "--data-dir", "/nergens"], mail("X-A: b", "Hallo"), 75),
            (vec!["--recipient", to, "--listen", "nergens"], mail("X-A: b", "Hallo"), 75),
        ] {
            let ran = receive_first(&server, &arguments, &input);
            assert_eq!(ran.code, Some(code), "{arguments:?} {ran:?}");
            assert!(!ran.fault().is_empty());
        }
        assert_eq!(shown(&key, &id).await, before);
        key.delete(&format!("/v1/customers/{}", before["customerId"].as_str().unwrap())).await.expect_nothing();
        assert_eq!(receive(&server, &["--recipient", to], &mail("X-A: b", "Hallo")).code, Some(67), "it is in the bin");
        let help = Ran::of(klantportaal().args(["mail", "receive", "--help"])).stdout;
        assert!(help.contains("Postfix") && help.contains("75"), "{help}");
    }

    async fn of_many_who_bring_the_same_mail_at_once_there_is_one_message(engine: Engine) {
        let server = start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = ticket(&portal.store, &key, &OPEN).await;
        let answer = mail("Message-ID: <1@b.nl>", "Graag.");
        let receipts = join_all((0..10).map(|_| taken(&server, &portal.store, &id, &answer))).await;
        let receipts: Vec<Receipt> = receipts.into_iter().map(Result::unwrap).collect();
        assert!(matches!(receipts[0], Receipt::Taken(_)), "{receipts:?}");
        assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
        assert_eq!(shown(&key, &id).await["messages"].as_array().unwrap().len(), 2);
        let commands = (0..4).map(|_| {
            let (flags, answer) = (server.database.flags(), answer.clone());
            let to = address(&server, &portal, &id);
            std::thread::spawn(move || {
                let mut command = klantportaal();
                command.args(["mail", "receive", "--recipient", &to]).args(flags);
                Ran::with_input(&mut command, &answer)
            })
        });
        for command in commands.collect::<Vec<_>>() {
            assert!(command.join().unwrap().success);
        }
        assert_eq!(shown(&key, &id).await["messages"].as_array().unwrap().len(), 2);
    }

    async fn what_is_not_taken_is_answered_once_and_too_many_wait(engine: Engine) {
        let server = start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = ticket(&portal.store, &key, &OPEN).await;
        let to = address(&server, &portal, &id);
        let large = mail("Message-ID: <1@b.nl>", &"x".repeat(MOST_BYTES));
        for automatic in ["Precedence: bulk\n", "Auto-Submitted: auto-replied\n"] {
            receive(&server, &["--recipient", &to], &format!("{automatic}{large}")).json();
        }
        for _ in 0..2 {
            let ran = receive(&server, &["--recipient", &to], &large);
            assert_eq!(ran.json(), json!({ "refused": "too-large" }));
        }
        let answer = server.mailbox(CUSTOMER).source(1).await;
        assert_eq!(header(&answer, "Auto-Submitted"), Some("auto-replied"), "{answer}");
        assert_eq!((header(&answer, "In-Reply-To"), header(&answer, "Reply-To")), (Some("<1@b.nl>"), None));
        assert!(answer.contains("32 MB"), "{answer}");
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(CUSTOMER).texts().len(), 1, "once an hour");

        let refused = async |id: &str, text: &str| match taken(&server, &portal.store, id, text).await.unwrap() {
            Receipt::Refused(refusal) => refusal.name(),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&id, &mail("Message-ID: <2@b.nl>", &"lang ".repeat(5000))).await, "too-long");
        assert_eq!(refused(&id, &mail("Message-ID: <3@b.nl>", " ")).await, "empty");
        let divided = "--x\nContent-Type: multipart/x; boundary=y\n\n".repeat(101);
        let divided = mail("Message-ID: <6@b.nl>\nContent-Type: multipart/mixed; boundary=x", &divided);
        assert_eq!(refused(&id, &divided).await, "too-large");
        let chat = add(&portal.store, None, &CHAT).await;
        assert_eq!(refused(&chat, &mail("Message-ID: <4@b.nl>", "Ja")).await, "chat");
        let receipts = join_all((0..MOST_PER_HOUR + 3).map(async |number| {
            taken(&server, &portal.store, &id, &mail(&format!("Message-ID: <later{number}@b.nl>"), "Ja")).await.unwrap()
        })).await;
        let later = receipts.iter().filter(|receipt| **receipt == Receipt::Later).count();
        assert_eq!(later, 3, "{receipts:?}");
        let ran = receive(&server, &["--recipient", &to], &mail("Message-ID: <5@b.nl>", "Ja"));
        assert_eq!(ran.code, Some(75), "{ran:?}");
        let hour = SignedDuration::from_hours(2).as_millis() as i64;
        server.db.execute("UPDATE ticket_messages SET posted_at = posted_at - ?1", &[hour.to_param()]).await.unwrap();
        receive(&server, &["--recipient", &to], &mail("Message-ID: <5@b.nl>", "Ja")).json();
    }

    async fn without_an_address_a_mail_says_that_it_cannot_be_answered(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let path = format!("/manage/tickets/with/{}", customer["id"].as_str().unwrap());
        let form = browser.page(&path).await.form_to(&path).with("title", "Lekkage").with("message", "Wij komen.");
        let page = form.send(&browser).await.header("location").unwrap().to_owned();
        let mail = server.mailbox(CUSTOMER).source(1).await;
        assert_eq!((header(&mail, "Reply-To"), header(&mail, "Subject")), (None, Some("Lekkage")), "{mail}");
        assert!(mail.contains("Wij komen.") && mail.contains("niet beantwoorden"), "{mail}");
        note(&browser, &page).await;
        // Whoever tries things out in a test portal writes to nobody.
        let sandbox = "INSERT INTO developers (id, name, created_at) VALUES ('dev_a', 'a', 1)";
        server.db.execute(sandbox, &[]).await.unwrap();
        let sandbox = "UPDATE portals SET sandbox_of = 'dev_a' WHERE id = ?1";
        server.db.execute(sandbox, &[portal.id.to_param()]).await.unwrap();
        reply(&key, page.rsplit('/').next().unwrap(), "Tot morgen.").await;
        assert!(!browser.page(&page).await.says("per e-mail"));
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(CUSTOMER).texts().len(), 1);
    }
}

/// Writes an internal note.
async fn note(browser: &Browser, page: &str) {
    let form = browser.page(&format!("{page}/note")).await.form_to("/note").with("note", "Geheim");
    assert_eq!(form.send(browser).await.status, 303);
}

/// The same as `receive`, with arguments that take the place of the database's flags.
fn receive_first(server: &Instance, arguments: &[&str], mail: &str) -> Ran {
    let mut command = klantportaal();
    let all = server.database.flags();
    let flags: Vec<&String> =
        all.chunks(2).filter(|pair| !arguments.contains(&pair[0].as_str())).flatten().collect();
    command.args(["mail", "receive"]).args(arguments).args(flags);
    Ran::with_input(&mut command, mail)
}

/// The address of a ticket.
fn address(server: &InProcess, portal: &Portal, id: &str) -> String {
    let token = tickets::token_of(&server.server.sealing_keys, &portal.id, &id.parse().unwrap());
    format!("support+{token}@portaal.example")
}
