//! Mails as stored by the mailer in its folder: `<milliseconds>-<8 hex digits>.json`.

use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::error::{Error, Result};

/// The maximum number of mails in the list.
const LONGEST_LIST: usize = 100;

/// A mail's name, which contains when it was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    millis: i64,
    text: String,
}

/// A mail.
#[derive(Debug, Deserialize)]
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
    /// `None` in mail stored by an earlier version.
    #[serde(default)]
    pub(super) html: Option<String>,
}

impl Name {
    /// Parses a name; rejects anything else, such as a path out of the folder.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (millis, random) = text.split_once('-')?;
        let is_name = random.len() == 8
            && random.bytes().all(|byte| byte.is_ascii_hexdigit())
            && millis.bytes().all(|byte| byte.is_ascii_digit());
        let millis = millis.parse().ok().filter(|_| is_name)?;
        Some(Self { millis, text: text.to_owned() })
    }

    /// When the mail was sent.
    pub(super) fn sent_at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis).unwrap_or_default()
    }

    /// The name as text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

impl Letter {
    /// Reads a mail; `None` if there is none with that name, or it is still being written.
    pub(super) async fn read(folder: &Path, name: &Name) -> Result<Option<Self>> {
        match tokio::fs::read(folder.join(format!("{}.json", name.text))).await {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

/// The latest mails, newest first.
pub(super) async fn latest(folder: &Path) -> Result<Vec<(Name, Letter)>> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::internal(error)),
    };
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(Error::internal)? {
        names.extend(
            entry
                .file_name()
                .to_str()
                .and_then(|name| name.strip_suffix(".json"))
                .and_then(Name::parse),
        );
    }
    names.sort_unstable_by(|one, other| other.cmp(one));
    let mut letters = Vec::new();
    for name in names.into_iter().take(LONGEST_LIST) {
        if let Some(letter) = Letter::read(folder, &name).await? {
            letters.push((name, letter));
        }
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        assert_eq!(
            Name::parse("1795485600000-00ab12ef").unwrap().sent_at().to_string(),
            "2026-11-24T02:00:00Z"
        );
        for wrong in [
            "",
            "1",
            "-00ab12ef",
            "../1-00ab12ef",
            "1-../../..",
            "1-00ab12e/",
            "+1-00ab12ef",
            "1-00ab12eff",
            "99999999999999999999-00ab12ef",
        ] {
            assert_eq!(Name::parse(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn the_newest_mail_comes_first_and_other_files_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mail = r#"{"to":"a@b.nl","subject":"S","text":"T"}"#;
        for (name, text) in [
            ("2-00000000.json", mail),
            ("10-00000000.json", mail),
            ("3-00000000.json", "{"),
            ("3-00000000.eml", ""),
            ("x.json", mail),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let names: Vec<String> =
            latest(folder.path()).await.unwrap().into_iter().map(|(name, _)| name.text).collect();
        assert_eq!(names, ["10-00000000", "2-00000000"]);
        assert!(latest(&folder.path().join("missing")).await.unwrap().is_empty());
    }
}
