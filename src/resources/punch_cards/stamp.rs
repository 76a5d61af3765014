//! The form that takes punches of an issued card, or gives them back.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{issued_path, left};
use super::model::MAX_PUNCHES;
use super::{IssuedPunchCard, IssuedStatus, Stamp, issued_queries};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{IssuedPunchCardId, PunchCardId};
use crate::manage::{ACTION, Member};
use crate::ui::{self, ButtonStyle, Field, FlashKind};
use crate::web::{Form, see_other};

/// The field with the number of punches.
pub(super) const STAMPS: &str = "stamps";

/// The field that says how many were left when the form was shown: one that is sent twice counts once.
const SEEN: &str = "seen";

/// The button that gives punches back.
const BACK: &str = "back";

/// What is left of the card, and the form as far as there is something to take or to give back.
pub(super) fn form(member: &Member, issued: &IssuedPunchCard) -> Markup {
    let (lang, status) = (member.lang(), issued.status(member.now()));
    let fields = member.visit.fields(|| vec![(STAMPS.to_owned(), "1".to_owned())]);
    let errors = fields.errors().list(lang);
    let (can_take, can_give) =
        (status == IssuedStatus::Active, issued.punches_left < issued.punches);
    let buttons = html! {
        @if can_take { (ui::submit(&tr!(lang, "punch_cards.stamp"), ButtonStyle::Primary)) }
        @if can_give {
            (ui::submit_named(ACTION, BACK, &tr!(lang, "punch_cards.give_back"), ButtonStyle::Secondary))
        }
    };
    // Somebody else stamped the card after the form was shown, or it was sent twice.
    let is_other = |typed: Fields| typed.sent(SEEN) != issued.punches_left.to_string();
    let is_changed = errors.is_empty() && member.visit.typed().is_some_and(is_other);
    let title = tr!(lang, "punch_cards.left");
    html! {
        @if is_changed {
            div role="alert" { (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "punch_cards.changed")) } })) }
        }
        (ui::stat(&title, &left(lang, issued), None))
        @if status == IssuedStatus::Expired {
            (ui::warning(&tr!(lang, "punch_cards.is_expired")))
        } @else {
            (ui::form(&format!("{}/stamp", issued_path(issued)), &member.visit.mark, html! {
                (ui::hidden(SEEN, &issued.punches_left.to_string()))
                (Field::text(lang, STAMPS, tr!(lang, "punch_cards.stamps")).kind("number").value(fields.sent(STAMPS))
                    .inputmode("numeric").min("1").max(MAX_PUNCHES.to_string()).required(true).autocomplete("off").errors_from(&errors))
                (ui::actions(buttons))
            }))
        }
    }
}

pub(super) async fn stamp(
    member: Member,
    Path((card, id)): Path<(PunchCardId, IssuedPunchCardId)>,
    Form(mut fields): Form,
) -> Result<Response> {
    issued_queries::find(&member.store, &card, &id).await?;
    let is_back = fields.sent(ACTION) == BACK;
    // Without the field, no number was seen.
    let seen = fields.sent(SEEN).parse().unwrap_or(-1);
    let stamps = fields.read::<Stamp>()?.stamps.get();
    let (stamps, flash) = if is_back {
        (-stamps, "flash.punch_card_given_back")
    } else {
        (stamps, "flash.punch_card_stamped")
    };
    let mut tx = member.begin().await?;
    let (change, of) = (member.change(), (&card, &id));
    let issued = issued_queries::stamp(&mut tx, &change, of, stamps, Some(seen)).await?;
    tx.commit().await?;
    Ok(see_other(&issued_path(&issued), Some(flash)))
}
