//! The host of an address.

use url::Url;

/// The host of an address, for logs and mail: its path can hold a secret, which they need not have.
pub fn host_of(url: &str) -> String {
    let url = Url::parse(url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
