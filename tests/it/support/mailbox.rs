//! The mail that a server stores without a mail server. It is delivered in the background, so tests
//! wait until it is there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Instance;

/// The longest that a mail may take.
const LONGEST: Duration = Duration::from_secs(120);

fn is_about_new_browser(mail: &Value) -> bool {
    let subject = mail["subject"].as_str().unwrap();
    ["Nieuwe browser", "New browser"].iter().any(|start| subject.starts_with(start))
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(mail: &Value) -> String {
    mail["text"].as_str().unwrap().to_owned()
}

/// The mail to one address.
pub struct Mailbox {
    folder: PathBuf,
    address: String,
}

impl Instance {
    pub fn mailbox(&self, address: &str) -> Mailbox {
        Mailbox { folder: self.database.folder().join("mail"), address: address.to_owned() }
    }
}

impl Mailbox {
    /// The texts of all mails that are there now, the oldest first; but for those about log-ins from
    /// new browsers, which tests cause wherever somebody logs in.
    pub fn texts(&self) -> Vec<String> {
        self.all()
            .into_iter()
            .filter(|mail| !is_about_new_browser(mail))
            .map(|mail| text(&mail))
            .collect()
    }

    /// The texts of the mails about log-ins from new browsers, once there are `count`.
    pub async fn about_new_browsers(&self, count: usize) -> Vec<String> {
        let start = Instant::now();
        loop {
            let texts: Vec<String> =
                self.all().iter().filter(|mail| is_about_new_browser(mail)).map(text).collect();
            assert!(texts.len() <= count, "too many mails: {texts:?}");
            if texts.len() == count {
                return texts;
            }
            assert!(start.elapsed() < LONGEST, "no {count} such mails to {}", self.address);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The whole mail that makes it `count`, with its lines unfolded.
    pub async fn source(&self, count: usize) -> String {
        self.wait_for(count).await;
        let is_own = |path: &&PathBuf| self.is_own(&read(path));
        let path = self.paths().iter().rfind(is_own).unwrap().with_extension("eml");
        let source = std::fs::read_to_string(path).unwrap();
        source.replace("\r\n ", " ").replace("=\r\n", "")
    }

    /// The files for calendar programs in these mails, the oldest first.
    pub fn calendars(&self) -> Vec<String> {
        let files = self.all();
        files.iter().filter_map(|mail| mail["calendar"].as_str().map(str::to_owned)).collect()
    }

    fn paths(&self) -> Vec<PathBuf> {
        let Ok(files) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
            .collect();
        paths.sort();
        paths
    }

    fn is_own(&self, mail: &Value) -> bool {
        mail["to"].as_str().is_some_and(|to| to.eq_ignore_ascii_case(&self.address))
    }

    fn all(&self) -> Vec<Value> {
        let mails = self.paths().into_iter().map(|path| read(&path));
        mails.filter(|mail| self.is_own(mail)).collect()
    }

    /// The text of the mail that makes it `count`.
    pub async fn wait_for(&self, count: usize) -> String {
        let start = Instant::now();
        loop {
            let mut texts = self.texts();
            assert!(texts.len() <= count, "too many mails: {texts:?}");
            if texts.len() == count {
                return texts.pop().unwrap();
            }
            assert!(start.elapsed() < LONGEST, "no mail number {count} to {}", self.address);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Path and query of the link in that mail.
    pub async fn link(&self, count: usize) -> String {
        let text = self.wait_for(count).await;
        let link = text
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap_or_else(|| panic!("no link in {text}"));
        let url: url::Url = link.parse().unwrap();
        format!("{}?{}", url.path(), url.query().unwrap_or_default())
    }
}
