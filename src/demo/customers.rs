//! Example customers: Dutch businesses that do not exist, on addresses that might.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::error::Result;
use crate::ids::CustomerId;
use crate::resources::customer_groups;
use crate::resources::customers::queries::insert;
use crate::resources::customers::{
    Contact, Contacts, CustomValues, CustomerDetails, CustomerLanguage, CustomerType, FieldDetails,
    FieldKind, insert_field,
};
use crate::tenant::StoreTx;
use crate::values::{Country, EmailAddress, Items, Phone, Postcode, Text};

/// The number of customers.
const COUNT: usize = 240;

const TRADES: [&str; 24] = [
    "Bakkerij",
    "Slagerij",
    "Kapsalon",
    "Garage",
    "Hoveniersbedrijf",
    "Schildersbedrijf",
    "Aannemersbedrijf",
    "Loodgietersbedrijf",
    "Restaurant",
    "Eetcafé",
    "Bloemenhuis",
    "Fietsenwinkel",
    "Tandartspraktijk",
    "Fysiotherapie",
    "Administratiekantoor",
    "Drukkerij",
    "Boekhandel",
    "Opticien",
    "Meubelmakerij",
    "Rijschool",
    "Dierenkliniek",
    "Wijnhandel",
    "Timmerwerken",
    "Schoonmaakbedrijf",
];

const NAMES: [&str; 31] = [
    "De Vries",
    "Jansen",
    "Van den Berg",
    "Bakker",
    "Visser",
    "Smit",
    "Meijer",
    "De Boer",
    "Mulder",
    "De Groot",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "Dekker",
    "Brouwer",
    "De Wit",
    "Dijkstra",
    "Smits",
    "De Graaf",
    "Van der Meer",
    "Kok",
    "Jacobs",
    "Van Vliet",
    "Schouten",
    "Willems",
    "Hoekstra",
    "Koster",
    "Prins",
    "Blom",
    "El Amrani",
];

const STREETS: [&str; 17] = [
    "Dorpsstraat",
    "Kerkstraat",
    "Stationsweg",
    "Molenlaan",
    "Hoofdstraat",
    "Marktplein",
    "Nieuwstraat",
    "Industrieweg",
    "Julianalaan",
    "Havenkade",
    "Lindelaan",
    "Raadhuisplein",
    "Schoolstraat",
    "Achterweg",
    "Burgemeester Vinkstraat",
    "Oude Gracht",
    "Wilhelminastraat",
];

/// Towns with the digits of a postal code there.
const TOWNS: [(&str, u32, &str); 26] = [
    ("Amsterdam", 1012, "NL"),
    ("Rotterdam", 3011, "NL"),
    ("Den Haag", 2511, "NL"),
    ("Utrecht", 3511, "NL"),
    ("Eindhoven", 5611, "NL"),
    ("Groningen", 9711, "NL"),
    ("Tilburg", 5038, "NL"),
    ("Almere", 1315, "NL"),
    ("Breda", 4811, "NL"),
    ("Nijmegen", 6511, "NL"),
    ("Apeldoorn", 7311, "NL"),
    ("Haarlem", 2011, "NL"),
    ("Arnhem", 6811, "NL"),
    ("Zwolle", 8011, "NL"),
    ("Leiden", 2311, "NL"),
    ("Maastricht", 6211, "NL"),
    ("Ede", 6711, "NL"),
    ("Leeuwarden", 8911, "NL"),
    ("Alkmaar", 1811, "NL"),
    ("Delft", 2611, "NL"),
    ("Deventer", 7411, "NL"),
    ("Middelburg", 4331, "NL"),
    ("Hoorn", 1621, "NL"),
    ("Gouda", 2801, "NL"),
    ("'s-Hertogenbosch", 5211, "NL"),
    ("Antwerpen", 2000, "BE"),
];

const GROUPS: [&str; 6] =
    ["Onderhoudscontract", "Horeca", "Zorg", "Winkels", "Bouw", "Nieuwsbrief"];

/// The fields that the portal has added to its customers: key, name, kind and choices.
const FIELDS: [(&str, &str, FieldKind, &str); 3] = [
    ("herkomst", "Herkomst", FieldKind::Choice, "Website\nBeurs\nVia een klant"),
    ("contractSinds", "Contract sinds", FieldKind::Date, ""),
    ("korting", "Korting (%)", FieldKind::Number, ""),
];

/// Adds all customers and groups, within a transaction; returns the customers, the oldest first.
pub(super) async fn add(tx: &mut StoreTx, now: Timestamp) -> Result<Vec<CustomerId>> {
    for (key, name, kind, choices) in FIELDS {
        let details =
            FieldDetails { name: name.into(), choices: choices.into(), is_required: false };
        insert_field(tx, key, kind, &details, now).await?;
    }
    let (mut groups, mut customers) = (Vec::new(), Vec::new());
    for name in GROUPS {
        groups.push(customer_groups::queries::insert(tx, name, now).await?);
    }
    for index in 0..COUNT {
        // The first is the oldest: about two years.
        let since = now - SignedDuration::from_hours(73 * (COUNT - index) as i64)
            + SignedDuration::from_mins((index * 37 % 600) as i64);
        let customer = insert(tx, example(index), since).await?;
        for (number, group) in groups.iter().enumerate() {
            if is_in(index, number) {
                customer_groups::queries::add_member(tx, group, &customer.id, since).await?;
            }
        }
        customers.push(customer.id);
    }
    Ok(customers)
}

