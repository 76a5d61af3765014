//! The two kinds of client (RFC 6749 section 2.1).

use crate::db::{Column, FromColumn, Param, ToParam};

/// Whether an app can keep a secret. It is chosen when the app is created and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientType {
    /// Runs on its developer's server, where nobody else can read its App Secret.
    Confidential,
    /// Runs on the user's device: in a browser, on a phone, on a desktop. It has no secret.
    Public,
}

impl ClientType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Confidential, Self::Public];

    /// The name in the database and in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confidential => "confidential",
            Self::Public => "public",
        }
    }

    /// The type with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl ToParam for ClientType {
    fn to_param(&self) -> Param<'_> {
        self.name().to_param()
    }
}

impl FromColumn for ClientType {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => Self::from_name(text),
            _ => None,
        }
    }
}
