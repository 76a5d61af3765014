//! The part of a directory's page that uploads files.

use maud::{Markup, html};

use super::DirectoryRef;
use super::links::{SECTION, directory_path};
use super::size::readable_size;
use super::unfinished::{self, ENDS_AFTER, PART, UnfinishedUpload};
use crate::error::Result;
use crate::i18n::tr;
use crate::ids::FileId;
use crate::manage::Member;
use crate::quotas::MEGABYTE;
use crate::time::readable;
use crate::ui::{self, ButtonStyle, DropZone, Field};
use crate::values::FileName;
use crate::web::{new_id, new_id_field};

/// The field with the files.
pub(super) const FILE: &str = "file";

/// The form that uploads files to a directory, and the person's uploads to it that aren't finished.
pub(super) async fn zone(member: &Member, directory: &DirectoryRef) -> Result<Markup> {
    let account = &member.session.account_id;
    let unfinished = unfinished::list(&member.store, account, directory).await?;
    let names: Vec<FileName> =
        unfinished.iter().map(|upload| FileName::nearest(&upload.name)).collect();
    let rows: Vec<ui::UnfinishedUpload<'_>> =
        unfinished.iter().zip(&names).map(|(upload, name)| row(member, upload, name)).collect();
    let zone = DropZone {
        form: form(member, directory),
        uploads: &format!("{}/uploads", SECTION.path),
        directory: directory.as_str(),
        part: PART,
        unfinished: &rows,
    };
    Ok(zone.show(member.lang(), &member.visit.mark))
}

fn form(member: &Member, directory: &DirectoryRef) -> Markup {
    let (lang, action) = (member.lang(), format!("{}/upload", directory_path(directory)));
    let fields = member.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let upload: FileId = new_id(&fields);
    let most = u64::from(member.quotas().max_file_megabytes) * MEGABYTE;
    let hint = tr!(lang, "files.upload_hint", size = readable_size(lang, most));
    ui::multipart_form(
        &action,
        &member.visit.mark,
        html! {
            (new_id_field(&upload))
            (Field::file(lang, FILE, tr!(lang, "files.upload_label"), None).multiple().required(true).hint(hint).errors_from(&errors))
            (ui::actions(ui::submit(&tr!(lang, "files.upload"), ButtonStyle::Primary)))
        },
    )
}

fn row<'a>(
    member: &Member,
    upload: &'a UnfinishedUpload,
    name: &'a FileName,
) -> ui::UnfinishedUpload<'a> {
    let lang = member.lang();
    let end = readable(upload.updated_at + ENDS_AFTER, member.time_zone(), lang);
    let received = readable_size(lang, upload.received_bytes());
    let size = readable_size(lang, upload.bytes());
    let about = tr!(lang, "uploads.unfinished", received = received, size = size, end = end);
    ui::UnfinishedUpload {
        id: upload.id.as_str(),
        sent_name: &upload.name,
        name: name.as_str(),
        size: upload.bytes(),
        modified: upload.modified_at,
        received: upload.received(),
        about: html! { (about) },
    }
}
