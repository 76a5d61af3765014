//! `/manage/files`: what is in a directory, and uploading to it.

use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};

use super::links::{SECTION, breadcrumbs, directory_path, page_path, share_path};
use super::queries::{self, Step};
use super::scanned::scan_badge;
use super::size::readable_size;
use super::upload::store;
use super::{DirectoryRef, Entry, EntryId, change, detail, download, list, parts, uploading};
use crate::error::{Error, Message, Result};
use crate::fields::{Fields, SentFile};
use crate::http::{ListRequest, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{DirectoryId, FileId};
use crate::manage::{Member, PageList, PageOf, list_table};
use crate::objects::ScanState;
use crate::ui::{self, BadgeKind, ButtonStyle};
use crate::web::{FlashMessage, FormWithFiles, Pages, new_id, reads_json, see_other_with};

/// The pages' routes.
pub(super) fn pages() -> Pages {
    Pages::of(SECTION)
        .get("/", list_top)
        .post("/upload", upload_to_top)
        .form("/new", change::show_new_at_top, change::create_at_top)
        .get("/directories/{id}", list_directory)
        .post("/directories/{id}/upload", upload_to_directory)
        .form("/directories/{id}/new", change::show_new, change::create)
        .post("/uploads", parts::begin)
        .post("/uploads/{upload}/parts/{number}", parts::receive)
        .post("/uploads/{upload}/finish", parts::finish)
        .post("/uploads/{upload}/cancel", parts::cancel)
        .get("/{id}", detail::show)
        .form("/{id}/rename", change::show_rename, change::rename)
        .form("/{id}/delete", change::ask_to_delete, change::delete)
        .get("/{id}/download", download::download)
        .get("/{id}/preview", download::preview)
}

async fn list_top(member: Member, PageList(request): PageList<Entry>) -> Result<Markup> {
    list_page(&member, &DirectoryRef::Root, &[], &request).await
}

async fn list_directory(
    member: Member,
    Path(id): Path<DirectoryId>,
    PageList(request): PageList<Entry>,
) -> Result<Markup> {
    let trail = queries::trail(&member.store, &EntryId::Directory(id.clone())).await?;
    if trail.is_empty() {
        return Err(Error::NotFound);
    }
    list_page(&member, &DirectoryRef::Directory(id), &trail, &request).await
}

async fn list_page(
    member: &Member,
    directory: &DirectoryRef,
    trail: &[Step],
    request: &ListRequest<Entry>,
) -> Result<Markup> {
    let (lang, store, zone) = (member.lang(), &member.store, member.time_zone());
    // A search is in all directories.
    let within = request.search().is_none().then(|| directory.as_str());
    let part = list::within(request, within);
    let part = part.as_ref().unwrap_or(request);
    let rows = queries::list(store, part, zone).await?;
    let count = async |most| queries::count_listed(store, part, zone, most).await;
    let page = PageOf::of(request, rows, count).await?;
    let title = trail.last().map_or_else(|| tr!(lang, "files.title"), |step| (&*step.name).into());
    let intro = trail.is_empty().then(|| tr!(lang, "files.intro"));
    let body = html! {
        @if !trail.is_empty() { (breadcrumbs(lang, trail, None)) }
        (ui::header(&title, intro.as_deref(), actions(lang, directory)))
        (uploading::zone(member, directory).await?)
        @if page.is_empty_list(request) {
            (ui::empty_state(&tr!(lang, "files.empty_title"), &tr!(lang, "files.empty_text"), None))
        } @else {
            (page.show(member, request, &tr!(lang, "files.search"), &[], table(member, request, page.rows())))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn actions(lang: Lang, directory: &DirectoryRef) -> Markup {
    let new = format!("{}/new", directory_path(directory));
    html! {
        (ui::link_button(&tr!(lang, "files.new_directory"), &new, ButtonStyle::Secondary))
        @if let Some(id) = directory.id() {
            (ui::link_button(&tr!(lang, "files.share"), &share_path(&EntryId::Directory(id.clone())), ButtonStyle::Secondary))
            (ui::link_button(&tr!(lang, "files.rename"), &format!("{}/{id}/rename", SECTION.path), ButtonStyle::Secondary))
            (ui::link_button(&tr!(lang, "manage.delete"), &format!("{}/{id}/delete", SECTION.path), ButtonStyle::Secondary))
        }
    }
}

fn table(member: &Member, request: &ListRequest<Entry>, entries: &[Entry]) -> Markup {
    let lang = member.lang();
    let rows = entries.iter().map(|entry| {
        let link = html! { a href=(page_path(&entry.id)) { (ui::name(&entry.name)) } };
        let (name, size, action) = match entry.file_id() {
            None => {
                let badge = ui::badge(&tr!(lang, "files.directory"), BadgeKind::Neutral);
                (html! { (link) " " (badge) }, html! {}, html! {})
            }
            Some(id) => {
                let (label, path) =
                    (tr!(lang, "files.download"), format!("{}/{id}/download", SECTION.path));
                let button =
                    ui::link_button_about(&label, &entry.name, &path, ButtonStyle::Secondary);
                let button = html! { @if ScanState::is_released(entry.scan) { (button) } };
                let link = html! { (link) " " (scan_badge(lang, entry.scan)) };
                (link, html! { (readable_size(lang, entry.bytes())) }, button)
            }
        };
        vec![name, size, member.moment(entry.updated_at), action]
    });
    let heads = [
        ("files.column.name", Some("name")),
        ("files.column.size", Some("size")),
        ("files.column.changed", Some("updatedAt")),
        ("files.column.actions", None),
    ];
    list_table(lang, request, &tr!(lang, "files.title"), &heads, rows.collect())
}

async fn upload_to_top(
    member: Member,
    headers: HeaderMap,
    FormWithFiles(fields, files): FormWithFiles,
) -> Result<Response> {
    upload(&member, &DirectoryRef::Root, &headers, (&fields, &files)).await
}

async fn upload_to_directory(
    member: Member,
    Path(id): Path<DirectoryId>,
    headers: HeaderMap,
    FormWithFiles(fields, files): FormWithFiles,
) -> Result<Response> {
    queries::find(&member.store, &EntryId::Directory(id.clone())).await?;
    upload(&member, &DirectoryRef::Directory(id), &headers, (&fields, &files)).await
}

async fn upload(
    member: &Member,
    directory: &DirectoryRef,
    headers: &HeaderMap,
    (fields, files): (&Fields, &[SentFile]),
) -> Result<Response> {
    fields.expect_none_wrong()?;
    if files.is_empty() {
        return Err(Error::invalid(uploading::FILE, Message::new("files.choose")));
    }
    let (id, mut stored): (FileId, _) = (new_id(fields), Vec::new());
    for (index, sent) in files.iter().enumerate() {
        let (objects, portal) = (member.objects(), member.store.portal());
        let (content, mut row) = store(objects, portal, sent, directory.clone(), None).await?;
        row.upload = Some(format!("{id}.{index}"));
        stored.push((content, row));
    }
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    let mut kept = Vec::new();
    for (content, mut row) in stored {
        if !queries::is_repeated(&mut tx, &mut row).await? {
            queries::add_file(&mut tx, &member.change(), member.quotas(), row).await?;
            kept.push(content);
        }
    }
    for content in kept {
        tx.keep(content, member.now()).await?;
    }
    tx.commit().await?;
    if reads_json(headers) {
        return parts::finished(member, &format!("{id}.0")).await;
    }
    let message = FlashMessage::counted(["flash.file_added", "flash.files_added"], files.len());
    Ok(see_other_with(&directory_path(directory), message))
}
