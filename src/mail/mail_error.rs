//! Why a mail can't be delivered.

/// Why a mail can't be delivered.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is invalid.
    #[error("address: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The mail can't be composed.
    #[error("composing: {0}")]
    Compose(#[from] lettre::error::Error),
    /// An attachment's media type is invalid.
    #[error("media type: {0}")]
    MediaType(#[from] lettre::message::header::ContentTypeErr),
    /// The mail server refused it or can't be reached.
    #[error("mail server: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The folder can't be written.
    #[error("mail folder: {0}")]
    Folder(#[from] std::io::Error),
}

impl MailError {
    /// Whether the mail can't be delivered later either: it can't be composed, or the mail server
    /// refused it for good (RFC 5321 section 4.2.1). Not if it refused our log-in, which the operator
    /// can correct.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Address(_) | Self::Compose(_) | Self::MediaType(_) => true,
            Self::Smtp(error) => {
                let code = error.status().map(u16::from);
                error.is_permanent() && !matches!(code, Some(530 | 534 | 535 | 538))
            }
            Self::Folder(_) => false,
        }
    }
}
