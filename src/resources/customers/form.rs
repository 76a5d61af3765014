//! The form of a customer.

use std::borrow::Cow;

use maud::{Markup, html};

use super::custom_fields::CustomFields;
use super::links::customer_link;
use super::{Customer, CustomerCreate, CustomerDetails};
use crate::error::Result;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::resources::customer_groups::{self, CustomerGroup};
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle, Choice, FlashKind};
use crate::unicode::isolated;
use crate::web::{ANYWAY, Saved, filled_from_field};

/// The prefix of the labels' text keys.
pub(super) const LABELS: &str = "customers.field.";

/// What the summary of errors calls the fields.
pub(super) fn labels(lang: Lang, custom: &CustomFields) -> Vec<(&str, Cow<'_, str>)> {
    let mut labels: Vec<(&str, Cow<'_, str>)> =
        record_form::labelled::<CustomerDetails>(lang, LABELS);
    labels.extend(custom.labels());
    labels.push(("groups", tr!(lang, "customers.field.groups")));
    labels
}

/// What a form says that was sent before, unless something is wrong with it.
pub(super) fn details(typed: &Fields) -> Option<CustomerDetails> {
    let mut fields = typed.again().filter(|_| typed.errors().is_empty())?;
    fields.read().ok().map(|CustomerCreate(details)| details)
}

/// The form, with what it holds. `notice` stands above it.
pub(super) async fn form(
    member: &Member,
    action: &str,
    cancel: &str,
    (fields, custom): (&Fields, &CustomFields),
    notice: Warning,
) -> Result<Markup> {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let groups = customer_groups::queries::all(&member.store).await?;
    Ok(html! {
        (notice.text)
        (ui::form(action, &member.visit.mark, html! {
            (filled_from_field(fields))
            (record_form::inputs::<CustomerDetails>(lang, LABELS, fields, &errors))
            (custom.inputs(lang, fields, &errors))
            @if !groups.is_empty() { (group_choices(lang, fields, &groups)) }
            (ui::actions(html! {
                (notice.save.unwrap_or_else(|| ui::submit(&tr!(lang, "manage.save"), ButtonStyle::Primary)))
                (ui::link_button(&tr!(lang, "ui.cancel"), cancel, ButtonStyle::Secondary))
            }))
        }))
    })
}

/// The notice above a form that wasn't saved, and the button that saves it anyway.
pub(super) struct Warning {
    text: Markup,
    save: Option<Markup>,
}

impl Default for Warning {
    fn default() -> Self {
        Self { text: html! {}, save: None }
    }
}

impl Warning {
    /// The customer may be a duplicate, with links to the others.
    pub(super) fn alike(lang: Lang, others: &[Customer]) -> Self {
        const SHOWN: usize = 5;
        let title = tr!(lang, "customers.alike_title");
        let text = html! {
            div role="alert" {
                (ui::notice(FlashKind::Info, Some(&title), html! {
                    p { (tr!(lang, "customers.alike_text")) }
                    ul {
                        @for other in others.iter().take(SHOWN) {
                            li { (customer_link(other)) ", " (other.details.city) ", " (other.details.primary_email) }
                        }
                    }
                }))
            }
        };
        let label = tr!(lang, "customers.save_anyway");
        Self { text, save: Some(ui::submit_named(ANYWAY, "1", &label, ButtonStyle::Primary)) }
    }

    /// Somebody else changed the customer in the meantime, as the notice says.
    pub(super) fn changed(lang: Lang, notice: Markup) -> Self {
        let label = tr!(lang, "manage.form.save_mine");
        // A person who confirms has seen the others.
        let save = ui::submit_named(ANYWAY, "1", &label, ButtonStyle::Primary);
        Self { text: notice, save: Some(save) }
    }
}

fn group_choices(lang: Lang, fields: &Fields, groups: &[CustomerGroup]) -> Markup {
    let ticked = fields.all("groups");
    let choice = |group: &CustomerGroup| Choice {
        value: group.id.to_string().into(),
        label: group.name.clone().into(),
        hint: None,
        checked: ticked.contains(&group.id.as_str()),
    };
    let choices: Vec<Choice<'_>> = groups.iter().map(choice).collect();
    let (legend, search) = (tr!(lang, "customers.field.groups"), tr!(lang, "groups.search"));
    ui::long_choice_group(
        "groups",
        &legend,
        choices,
        &search,
        fields.errors().first("groups", lang).as_deref(),
    )
}

/// What is saved of a customer, for the form.
pub(super) fn saved(member: &Member, customer: &Customer, custom: &CustomFields) -> Saved {
    let mut pairs = record_form::pairs_of(&customer.details, member.lang(), member.time_zone());
    pairs.extend(custom.pairs_of(&customer.details.custom_fields));
    pairs.extend(customer.group_ids().map(|id| ("groups".to_owned(), id.to_owned())));
    Saved::at_revision(customer.revision, pairs)
}

/// What people read of a field's value. Groups that no longer exist are left out.
pub(super) async fn shown(
    member: &Member,
    custom: &CustomFields,
) -> Result<impl Fn(&str, &str) -> Option<String>> {
    let (lang, groups) = (member.lang(), customer_groups::queries::all(&member.store).await?);
    Ok(move |name: &str, value: &str| {
        if let Some(text) = custom.shown_at(lang, name, value) {
            return Some(text);
        }
        if name != "groups" {
            return record_form::shown::<CustomerDetails>(lang, name, value);
        }
        let group = groups.iter().find(|group| group.id.as_str() == value);
        group.map(|group| isolated(&group.name).into_owned())
    })
}
