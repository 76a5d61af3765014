//! A mail server that insists on what the large receivers ask of their senders: what lacks any of
//! it is refused with 550 and the reason.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::until;

/// A mail that it took.
#[derive(Debug, Clone)]
pub struct TakenMail {
    /// What the client called itself.
    pub greeting: String,
    /// The receiver, as the envelope names it.
    pub to: String,
    /// The mail's headers, unfolded.
    pub headers: Vec<(String, String)>,
    /// The part that is text.
    pub text: String,
    /// The part that is HTML, if there is one.
    pub html: String,
    /// The file for calendar programs, if there is one: its media type and its contents.
    pub calendar: Option<(String, String)>,
}

impl TakenMail {
    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        &found.unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).1
    }
}

#[derive(Default)]
struct Inner {
    taken: Vec<TakenMail>,
    refused: Vec<String>,
}

pub struct MailServer(Arc<Mutex<Inner>>);

impl MailServer {
    pub fn on(listener: TcpListener) -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let mails = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&mails)));
            }
        });
        Self(inner)
    }

    /// The mails that it took, once there are `count`; that it refused none is part of it.
    pub async fn wait_for(&self, count: usize) -> Vec<TakenMail> {
        let came = async || {
            let inner = self.0.lock().unwrap();
            assert!(inner.refused.is_empty(), "refused: {:?}", inner.refused);
            inner.taken.len() >= count
        };
        until(&format!("the mail server gets {count} mails"), came).await;
        self.0.lock().unwrap().taken.clone()
    }

    /// How many mails it took so far.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().taken.len()
    }
}

