//! Typed ids: a prefix for the kind, an underscore, and random lower-case letters and digits
//! (`cst_abc12345def678`). A customer's id can't be passed in place of a group's.

use std::fmt;
use std::str::FromStr;

use rand::distr::{Distribution, Uniform};

use crate::db::{Column, FromColumn, Param, ToParam};

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const RANDOM_LENGTH: usize = 14;

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id that starts with {prefix}_")]
pub struct InvalidId {
    /// The prefix that the kind has.
    pub prefix: &'static str,
}

fn random(prefix: &str) -> String {
    let mut id = String::with_capacity(prefix.len() + 1 + RANDOM_LENGTH);
    id.push_str(prefix);
    id.push('_');
    let letters = Uniform::new(0, ALPHABET.len()).expect("the alphabet is not empty");
    let mut random = rand::rng();
    id.extend((0..RANDOM_LENGTH).map(|_| char::from(ALPHABET[letters.sample(&mut random)])));
    id
}

fn check(text: &str, prefix: &'static str) -> Result<(), InvalidId> {
    let random = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(InvalidId { prefix })?;
    let valid = (1..=40).contains(&random.len())
        && random.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    valid.then_some(()).ok_or(InvalidId { prefix })
}

/// An id of any kind.
pub trait Id: FromStr + fmt::Display {
    /// A new, random id.
    fn random() -> Self;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The letters before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new, random id.
            pub fn random() -> Self {
                Self(random($prefix).into_boxed_str())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Id for $name {
            fn random() -> Self {
                Self::random()
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                check(text, $prefix)?;
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl maud::Render for $name {
            fn render_to(&self, buffer: &mut String) {
                self.0.as_ref().render_to(buffer);
            }
        }

        impl ToParam for $name {
            fn to_param(&self) -> Param<'_> {
                self.0.as_ref().to_param()
            }
        }

        impl FromColumn for $name {
            fn from_column(column: Column<'_>) -> Option<Self> {
                match column {
                    Column::Text(text) => Some(Self(text.into())),
                    _ => None,
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": concat!("^", $prefix, "_") })
            }
        }
    )* };
}

ids! {
    /// A person who can log in.
    AccountId = "acc";
    /// A browser's session.
    SessionId = "ses";
    /// An invitation to join a portal or a developer.
    InvitationId = "ivt";
    /// A report of a leaked secret.
    LeakReportId = "lkr";
    /// A passkey.
    PasskeyId = "psk";
    /// A business's portal: the tenant.
    PortalId = "prt";
    /// A third-party developer (the organisation that owns apps).
    DeveloperId = "dev";
    /// A portal's API key.
    ApiKeyId = "key";
    /// A third-party app: the OAuth client; its id is the `client_id`.
    AppId = "app";
    /// One of an app's secrets.
    AppSecretId = "sec";
    /// A portal's consent to an app.
    GrantId = "grt";
    /// A consent as it was given, in the history of a grant.
    ConsentId = "con";
    /// An issued access or refresh token.
    TokenId = "tok";
    /// An issued authorization code.
    CodeId = "cod";
    /// A resource server: one of the operator's own services.
    ResourceServerId = "rsv";
    /// An event of a resource.
    EventId = "evn";
    /// An address that is told of events.
    WebhookId = "wbh";
    /// An attempt to tell a webhook of an event.
    DeliveryId = "dlv";
    /// An event of the audit log.
    AuditEventId = "evt";
    /// A segment of the request log.
    SegmentId = "seg";
    /// A mail, in its `Message-ID`.
    MailId = "mil";
    /// What was deleted together.
    DeletionId = "dlt";
    /// A saved view of a list.
    SavedViewId = "viw";
    /// A customer of a portal.
    CustomerId = "cst";
    /// A group of customers.
    CustomerGroupId = "cug";
    /// A punch card that a business offers.
    PunchCardId = "pcd";
    /// A punch card that a customer has.
    IssuedPunchCardId = "pcb";
    /// An appointment.
    AppointmentId = "apt";
    /// A type of appointments.
    AppointmentTypeId = "aty";
    /// Days on which a business is closed.
    ClosedDayId = "cld";
    /// A link by which a calendar program reads appointments.
    CalendarFeedId = "cfd";
    /// A ticket.
    TicketId = "tic";
    /// A message in a ticket.
    TicketMessageId = "tim";
    /// A file that was sent along with a message.
    TicketAttachmentId = "tma";
    /// A stored file.
    FileId = "fsf";
    /// A directory of files.
    DirectoryId = "fsd";
    /// A file that is arriving in parts.
    FileUploadId = "fup";
    /// A file that is shared by a link.
    FileShareId = "fss";
    /// A file request.
    FileRequestId = "frq";
    /// A file that is asked for.
    RequestedFileId = "fqf";
    /// An import of rows from a file.
    ImportId = "imp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_id_reads_back_as_its_own_kind_only() {
        let id = CustomerId::random();
        assert_eq!(id.as_str().len(), 4 + RANDOM_LENGTH);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!(id.as_str().parse::<CustomerGroupId>().is_err());
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "cst",
            "cst_",
            "cst_ABC",
            "cst_a-b",
            "cst_é",
            "cst_a\0",
            &format!("cst_{}", "a".repeat(41)),
        ] {
            assert_eq!(text.parse::<CustomerId>(), Err(InvalidId { prefix: "cst" }), "{text:?}");
        }
    }
}
