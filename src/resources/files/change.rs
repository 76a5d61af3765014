//! Making directories, and renaming and deleting files and directories.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{SECTION, breadcrumbs, directory_path, page_path};
use super::queries::{self, Step};
use super::{DirectoryRef, Entry, EntryId};
use crate::error::{Error, Result};
use crate::fields::{Fields, FromFields};
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::DirectoryId;
use crate::manage::{Member, NamePage};
use crate::ui::{self, Field};
use crate::unicode::isolated;
use crate::values::{FileName, Value};
use crate::web::{
    Form, Saved, expected_revision, filled_from_field, new_id, new_id_field, see_other, verbatim,
};

/// A name that was typed.
struct TypedName(FileName);

impl FromFields for TypedName {
    fn from_fields(fields: &mut Fields) -> Self {
        Self(FileName::from_field(fields, "name"))
    }
}

pub(super) async fn show_new_at_top(member: Member) -> Markup {
    new_page(&member, &DirectoryRef::Root, &[])
}

pub(super) async fn show_new(member: Member, Path(id): Path<DirectoryId>) -> Result<Markup> {
    let trail = queries::trail(&member.store, &EntryId::Directory(id.clone())).await?;
    if trail.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(new_page(&member, &DirectoryRef::Directory(id), &trail))
}

fn new_page(member: &Member, directory: &DirectoryRef, trail: &[Step]) -> Markup {
    let (title, back) = (tr!(member.lang(), "files.new_directory"), directory_path(directory));
    let fields = member.visit.fields(Vec::new);
    let crumbs = breadcrumbs(member.lang(), trail, Some(&title));
    let id: DirectoryId = new_id(&fields);
    let paths = (&*format!("{back}/new"), &*back);
    name_page(member, (&title, crumbs, html! {}), paths, &fields, new_id_field(&id))
}

pub(super) async fn create_at_top(member: Member, Form(fields): Form) -> Result<Response> {
    make(&member, &DirectoryRef::Root, fields).await
}

pub(super) async fn create(
    member: Member,
    Path(id): Path<DirectoryId>,
    Form(fields): Form,
) -> Result<Response> {
    queries::find(&member.store, &EntryId::Directory(id.clone())).await?;
    make(&member, &DirectoryRef::Directory(id), fields).await
}

async fn make(member: &Member, directory: &DirectoryRef, mut fields: Fields) -> Result<Response> {
    let id = new_id(&fields);
    let TypedName(name) = fields.read()?;
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    let (change, quotas) = (member.change(), member.quotas());
    let new = (id, name);
    let entry = queries::create_directory(&mut tx, &change, quotas, directory, new).await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&entry.id), Some("flash.directory_created")))
}

pub(super) async fn show_rename(member: Member, Path(id): Path<EntryId>) -> Result<Markup> {
    let entry = queries::find(&member.store, &id).await?;
    let trail = queries::trail(&member.store, &id).await?;
    let (lang, title, path) = (member.lang(), tr!(member.lang(), "files.rename"), page_path(&id));
    let saved = saved(&entry);
    let (typed, labels) = (member.visit.typed(), [("name", tr!(lang, "files.name"))]);
    let (notice, fields) = saved.form_or_unmerged(lang, typed, &labels, verbatim, &path);
    let paths = (&*format!("{}/{id}/rename", SECTION.path), &*path);
    let crumbs = breadcrumbs(lang, &trail, Some(&title));
    let top = (&*title, crumbs, notice.unwrap_or_default());
    Ok(name_page(&member, top, paths, &fields, filled_from_field(&fields)))
}

/// What is saved of a file or directory, for the form.
fn saved(entry: &Entry) -> Saved {
    Saved::at_revision(entry.revision, vec![("name".to_owned(), entry.name.clone())])
}

pub(super) async fn rename(
    member: Member,
    Path(id): Path<EntryId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let TypedName(name) = fields.read()?;
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    let expected = expected_revision(&fields);
    match queries::rename(&mut tx, &member.change(), &id, &expected, &name).await {
        Ok(()) => tx.commit().await?,
        Err(Error::Changed) => {
            drop(tx);
            // Unless somebody else did the same.
            if queries::find(&member.store, &id).await?.name != name.as_str() {
                return Err(Error::Changed);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(see_other(&page_path(&id), Some("flash.file_renamed")))
}

/// The page with the form for the name of a file or directory.
fn name_page(
    member: &Member,
    (title, crumbs, above): (&str, Markup, Markup),
    (action, cancel): (&str, &str),
    fields: &Fields,
    hidden: Markup,
) -> Markup {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let page = NamePage {
        section: &SECTION,
        title,
        crumbs,
        above,
        action,
        cancel,
        field: Field::text(lang, "name", tr!(lang, "files.name"))
            .value(fields.sent("name"))
            .errors_from(&errors)
            .maxlength(FileName::LONGEST),
        hidden,
        save: None,
    };
    page.show(member)
}

pub(super) async fn ask_to_delete(member: Member, Path(id): Path<EntryId>) -> Result<Markup> {
    let entry = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let title = tr!(lang, "files.delete_title", name = isolated(&entry.name));
    let text = if entry.id.is_directory() {
        tr!(lang, "files.delete_directory_text")
    } else {
        tr!(lang, "files.delete_file_text")
    };
    let action = format!("{}/{id}/delete", SECTION.path);
    let (mark, delete) = (&member.visit.mark, tr!(lang, "manage.delete"));
    let body = ui::confirm(lang, &title, &text, &action, mark, &delete, &path);
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn delete(member: Member, Path(id): Path<EntryId>, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    let entry = queries::delete(&mut tx, &member.change(), &id, &Expected::Any).await?;
    tx.commit().await?;
    let message = if id.is_directory() { "flash.directory_deleted" } else { "flash.file_deleted" };
    Ok(see_other(&directory_path(&entry.directory_id), Some(message)))
}