/// The receiver's part of RFC 5321.
async fn serve(connection: TcpStream, mails: Arc<Mutex<Inner>>) -> std::io::Result<()> {
    let (reading, mut writing) = connection.into_split();
    let mut reading = BufReader::new(reading);
    writing.write_all(b"220 mail.example\r\n").await?;
    let (mut greeting, mut from, mut to) = Default::default();
    while let Some(line) = read_line(&mut reading).await? {
        let line = line.trim_end();
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((line, ""));
        let path = || rest.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match verb.to_ascii_uppercase().as_str() {
            "QUIT" => return writing.write_all(b"221 bye\r\n").await,
            "EHLO" => {
                greeting = rest.to_owned();
                "250 mail.example\r\n".to_owned()
            }
            "MAIL" => {
                from = path();
                "250 ok\r\n".to_owned()
            }
            "RCPT" => {
                to = path();
                "250 ok\r\n".to_owned()
            }
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = read_line(&mut reading).await?.filter(|line| line != ".\r\n")
                {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                let mut mails = mails.lock().unwrap();
                match look_at(&mail, &from) {
                    Ok(taken) => {
                        let (greeting, to) = (String::clone(&greeting), String::clone(&to));
                        mails.taken.push(TakenMail { greeting, to, ..taken });
                        "250 taken\r\n".to_owned()
                    }
                    Err(reason) => {
                        mails.refused.push(format!("{reason}:\n{mail}"));
                        format!("550 5.7.1 {reason}\r\n")
                    }
                }
            }
            _ => "250 ok\r\n".to_owned(),
        };
        writing.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// A line with its end.
async fn read_line(
    reading: &mut (impl AsyncBufReadExt + Unpin),
) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    let count = reading.read_until(b'\n', &mut line).await?;
    Ok((count > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
}

type Headers = Vec<(String, String)>;

/// The headers and the parts of a mail.
///
/// # Errors
/// Why it is refused.
fn look_at(mail: &str, envelope_from: &str) -> Result<TakenMail, String> {
    for line in mail.split_inclusive('\n') {
        let text = line.strip_suffix("\r\n").ok_or("a line does not end with CR LF")?;
        // RFC 5322 section 2.1.1; and no 8BITMIME was offered.
        if text.contains('\r') || !text.is_ascii() || text.len() > 998 {
            return Err("a line holds what it must not".into());
        }
    }
    let (headers, body) = split(mail)?;
    if mail.split("\r\n\r\n").next().unwrap_or_default().lines().any(|line| line.len() > 78) {
        return Err("a header is not folded".into());
    }
    let one = |name: &str| -> Result<String, String> {
        let mut found = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().ok_or_else(|| format!("no {name}"))?.1.clone();
        if found.next().is_some() { Err(format!("two of {name}")) } else { Ok(value) }
    };
    let domain = |address: &str| {
        let address = address.trim_end_matches('>');
        address.rsplit_once('@').map(|(_, domain)| domain.to_owned()).ok_or("no domain".to_owned())
    };
    let own = domain(&one("From")?)?;
    if domain(&one("Message-ID")?)? != own || domain(envelope_from)? != own {
        return Err("From, Message-ID and the envelope's sender are of different domains".into());
    }
    rfc2822::parse(&one("Date")?).map_err(|error| format!("Date: {error}"))?;
    one("To")?;
    one("Subject")?;
    for (name, expected) in [("MIME-Version", "1.0"), ("Auto-Submitted", "auto-generated")] {
        if one(name)? != expected {
            return Err(format!("{name} is not {expected}"));
        }
    }
    let kind = one("Content-Type")?;
    let taken = |headers, text, html, calendar| TakenMail {
        greeting: String::new(),
        to: String::new(),
        headers,
        text,
        html,
        calendar,
    };
    if kind == PLAIN {
        let text = decoded(&headers, body)?;
        return Ok(taken(headers, text, String::new(), None));
    }
    if kind.starts_with("multipart/alternative") {
        let [text, html] = parts(&kind, "multipart/alternative", body)?[..] else {
            return Err("not two parts".into());
        };
        return Ok(taken(headers, part(text, PLAIN)?, part(html, HTML)?, None));
    }
    // A calendar's file is one of the alternatives and an attachment (RFC 6047 section 2.4).
    let [all, attached] = parts(&kind, "multipart/mixed", body)?[..] else {
        return Err("not two parts".into());
    };
    let (inner, body) = split(all)?;
    let [text, html, file] =
        parts(value(&inner, "Content-Type"), "multipart/alternative", body)?[..]
    else {
        return Err("not three parts".into());
    };
    let (calendar, content) = (split(file)?, part(attached, "application/ics")?);
    let kind = value(&calendar.0, "Content-Type").to_owned();
    if decoded(&calendar.0, calendar.1)?.trim_end() != content.trim_end() {
        return Err("the attached file is another one".into());
    }
    Ok(taken(headers, part(text, PLAIN)?, part(html, HTML)?, Some((kind, content))))
}

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// The parts of a body of several.
fn parts<'a>(kind: &str, expected: &str, body: &'a str) -> Result<Vec<&'a str>, String> {
    let boundary = kind.strip_prefix(expected).and_then(|rest| rest.strip_prefix("; boundary="));
    let boundary = boundary.ok_or_else(|| format!("{kind:?} is not {expected}"))?;
    let all: Vec<&str> = body.split(&format!("--{}", boundary.trim_matches('"'))).collect();
    let [_, parts @ .., end] = &all[..] else { return Err("no parts".into()) };
    if !end.starts_with("--") {
        return Err("the last part does not end".into());
    }
    Ok(parts.iter().map(|part| part.trim_start_matches("\r\n")).collect())
}

fn split(text: &str) -> Result<(Headers, &str), String> {
    let (head, body) = text.split_once("\r\n\r\n").ok_or("no body")?;
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").ok_or(format!("no header: {line}"))?;
        Ok((name.to_owned(), value.trim().to_owned()))
    };
    let headers: Result<Headers, String> =
        unfolded.split("\r\n").filter(|line| !line.is_empty()).map(header).collect();
    Ok((headers?, body))
}

/// The value of a header; empty if there is none.
fn value<'a>(headers: &'a Headers, name: &str) -> &'a str {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// The text of a part.
fn part(text: &str, kind: &str) -> Result<String, String> {
    let (headers, body) = split(text)?;
    if value(&headers, "Content-Type") != kind {
        return Err(format!("a part is {:?}, not {kind}", value(&headers, "Content-Type")));
    }
    decoded(&headers, body)
}

fn decoded(headers: &Headers, body: &str) -> Result<String, String> {
    let bytes = match value(headers, "Content-Transfer-Encoding") {
        "7bit" => body.as_bytes().to_vec(),
        "base64" => STANDARD.decode(body.replace("\r\n", "")).map_err(|error| error.to_string())?,
        "quoted-printable" => quoted_printable(body)?,
        other => return Err(format!("encoded by {other:?}")),
    };
    String::from_utf8(bytes)
        .map(|text| text.replace("\r\n", "\n"))
        .map_err(|error| error.to_string())
}

/// RFC 2045 section 6.7.
fn quoted_printable(text: &str) -> Result<Vec<u8>, String> {
    let text = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().unwrap_or_default(), rest.next().unwrap_or_default()];
        let digits = std::str::from_utf8(&digits).map_err(|error| error.to_string())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|error| error.to_string())?);
    }
    Ok(bytes)
}
