//! The states of a ticket, and the steps between them.

use crate::values::choice;

choice! {
    /// Whether somebody waits for an answer.
    TicketStatus in "tickets.status." {
        /// Somebody may.
        Open = "open",
        /// Nobody does.
        Closed = "closed",
    }
}

choice! {
    /// Where a ticket began.
    TicketSource in "tickets.source." {
        /// In the portal.
        Portal = "portal",
        /// With an e-mail.
        Email = "email",
        /// In a chat, which is over.
        Chat = "chat",
    }
}

/// What is done with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody writes a message that the customer can read, or the customer writes one.
    Reply,
    /// Somebody writes a note, which only members can read.
    Note,
    /// It is done.
    Close,
    /// It isn't done after all.
    Reopen,
}

impl TicketStatus {
    /// The state after a step. Each step can be taken in each state, so that of two who do the same the
    /// second is no worse off.
    #[must_use]
    pub const fn after(self, step: Step) -> Self {
        match step {
            Step::Reply | Step::Reopen => Self::Open,
            Step::Close => Self::Closed,
            Step::Note => self,
        }
    }
}

impl TicketSource {
    /// Whether a reply reaches anybody.
    pub const fn takes_replies(self) -> bool {
        !matches!(self, Self::Chat)
    }
}

#[cfg(test)]
mod tests {
    use super::TicketStatus::{Closed, Open};
    use super::*;

    #[test]
    fn a_reply_reopens_a_closed_ticket_and_a_note_does_not() {
        for (status, step, after) in [
            (Open, Step::Reply, Open),
            (Open, Step::Note, Open),
            (Open, Step::Close, Closed),
            (Open, Step::Reopen, Open),
            (Closed, Step::Reply, Open),
            (Closed, Step::Note, Closed),
            (Closed, Step::Close, Closed),
            (Closed, Step::Reopen, Open),
        ] {
            assert_eq!(status.after(step), after, "{status} {step:?}");
        }
    }

    #[test]
    fn a_chat_takes_no_replies() {
        let takes = TicketSource::ALL.map(|source| source.takes_replies());
        assert_eq!(takes, [true, true, false]);
    }
}
