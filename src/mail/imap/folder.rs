//! The folder that is read.

use std::time::Duration;

use async_imap::Session;
use async_imap::error::Error;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response, ResponseCode, Status};

use super::ImapFault;
use super::bounded::Allowance;
use super::connection::{Bounded, Bounds, SHORT, log_in, within, without_password};
use crate::config::{Config, ImapUrl};
use crate::mail::incoming::{HEAD_BYTES, MOST_BYTES};

/// The most mails of a folder that are looked through.
const MOST_MAILS: u32 = 1_000_000;

/// Among how many mails the unseen ones are looked for at once: a long answer is parsed again with each piece of it.
const AT_ONCE: u32 = 10_000;

/// The bounds of a list of [`AT_ONCE`] mails: each has a number of ten digits at most, and a space.
const LIST: Bounds = Bounds { time: Duration::from_secs(60), ..SHORT };

/// The bounds of a mail, and of one byte more.
const MAIL: Bounds = Bounds {
    time: Duration::from_secs(300),
    allowance: Allowance { literals: MOST_BYTES + 1, ..SHORT.allowance },
};

/// A mail in the folder.
pub struct FetchedMail {
    /// Its text (RFC 5322); only the head of one with more than [`MOST_BYTES`].
    pub raw: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// An open folder of a mailbox.
pub struct ImapFolder {
    session: Session<Bounded>,
    url: ImapUrl,
    /// How many mails are in it.
    mails: u32,
}

impl ImapFolder {
    /// Logs in, and opens the folder to read and mark what is in it.
    ///
    /// # Errors
    /// When that isn't possible, or the folder keeps no mark of what was seen.
    pub async fn open(url: &ImapUrl) -> Result<Self, ImapFault> {
        let session = log_in(url, SHORT).await?;
        let mut folder = Self { session, url: url.clone(), mails: 0 };
        let (mut mails, mut keeps_marks) = (0, true);
        let name = url.folder.replace('\\', "\\\\").replace('"', "\\\"");
        let see = |answer: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Exists(exists)) = answer {
                mails = *exists;
            }
            match code(answer) {
                Some(ResponseCode::ReadOnly) => keeps_marks = false,
                Some(ResponseCode::PermanentFlags(flags)) => {
                    keeps_marks &= flags.iter().any(|flag| flag.eq_ignore_ascii_case("\\Seen"));
                }
                _ => {}
            }
        };
        let opened = folder.run(&format!("SELECT \"{name}\""), SHORT, see).await;
        opened.map_err(|fault| match fault {
            ImapFault::Refused(why) => ImapFault::Folder(why),
            other => other,
        })?;
        folder.mails = mails;
        if keeps_marks {
            return Ok(folder);
        }
        folder.close().await;
        Err(ImapFault::Folder("the user can't mark mails in it as read".to_owned()))
    }

    /// The numbers (UIDs) of the mails that weren't seen, in the order in which they arrived.
    ///
    /// # Errors
    /// When the server fails, or the folder has more than a million mails.
    pub async fn unseen(&mut self) -> Result<Vec<u32>, ImapFault> {
        if self.mails > MOST_MAILS {
            return Err(ImapFault::Full(self.mails));
        }
        let mut unseen = Vec::new();
        for first in (1..=self.mails).step_by(AT_ONCE as usize) {
            let last = self.mails.min(first + AT_ONCE - 1);
            let command = format!("UID SEARCH {first}:{last} UNSEEN");
            let see = |answer: &Response<'_>| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = answer {
                    unseen.extend(found);
                }
            };
            self.run(&command, LIST, see).await?;
        }
        unseen.sort_unstable();
        unseen.dedup();
        Ok(unseen)
    }

    /// A mail, or its head if it is too large; none if it is no longer there. It isn't marked as seen.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn fetch(&mut self, uid: u32) -> Result<Option<FetchedMail>, ImapFault> {
        let mut size = None;
        self.run(&format!("UID FETCH {uid} (RFC822.SIZE)"), SHORT, |answer| {
            for attribute in attributes(answer, uid) {
                if let AttributeValue::Rfc822Size(bytes) = attribute {
                    size = Some(*bytes as usize);
                }
            }
        })
        .await?;
        let Some(size) = size else { return Ok(None) };
        // Some servers only estimate the size, and one byte more than is allowed tells that it was wrong.
        let part = if size <= MOST_BYTES {
            format!("]<0.{}>", MOST_BYTES + 1)
        } else {
            format!("HEADER]<0.{HEAD_BYTES}>")
        };
        let mut raw: Option<Vec<u8>> = None;
        self.run(&format!("UID FETCH {uid} (BODY.PEEK[{part})"), MAIL, |answer| {
            for attribute in attributes(answer, uid) {
                if let AttributeValue::BodySection { data: Some(data), .. } = attribute {
                    raw = Some(data.to_vec());
                }
            }
        })
        .await?;
        let raw = raw.filter(|raw| size == 0 || !raw.is_empty()).ok_or_else(|| {
            ImapFault::Refused("it lists a mail that it doesn't deliver".to_owned())
        })?;
        let is_whole = size.max(raw.len()) <= MOST_BYTES;
        Ok(Some(FetchedMail { raw, is_whole }))
    }

    /// Marks a mail as seen, so that it is no longer listed.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn mark_seen(&mut self, uid: u32) -> Result<(), ImapFault> {
        let command = format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)");
        self.run(&command, SHORT, |_| ()).await
    }

    /// Says goodbye to the server.
    pub async fn close(mut self) {
        self.session.as_mut().allow(SHORT.allowance);
        drop(within(SHORT.time, self.session.logout()).await);
    }

    /// Gives a command, and looks at each answer to it. The last one alone tells whether it is refused: an untagged
    /// `NO` is a warning (RFC 3501 section 7.1.2). The methods of async-imap for these commands judge otherwise.
    async fn run(
        &mut self,
        command: &str,
        bounds: Bounds,
        mut see: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapFault> {
        let session = &mut self.session;
        session.as_mut().allow(bounds.allowance);
        let answered = async {
            let ours = session.run_command(command).await?;
            loop {
                let answer = session.read_response().await?.ok_or(Error::ConnectionLost)?;
                see(answer.parsed());
                if let Response::Done { tag, status, outcome } = answer.parsed()
                    && *tag == ours
                {
                    let said = outcome.information.as_deref().unwrap_or_default();
                    return match status {
                        Status::Ok => Ok(()),
                        _ => Err(ImapFault::Refused(said.to_owned())),
                    };
                }
            }
        };
        let done = within(bounds.time, answered).await;
        done.map_err(|fault| without_password(fault, &self.url))
    }
}

