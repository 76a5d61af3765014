//! In whose name mail is sent.

/// The name a mail is sent in. Anybody can register an organisation with any name, so only a mail to
/// its own people is sent on its behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker<'a> {
    /// The product.
    Product,
    /// A portal or developer with this name, to its own people.
    Organisation(&'a str),
    /// The product, to somebody whom a portal or developer with this name invites: the name is the
    /// heading, and the mail doesn't claim to be written on its behalf.
    Inviting(&'a str),
}
