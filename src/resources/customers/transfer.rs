//! Customers in files: their export and import.

use std::sync::LazyLock;

use jiff::tz::TimeZone;

use super::custom_fields::{CustomField, CustomFields};
use super::{
    Customer, CustomerCreate, CustomerDetails, CustomerPatch, CustomerView, custom_field_queries,
    queries,
};
use crate::changes::Change;
use crate::db::{from_row, params};
use crate::error::{Error, Result, found};
use crate::fields::{Fields, FromFields};
use crate::http::Expected;
use crate::i18n::Lang;
use crate::ids::{CustomerId, DeletionId};
use crate::lists::{Part, Positioned};
use crate::quotas::{CUSTOMERS, PortalQuota, Quotas};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::transfer::{Existing, Exported, Imported, MoreColumn};
use crate::values::{EmailAddress, KvkNumber};
use crate::web::Section;

impl Exported for Customer {
    type Details = CustomerDetails;
    type More = CustomFields;
    type View = CustomerView;

    const LABELS: &'static str = super::form::LABELS;

    fn details(&self) -> &CustomerDetails {
        &self.details
    }

    fn into_view(self, zone: &TimeZone) -> CustomerView {
        self.into_view(zone)
    }

    async fn more(store: &Store) -> Result<CustomFields> {
        custom_field_queries::all(store).await
    }

    fn more_heads(more: &CustomFields) -> Vec<String> {
        more.0.iter().map(|field| field.name.clone()).collect()
    }

    fn more_cells(&self, more: &CustomFields, lang: Lang) -> Vec<String> {
        more.texts(lang, &self.details.custom_fields)
    }

    async fn page(
        store: &Store,
        part: &Part<Self>,
        zone: &TimeZone,
    ) -> Result<Vec<Positioned<Self>>> {
        queries::list(store, part, zone).await
    }

    async fn row(store: &Store, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        found(queries::find(store, &id).await)
    }
}

/// Customers with these e-mail addresses (`?2`) or KvK numbers (`?3`), each a list with a line for each.
static EXISTING: LazyLock<TenantSql> = LazyLock::new(|| {
    let select =
        "SELECT c.id, c.primary_email, c.kvk_number FROM customers c WHERE c.portal_id = ?1";
    let build = |emails: &str, numbers: &str| -> &'static str {
        format!(
            "{select} AND lower(c.primary_email) IN ({emails}) UNION {select} AND c.kvk_number IN ({numbers})"
        )
        .leak()
    };
    let on_sqlite = |place: &str| format!("SELECT value FROM json_each({place})");
    let on_postgres = |place: &str| {
        format!("SELECT jsonb_array_elements_text(CAST(CAST({place} AS TEXT) AS JSONB))")
    };
    TenantSql::per_engine(
        build(&on_sqlite("?2"), &on_sqlite("?3")),
        build(&on_postgres("?2"), &on_postgres("?3")),
    )
});

/// Locks a customer, if it is as it was created.
const HOLD_UNCHANGED: TenantSql = TenantSql::new(
    "UPDATE customers SET revision = revision WHERE portal_id = ?1 AND id = ?2 AND revision = 1",
);

struct Alike {
    id: CustomerId,
    primary_email: EmailAddress,
    kvk_number: Option<KvkNumber>,
}
from_row!(Alike { id, primary_email, kvk_number });

/// What customers have in common with their duplicates: the e-mail address, or the KvK number.
fn keys(email: &EmailAddress, kvk_number: Option<&KvkNumber>) -> Vec<String> {
    let email = format!("email {}", EmailAddress::comparable(email.as_str()));
    let number = kvk_number.map(|number| format!("kvk {}", number.as_str()));
    [email].into_iter().chain(number).collect()
}

fn id(text: &str) -> Result<CustomerId> {
    text.parse().map_err(|_| Error::NotFound)
}

impl Imported for Customer {
    type Details = CustomerDetails;
    type New = CustomerCreate;