fn example(index: usize) -> CustomerDetails {
    let (trade, name) = (TRADES[index % TRADES.len()], NAMES[index * 7 % NAMES.len()]);
    let (town, digits, country) = TOWNS[index * 11 % TOWNS.len()];
    let letters = [b'A' + (index * 3 % 24) as u8, b'B' + (index * 5 % 24) as u8].map(char::from);
    let zip_code = if country == "NL" {
        format!("{digits} {}{}", letters[0], letters[1])
    } else {
        digits.to_string()
    };
    let form = match index % 5 {
        0 => " B.V.",
        3 => " & Zn.",
        _ => "",
    };
    CustomerDetails {
        company_name: Text(format!("{trade} {name}{form}")),
        address: Text(format!("{} {}", STREETS[index * 5 % STREETS.len()], 1 + index * 13 % 180)),
        zip_code: Postcode(zip_code),
        city: Text(town.into()),
        country_code: Country(country.into()),
        primary_email: EmailAddress(format!(
            "info@{}-{}.example",
            domain_part(trade),
            domain_part(name)
        )),
        phone: Some(Phone(phone(index))),
        customer_type: CustomerType::Business,
        contact_person: None,
        kvk_number: None,
        vat_number: None,
        language: (index % 9 == 4).then_some(CustomerLanguage::English),
        notes: None,
        contacts: contacts(index),
        custom_fields: custom_fields(index),
    }
}

/// What is known of the fields that the portal has added.
fn custom_fields(index: usize) -> CustomValues {
    const SOURCES: [&str; 3] = ["Website", "Beurs", "Via een klant"];
    let mut values = vec![("herkomst", json!(SOURCES[index % SOURCES.len()]))];
    if index.is_multiple_of(3) {
        let day = format!("{}-{:02}-01", 2022 + index % 4, 1 + index * 5 % 12);
        values.push(("contractSinds", json!(day)));
        values.push(("korting", if index.is_multiple_of(2) { json!(5) } else { json!(7.5) }));
    }
    CustomValues::of(values)
}

/// Some customers have a contact or two.
fn contacts(index: usize) -> Contacts {
    const PERSONS: [(&str, &str); 5] = [
        ("Sanne van Dijk", "Inkoop"),
        ("Mo Bakker", "Planning"),
        ("Iris de Wit", "Administratie"),
        ("Joost Vermeer", "Directie"),
        ("Fatima Yilmaz", "Vestiging"),
    ];
    let contact = |place: usize| {
        let (name, role) = PERSONS[place % PERSONS.len()];
        let first = name.split(' ').next().unwrap_or_default().to_lowercase();
        Contact {
            name: Text(name.to_owned()),
            role: Some(Text(role.to_owned())),
            email: Some(EmailAddress(format!("{first}@klant-{index}.example"))),
            phone: Some(Phone(format!("06 {:08}", 20_000_000 + place * 76_543 % 70_000_000))),
        }
    };
    let count = [0, 0, 1, 2][index % 4];
    Items((index..index + count).map(contact).collect())
}

fn domain_part(text: &str) -> String {
    text.to_lowercase().replace('é', "e").replace(' ', "-")
}

fn phone(index: usize) -> String {
    const AREAS: [&str; 6] = ["010", "020", "030", "040", "050", "070"];
    format!("{}-{:07}", AREAS[index % AREAS.len()], 2_000_000 + index * 12_347 % 7_000_000)
}

/// Which groups a customer is in: by trade for most, spread for the contract and the newsletter.
fn is_in(index: usize, group: usize) -> bool {
    let trade = TRADES[index % TRADES.len()];
    match GROUPS[group] {
        "Onderhoudscontract" => index.is_multiple_of(3),
        "Horeca" => matches!(trade, "Restaurant" | "Eetcafé" | "Wijnhandel"),
        "Zorg" => {
            matches!(trade, "Tandartspraktijk" | "Fysiotherapie" | "Opticien" | "Dierenkliniek")
        }
        "Winkels" => matches!(
            trade,
            "Bakkerij" | "Slagerij" | "Bloemenhuis" | "Fietsenwinkel" | "Boekhandel"
        ),
        "Bouw" => matches!(
            trade,
            "Schildersbedrijf" | "Aannemersbedrijf" | "Loodgietersbedrijf" | "Timmerwerken"
        ),
        _ => index % 4 == 1,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_customers_share_a_name_and_all_addresses_are_reserved_ones() {
        let all: Vec<CustomerDetails> = (0..COUNT).map(example).collect();
        assert_eq!(
            all.iter().map(|customer| &customer.company_name.0).collect::<BTreeSet<_>>().len(),
            COUNT
        );
        for customer in all {
            assert!(
                EmailAddress::parse(&customer.primary_email.0).is_ok()
                    && customer.primary_email.0.ends_with(".example"),
                "{}",
                customer.primary_email
            );
        }
    }
}
