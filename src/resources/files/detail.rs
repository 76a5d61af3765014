//! The page of a file.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::download::is_damaged;
use super::links::{SECTION, breadcrumbs, page_path, share_path};
use super::size::readable_size;
use super::{Entry, EntryId, queries};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::objects::{Scan, ScanState};
use crate::ui::{self, ButtonStyle};
use crate::web::{HasFrame, see_other};

pub(super) async fn show(member: Member, Path(id): Path<EntryId>) -> Result<Response> {
    let entry = queries::find(&member.store, &id).await?;
    if entry.id.is_directory() {
        return Ok(see_other(&page_path(&entry.id), None));
    }
    let trail = queries::trail(&member.store, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let is_damaged = is_damaged(&member, &entry).await?;
    let scan = match entry.file_id() {
        Some(file) => member.store.scan_of(file).await?,
        None => None,
    };
    let is_released = ScanState::is_released(scan.as_ref().map(|scan| scan.state));
    let (is_there, preview) = (is_released && !is_damaged, format!("{path}/preview"));
    let is_pdf = entry.as_stored().is_pdf();
    let actions = html! {
        @if is_there {
            (ui::link_button(&tr!(lang, "files.download"), &format!("{path}/download"), ButtonStyle::Primary))
            @if is_pdf { (ui::new_tab_button(&tr!(lang, "files.open_in_tab"), &preview, ButtonStyle::Secondary)) }
        }
        (ui::link_button(&tr!(lang, "files.share"), &share_path(&id), ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "files.rename"), &format!("{path}/rename"), ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "manage.delete"), &format!("{path}/delete"), ButtonStyle::Secondary))
    };
    let label = tr!(lang, "files.preview_of", name = entry.name);
    let body = html! {
        (breadcrumbs(lang, &trail, None))
        (ui::header(&entry.name, Some(&readable_size(lang, entry.bytes())), actions))
        @if is_damaged { (ui::warning(&tr!(lang, "files.damaged"))) }
        @else if !is_released { (ui::warning(&held_text(lang, scan.as_ref()))) }
        @else if is_pdf { (ui::document(&preview, &label)) }
        @else if entry.as_stored().is_picture() { (ui::picture(&preview, &label)) }
        (facts(&member, &entry, scan.as_ref()))
    };
    let mut response = member.chrome(&SECTION).page(&entry.name, body).into_response();
    if is_there && is_pdf {
        response.extensions_mut().insert(HasFrame);
    }
    Ok(response)
}

/// Why nobody gets the content.
fn held_text(lang: Lang, scan: Option<&Scan>) -> Cow<'static, str> {
    match scan {
        Some(Scan { state: ScanState::Blocked, finding, .. }) => {
            let finding = finding.as_ref().map(|finding| finding.label(lang)).unwrap_or_default();
            tr!(lang, "files.scan.blocked_text", finding = finding)
        }
        _ => tr!(lang, "files.scan.scanning_text"),
    }
}

fn facts(member: &Member, entry: &Entry, scan: Option<&Scan>) -> Markup {
    let lang = member.lang();
    let [kind, added, changed, scanned, hash, id] = [
        "files.fact.type",
        "files.fact.added",
        "files.fact.changed",
        "files.fact.scan",
        "files.fact.hash",
        "files.fact.id",
    ]
    .map(|key| tr!(lang, key));
    let mut facts: Vec<(&str, Markup)> = vec![
        (&kind, ui::mono(entry.mime.as_deref().unwrap_or_default())),
        (&added, member.moment(entry.created_at)),
        (&changed, member.moment(entry.updated_at)),
    ];
    if let Some(Scan { state, scanned_at, .. }) = scan {
        let when = scanned_at.map(|moment| member.moment(moment));
        let result = html! { (state.label(lang)) @if let Some(when) = when { " (" (when) ")" } };
        facts.push((&scanned, result));
    }
    facts.push((&hash, ui::mono(entry.sha256.as_deref().unwrap_or_default())));
    facts.push((&id, ui::copyable(lang, &id, entry.id.as_str())));
    ui::facts(facts)
}
