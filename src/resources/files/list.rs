//! The list of files and directories.

use super::Entry;
use super::entry_id::{DirectoryRef, ROOT};
use crate::http::Parameter;
use crate::lists::{Filter, Link, List, Listed, Part, Sort};

/// Only what a filter says stands between the parts of a directory, so its index leads to them.
const WITHIN: Link = Link { table: "files", own: "id", other: "directory_id" };

impl Listed for Entry {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "file",
        table: "files",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", "c.created_at"),
            Sort::by_number("updatedAt", "COALESCE(c.updated_at, c.created_at)"),
            Sort::by_text("name", "COALESCE(c.name_key, lower(c.name))"),
            Sort::by_number("size", "c.size"),
        ],
        filters: &[Filter::linked::<DirectoryRef>(
            DirectoryRef::NAME,
            WITHIN,
            "files.filter.directory",
            "The id of the directory whose contents are listed. Without it, what is in no directory; a \
             search looks in all of them. `root` stands for none",
        )],
    };

    const PAGE_ORDER: Option<&'static str> = Some("name");
}

/// The part of a list that is within a directory; a search without one is in all of them.
pub(super) fn within(part: &Part<Entry>, directory: Option<&str>) -> Option<Part<Entry>> {
    match directory {
        _ if part.is_filtered() => None,
        None if part.search().is_some() => None,
        directory => Some(part.filtered(DirectoryRef::NAME, directory.unwrap_or(ROOT))),
    }
}
