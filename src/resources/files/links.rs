//! The section of files, and what leads to its pages.

use maud::Markup;

use super::queries::Step;
use super::{DirectoryRef, EntryId};
use crate::i18n::{Lang, tr};
use crate::ui::{self, Icon};
use crate::web::{MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/files",
    title: "manage.nav.files",
    icon: Icon::Folder,
    group: MenuGroup::Work,
    key: Some('m'),
};

/// The path of a directory's page.
pub(super) fn directory_path(directory: &DirectoryRef) -> String {
    match directory {
        DirectoryRef::Root => SECTION.path.to_owned(),
        DirectoryRef::Directory(id) => format!("{}/directories/{id}", SECTION.path),
    }
}

/// The path of the page of a file or directory.
pub fn page_path(id: &EntryId) -> String {
    match id {
        EntryId::File(id) => format!("{}/{id}", SECTION.path),
        EntryId::Directory(id) => directory_path(&DirectoryRef::Directory(id.clone())),
    }
}

/// The path of the form that shares a file or directory.
pub fn share_path(id: &EntryId) -> String {
    format!("/manage/file-shares/of/{id}")
}

/// The way from the top to something, and to a page about it.
pub(super) fn breadcrumbs(lang: Lang, trail: &[Step], page: Option<&str>) -> Markup {
    let top = tr!(lang, "files.title");
    let paths: Vec<String> = trail.iter().map(|step| page_path(&step.id)).collect();
    let mut crumbs = vec![(top.as_ref(), Some(SECTION.path))];
    crumbs.extend(trail.iter().zip(&paths).map(|(step, path)| (&*step.name, Some(&**path))));
    crumbs.extend(page.map(|page| (page, None)));
    if let Some(last) = crumbs.last_mut() {
        last.1 = None;
    }
    ui::breadcrumbs(lang, &crumbs)
}
