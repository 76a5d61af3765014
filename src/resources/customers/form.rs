//! The form of a customer.

use std::borrow::Cow;

use maud::{Markup, html};

use super::{Customer, CustomerCreate, CustomerDetails, customer_link};
use crate::error::Result;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::resources::customer_groups::{self, CustomerGroup};
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle, Choice, FlashKind};
use crate::unicode::isolated;

/// The prefix of the labels' text keys.
const LABELS: &str = "customers.field.";

/// The button to save a customer that may be a duplicate.
pub(super) const ANYWAY: &str = "anyway";

/// What the summary of errors calls the fields.
pub(super) fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    let mut labels = record_form::labelled::<CustomerDetails>(lang, LABELS);
    labels.push(("groups", tr!(lang, "customers.field.groups")));
    labels
}

/// What a form says that was sent before, unless something is wrong with it.
pub(super) fn details(typed: &Fields) -> Option<CustomerDetails> {
    let mut fields = typed.again().filter(|_| typed.errors().is_empty())?;
    let CustomerCreate(details) = fields.read().ok()?;
    details.checked().ok()
}

/// The form, with what it holds. `notice` stands above it.
pub(super) async fn form(
    member: &Member,
    action: &str,
    cancel: &str,
    fields: &Fields,
    notice: Warning,
) -> Result<Markup> {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let groups = customer_groups::queries::all(&member.store).await?;
    Ok(html! {
        (notice.text)
        (ui::form(action, &member.visit.mark, html! {
            (record_form::kept_revision(fields))
            (record_form::inputs::<CustomerDetails>(lang, LABELS, fields, &errors))
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

    /// Somebody else changed the customer in the meantime, with the differences.
    pub(super) fn changed(lang: Lang, differences: Vec<[String; 3]>, saved_path: &str) -> Self {
        let label = tr!(lang, "manage.form.save_mine");
        // A person who confirms has seen the others.
        let save = ui::submit_named(ANYWAY, "1", &label, ButtonStyle::Primary);
        Self { text: ui::changed_notice(lang, differences, saved_path), save: Some(save) }
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

/// The differences between a form and the saved customer.
pub(super) async fn differences(
    member: &Member,
    customer: &Customer,
    fields: &Fields,
) -> Result<Vec<[String; 3]>> {
    let lang = member.lang();
    let mut all = record_form::differences(lang, LABELS, fields, &customer.details);
    let groups = customer_groups::queries::all(&member.store).await?;
    let names = |is_in: &dyn Fn(&str) -> bool| {
        let own = groups.iter().filter(|group| is_in(group.id.as_str()));
        own.map(|group| isolated(&group.name)).collect::<Vec<_>>().join(", ")
    };
    let ticked = fields.all("groups");
    let (saved, sent) =
        (names(&|id| customer.group_ids().any(|own| own == id)), names(&|id| ticked.contains(&id)));
    if saved != sent {
        all.push([tr!(lang, "customers.field.groups").into_owned(), saved, sent]);
    }
    Ok(all)
}
