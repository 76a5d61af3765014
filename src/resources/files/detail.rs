//! The page of a file.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::download::is_damaged;
use super::links::{SECTION, breadcrumbs, page_path, share_path};
use super::size::readable_size;
use super::{Entry, EntryId, queries};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::manage::Member;
use crate::ui::{self, ButtonStyle};
use crate::web::see_other;

pub(super) async fn show(member: Member, Path(id): Path<EntryId>) -> Result<Response> {
    let entry = queries::find(&member.store, &id).await?;
    if entry.id.is_directory() {
        return Ok(see_other(&page_path(&entry.id), None));
    }
    let trail = queries::trail(&member.store, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let is_damaged = is_damaged(&member, &entry).await?;
    let actions = html! {
        @if !is_damaged {
            (ui::link_button(&tr!(lang, "files.download"), &format!("{path}/download"), ButtonStyle::Primary))
        }
        (ui::link_button(&tr!(lang, "files.share"), &share_path(&id), ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "files.rename"), &format!("{path}/rename"), ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "manage.delete"), &format!("{path}/delete"), ButtonStyle::Secondary))
    };
    let body = html! {
        (breadcrumbs(lang, &trail, None))
        (ui::header(&entry.name, Some(&readable_size(lang, entry.bytes())), actions))
        @if is_damaged { (ui::warning(&tr!(lang, "files.damaged"))) }
        @else if entry.as_stored().is_picture() {
            (ui::picture(&format!("{path}/preview"), &tr!(lang, "files.preview_of", name = entry.name)))
        }
        (facts(&member, &entry))
    };
    Ok(member.chrome(&SECTION).page(&entry.name, body).into_response())
}

fn facts(member: &Member, entry: &Entry) -> Markup {
    let lang = member.lang();
    let [kind, added, changed, hash, id] = [
        "files.fact.type",
        "files.fact.added",
        "files.fact.changed",
        "files.fact.hash",
        "files.fact.id",
    ]
    .map(|key| tr!(lang, key));
    ui::facts(vec![
        (&kind, ui::mono(entry.mime.as_deref().unwrap_or_default())),
        (&added, member.moment(entry.created_at)),
        (&changed, member.moment(entry.updated_at)),
        (&hash, ui::mono(entry.sha256.as_deref().unwrap_or_default())),
        (&id, ui::copyable(lang, &id, entry.id.as_str())),
    ])
}
