//! Issuing a punch card to a customer: choosing the customer or the card, and the question.

use axum::response::Response;
use maud::{Markup, html};

use super::links::{SECTION, card_path, issue_path, issued_path, new_button};
use super::{issued_queries, queries};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{CustomerId, IssuedPunchCardId, PunchCardId};
use crate::manage::{Member, PageList, table};
use crate::resources::customers::{self, Customer, customer_choice, customer_path};
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, new_id, new_id_field, see_other};

/// The most punch cards to choose from.
const MOST_CARDS: i64 = 100;

/// The customers, of whom one gets the card.
pub(super) async fn choose_customer(
    member: Member,
    Path(id): Path<PunchCardId>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let card = queries::find(&member.store, &id).await?;
    let (lang, name) = (member.lang(), card.details.name.as_str());
    let title = tr!(lang, "punch_cards.issue_title", name = name);
    let customers =
        customer_choice(&member, &request, |customer| issue_path(&id, customer)).await?;
    let body = html! {
        (SECTION.trail(lang, &[(name, &card_path(&id))], &tr!(lang, "punch_cards.issue")))
        (ui::header(&title, Some(&tr!(lang, "punch_cards.choose_customer")), html! {}))
        (customers)
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

/// The punch cards, of which the customer gets one.
pub(super) async fn choose_card(
    member: Member,
    Path(customer): Path<CustomerId>,
) -> Result<Markup> {
    let found = customers::queries::find(&member.store, &customer).await?;
    let cards = queries::newest(&member.store, MOST_CARDS).await?;
    let (lang, name) = (member.lang(), found.details.name());
    let rows = cards.iter().map(|card| {
        let path = issue_path(&card.id, &customer);
        vec![
            html! { a href=(path) { (ui::name(card.details.name.as_str())) } },
            html! { (ui::name(card.details.punch_label.as_str())) },
        ]
    });
    let heads = ["punch_cards.field.name", "punch_cards.field.punchLabel"];
    let title = tr!(lang, "punch_cards.issue_to", name = name);
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "punch_cards.choose_card")), html! {}))
        @if cards.is_empty() {
            (ui::empty_state(&tr!(lang, "punch_cards.empty_title"), &tr!(lang, "punch_cards.empty_text"), Some(new_button(lang))))
        } @else {
            (table(lang, &tr!(lang, "punch_cards.title"), &heads, rows.collect()))
            (ui::actions(ui::link_button(&tr!(lang, "ui.cancel"), &customer_path(&customer), ButtonStyle::Secondary)))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

/// The question whether to issue the card.
pub(super) async fn ask(
    member: Member,
    Path((id, customer)): Path<(PunchCardId, CustomerId)>,
) -> Result<Markup> {
    let card = queries::find(&member.store, &id).await?;
    let found = customers::queries::find(&member.store, &customer).await?;
    let (lang, name) = (member.lang(), card.details.name.as_str());
    let title = tr!(lang, "punch_cards.issue_title", name = name);
    let to = tr!(lang, "punch_cards.customer");
    let (punches, expires) =
        (tr!(lang, "punch_cards.field.punches"), tr!(lang, "punch_cards.expires_at"));
    let end = card.expiry.end(member.now(), member.time_zone());
    let mut facts: Vec<(&str, Markup)> = vec![
        (
            to.as_ref(),
            html! { a href=(customer_path(&customer)) { (ui::name(found.details.name())) } },
        ),
        (
            &punches,
            html! { (lang.number(card.details.punches.get())) " × " (ui::name(card.details.punch_label.as_str())) },
        ),
    ];
    facts.extend(end.map(|end| (expires.as_ref(), member.day(end))));
    let new: IssuedPunchCardId = new_id(&member.visit.fields(Vec::new));
    let body = html! {
        (SECTION.trail(lang, &[(name, &card_path(&id))], &tr!(lang, "punch_cards.issue")))
        (ui::header(&title, None, html! {}))
        (ui::card(None, ui::definition_list(facts)))
        (ui::form(&issue_path(&id, &customer), &member.visit.mark, html! {
            (new_id_field(&new))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "punch_cards.issue"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &card_path(&id), ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn issue(
    member: Member,
    Path((id, customer)): Path<(PunchCardId, CustomerId)>,
    Form(fields): Form,
) -> Result<Response> {
    // A page of another portal's or a deleted customer isn't found.
    customers::queries::find(&member.store, &customer).await?;
    let new = new_id(&fields);
    let (mut tx, change, quotas) = (member.begin().await?, member.change(), member.quotas());
    let issued = issued_queries::issue(&mut tx, &change, quotas, (&id, &customer), new).await?;
    tx.commit().await?;
    Ok(see_other(&issued_path(&issued), Some("flash.punch_card_issued")))
}
