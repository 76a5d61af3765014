//! Example punch cards, which some of the example customers have.

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::ids::{CustomerId, IssuedPunchCardId, PunchCardId};
use crate::resources::punch_cards::{
    Expiry, ExpiryPeriod, PunchCardCreate, PunchCardDetails, insert_issued, queries,
};
use crate::tenant::StoreTx;
use crate::time::amsterdam;
use crate::values::{Money, Optional, Text, Value, VatRate, Whole, WholeOrText};

/// An example of a card.
struct Example {
    name: &'static str,
    description: &'static str,
    punches: i64,
    punch_label: &'static str,
    /// In cents.
    price: Option<i64>,
    months: Option<i64>,
}

const EXAMPLES: [Example; 3] = [
    Example {
        name: "Servicekaart",
        description: "Vijf bezoeken van een monteur, voorrijkosten inbegrepen.",
        punches: 5,
        punch_label: "bezoek van een monteur",
        price: Some(39_500),
        months: Some(24),
    },
    Example {
        name: "Ketelonderhoud",
        description: "Tien jaarlijkse beurten.",
        punches: 10,
        punch_label: "onderhoudsbeurt",
        price: Some(99_000),
        months: None,
    },
    Example {
        name: "Cursus zuinig stoken",
        description: "Voor deelnemers van de cursus.",
        punches: 3,
        punch_label: "les",
        price: None,
        months: Some(6),
    },
];

/// Every how many customers one has the card.
const EVERY: usize = 9;

/// Adds the cards, and issues them to some of the customers, from the oldest on.
pub(super) async fn add(tx: &mut StoreTx, customers: &[CustomerId], now: Timestamp) -> Result<()> {
    let zone = amsterdam();
    for (place, example) in EXAMPLES.iter().enumerate() {
        let since = now - SignedDuration::from_hours(24 * 400);
        let card = queries::insert(tx, PunchCardId::random(), new(example), since).await?;
        for (number, customer) in customers.iter().skip(place * 2).step_by(EVERY).enumerate() {
            let issued_at = since + SignedDuration::from_hours(24 * 13 * (number as i64 + 1));
            let left =
                card.details.punches.get() - (number % 4) as i64 % card.details.punches.get();
            let id = IssuedPunchCardId::random();
            let when = (issued_at.min(now), &zone);
            insert_issued(tx, (&card, customer), &id, left, when).await?;
        }
    }
    Ok(())
}

fn new(example: &Example) -> PunchCardCreate {
    let details = PunchCardDetails {
        name: Text(example.name.to_owned()),
        description: Optional(Some(Text(example.description.to_owned()))),
        punches: Whole::new(example.punches).unwrap_or_else(Whole::stand_in),
        punch_label: Text(example.punch_label.to_owned()),
        for_sale: example.price.is_some(),
        price: Optional(example.price.and_then(Money::from_cents)),
        vat_rate: Optional(example.price.map(|_| VatRate::High)),
    };
    let expiry_value = Optional(example.months.and_then(WholeOrText::new));
    let expiry_period = Optional(expiry_value.0.map(|_| ExpiryPeriod::Months));
    PunchCardCreate(details, Expiry { expiry_value, expiry_period })
}
