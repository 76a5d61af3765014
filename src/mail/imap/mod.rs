//! Reading a mailbox by IMAP (RFC 3501), with bounds on all that a server can answer. See
//! `docs/decisions/0081-ticket-mail-by-imap.md`.

mod bounded;
mod connection;
mod fault;
mod folder;
#[cfg(test)]
mod tests;

pub use fault::ImapFault;
pub use folder::{FetchedMail, ImapFolder, try_mailbox};
