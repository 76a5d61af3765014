//! A share's page: its link and what is in it; and deleting it.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, share_path, shared_with, state_badge};
use super::{FileShare, queries};
use crate::error::Result;
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::FileShareId;
use crate::manage::{Member, table};
use crate::resources::files::{self, Entry};
use crate::ui::{self, ButtonStyle};
use crate::unicode::isolated;
use crate::web::{Form, see_other};

pub(super) async fn show(member: Member, Path(id): Path<FileShareId>) -> Result<Markup> {
    let share = queries::find(&member.store, &id).await?;
    let content = queries::content(&member.store, &id).await?;
    let (lang, path) = (member.lang(), share_path(&id));
    let delete = tr!(lang, "file_shares.delete");
    let actions = ui::link_button(&delete, &format!("{path}/delete"), ButtonStyle::Secondary);
    let address = member.page_url(&share.public_path(member.sealing_keys())?);
    let is_over = share.is_over(member.now());
    let body = html! {
        (SECTION.trail(lang, &[], &share.name))
        (ui::header(&share.name, None, actions))
        @if is_over { (ui::warning(&tr!(lang, "file_shares.over_text"))) }
        @else { (link_card(&member, &share, &address)) }
        (facts(&member, &share, is_over))
        (ui::section(&tr!(lang, "file_shares.content"), None, html! {}, content_table(&member, &content)))
    };
    Ok(member.chrome(&SECTION).page(&share.name, body))
}

/// The link, and who can open it.
fn link_card(member: &Member, share: &FileShare, address: &str) -> Markup {
    let (lang, label) = (member.lang(), tr!(member.lang(), "file_shares.link"));
    let hint = if share.password_hash.is_some() {
        tr!(lang, "file_shares.link_with_password")
    } else {
        tr!(lang, "file_shares.link_hint")
    };
    let body = html! {
        p { (hint) }
        p { (ui::copyable(lang, &label, address)) }
    };
    ui::card(Some(&label), body)
}

fn facts(member: &Member, share: &FileShare, is_over: bool) -> Markup {
    let lang = member.lang();
    let [with, state, end, password, downloads, first, told, created, id] = [
        "file_shares.with",
        "file_shares.state",
        "file_shares.field.expiresAt",
        "file_shares.field.password",
        "file_shares.column.downloads",
        "file_shares.first_download",
        "file_shares.told",
        "file_shares.column.created",
        "file_shares.id",
    ]
    .map(|key| tr!(lang, key));
    let no_end = tr!(lang, "file_shares.no_end");
    let has_password = if share.password_hash.is_some() {
        tr!(lang, "file_shares.has_password")
    } else {
        tr!(lang, "file_shares.no_password")
    };
    let nobody = html! { (tr!(lang, "file_shares.told_nobody")) };
    ui::facts(vec![
        (&with, shared_with(lang, share)),
        (&state, state_badge(lang, is_over)),
        (&end, share.expires_at.map_or_else(|| ui::muted(&no_end), |end| member.moment(end))),
        (&password, html! { (has_password) }),
        (&downloads, html! { (lang.number(share.downloads)) }),
        (&first, member.moment_or_never(share.first_downloaded_at)),
        (&told, share.told.as_deref().map_or(nobody, ui::name)),
        (&created, member.moment(share.created_at)),
        (&id, ui::copyable(lang, &id, share.id.as_str())),
    ])
}

fn content_table(member: &Member, content: &[Entry]) -> Markup {
    let lang = member.lang();
    if content.is_empty() {
        return html! { p.muted { (tr!(lang, "file_shares.nothing_left")) } };
    }
    let rows = content.iter().map(|entry| {
        let size = entry.file_id().map(|_| files::readable_size(lang, entry.bytes()));
        vec![
            html! { a href=(files::page_path(&entry.id)) { (ui::name(&entry.name)) } },
            html! { (size.unwrap_or_else(|| tr!(lang, "files.directory").into_owned())) },
        ]
    });
    let heads = ["files.column.name", "files.column.size"];
    table(lang, &tr!(lang, "file_shares.content"), &heads, rows.collect())
}

pub(super) async fn ask_to_delete(member: Member, Path(id): Path<FileShareId>) -> Result<Markup> {
    let share = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), share_path(&id));
    let title = tr!(lang, "file_shares.delete_title", name = isolated(&share.name));
    let (text, button) = (tr!(lang, "file_shares.delete_text"), tr!(lang, "file_shares.delete"));
    let action = format!("{path}/delete");
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &path);
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn delete(
    member: Member,
    Path(id): Path<FileShareId>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::delete(&mut tx, &member.change(), &id, &Expected::Any).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.file_share_deleted")))
}
