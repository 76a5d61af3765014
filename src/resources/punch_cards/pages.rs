//! `/manage/punch-cards`: the list of punch cards, and the page of one with those that customers have.

use axum::response::Response;
use maud::{Markup, html};

use super::form::LABELS;
use super::issued_queries::OF_CARD;
use super::links::{
    PATH, SECTION, card_path, counter_button, issued_link, left, new_button, status_badge,
};
use super::{
    ExpiryPeriod, IssuedOfCard, IssuedPunchCard, PunchCard, PunchCardDetails, counter, edit, issue,
    issued_page, issued_queries, queries, stamp,
};
use crate::error::Result;
use crate::http::{Expected, ListRequest, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{DeletionId, PunchCardId};
use crate::lists::Numbers;
use crate::manage::{
    Member, PageList, PageOf, bin_button, bin_pages, bulk_table, delete_ticked_pages, list_table,
    saved_views, view_pages,
};
use crate::resources::customers::customer_path;
use crate::resources::record_form;
use crate::trash;
use crate::ui::{self, ButtonStyle};
use crate::web::{FlashMessage, Form, Pages, see_other_with};

/// The pages' routes.
pub(super) fn pages() -> Pages {
    let pages = Pages::of(SECTION)
        .get("/", list)
        .form("/new", edit::show_new, edit::create)
        .get("/counter", counter::show)
        .get("/issue/{customer}", issue::choose_card)
        .get("/{id}", show)
        .form("/{id}/edit", edit::show, edit::update)
        .form("/{id}/delete", ask_to_delete, delete)
        .get("/{id}/issue", issue::choose_customer)
        .form("/{id}/issue/{customer}", issue::ask, issue::issue)
        .get("/{id}/issued/{issued}", issued_page::show)
        .get("/{id}/issued/{issued}/history", issued_page::history)
        .post("/{id}/issued/{issued}/stamp", stamp::stamp);
    let pages = view_pages::<PunchCard>(delete_ticked_pages::<PunchCard>(pages));
    bin_pages::<PunchCard>(pages)
}

async fn list(member: Member, PageList(request): PageList<PunchCard>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "punch_cards.title"));
    let ids: Vec<&str> = page.rows().iter().map(|card| card.id.as_str()).collect();
    let issued = OF_CARD.numbers(store, &ids).await?;
    let table = card_table(&member, &request, page.rows(), &issued);
    let views = saved_views(&member, &request).await?;
    let buttons = html! {
        (new_button(lang))
        (counter_button(lang, ButtonStyle::Secondary))
        (bin_button::<PunchCard>(lang))
    };
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "punch_cards.intro")), buttons))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "punch_cards.empty_title"), &tr!(lang, "punch_cards.empty_text"), Some(new_button(lang))))
        } @else {
            (views)
            (page.show(&member, &request, &tr!(lang, "punch_cards.search"), &[], table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn card_table(
    member: &Member,
    request: &ListRequest<PunchCard>,
    cards: &[PunchCard],
    issued: &Numbers,
) -> Markup {
    let lang = member.lang();
    let rows = cards.iter().map(|card| {
        let name = card.details.name.as_str();
        let cells = vec![
            html! { a href=(card_path(&card.id)) { (ui::name(name)) } },
            punches(lang, &card.details),
            price(lang, &card.details),
            html! { (lang.number(issued.of(card.id.as_str()))) },
            member.day(card.created_at),
        ];
        (card.id.to_string(), name.to_owned(), cells)
    });
    let heads = [
        ("punch_cards.field.name", Some("name")),
        ("punch_cards.field.punches", None),
        ("punch_cards.field.price", None),
        ("punch_cards.column.issued", None),
        ("punch_cards.column.created", Some("createdAt")),
    ];
    let caption = tr!(lang, "punch_cards.title");
    bulk_table(member, request, &caption, &heads, rows.collect(), html! {})
}

/// How many punches, and of what.
fn punches(lang: Lang, details: &PunchCardDetails) -> Markup {
    html! { (lang.number(details.punches.get())) " × " (ui::name(details.punch_label.as_str())) }
}

/// The price with its rate, of a card that is for sale.
fn price(lang: Lang, details: &PunchCardDetails) -> Markup {
    match (details.price.0, details.vat_rate.0) {
        (Some(price), Some(rate)) if details.for_sale => {
            html! { (price.readable(lang)) " " (ui::muted(&tr!(lang, "punch_cards.with_vat", rate = rate))) }
        }
        _ => ui::muted(&tr!(lang, "punch_cards.not_for_sale")),
    }
}

/// How long an issued card is valid.
fn validity(lang: Lang, card: &PunchCard) -> Markup {
    let (Some(count), Some(period)) = (card.expiry.expiry_value.0, card.expiry.expiry_period.0)
    else {
        return html! { (tr!(lang, "punch_cards.never_expires")) };
    };
    let key = match (period, count.get()) {
        (ExpiryPeriod::Days, 1) => "punch_cards.valid.day",
        (ExpiryPeriod::Days, _) => "punch_cards.valid.days",
        (ExpiryPeriod::Months, 1) => "punch_cards.valid.month",
        (ExpiryPeriod::Months, _) => "punch_cards.valid.months",
        (ExpiryPeriod::Years, 1) => "punch_cards.valid.year",
        (ExpiryPeriod::Years, _) => "punch_cards.valid.years",
    };
    html! { (tr!(lang, key, count = lang.number(count.get()))) }
}

async fn show(
    member: Member,
    Path(id): Path<PunchCardId>,
    PageList(request): PageList<IssuedOfCard>,
) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let card = queries::find(store, &id).await?;
    let rows = issued_queries::list(store, &id, &request, zone).await?;
    let count = async |most| {
        if request.is_narrowed() {
            issued_queries::count_listed(store, &id, &request, zone, most).await
        } else {
            OF_CARD.number(store, id.as_str()).await
        }
    };
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, path, name) = (member.lang(), card_path(&id), card.details.name.as_str());
    let button = |key: &'static str, page: &str, style| {
        ui::link_button(&tr!(lang, key), &format!("{path}/{page}"), style)
    };
    let issue = button("punch_cards.issue", "issue", ButtonStyle::Primary);
    let actions = html! {
        (issue)
        (button("manage.edit", "edit", ButtonStyle::Secondary))
        (button("manage.delete", "delete", ButtonStyle::Secondary))
    };
    let issued = if page.is_empty_list(&request) {
        let (title, text) =
            (tr!(lang, "punch_cards.nobody_title"), tr!(lang, "punch_cards.nobody_text"));
        ui::empty_state(&title, &text, Some(issue))
    } else {
        let table = issued_table(&member, &request, page.rows());
        page.show(&member, &request, &tr!(lang, "punch_cards.search_issued"), &[], table)
    };
    let body = html! {
        (SECTION.trail(lang, &[], name))
        (ui::header(name, None, actions))
        (ui::card(None, facts(&member, &card)))
        (ui::section(&tr!(lang, "punch_cards.issued"), None, counter_button(lang, ButtonStyle::Secondary), issued))
    };
    Ok(member.chrome(&SECTION).page(name, body))
}

