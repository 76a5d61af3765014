//! The customer in the form of a new appointment: a search, and what it found as choices. Its button sends the whole form,
//! which comes back with everything that was typed.

use maud::{Markup, html};

use crate::error::{Result, found};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::ids::CustomerId;
use crate::lists::Part;
use crate::manage::Member;
use crate::resources::customers::{self, Customer};
use crate::ui::{self, ButtonStyle, Choice, ChoiceKind, Field};

/// The field with the id of the customer.
pub(super) const CUSTOMER: &str = "customerId";

/// The field with the text to search for.
const SEARCH: &str = "customerSearch";

/// The text whose results the form shows.
const SEARCHED: &str = "customerSearched";

/// The button that searches.
const FIND: &str = "findCustomer";

/// The most customers that are shown.
const MOST: usize = 10;

/// Whether a form was sent to search: by the button, or with another text by Enter.
pub(super) fn is_asked(fields: &Fields) -> bool {
    let text = fields.sent(SEARCH).trim();
    fields.has(FIND) || (!text.is_empty() && text != fields.sent(SEARCHED))
}

/// What can be chosen in a form.
pub(super) struct CustomerChoice {
    chosen: Option<Customer>,
    /// What was found, without the chosen one.
    found: Vec<Customer>,
    is_cut: bool,
    /// Whether there was a search that found nothing.
    is_none_found: bool,
}

impl CustomerChoice {
    /// What can be chosen in a form that is filled in so, and the form with what was chosen: the only one that a
    /// search found.
    pub(super) async fn of(member: &Member, fields: Fields) -> Result<(Fields, Self)> {
        let mut chosen = match fields.sent(CUSTOMER).parse::<CustomerId>() {
            Ok(id) => found(customers::queries::find(&member.store, &id).await)?,
            Err(_) => None,
        };
        let text = fields.sent(SEARCH).trim().to_owned();
        let mut matching = Vec::new();
        if !text.is_empty() || fields.has(FIND) {
            let most = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
            let part = Part::matching(&text, most);
            let rows = customers::queries::list(&member.store, &part, member.time_zone()).await?;
            matching.extend(rows.into_iter().map(|row| row.row));
        }
        let is_none_found = matching.is_empty() && !text.is_empty();
        let is_cut = matching.len() > MOST;
        matching.truncate(MOST);
        if is_asked(&fields) && chosen.is_none() && matching.len() == 1 {
            chosen = matching.pop();
        }
        matching.retain(|customer| chosen.as_ref().is_none_or(|chosen| chosen.id != customer.id));
        let id = chosen.as_ref().map_or_else(String::new, |customer| customer.id.to_string());
        let fields = fields.with(CUSTOMER, id).with(SEARCHED, text);
        Ok((fields, Self { chosen, found: matching, is_cut, is_none_found }))
    }

    /// The name of the chosen customer.
    pub(super) fn name(&self) -> Option<&str> {
        self.chosen.as_ref().map(|customer| customer.details.name())
    }

    /// Whether a customer is chosen, or can be, who is the person then.
    pub(super) fn has_customers(&self) -> bool {
        self.chosen.is_some() || !self.found.is_empty()
    }

    /// The search and the choices.
    pub(super) fn inputs(
        &self,
        member: &Member,
        fields: &Fields,
        errors: &[(String, String)],
    ) -> Markup {
        let (lang, text) = (member.lang(), fields.sent(SEARCH));
        let choice = |customer: &Customer, checked| Choice {
            value: customer.id.to_string().into(),
            label: customer.details.name().to_owned().into(),
            hint: Some(hint(customer).into()),
            checked,
        };
        let nobody = Choice {
            value: "".into(),
            label: tr!(lang, "appointments.no_customer"),
            hint: None,
            checked: self.chosen.is_none(),
        };
        let chosen = self.chosen.iter().map(|customer| choice(customer, true));
        let others = self.found.iter().map(|customer| choice(customer, false));
        let choices: Vec<Choice<'_>> = chosen.chain(others).chain([nobody]).collect();
        let error = errors.iter().find(|(name, _)| name == CUSTOMER).map(|(_, text)| &**text);
        let legend = tr!(lang, "appointments.field.customerId");
        html! {
            (ui::hidden(SEARCHED, fields.sent(SEARCHED)))
            div.find-in-form {
                (Field::text(lang, SEARCH, tr!(lang, "appointments.find_customer")).kind("search").value(text)
                    .hint(tr!(lang, "appointments.find_customer_hint")).maxlength(200).autocomplete("off"))
                (ui::submit_named(FIND, "true", &tr!(lang, "appointments.find"), ButtonStyle::Secondary))
            }
            @if self.is_none_found { p role="status" { (tr!(lang, "appointments.no_customer_found", text = text)) } }
            @if self.has_customers() || error.is_some() {
                (ui::choice_group(ChoiceKind::One, CUSTOMER, &legend, &choices, error))
            }
            @if self.is_cut { p.muted { (tr!(lang, "appointments.more_customers", count = MOST)) } }
        }
    }
}

/// What tells customers of the same name apart.
fn hint(customer: &Customer) -> String {
    let (city, email) = (customer.details.city.to_string(), &customer.details.primary_email.0);
    if city.is_empty() { email.clone() } else { format!("{city} · {email}") }
}
