//! The model of a customer, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::{DbError, FromRow, Row};
use crate::fields::Fields;
use crate::http::schema::always_complete;
use crate::ids::{CustomerGroupId, CustomerId};
use crate::time::Atom;
use crate::values::{
    Country, EmailAddress, KvkNumber, Phone, Postcode, Shown, Text, VatNumber, choice, record,
};

choice! {
    /// The kind of customer.
    CustomerType in "customers.type.", default Business {
        /// A business.
        Business = "business",
        /// A private person, whose name is used as the company name.
        Private = "private",
    }
}

choice! {
    /// The language for correspondence with a customer.
    CustomerLanguage in "customers.language." {
        /// Dutch.
        Dutch = "nl",
        /// English.
        English = "en",
    }
}

record! {
    /// The details of a customer.
    CustomerDetails, CustomerCreate, CustomerPatch checked by CustomerDetails::check {
        /// Name of the company, or of the private person
        company_name "companyName": Text<200> = "Bakkerij De Korenaar",
        /// Whether the customer is a business (the default) or a private person. An addition to the contract
        customer_type "customerType": CustomerType = "business",
        /// Contact person. An addition to the contract
        contact_person "contactPerson": Option<Text<200>> = "Sanne van Dijk",
        /// E-mail address; an internationalised domain is shown in its own letters
        primary_email "primaryEmail": EmailAddress = "info@korenaar.example",
        /// Phone number. An addition to the contract
        phone "phone": Option<Phone> = "073 123 45 67",
        /// Street and number
        address "address": Text<200> = "Molenstraat 12",
        /// Postal code, in the format of the country
        zip_code "zipCode": Postcode = "5211 DR",
        /// City
        city "city": Text<100> = "Den Bosch",
        /// Country code, two letters (ISO 3166-1 alpha-2); `NL` by default
        country_code "countryCode": Country = "NL",
        /// Number in the Dutch trade register (KvK): eight digits. An addition to the contract
        kvk_number "kvkNumber": Option<KvkNumber> = "12345678",
        /// VAT number, with its country prefix. An addition to the contract
        vat_number "vatNumber": Option<VatNumber> = "NL123456782B12",
        /// Language for correspondence with the customer: `nl` or `en`. An addition to the contract
        language "language": Option<CustomerLanguage> = "nl",
        /// Internal notes. An addition to the contract
        notes "notes": Option<Text<5000>> = "Levert op dinsdag",
    }
}

impl CustomerDetails {
    /// The values that identify duplicates.
    pub(super) fn identity(&self) -> [&str; 4] {
        let kvk_number = self.kvk_number.as_ref().map_or("", KvkNumber::as_str);
        [&self.company_name.0, &self.primary_email.0, &self.zip_code.0, kvk_number]
    }

    /// Formats the postal code for its country.
    fn check(&mut self, fields: &mut Fields) {
        self.zip_code.check(fields, "zipCode", (&self.country_code, "countryCode"));
    }

    /// The same for changed details, unless the postal code and its country are as `before`: stored
    /// ones can be older than the rule.
    pub(super) fn check_change(&mut self, before: &Self, fields: &mut Fields) {
        let place = |details: &Self| (details.zip_code.clone(), details.country_code.clone());
        if place(self) != place(before) {
            self.check(fields);
        }
    }
}

/// A customer, as stored.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Its details.
    pub details: CustomerDetails,
    /// The external system that it was imported from.
    pub integration: Option<String>,
    /// Its id in that system.
    pub integration_id: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed, or created.
    pub updated_at: Timestamp,
    /// The ids of its groups in any order, separated by spaces.
    pub group_ids: String,
    /// The number of changes, plus one.
    pub revision: i64,
}

impl Customer {
    /// The columns that [`FromRow`] reads beside the details', in their order.
    pub(super) const OTHER_COLUMNS: [&'static str; 7] = [
        "c.id",
        "c.integration",
        "c.integration_id",
        "c.created_at",
        "COALESCE(c.updated_at, c.created_at) AS updated_at",
        "c.group_ids",
        "c.revision",
    ];

    /// The ids of its groups.
    pub fn group_ids(&self) -> impl Iterator<Item = &str> {
        self.group_ids.split_ascii_whitespace()
    }
}

impl FromRow for Customer {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.read("id")?,
            integration: row.read("integration")?,
            integration_id: row.read("integration_id")?,
            created_at: row.read("created_at")?,
            updated_at: row.read("updated_at")?,
            group_ids: row.read("group_ids")?,
            revision: row.read("revision")?,
            details: CustomerDetails::from_row(row)?,
        })
    }
}

/// A customer in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Customer", transform = always_complete)]
pub struct CustomerView {
    /// The customer's id
    pub(super) id: CustomerId,
    #[serde(flatten)]
    details: Shown<CustomerDetails>,
    /// The external system that the customer was imported from
    integration: Option<String>,
    /// Id of the customer in the external system
    integration_id: Option<String>,
    /// Ids of the customer's groups
    #[schemars(with = "Vec<CustomerGroupId>")]
    customer_groups: Vec<String>,
    /// When the customer was created, with the offset of the portal's time zone
    created_at: Atom,
    /// When the customer was last changed, or created. An addition to the contract
    updated_at: Atom,
}

impl Customer {
    /// The representation in the API, with times in the portal's time zone.
    pub fn into_view(self, zone: &TimeZone) -> CustomerView {
        let mut customer_groups: Vec<String> = self.group_ids().map(str::to_owned).collect();
        customer_groups.sort_unstable();
        CustomerView {
            customer_groups,
            created_at: Atom::new(self.created_at, zone),
            updated_at: Atom::new(self.updated_at, zone),
            id: self.id,
            details: Shown::new(self.details, zone),
            integration: self.integration,
            integration_id: self.integration_id,
        }
    }
}
