//! `/requests/{link}`: the page on which people without an account upload what they are asked for. Opening
//! it changes nothing, and nothing can be downloaded from it.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::model::public_path;
use super::receive::receive;
use super::{RequestedFile, queries};
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::SentFile;
use crate::guests::Guest;
use crate::i18n::{Lang, tr};
use crate::ids::{FileId, FileRequestId};
use crate::objects::Stored;
use crate::quotas::MEGABYTE;
use crate::resources::files::{self, DirectoryRef};
use crate::ui::{self, BadgeKind, ButtonStyle, Field};
use crate::web::{GuestForm, Pages, new_id, new_id_field, see_other};

/// The bytes of a KiB.
const KIB: u64 = 1024;

/// The pages' routes.
pub fn pages() -> Pages {
    Pages::new().form("/requests/{link}", show, upload)
}

type Visitor = Guest<FileRequestId>;

async fn show(guest: Visitor) -> Result<Markup> {
    let request = queries::find(&guest.store, &guest.id).await?;
    let files = queries::files(&guest.store, &guest.id).await?;
    let (lang, name) = (guest.lang(), &guest.portal.name);
    let intro = tr!(lang, "guests.asked_by", name = name);
    let is_open = files.iter().any(|file| file.received_at.is_none());
    let labels: Vec<(&str, Cow<'_, str>)> =
        files.iter().map(|file| (file.id.as_str(), file.name.as_str().into())).collect();
    let body = html! {
        (ui::header(&request.name, Some(&intro), html! {}))
        @if let Some(text) = &request.description { (ui::lines(text)) }
        @if request.completed_at.is_some() { (ui::notice(ui::FlashKind::Success, None, html! { (tr!(lang, "guests.complete")) })) }
        @else if let Some(due) = request.due_at {
            p.muted { (tr!(lang, "guests.due")) " " (guest.moment(due)) }
        }
        (received(lang, &files))
        @if is_open { (upload_form(&guest, &files)) }
    };
    Ok(guest.chrome().with_labels(&labels).page(&request.name, body))
}

/// What came in, by its name only.
fn received(lang: Lang, files: &[RequestedFile]) -> Markup {
    let rows: Vec<Vec<Markup>> = files
        .iter()
        .filter_map(|file| {
            let name = file.file_name.as_deref()?;
            let badge = ui::badge(&tr!(lang, "guests.received"), BadgeKind::Success);
            Some(vec![ui::name(&file.name), ui::name(name), badge])
        })
        .collect();
    if rows.is_empty() {
        return html! {};
    }
    let heads = ["guests.asked", "guests.your_file", "guests.state"].map(|key| tr!(lang, key));
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    ui::table(&tr!(lang, "guests.received_files"), &heads, rows)
}

/// An input for each file that hasn't come in.
fn upload_form(guest: &Visitor, files: &[RequestedFile]) -> Markup {
    let lang = guest.lang();
    let fields = guest.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let upload: FileId = new_id(&fields);
    let inputs = files.iter().filter(|file| file.received_at.is_none());
    ui::multipart_form(
        &public_path(guest.link()),
        &guest.visit.mark,
        html! {
            (new_id_field(&upload))
            @for file in inputs {
                (Field::file(lang, file.id.as_str(), file.name.as_str(), None).required(file.required)
                    .hint(hint(guest, file)).errors_from(&errors))
            }
            (ui::actions(ui::submit(&tr!(lang, "guests.send"), ButtonStyle::Primary)))
        },
    )
}

fn hint(guest: &Visitor, file: &RequestedFile) -> String {
    let lang = guest.lang();
    let most = tr!(lang, "guests.at_most", size = files::readable_size(lang, largest(guest, file)));
    file.description.as_ref().map_or_else(|| most.to_string(), |text| format!("{text} {most}"))
}

/// The most bytes that a file can have.
fn largest(guest: &Visitor, file: &RequestedFile) -> u64 {
    let all = u64::from(guest.quotas().max_file_megabytes) * MEGABYTE;
    let own = file.max_file_size.and_then(|size| u64::try_from(size).ok());
    own.map_or(all, |own| all.min(own.saturating_mul(KIB)))
}

/// What was chosen for each requested file.
fn chosen<'a>(
    guest: &Visitor,
    asked: &'a [RequestedFile],
    sent: &'a [(String, SentFile)],
) -> Result<Vec<(&'a RequestedFile, &'a SentFile)>> {
    let (mut chosen, mut errors) = (Vec::new(), FieldErrors::default());
    for file in asked {
        let Some((_, sent)) = sent.iter().find(|(name, _)| name == file.id.as_str()) else {
            continue;
        };
        let largest = largest(guest, file);
        if sent.size > largest {
            let size = files::readable_size(guest.lang(), largest);
            errors.add(file.id.as_str(), Message::with("guests.too_large", size));
        }
        chosen.push((file, sent));
    }
    if chosen.is_empty() {
        let first = asked.iter().find(|file| file.received_at.is_none());
        let field = first.map_or("", |file| file.id.as_str());
        errors.add(field, Message::new("files.choose"));
    }
    if errors.is_empty() { Ok(chosen) } else { Err(Error::Invalid(errors)) }
}

async fn upload(guest: Visitor, GuestForm(fields, sent): GuestForm) -> Result<Response> {
    fields.expect_none_wrong()?;
    let request = queries::find(&guest.store, &guest.id).await?;
    let asked = queries::files(&guest.store, &guest.id).await?;
    let chosen = chosen(&guest, &asked, &sent)?;
    let upload: FileId = new_id(&fields);
    let mut stored: Vec<(&RequestedFile, Stored, _)> = Vec::new();
    for (file, sent) in chosen {
        let (objects, portal) = (guest.objects(), guest.store.portal());
        let (content, mut row) =
            files::store(objects, portal, sent, DirectoryRef::Root, None).await?;
        row.upload = Some(format!("{upload}.{}", file.id));
        stored.push((file, content, row));
    }
    let mut tx = guest.begin().await?;
    tx.hold_portal().await?;
    let mut kept = Vec::new();
    for (file, content, row) in stored {
        let change = guest.change();
        if receive(&mut tx, &change, guest.quotas(), (&request, file), row).await? {
            kept.push(content);
        }
    }
    for content in kept {
        tx.keep(content, guest.now()).await?;
    }
    tx.commit().await?;
    Ok(see_other(&public_path(guest.link()), Some("flash.files_received")))
}
