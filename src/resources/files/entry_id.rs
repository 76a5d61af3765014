//! Ids of files and directories.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::Message;
use crate::http::Parameter;
use crate::ids::{DirectoryId, FileId, InvalidId};

/// The id of a file or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryId {
    /// A file.
    File(FileId),
    /// A directory.
    Directory(DirectoryId),
}

/// Where something is: in a directory, or in none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DirectoryRef {
    /// In none: at the top.
    #[default]
    Root,
    /// In this one.
    Directory(DirectoryId),
}

/// What stands for no directory, in the database and in the parameter of the list.
pub(super) const ROOT: &str = "root";

impl EntryId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::File(id) => id.as_str(),
            Self::Directory(id) => id.as_str(),
        }
    }

    /// Whether it is a directory's.
    pub const fn is_directory(&self) -> bool {
        matches!(self, Self::Directory(_))
    }
}

impl DirectoryRef {
    /// The directory's id, or what stands for none.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Root => ROOT,
            Self::Directory(id) => id.as_str(),
        }
    }

    /// The directory's id, if it is in one.
    pub const fn id(&self) -> Option<&DirectoryId> {
        match self {
            Self::Root => None,
            Self::Directory(id) => Some(id),
        }
    }
}

/// What both have of ids and columns.
macro_rules! text {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl maud::Render for $type {
            fn render_to(&self, buffer: &mut String) {
                self.as_str().render_to(buffer);
            }
        }

        impl ToParam for $type {
            fn to_param(&self) -> Param<'_> {
                self.as_str().to_param()
            }
        }

        impl FromColumn for $type {
            fn from_column(column: Column<'_>) -> Option<Self> {
                match column {
                    Column::Text(text) => text.parse().ok(),
                    _ => None,
                }
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string" })
            }
        }
    };
}
text!(EntryId);
text!(DirectoryRef);

impl FromStr for EntryId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if let Ok(directory) = text.parse() {
            return Ok(Self::Directory(directory));
        }
        text.parse().map(Self::File)
    }
}

impl FromStr for DirectoryRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == ROOT { Ok(Self::Root) } else { text.parse().map(Self::Directory) }
    }
}

impl Parameter for DirectoryRef {
    const NAME: &'static str = "directory";
    const ABOUT: &'static str =
        "The id of the directory to put it in; without it, it is put at the top";

    fn read(text: &str) -> Result<Self, Message> {
        text.parse().map_err(|InvalidId { prefix }| Message::with("field.id", format!("{prefix}_")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_what_it_is_of() {
        let is_directory = |text: &str| text.parse().map(|id: EntryId| id.is_directory()).ok();
        assert_eq!(is_directory("fsd_a"), Some(true));
        assert_eq!(is_directory("fsf_a"), Some(false));
        for wrong in ["cst_a", "root", "", "fsf_A", "fsf_../x"] {
            assert_eq!(is_directory(wrong), None, "{wrong}");
        }
        assert_eq!("root".parse(), Ok(DirectoryRef::Root));
        assert!("fsf_a".parse::<DirectoryRef>().is_err());
    }
}