    const SECTION: Section = super::SECTION;
    const KIND: &'static str = "customer";
    const JOB: &'static str = "import-customers";
    const LABELS: &'static str = super::form::LABELS;
    const HEADS: &'static [(&'static str, &'static [&'static str])] = &[
        (
            "companyName",
            &[
                "naam",
                "name",
                "bedrijf",
                "bedrijfsnaam",
                "company",
                "klant",
                "klantnaam",
                "customer",
                "organisatie",
                "organisation",
                "organization",
            ],
        ),
        ("customerType", &["soort", "type", "klanttype"]),
        ("contactPerson", &["contact", "contactpersoon", "contactname", "tav"]),
        ("primaryEmail", &["email", "emailadres", "emailaddress", "mail", "mailadres"]),
        (
            "phone",
            &["telefoon", "telefoonnummer", "tel", "phonenumber", "telephone", "mobiel", "mobile"],
        ),
        (
            "address",
            &[
                "adres",
                "straat",
                "straatenhuisnummer",
                "street",
                "address1",
                "addressline1",
                "adresregel1",
            ],
        ),
        ("zipCode", &["postcode", "postalcode", "zip", "pc"]),
        ("city", &["plaats", "woonplaats", "stad", "town", "vestigingsplaats"]),
        ("countryCode", &["land", "landcode", "country"]),
        (
            "kvkNumber",
            &["kvk", "kvknummer", "handelsregister", "chamberofcommerce", "cocnumber", "coc"],
        ),
        ("vatNumber", &["btw", "btwnummer", "btwid", "vat", "vatid", "taxid"]),
        ("language", &["taal"]),
        (
            "notes",
            &["notitie", "notities", "opmerking", "opmerkingen", "note", "remarks", "comments"],
        ),
    ];
    const QUOTA: PortalQuota = CUSTOMERS;

    async fn more_columns(store: &Store) -> Result<Vec<MoreColumn>> {
        let CustomFields(all) = custom_field_queries::all(store).await?;
        let column = |field: CustomField| MoreColumn {
            name: field.path.clone(),
            label: field.name.clone(),
            read: Box::new(move |text| field.read_cell(text)),
        };
        Ok(all.into_iter().map(column).collect())
    }

    fn most(quotas: &Quotas) -> u32 {
        quotas.max_customers_per_portal
    }

    fn details(CustomerCreate(details): CustomerCreate) -> CustomerDetails {
        details
    }

    fn keys(details: &CustomerDetails) -> Vec<String> {
        keys(&details.primary_email, details.kvk_number.as_ref())
    }

    async fn existing(tx: &mut StoreTx, rows: &[CustomerDetails]) -> Result<Vec<Existing>> {
        let notations = |details: &CustomerDetails| {
            let email = details.primary_email.as_str();
            [email.to_lowercase(), EmailAddress::for_mail_servers(email).to_lowercase()]
        };
        let emails: Vec<String> = rows.iter().flat_map(notations).collect();
        let numbers: Vec<&str> =
            rows.iter().filter_map(|row| Some(row.kvk_number.as_ref()?.as_str())).collect();
        let emails = serde_json::to_string(&emails).map_err(Error::internal)?;
        let numbers = serde_json::to_string(&numbers).map_err(Error::internal)?;
        let alike: Vec<Alike> = tx.rows(*EXISTING, params![emails, numbers]).await?;
        let existing = |Alike { id, primary_email, kvk_number }: Alike| {
            let keys = keys(&primary_email, kvk_number.as_ref()).into_iter();
            keys.map(move |key| Existing { key, id: id.to_string() })
        };
        Ok(alike.into_iter().flat_map(existing).collect())
    }

    async fn create(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        details: CustomerDetails,
    ) -> Result<String> {
        let customer = queries::create(tx, change, quotas, details).await?;
        Ok(customer.id.to_string())
    }

    async fn update(
        tx: &mut StoreTx,
        change: &Change<'_>,
        text: &str,
        mut fields: Fields,
    ) -> Result<()> {
        let patch = CustomerPatch::from_fields(&mut fields);
        fields.expect_none_wrong()?;
        queries::update(tx, change, &id(text)?, Expected::Any, patch).await?;
        Ok(())
    }

    async fn delete_unchanged(
        tx: &mut StoreTx,
        change: &Change<'_>,
        text: &str,
        deletion: &DeletionId,
    ) -> Result<bool> {
        let id = id(text)?;
        if tx.execute(HOLD_UNCHANGED, params![id]).await? == 0 {
            return Ok(false);
        }
        queries::delete(tx, change, &id, &Expected::Any, deletion).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::i18n::Lang;
    use crate::transfer::exported_and_read;

    /// A customer with these texts, if they are good.
    fn customer(name: &str, notes: &str, phone: &str, kvk: Option<u32>) -> Option<CustomerDetails> {
        let body = json!({
            "companyName": name, "primaryEmail": "info@korenaar.example", "address": name, "zipCode": "1234 AB",
            "city": "Ede", "customerType": "private", "language": "en", "notes": notes, "phone": phone,
            "contactPerson": notes, "kvkNumber": kvk.map(|number| format!("{number:08}")),
        });
        let mut fields = Fields::json(body.to_string().as_bytes()).ok()?;
        fields.read().ok().map(|CustomerCreate(details)| details)
    }

    proptest! {
        #[test]
        fn what_was_exported_is_imported_as_it_was(
            texts in proptest::collection::vec(
                ("['=+@;,\"a-z \t-]{1,12}|.{1,20}", "['=+@;,\"a-z -]{1,12}|.{1,30}", prop::option::of(0_u32..99_999_999)),
                1..20,
            ),
        ) {
            let rows: Vec<CustomerDetails> = texts
                .iter()
                .filter_map(|(name, notes, kvk)| customer(name, notes, "+31 73 123 45 67", *kvk))
                .collect();
            prop_assume!(!rows.is_empty());
            for lang in Lang::ALL {
                prop_assert_eq!(&exported_and_read::<Customer>(&rows, lang), &rows);
            }
        }
    }
}