fn facts(member: &Member, card: &PunchCard) -> Markup {
    let (lang, zone) = (member.lang(), member.time_zone());
    let own = record_form::facts(lang, LABELS, &card.details, zone, &["description"]);
    let [label, price_label, valid, id, created] = [
        "punch_cards.field.punches",
        "punch_cards.field.price",
        "punch_cards.validity",
        "punch_cards.id",
        "punch_cards.column.created",
    ]
    .map(|key| lang.text(key).into_owned());
    let mut items: Vec<(&str, Markup)> =
        own.iter().map(|(label, value)| (label.as_ref(), value.clone())).collect();
    items.extend([
        (label.as_str(), punches(lang, &card.details)),
        (&price_label, price(lang, &card.details)),
        (&valid, validity(lang, card)),
        (&created, member.moment(card.created_at)),
        (&id, ui::copyable(lang, &id, card.id.as_str())),
    ]);
    ui::definition_list(items)
}

fn issued_table(
    member: &Member,
    request: &ListRequest<IssuedOfCard>,
    issued: &[IssuedPunchCard],
) -> Markup {
    let (lang, now) = (member.lang(), member.now());
    let row = |issued: &IssuedPunchCard| {
        vec![
            issued_link(issued),
            html! { a href=(customer_path(&issued.customer_id)) { (ui::name(&issued.customer_name)) } },
            html! { (left(lang, issued)) },
            status_badge(lang, issued.status(now)),
            member.day(issued.created_at),
            html! { @if let Some(end) = issued.expires_at { (member.day(end)) } },
        ]
    };
    let heads = [
        ("punch_cards.code", None),
        ("punch_cards.customer", None),
        ("punch_cards.left", None),
        ("punch_cards.state", None),
        ("punch_cards.issued_at", Some("issuedAt")),
        ("punch_cards.expires_at", None),
    ];
    let rows = issued.iter().map(row).collect();
    list_table(lang, request, &tr!(lang, "punch_cards.issued"), &heads, rows)
}

async fn ask_to_delete(member: Member, Path(id): Path<PunchCardId>) -> Result<Markup> {
    let card = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), card_path(&id));
    let title = tr!(lang, "punch_cards.confirm_title", name = card.details.name);
    let issued = OF_CARD.number(&member.store, id.as_str()).await?;
    let text = match issued {
        0 => tr!(lang, "punch_cards.delete_text"),
        count if count > trash::MOST_DEPENDENT => tr!(lang, "punch_cards.delete_text_many"),
        count => tr!(lang, "punch_cards.delete_text_issued", count = lang.number(count)),
    };
    let (action, button) = (format!("{path}/delete"), tr!(lang, "manage.delete"));
    let mark = &member.visit.mark;
    let body = ui::confirm(lang, &title, &text, &action, mark, &button, &path);
    Ok(member.chrome(&SECTION).page(&title, body))
}

async fn delete(member: Member, Path(id): Path<PunchCardId>, _: Form) -> Result<Response> {
    let (mut tx, deletion) = (member.begin().await?, DeletionId::random());
    queries::delete(&mut tx, &member.change(), &id, &Expected::Any, &deletion).await?;
    tx.commit().await?;
    let message = FlashMessage::new("flash.punch_card_deleted").with_undo(&SECTION, deletion);
    Ok(see_other_with(PATH, message))
}
