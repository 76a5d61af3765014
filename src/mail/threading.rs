//! The place of a mail in a conversation.

use serde::{Deserialize, Serialize};

/// The most earlier mails that one names: the first, which threads are found by, and the latest.
const MOST_REFERENCES: usize = 20;

/// The place of a mail in a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Threading {
    /// The part of its `Message-ID` before the `@`, if what it tells has an id that outlives the mail.
    pub id: Option<String>,
    /// The `Message-ID`s of earlier mails without brackets, the oldest first (RFC 5322 section 3.6.4).
    pub earlier: Vec<String>,
    /// The address for answers, if it isn't the sender's.
    pub reply_to: Option<String>,
    /// Who wrote it.
    pub author: MailAuthor,
}

/// Who wrote a mail: receivers answer no automatic ones (RFC 3834).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailAuthor {
    /// A person.
    Person,
    /// This program, in answer to a mail.
    Answering,
}

impl Threading {
    /// What `References` names.
    pub(super) fn references(&self) -> Option<String> {
        let (first, later) = self.earlier.split_first()?;
        let latest = &later[later.len().saturating_sub(MOST_REFERENCES - 1)..];
        let all: Vec<String> =
            [first].into_iter().chain(latest).map(|id| format!("<{id}>")).collect();
        Some(all.join(" "))
    }

    /// What `In-Reply-To` names.
    pub(super) fn in_reply_to(&self) -> Option<String> {
        self.earlier.last().map(|id| format!("<{id}>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_the_first_and_the_latest() {
        let threading = |count: usize| Threading {
            id: None,
            earlier: (0..count).map(|number| format!("{number}@a.nl")).collect(),
            reply_to: None,
            author: MailAuthor::Person,
        };
        assert_eq!((threading(0).references(), threading(0).in_reply_to()), (None, None));
        assert_eq!(threading(2).references().as_deref(), Some("<0@a.nl> <1@a.nl>"));
        assert_eq!(threading(500).in_reply_to().as_deref(), Some("<499@a.nl>"));
        let many = threading(500).references().unwrap();
        assert!(
            many.starts_with("<0@a.nl> <481@a.nl> ") && many.ends_with(" <499@a.nl>"),
            "{many}"
        );
        assert_eq!(many.split(' ').count(), MOST_REFERENCES);
    }
}
