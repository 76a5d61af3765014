//! The model of a customer, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::custom_values::CustomValues;
use crate::fields::Fields;
use crate::http::schema::always_complete;
use crate::i18n::Lang;
use crate::ids::{CustomerGroupId, CustomerId};
use crate::time::Atom;
use crate::values::{
    Country, EmailAddress, Items, KvkNumber, Phone, Postcode, Shown, Text, VatNumber, body, choice,
    record, row,
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

impl CustomerLanguage {
    /// The language of texts.
    pub const fn lang(self) -> Lang {
        match self {
            Self::Dutch => Lang::Nl,
            Self::English => Lang::En,
        }
    }
}

/// The maximum number of contacts of a customer.
pub(super) const MAX_CONTACTS: usize = 50;

body! {
    /// A person to contact at a customer.
    #[derive(PartialEq, Eq, Serialize, Deserialize)]
    Contact {
        /// The person's name
        name "name": Text<200> = "Sanne van Dijk",
        /// What the person does there
        role "role": Option<Text<100>> = "Inkoop",
        /// E-mail address
        email "email": Option<EmailAddress> = "sanne@korenaar.example",
        /// Phone number
        phone "phone": Option<Phone> = "06 12 34 56 78",
    }
}

/// The contacts of a customer.
pub type Contacts = Items<Contact, MAX_CONTACTS>;

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
        /// Persons to contact; those that are sent replace all. An addition to the contract
        contacts "contacts": Contacts = [{
            "name": "Sanne van Dijk",
            "role": "Inkoop",
            "email": "sanne@korenaar.example",
            "phone": "06 12 34 56 78"
        }],
        /// Values of the portal's own fields, by their keys: a text, a number, `true` or `false`; `null` empties
        /// one, and those that aren't sent stay as they are. An addition to the contract
        custom_fields "customFields": CustomValues = {},
    }
}

impl CustomerDetails {
    /// What the customer is called.
    pub fn name(&self) -> &str {
        self.company_name.as_str()
    }

    /// The values that identify duplicates: name, e-mail address, postal code and KvK number.
    pub(super) fn identity(&self) -> [&str; 4] {
        [
            self.name(),
            self.primary_email.as_str(),
            self.zip_code.as_str(),
            self.kvk_number.as_ref().map_or("", KvkNumber::as_str),
        ]
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

row! {
    /// A customer, as stored.
    Customer {
        /// Its id.
        id: CustomerId,
        /// The external system that it was imported from.
        integration: Option<String>,
        /// Its id in that system.
        integration_id: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed, or created.
        updated_at: Timestamp = "COALESCE(c.updated_at, c.created_at)",
        /// The ids of its groups in any order, separated by spaces.
        group_ids: String,
        /// The number of changes, plus one.
        revision: i64,
    } with {
        /// Its details.
        details: CustomerDetails,
    }
}

impl Customer {
    /// The ids of its groups.
    pub fn group_ids(&self) -> impl Iterator<Item = &str> {
        self.group_ids.split_ascii_whitespace()
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
