//! A customer's page: what is known of the customer.

use std::borrow::Cow;

use maud::{Markup, html};

use super::custom_field_queries;
use super::custom_fields::CustomFields;
use super::form::LABELS;
use super::links::{PATH, SECTION, edit_path, history_path, trail};
use super::{Customer, CustomerDetails, contacts, queries};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::CustomerId;
use crate::manage::{HistoryBefore, HistoryPart, Member, PageList};
use crate::resources::customer_groups::{self, CustomerGroup};
use crate::resources::of_customers::CustomerSection;
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle};
use crate::unicode::isolated;

pub(super) async fn show(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
    sections: &'static [CustomerSection],
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let groups = customer_groups::queries::all(&member.store).await?;
    let custom = custom_field_queries::all(&member.store).await?;
    let history = HistoryPart::newest(&member, (queries::KIND, id.as_str())).await?;
    let (lang, query) = (member.lang(), request.query());
    let name = customer.details.name();
    let delete = format!("{PATH}/{id}/delete{query}");
    let actions = html! {
        (ui::link_button(&tr!(lang, "manage.edit"), &edit_path(&id, &query), ButtonStyle::Primary))
        (ui::link_button(&tr!(lang, "manage.delete"), &delete, ButtonStyle::Secondary))
    };
    let kind = customer.details.customer_type.label(lang);
    let mut others = Vec::new();
    for section in sections {
        others.push(section(&member, &id).await?);
    }
    let body = html! {
        (trail(lang, &customer, &query, None))
        (ui::header(name, Some(&kind), actions))
        (facts(&member, &customer, &groups, &custom))
        (contacts::section(&member, &customer, &query))
        @for other in &others { (other) }
        (history.section(lang, &format!("{}{query}", history_path(&id)), changes(&member, &history, &custom)))
    };
    Ok(member.chrome(&SECTION).page(name, body))
}

fn changes(member: &Member, history: &HistoryPart, custom: &CustomFields) -> Markup {
    let lang = member.lang();
    history.show(
        member,
        |field| label(lang, custom, field),
        |field, text| shown(lang, custom, field, text),
    )
}

/// What people call a field; of a custom one that no longer exists its key.
fn label(lang: Lang, custom: &CustomFields, field: &str) -> String {
    match field.split_once('.') {
        Some((_, key)) => custom.label_at(field).unwrap_or_else(|| key.to_owned()),
        None => lang.text(&format!("{LABELS}{field}")).into_owned(),
    }
}

/// What they read of its value.
fn shown(lang: Lang, custom: &CustomFields, field: &str, text: &str) -> String {
    let own = || record_form::shown::<CustomerDetails>(lang, field, text).unwrap_or_default();
    custom.shown_at(lang, field, text).unwrap_or_else(own)
}

/// All that was changed of a customer, the newest first.
pub(super) async fn history(
    member: Member,
    Path(id): Path<CustomerId>,
    before: HistoryBefore,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let custom = custom_field_queries::all(&member.store).await?;
    let history = HistoryPart::page(&member, (queries::KIND, id.as_str()), before).await?;
    let (lang, query) = (member.lang(), request.query());
    let title = tr!(lang, "history.page_title", name = isolated(customer.details.name()));
    let body = html! {
        (trail(lang, &customer, &query, Some(&tr!(lang, "history.title"))))
        (ui::header(&title, None, html! {}))
        (changes(&member, &history, &custom))
        (history.links(&member, &history_path(&id), &query, before))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

/// The cards with what is known of the customer.
fn facts(
    member: &Member,
    customer: &Customer,
    groups: &[CustomerGroup],
    custom: &CustomFields,
) -> Markup {
    let (lang, details) = (member.lang(), &customer.details);
    let of = |names: &[&str]| record_form::facts(lang, LABELS, details, member.time_zone(), names);
    let contact = of(&["primaryEmail", "phone", "contactPerson", "language"]);
    let numbers = of(&["kvkNumber", "vatNumber"]);
    let mut cards = vec![
        ui::card(Some(&tr!(lang, "customers.card.contact")), list_of(&contact)),
        ui::card(Some(&tr!(lang, "customers.card.address")), address(member, details)),
    ];
    if !numbers.is_empty() {
        cards.push(ui::card(Some(&tr!(lang, "customers.card.numbers")), list_of(&numbers)));
    }
    let custom = custom.facts(lang, &details.custom_fields);
    if !custom.is_empty() {
        cards.push(ui::card(Some(&tr!(lang, "custom_fields.card")), list_of(&custom)));
    }
    let title = tr!(lang, "customers.field.groups");
    cards.push(ui::card(Some(&title), group_links(member, customer, groups)));
    if let Some(notes) = &details.notes {
        let notes = ui::lines(notes.as_str());
        cards.push(ui::card(Some(&tr!(lang, "customers.field.notes")), notes));
    }
    cards.push(ui::card(Some(&tr!(lang, "customers.about")), about(member, customer)));
    ui::fact_cards(cards)
}

fn list_of(facts: &[(Cow<'_, str>, Markup)]) -> Markup {
    ui::definition_list(
        facts.iter().map(|(label, value)| (label.as_ref(), value.clone())).collect(),
    )
}

/// The address as it is written on an envelope.
fn address(member: &Member, details: &CustomerDetails) -> Markup {
    let country = record_form::shown::<CustomerDetails>(
        member.lang(),
        "countryCode",
        details.country_code.as_str(),
    );
    html! {
        address dir="auto" {
            (ui::name(details.address.as_str())) br;
            (details.zip_code) " " (ui::name(details.city.as_str()))
            @if let Some(country) = country { br; (country) }
        }
    }
}

/// Links to the customer's groups.
fn group_links(member: &Member, customer: &Customer, groups: &[CustomerGroup]) -> Markup {
    let is_in = |group: &&CustomerGroup| customer.group_ids().any(|id| id == group.id.as_str());
    let own: Vec<&CustomerGroup> = groups.iter().filter(is_in).collect();
    html! {
        @if own.is_empty() { p.muted { (tr!(member.lang(), "customers.no_groups")) } }
        @else {
            ul.badge-links {
                @for group in own {
                    li { a.badge.badge-neutral href={ (customer_groups::SECTION.path) "/" (group.id) } { (ui::name(&group.name)) } }
                }
            }
        }
    }
}

/// The other data of a customer.
fn about(member: &Member, customer: &Customer) -> Markup {
    let lang = member.lang();
    let (id, created) = (tr!(lang, "customers.id"), tr!(lang, "customers.column.created"));
    let updated = tr!(lang, "customers.updated");
    let (integration, integration_id) =
        (tr!(lang, "customers.integration"), tr!(lang, "customers.integration_id"));
    let mut items = vec![
        (created.as_ref(), member.moment(customer.created_at)),
        (updated.as_ref(), member.moment(customer.updated_at)),
    ];
    let more = [(&integration, &customer.integration), (&integration_id, &customer.integration_id)];
    items.extend(
        more.into_iter()
            .filter_map(|(label, text)| Some((label.as_ref(), html! { (text.as_ref()?) }))),
    );
    items.push((id.as_ref(), ui::copyable(lang, &id, customer.id.as_str())));
    ui::definition_list(items)
}
