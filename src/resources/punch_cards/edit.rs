//! The forms of a new punch card, and of one that is there.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, card_path};
use super::{PunchCard, PunchCardCreate, form, queries};
use crate::error::{Error, Result};
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::PunchCardId;
use crate::manage::Member;
use crate::web::{Form, expected_revision, new_id, new_id_field, see_other};

pub(super) async fn show_new(member: Member) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "punch_cards.new"));
    let fields = member.visit.fields(Vec::new);
    let id: PunchCardId = new_id(&fields);
    let top = (title.as_ref(), SECTION.trail(lang, &[], &title), html! {});
    Ok(form::page(&member, top, (&format!("{PATH}/new"), PATH), &fields, new_id_field(&id)))
}

pub(super) async fn create(member: Member, Form(mut fields): Form) -> Result<Response> {
    let id = new_id(&fields);
    let new: PunchCardCreate = fields.read()?;
    let mut tx = member.begin().await?;
    let card = queries::create(&mut tx, &member.change(), member.quotas(), id, new).await?;
    tx.commit().await?;
    Ok(see_other(&card_path(&card.id), Some("flash.punch_card_added")))
}

pub(super) async fn show(member: Member, Path(id): Path<PunchCardId>) -> Result<Markup> {
    let card = queries::find(&member.store, &id).await?;
    let (lang, saved, path) = (member.lang(), form::saved(&member, &card), card_path(&id));
    let (typed, labels) = (member.visit.typed(), form::labels(lang));
    let (notice, fields) = saved.form_or_unmerged(lang, typed, &labels, form::shown(lang), &path);
    let title = tr!(lang, "manage.edit");
    let crumbs = SECTION.trail(lang, &[(card.details.name.as_str(), &path)], &title);
    let top = (title.as_ref(), crumbs, notice.unwrap_or_default());
    Ok(form::page(&member, top, (&format!("{path}/edit"), &path), &fields, html! {}))
}

pub(super) async fn update(
    member: Member,
    Path(id): Path<PunchCardId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let PunchCardCreate(details, expiry) = fields.read()?;
    let sent = (details.clone(), expiry.clone());
    let apply = |card: &mut PunchCard| (card.details, card.expiry) = (details, expiry);
    let (mut tx, expected) = (member.begin().await?, expected_revision(&fields));
    match queries::update(&mut tx, &member.change(), &id, &expected, apply).await {
        Ok(_) => tx.commit().await?,
        Err(Error::Changed) => {
            drop(tx);
            // Unless somebody else did the same.
            let saved = queries::find(&member.store, &id).await?;
            if (saved.details, saved.expiry) != sent {
                return Err(Error::Changed);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(see_other(&card_path(&id), Some("flash.punch_card_saved")))
}
