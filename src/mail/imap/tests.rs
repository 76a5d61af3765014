//! What becomes of servers that err or mean harm. `tests/it/ticket_mailbox.rs` reads from a good one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::bounded::Allowance;
use super::connection::{Bounds, greeted};
use super::{ImapFault, ImapFolder};
use crate::config::ImapUrl;
use crate::mail::MOST_BYTES;

/// What a server says first, and what it answers to which commands. `TAG` is the command's tag.
#[derive(Clone)]
struct Script {
    greeting: &'static str,
    answers: Vec<(&'static str, String)>,
    commands: Arc<Mutex<Vec<String>>>,
}

impl Script {
    /// A folder with so many mails; other commands are answered so.
    fn new(mails: u32, answers: &[(&'static str, &str)]) -> Self {
        let mut answers: Vec<_> =
            answers.iter().map(|(command, answer)| (*command, (*answer).to_owned())).collect();
        answers.extend([
            ("AUTHENTICATE PLAIN", "+ \r\n".to_owned()),
            ("AHdpZQBnZWhlaW0=", "TAG OK\r\n".to_owned()),
            ("SELECT \"INBOX\"", format!("* {mails} EXISTS\r\nTAG OK\r\n")),
        ]);
        Self { greeting: "* OK\r\n", answers, commands: Arc::default() }
    }

    async fn open(&self) -> Result<ImapFolder, ImapFault> {
        self.open_at("127.0.0.1").await
    }

    async fn open_at(&self, host: &str) -> Result<ImapFolder, ImapFault> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(self.clone().serve(listener));
        let url: ImapUrl = format!("imap://wie:geheim@{host}:{port}").parse().unwrap();
        ImapFolder::open(&url).await
    }

    /// Serves one connection, which it closes at a command that it has no answer for.
    async fn serve(self, listener: TcpListener) {
        let (read, mut write) = listener.accept().await.unwrap().0.into_split();
        write.write_all(self.greeting.as_bytes()).await.unwrap();
        let (mut lines, mut tag) = (BufReader::new(read).lines(), String::new());
        while let Ok(Some(line)) = lines.next_line().await {
            let command = match line.split_once(' ') {
                Some((new_tag, command)) => {
                    new_tag.clone_into(&mut tag);
                    command
                }
                None => &line,
            };
            self.commands.lock().unwrap().push(command.to_owned());
            let known = self.answers.iter().find(|(known, _)| command.starts_with(known));
            let Some((_, answer)) = known else { return };
            let answered = write.write_all(answer.replace("TAG", &tag).as_bytes()).await;
            // A client may have left in the middle of it.
            if answered.is_err() {
                return;
            }
        }
    }
}

/// Why a mail can't be fetched from a server that answers so.
async fn fault_of_fetch(answers: &[(&'static str, &str)]) -> ImapFault {
    let mut folder = Script::new(1, answers).open().await.unwrap();
    folder.fetch(7).await.err().expect("a fault")
}

const SIZE: (&str, &str) =
    ("UID FETCH 7 (RFC822.SIZE)", "* 1 FETCH (RFC822.SIZE 5 UID 7)\r\nTAG OK\r\n");

#[tokio::test]
async fn an_announcement_of_too_much_is_refused_before_it_takes_memory() {
    for announced in [MOST_BYTES + 2, 500 << 20, usize::MAX] {
        let answer = format!("* 1 FETCH (UID 7 BODY[]<0> {{{announced}}}\r\n");
        let fault = fault_of_fetch(&[SIZE, ("UID FETCH 7 (BODY", &answer)]).await;
        assert!(matches!(fault, ImapFault::TooMuch), "{announced}: {fault}");
    }
    let fault = fault_of_fetch(&[("UID FETCH 7", "* 1 FETCH (BODY[] {10}\r\n")]).await;
    assert!(matches!(fault, ImapFault::TooMuch), "not asked for: {fault}");
}

#[tokio::test]
async fn an_answer_without_end_or_with_deep_nesting_is_given_up() {
    let nested = format!("* 1 FETCH (UID 7 BODYSTRUCTURE {}", "(".repeat(60_000));
    let endless = "* 1 EXPUNGE\r\n".repeat(30_000);
    for answer in [nested, endless, "x".repeat(300_000)] {
        let fault = fault_of_fetch(&[("UID FETCH", &answer)]).await;
        assert!(matches!(fault, ImapFault::TooMuch), "{fault}");
    }
}

#[tokio::test]
async fn a_mail_that_is_not_delivered_is_a_fault_and_one_that_is_gone_is_none() {
    let done = ("UID FETCH", "* 1 FETCH (UID 8 RFC822.SIZE 5)\r\nTAG OK\r\n");
    let mut folder = Script::new(1, &[done]).open().await.unwrap();
    assert!(folder.fetch(7).await.unwrap().is_none());
    let fault = fault_of_fetch(&[SIZE, done]).await;
    assert!(fault.leaves_connection(), "{fault}");
    let empty = "* 1 FETCH (UID 7 BODY[]<0> \"\")\r\nTAG OK\r\n";
    let fault = fault_of_fetch(&[SIZE, ("UID FETCH", empty)]).await;
    assert!(fault.to_string().contains("doesn't deliver"), "{fault}");
    let none = ("UID FETCH 7 (RFC822.SIZE)", "* 1 FETCH (RFC822.SIZE 0 UID 7)\r\nTAG OK\r\n");
    let mut folder = Script::new(1, &[none, ("UID FETCH", empty)]).open().await.unwrap();
    assert!(folder.fetch(7).await.unwrap().unwrap().raw.is_empty());
    let fault = fault_of_fetch(&[SIZE, ("UID FETCH", "TAG NO [SERVERBUG] Damaged\r\n")]).await;
    assert_eq!(fault.to_string(), "the IMAP server refuses: [SERVERBUG] Damaged");
    let fault = fault_of_fetch(&[SIZE]).await;
    assert!(matches!(fault, ImapFault::Unreachable(_)), "{fault}");
    let fault = fault_of_fetch(&[SIZE, ("UID FETCH", "* 1 FETCH (UID 7 \u{0} geheim\r\n")]).await;
    assert_eq!(fault.to_string(), "the server's answer is not IMAP");
}

#[tokio::test]
async fn a_mail_is_read_by_its_size_whatever_is_in_it() {
    let answer = "* 1 FETCH (FLAGS (\\Seen))\r\n\
                  * 1 FETCH (UID 7 BODY[]<0> {20}\r\nA0003 OK {900000}\r\n  FLAGS ())\r\nTAG OK\r\n";
    let mut folder = Script::new(1, &[SIZE, ("UID FETCH", answer)]).open().await.unwrap();
    let mail = folder.fetch(7).await.unwrap().unwrap();
    assert_eq!((mail.raw.as_slice(), mail.is_whole), (&b"A0003 OK {900000}\r\n "[..], true));
}

#[tokio::test]
async fn a_warning_is_no_refusal() {
    let warned =
        "* 3 EXISTS\r\n* NO [ALERT] Mailbox is at 98% of quota\r\nTAG OK [READ-WRITE] Done\r\n";
    let found = "* NO Not all of it\r\n* SEARCH 9\r\nTAG OK\r\n";
    let script = Script::new(1, &[("SELECT", warned), ("UID SEARCH 1:3 UNSEEN", found)]);
    assert_eq!(script.open().await.unwrap().unseen().await.unwrap(), [9]);
}

#[tokio::test]
async fn a_folder_that_keeps_no_marks_is_not_opened() {
    let fault = async |said: &str| {
        let answer = format!("* 1 EXISTS\r\n{said}\r\n");
        Script::new(1, &[("SELECT", &answer)]).open().await.err().map(|fault| fault.to_string())
    };
    let expected =
        "the IMAP server doesn't open the folder: the user can't mark mails in it as read";
    for said in [
        "* OK [PERMANENTFLAGS (\\Seen)] Kept\r\nTAG OK [READ-ONLY] Done",
        "* OK [PERMANENTFLAGS (\\Answered \\*)] Kept\r\nTAG OK [READ-WRITE] Done",
        "* OK [PERMANENTFLAGS ()] None kept\r\nTAG OK Done",
    ] {
        assert_eq!(fault(said).await.as_deref(), Some(expected), "{said}");
    }
    for said in [
        "* OK [PERMANENTFLAGS (\\Answered \\SEEN)] Kept\r\nTAG OK Done",
        "* OK [UIDNEXT 9] Next\r\nTAG OK [READ-WRITE] Done",
    ] {
        assert_eq!(fault(said).await, None, "{said}");
    }
}

#[tokio::test]
async fn refusals_of_each_command_are_told() {
    let no = "TAG NO Not \"now\"\r\n";
    let refused = |command: &'static str| {
        let script = Script::new(1, &[(command, no)]);
        async move { script.open().await }
    };
    let fault = refused("SELECT").await.err().unwrap();
    assert_eq!(fault.to_string(), "the IMAP server doesn't open the folder: Not \"now\"");
    let mut folder = refused("UID").await.unwrap();
    for fault in [folder.unseen().await.err(), folder.mark_seen(7).await.err()] {
        assert_eq!(fault.unwrap().to_string(), "the IMAP server refuses: Not \"now\"");
    }
}

#[tokio::test]
async fn a_server_that_repeats_the_password_does_not_make_it_known() {
    for said in ["TAG NO wie:geheim", "TAG BAD AHdpZQBnZWhlaW0= is no command"] {
        let answer = format!("{said}\r\n");
        let script = Script::new(1, &[("AHdpZQBnZWhlaW0=", &answer)]);
        let fault = script.open().await.err().unwrap();
        assert!(matches!(fault, ImapFault::LogIn(_)), "{fault}");
        let told = format!("{fault} {fault:?}");
        assert!(told.contains('…') && !told.contains("geheim") && !told.contains("AHdp"), "{told}");
    }
    let script = Script::new(1, &[("UID", "TAG NO geheim AHdpZQBnZWhlaW0=\r\n")]);
    let fault = script.open().await.unwrap().unseen().await.unwrap_err();
    assert!(matches!(&fault, ImapFault::Refused(said) if said == "… …"), "{fault:?}");
}

#[tokio::test]
async fn without_encryption_no_password_is_sent() {
    // On Linux this is here, but isn't known for it.
    let elsewhere = "0.0.0.0";
    let script = Script::new(1, &[("STARTTLS", "TAG NO Not now\r\n")]);
    let fault = script.open_at(elsewhere).await.err().unwrap();
    assert_eq!(fault.to_string(), "no encrypted connection to the IMAP server: Not now");
    let script = Script { answers: vec![("STARTTLS", "TAG OK\r\n* OK\r\n".to_owned())], ..script };
    let fault = script.open_at(elsewhere).await.err().unwrap();
    assert!(matches!(fault, ImapFault::NotEncrypted(_)), "{fault}");
    let commands = script.commands.lock().unwrap().join(" ");
    assert!(!commands.contains("AUTHENTICATE") && !commands.contains("AHdp"), "{commands}");
}

#[tokio::test]
async fn what_greets_otherwise_is_no_imap_server() {
    let fault = async |greeting| {
        let script = Script { greeting, ..Script::new(1, &[]) };
        script.open().await.err().unwrap().to_string()
    };
    for wrong in ["HTTP/1.1 400 Bad Request\r\n", "* PREAUTH\r\n", "A0001 OK\r\n"] {
        assert_eq!(fault(wrong).await, "the server's answer is not IMAP", "{wrong}");
    }
    assert_eq!(fault("* BYE Too many\r\n").await, "the IMAP server refuses: Too many");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left() {
    let (here, _there) = tokio::io::duplex(64);
    let allowance = Allowance { text: 1000, literals: 0 };
    let bounds = Bounds { time: Duration::from_millis(10), allowance };
    let fault = greeted(Box::new(here), bounds).await.err().unwrap();
    assert!(matches!(fault, ImapFault::Silent), "{fault}");
}

#[tokio::test]
async fn unseen_mails_of_a_large_folder_are_looked_for_in_parts() {
    let script = Script::new(20_001, &[("UID SEARCH", "* SEARCH 9 3 40\r\nTAG OK\r\n")]);
    let mut folder = script.open().await.unwrap();
    assert_eq!(folder.unseen().await.unwrap(), [3, 9, 40]);
    let commands = script.commands.lock().unwrap()[3..].to_vec();
    let parts = ["1:10000", "10001:20000", "20001:20001"];
    assert_eq!(commands, parts.map(|part| format!("UID SEARCH {part} UNSEEN")));
    let none = Script::new(0, &[]).open().await.unwrap().unseen().await.unwrap();
    assert!(none.is_empty());
    let fault = Script::new(1_000_001, &[]).open().await.unwrap().unseen().await.unwrap_err();
    assert_eq!(fault.to_string(), "the folder has 1000001 mails");
}
