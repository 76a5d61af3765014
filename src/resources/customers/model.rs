//! What a customer is, and what a client sends and sees of one.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::countries;
use crate::db::from_row;
use crate::error::Message;
use crate::http::schema::{always_complete, null_is_refused};
use crate::http::{Fields, FromFields};
use crate::ids::{CustomerGroupId, CustomerId};
use crate::time::Atom;

/// A customer, as it is kept.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The company's name.
    pub company_name: String,
    /// Street and number.
    pub address: String,
    /// Postal code.
    pub zip_code: String,
    /// Town.
    pub city: String,
    /// Country (ISO 3166-1 alpha-2).
    pub country_code: String,
    /// The address that mail goes to.
    pub primary_email: String,
    /// Telephone number.
    pub phone: Option<String>,
    /// The other system that it comes from.
    pub integration: Option<String>,
    /// Its id there.
    pub integration_id: Option<String>,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// The groups that it is in: their ids in any order, with spaces between.
    pub group_ids: String,
}

from_row!(Customer {
    id,
    company_name,
    address,
    zip_code,
    city,
    country_code,
    primary_email,
    phone,
    integration,
    integration_id,
    created_at,
    group_ids,
});

/// A customer, as the API shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Customer", transform = always_complete)]
pub struct CustomerView {
    /// The customer's id
    id: CustomerId,
    /// The company's name
    #[schemars(example = &"Bakkerij De Korenaar")]
    company_name: String,
    /// Street and number
    #[schemars(example = &"Molenstraat 12")]
    address: String,
    /// Postal code
    #[schemars(example = &"5211 DR")]
    zip_code: String,
    /// Town
    #[schemars(example = &"Den Bosch")]
    city: String,
    /// Country, in the two letters of ISO 3166-1
    #[schemars(example = &"NL")]
    country_code: String,
    /// Where mail goes
    #[schemars(email, example = &"info@korenaar.example")]
    primary_email: String,
    /// Telephone number
    #[schemars(example = &"073 123 45 67")]
    phone: Option<String>,
    /// The other system that the customer comes from
    integration: Option<String>,
    /// The customer's id in that system
    integration_id: Option<String>,
    /// Ids of the groups that the customer is in
    #[schemars(with = "Vec<CustomerGroupId>")]
    customer_groups: Vec<String>,
    /// Since when the customer exists, with the offset of the portal's time zone
    created_at: Atom,
}

impl Customer {
    /// As the API shows it, with times in the portal's zone.
    pub fn into_view(self, zone: &TimeZone) -> CustomerView {
        let mut customer_groups: Vec<String> =
            self.group_ids.split_ascii_whitespace().map(str::to_owned).collect();
        customer_groups.sort_unstable();
        CustomerView {
            customer_groups,
            created_at: Atom::new(self.created_at, zone),
            id: self.id,
            company_name: self.company_name,
            address: self.address,
            zip_code: self.zip_code,
            city: self.city,
            country_code: self.country_code,
            primary_email: self.primary_email,
            phone: self.phone,
            integration: self.integration,
            integration_id: self.integration_id,
        }
    }
}

/// What a new customer is made of.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "camelCase", transform = null_is_refused)]
pub struct CustomerCreate {
    /// The company's name
    #[schemars(length(min = 1, max = 200), example = &"Bakkerij De Korenaar")]
    pub company_name: String,
    /// Street and number
    #[schemars(length(min = 1, max = 200), example = &"Molenstraat 12")]
    pub address: String,
    /// Postal code
    #[schemars(length(min = 1, max = 20), example = &"5211 DR")]
    pub zip_code: String,
    /// Town
    #[schemars(length(min = 1, max = 100), example = &"Den Bosch")]
    pub city: String,
    /// Where mail goes
    #[schemars(email, length(max = 254), example = &"info@korenaar.example")]
    pub primary_email: String,
    /// Country, in the two letters of ISO 3166-1; NL when absent
    #[schemars(length(min = 2, max = 2), example = &"NL")]
    pub country_code: Option<String>,
}

impl FromFields for CustomerCreate {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            company_name: fields.text("companyName", 200),
            address: fields.text("address", 200),
            zip_code: fields.text("zipCode", 20),
            city: fields.text("city", 100),
            primary_email: fields.email("primaryEmail"),
            country_code: fields.when_sent("countryCode", country),
        }
    }
}

/// What changes of a customer; absent fields stay as they are.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "camelCase", extend("minProperties" = 1), transform = null_is_refused)]
pub struct CustomerPatch {
    /// The company's name
    #[schemars(length(min = 1, max = 200), example = &"Bakkerij De Korenaar")]
    pub company_name: Option<String>,
    /// Street and number
    #[schemars(length(min = 1, max = 200), example = &"Molenstraat 12")]
    pub address: Option<String>,
    /// Postal code
    #[schemars(length(min = 1, max = 20), example = &"5211 DR")]
    pub zip_code: Option<String>,
    /// Town
    #[schemars(length(min = 1, max = 100), example = &"Den Bosch")]
    pub city: Option<String>,
    /// Where mail goes
    #[schemars(email, length(max = 254), example = &"info@korenaar.example")]
    pub primary_email: Option<String>,
    /// Country, in the two letters of ISO 3166-1
    #[schemars(length(min = 2, max = 2), example = &"NL")]
    pub country_code: Option<String>,
}

impl FromFields for CustomerPatch {
    fn from_fields(fields: &mut Fields) -> Self {
        let patch = Self {
            company_name: fields.when_sent("companyName", |fields, name| fields.text(name, 200)),
            address: fields.when_sent("address", |fields, name| fields.text(name, 200)),
            zip_code: fields.when_sent("zipCode", |fields, name| fields.text(name, 20)),
            city: fields.when_sent("city", |fields, name| fields.text(name, 100)),
            primary_email: fields.when_sent("primaryEmail", Fields::email),
            country_code: fields.when_sent("countryCode", country),
        };
        if !["companyName", "address", "zipCode", "city", "primaryEmail", "countryCode"]
            .iter()
            .any(|name| fields.has(name))
        {
            fields.fault("companyName", Message::new("field.nothing"));
        }
        patch
    }
}

fn country(fields: &mut Fields, name: &str) -> String {
    let code = fields.text(name, 2).to_ascii_uppercase();
    if !code.is_empty() && !countries::exists(&code) {
        fields.fault(name, Message::new("field.country"));
    }
    code
}

impl Customer {
    /// The customer after a change.
    #[must_use]
    pub fn patched(self, patch: CustomerPatch) -> Self {
        Self {
            company_name: patch.company_name.unwrap_or(self.company_name),
            address: patch.address.unwrap_or(self.address),
            zip_code: patch.zip_code.unwrap_or(self.zip_code),
            city: patch.city.unwrap_or(self.city),
            primary_email: patch.primary_email.unwrap_or(self.primary_email),
            country_code: patch.country_code.unwrap_or(self.country_code),
            ..self
        }
    }

    /// The text that a search looks in.
    pub fn search_text(&self) -> String {
        let Self { company_name, address, zip_code, city, primary_email, phone, .. } = self;
        let phone = phone.as_deref().unwrap_or_default();
        format!("{company_name} {primary_email} {address} {zip_code} {city} {phone}").to_lowercase()
    }
}
