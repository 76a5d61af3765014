//! The two kinds of client (RFC 6749 section 2.1).

use crate::db::text_enum;

text_enum! {
    /// Whether an app can keep a secret. It is chosen when the app is created and never changes.
    pub ClientType {
        /// Runs on its developer's server, where nobody else can read its App Secret.
        Confidential = "confidential",
        /// Runs on the user's device: in a browser, on a phone, on a desktop. It has no secret.
        Public = "public",
    }
}
