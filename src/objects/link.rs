//! Links to download a file, which need no token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::key::ObjectKey;
use crate::sealed::SealingKeys;

/// What the links are sealed for.
const PLACE: &str = "downloads";

/// The longest link that is looked at.
const LONGEST: usize = 400;

/// A link to one file. It is sealed, so nobody else can make one, or change its file or its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadLink {
    /// The file.
    pub key: ObjectKey,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl DownloadLink {
    /// How long a link can be used, as the contract says.
    const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

    /// The path of its endpoint, with a place for the sealed link.
    pub const PATH: &'static str = "/downloads/{link}";

    /// A link from now on.
    pub fn new(key: ObjectKey, now: Timestamp) -> Self {
        Self { key, expires_at: now + Self::LIFETIME }
    }

    /// Its path.
    pub fn path(&self, keys: &SealingKeys) -> String {
        let ObjectKey { portal, file } = &self.key;
        let plain = format!("{portal} {file} {}", self.expires_at.as_millisecond());
        let sealed = URL_SAFE_NO_PAD.encode(keys.seal(plain.as_bytes(), PLACE));
        Self::PATH.replace("{link}", &sealed)
    }

    /// Reads what a path has in the place of the link; none if it isn't one of ours.
    pub fn read(text: &str, keys: &SealingKeys) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let plain = keys.open(&URL_SAFE_NO_PAD.decode(text).ok()?, PLACE).ok()?;
        let plain = String::from_utf8(plain).ok()?;
        let mut parts = plain.split(' ');
        let (portal, file) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let expires_at = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
        Some(Self { key: ObjectKey { portal, file }, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{FileId, PortalId};

    #[test]
    fn a_link_is_read_back_and_a_forged_one_is_not() {
        let keys = SealingKeys::random();
        let key = ObjectKey { portal: PortalId::random(), file: FileId::random() };
        let link = DownloadLink::new(key, Timestamp::from_millisecond(1000).unwrap());
        let path = link.path(&keys);
        let text = path.strip_prefix("/downloads/").unwrap();
        assert_eq!(DownloadLink::read(text, &keys), Some(link));
        let mut forged = text.to_owned();
        let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
        forged.insert(20, last);
        assert_eq!(DownloadLink::read(&forged, &keys), None);
        assert_eq!(DownloadLink::read(text, &SealingKeys::random()), None);
        let elsewhere = URL_SAFE_NO_PAD.encode(keys.seal(b"prt_a fsf_a 1", "elsewhere"));
        for wrong in ["", "x", &elsewhere, &"A".repeat(LONGEST + 1)] {
            assert_eq!(DownloadLink::read(wrong, &keys), None, "{wrong}");
        }
    }
}
