//! `/shares/{link}`: what people without an account see of a share. Opening a page changes nothing;
//! downloads are counted by the form that begins them.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::model::public_path;
use super::queries::{self, SharedFile};
use super::{FileShare, FirstDownloadMail};
use crate::audit::Action;
use crate::auth::PasswordHash;
use crate::error::{Error, Message, Result};
use crate::guests::Guest;
use crate::i18n::tr;
use crate::ids::{FileId, FileShareId};
use crate::objects::{ObjectKey, ScanState};
use crate::resources::files;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Form, Pages, see_other};

/// The most files that the page lists.
const MOST_FILES: usize = 500;

/// The field with the password.
const PASSWORD: &str = "password";

/// The field with the id of a file.
const FILE: &str = "file";

/// The pages' routes.
pub fn pages() -> Pages {
    Pages::new()
        .get("/shares/{link}", show)
        .post("/shares/{link}/password", enter)
        .post("/shares/{link}/download", download)
}

type Visitor = Guest<FileShareId>;

/// The password that the visitor still has to enter.
fn locked_by<'a>(guest: &Visitor, share: &'a FileShare) -> Option<&'a PasswordHash> {
    share.password_hash.as_ref().filter(|_| !guest.has_pass())
}

async fn show(guest: Visitor) -> Result<Markup> {
    let share = queries::find(&guest.store, &guest.id).await?;
    if locked_by(&guest, &share).is_some() {
        return Ok(password_page(&guest));
    }
    let mut files = queries::files_inside(&guest.store, &guest.id, MOST_FILES + 1).await?;
    let is_cut = files.len() > MOST_FILES;
    files.truncate(MOST_FILES);
    let (lang, name) = (guest.lang(), &guest.portal.name);
    let intro = tr!(lang, "guests.shared_by", name = name);
    let body = html! {
        (ui::header(&share.name, Some(&intro), html! {}))
        @if let Some(end) = share.expires_at {
            p.muted { (tr!(lang, "guests.until")) " " (guest.moment(end)) }
        }
        @if files.is_empty() { p { (tr!(lang, "guests.no_files")) } }
        @else { (file_table(&guest, &files)) }
        @if is_cut { p.muted { (tr!(lang, "guests.more_files", count = MOST_FILES)) } }
    };
    Ok(guest.chrome().page(&share.name, body))
}

fn file_table(guest: &Visitor, files: &[SharedFile]) -> Markup {
    let (lang, action) = (guest.lang(), format!("{}/download", public_path(guest.link())));
    let label = tr!(lang, "files.download");
    let rows = files.iter().map(|file| {
        let size = u64::try_from(file.size).unwrap_or_default();
        let button = ui::button_form_with_field(
            &action,
            &guest.visit.mark,
            (&label, &file.path),
            (FILE, file.id.as_str()),
            ButtonStyle::Secondary,
        );
        let button = html! { @if ScanState::is_released(file.scan) { (button) } };
        let name = html! { (ui::name(&file.path)) " " (files::scan_badge(lang, file.scan)) };
        vec![name, html! { (files::readable_size(lang, size)) }, button]
    });
    let heads = ["files.column.name", "files.column.size", "files.column.actions"]
        .map(|key| tr!(lang, key));
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    ui::table(&tr!(lang, "guests.files"), &heads, rows.collect())
}

/// The page that asks for the password.
fn password_page(guest: &Visitor) -> Markup {
    let (lang, title) = (guest.lang(), tr!(guest.lang(), "guests.password_title"));
    let intro = tr!(lang, "guests.password_intro", name = guest.portal.name);
    let fields = guest.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let action = format!("{}/password", public_path(guest.link()));
    let label = tr!(lang, "guests.password");
    let labels = [(PASSWORD, label.clone())];
    let body = html! {
        (ui::header(&title, Some(&intro), html! {}))
        (ui::form(&action, &guest.visit.mark, html! {
            (Field::text(lang, PASSWORD, label).kind("password").autocomplete("off").required(true)
                .autofocus().errors_from(&errors))
            (ui::actions(ui::submit(&tr!(lang, "guests.open"), ButtonStyle::Primary)))
        }))
    };
    guest.chrome().with_labels(&labels).narrow(&title, body)
}

async fn enter(guest: Visitor, Form(fields): Form) -> Result<Response> {
    let share = queries::find(&guest.store, &guest.id).await?;
    let mut response = see_other(&public_path(guest.link()), None);
    if let Some(hash) = locked_by(&guest, &share) {
        if !guest.enters(fields.sent(PASSWORD), hash).await? {
            return Err(Error::invalid(PASSWORD, Message::new("guests.wrong_password")));
        }
        guest.give_pass(response.headers_mut());
    }
    Ok(response)
}

async fn download(guest: Visitor, Form(fields): Form) -> Result<Response> {
    let share = queries::find(&guest.store, &guest.id).await?;
    let page = public_path(guest.link());
    if locked_by(&guest, &share).is_some() {
        return Ok(see_other(&page, None));
    }
    let Ok(file) = fields.sent(FILE).parse::<FileId>() else {
        return Ok(Error::NotFound.into_response());
    };
    let mut tx = guest.begin().await?;
    let is_first = queries::download(&mut tx, (&guest.id, &file), guest.now()).await?;
    // Only now: of a file that isn't shared, nobody learns anything.
    tx.expect_released(&file).await?;
    if is_first {
        if share.told.is_some() {
            let mail = FirstDownloadMail::new(guest.store.portal().clone(), guest.id.clone());
            tx.enqueue(&mail, guest.now()).await?;
        }
        let (change, id) = (guest.change(), guest.id.as_str());
        change.tell(&mut tx, Action::FileShareDownloaded, &share.name, id).await?;
    }
    tx.commit().await?;
    let key = ObjectKey::of(guest.store.portal(), &file);
    Ok(see_other(&guest.download(key), None))
}