/// Opens the configured mailbox, but reads nothing. Each answer has thirty seconds. `None` if there is no mailbox.
pub async fn try_mailbox(config: &Config) -> Option<Result<(), ImapFault>> {
    Some(examine(config.imap_url.as_ref()?).await)
}

async fn examine(url: &ImapUrl) -> Result<(), ImapFault> {
    let folder = ImapFolder::open(url).await?;
    let mails = folder.mails;
    folder.close().await;
    if mails > MOST_MAILS { Err(ImapFault::Full(mails)) } else { Ok(()) }
}

/// What the server says in brackets in front of a text.
const fn code<'a, 'b>(answer: &'a Response<'b>) -> Option<&'a ResponseCode<'b>> {
    match answer {
        Response::Data { outcome, .. } | Response::Done { outcome, .. } => outcome.code.as_ref(),
        _ => None,
    }
}

/// What an answer tells of a mail.
fn attributes<'a, 'b>(answer: &'a Response<'b>, uid: u32) -> &'a [AttributeValue<'b>] {
    let of_mail = |attribute: &AttributeValue<'_>| matches!(attribute, AttributeValue::Uid(number) if *number == uid);
    match answer {
        Response::Fetch(_, attributes) if attributes.iter().any(of_mail) => attributes,
        _ => &[],
    }
}
