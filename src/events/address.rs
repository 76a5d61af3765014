//! The addresses of webhooks.

use url::Url;

use crate::error::{Error, Message, Result};
use crate::outgoing::{Guard, Refused};

/// Checks an address that somebody wants events to be sent to.
///
/// # Errors
/// [`Error::Invalid`] for the field `url` when nothing can be sent there.
pub fn check_address(guard: &Guard, url: &str) -> Result<()> {
    let key = match Url::parse(url).map(|url| guard.check(&url)) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(Refused::NotPublic)) => "webhooks.not_public",
        Ok(Err(Refused::NotHttps)) => "webhooks.not_https",
        Err(_) => "field.url",
    };
    Err(Error::invalid("url", Message::new(key)))
}
