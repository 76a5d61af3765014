//! A mail, as text and HTML.

use serde::{Deserialize, Serialize};

use super::{Speaker, Threading, template};
use crate::i18n::Lang;
use crate::ids::MailId;
use crate::values::Html;

/// A mail, as text and HTML.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    pub(super) id: MailId,
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
    /// `None` in mail posted by an earlier version.
    #[serde(default)]
    pub(super) html: Option<String>,
    /// The name of the sender, if it isn't that of the settings.
    #[serde(default)]
    pub(super) sender: Option<String>,
    /// Its place in a conversation, if it has one.
    #[serde(default)]
    pub(super) threading: Option<Threading>,
    /// What it tells the recipient's calendar.
    #[serde(default)]
    pub(super) calendar: Option<CalendarFile>,
    /// The files that are sent along. A mail with files is made when it is sent, and never posted.
    #[serde(skip)]
    pub(super) files: Vec<MailFile>,
}

/// A file that is sent along.
#[derive(Debug, Clone)]
pub struct MailFile {
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// A file for calendar programs (RFC 6047).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CalendarFile {
    /// What the file is called.
    pub name: String,
    /// What a calendar does with its contents (RFC 5546): `REQUEST` or `CANCEL`.
    pub method: String,
    /// Its contents, in the iCalendar format.
    pub content: String,
}

impl Mail {
    /// The address that it goes to.
    pub fn recipient(&self) -> &str {
        &self.to
    }

    /// A mail in one language.
    pub fn new(to: &str, speaker: Speaker<'_>, lang: Lang, subject: String, text: &str) -> Self {
        Self::of_parts(to, speaker, subject, &[(lang, text)])
    }

    /// The same mail with this name as its sender, beside the address of the settings. For mail to an
    /// organisation's own people only.
    #[must_use]
    pub fn sent_as(self, sender: Option<&str>) -> Self {
        Self { sender: sender.map(str::to_owned), ..self }
    }

    /// A mail with what a person wrote, and below it a line about answering.
    pub fn letter(
        to: &str,
        speaker: Speaker<'_>,
        lang: Lang,
        (subject, written): (String, &Html),
        closing: &str,
    ) -> Self {
        let text = format!("{}\n\n{closing}\n", written.text());
        let html = template::letter(speaker, &subject, (lang, written), closing);
        Self::of_texts(to, subject, text, html)
    }

    /// The same mail as part of a conversation.
    #[must_use]
    pub fn within(self, threading: Threading) -> Self {
        Self { threading: Some(threading), ..self }
    }

    /// The same mail with this id, so that all of its copies have the same `Message-ID`.
    #[must_use]
    pub fn with_id(self, id: MailId) -> Self {
        Self { id, ..self }
    }

    /// The same mail with a file for calendar programs.
    #[must_use]
    pub fn with_calendar(self, file: CalendarFile) -> Self {
        Self { calendar: Some(file), ..self }
    }

    /// The same mail with files.
    #[must_use]
    pub fn with_files(self, files: Vec<MailFile>) -> Self {
        Self { files, ..self }
    }

    /// A mail to a person whose language isn't known: in Dutch, and below it in English.
    pub fn in_both_languages(
        to: &str,
        speaker: Speaker<'_>,
        subject: impl Fn(Lang) -> String,
        text: impl Fn(Lang) -> String,
    ) -> Self {
        let texts = Lang::ALL.map(|lang| (lang, text(lang)));
        let parts: Vec<(Lang, &str)> =
            texts.iter().map(|(lang, text)| (*lang, text.as_str())).collect();
        Self::of_parts(to, speaker, Lang::ALL.map(subject).join(" / "), &parts)
    }

    fn of_parts(to: &str, speaker: Speaker<'_>, subject: String, parts: &[(Lang, &str)]) -> Self {
        let html = template::html(speaker, &subject, parts);
        let text = template::text(speaker, parts);
        Self::of_texts(to, subject, text, html)
    }

    fn of_texts(to: &str, subject: String, text: String, html: String) -> Self {
        Self {
            id: MailId::random(),
            to: to.to_owned(),
            subject,
            text,
            html: Some(html),
            sender: None,
            threading: None,
            calendar: None,
            files: Vec::new(),
        }
    }
}
