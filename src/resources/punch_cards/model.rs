//! The model of a punch card that a business offers, and its representation in the API.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Message;
use crate::fields::{Fields, FromFields};
use crate::http::schema::always_complete;
use crate::ids::PunchCardId;
use crate::time::{Atom, end_of_day};
use crate::values::{
    Money, Optional, Record, Required, Shown, Text, VatRate, Whole, WholeOrText, body, choice,
    fields, record, row,
};

/// The maximum number of punches of a card.
pub(super) const MAX_PUNCHES: i64 = 1000;

choice! {
    /// What the validity of a card is counted in.
    ExpiryPeriod in "punch_cards.period." {
        /// Days.
        Days = "days",
        /// Months.
        Months = "months",
        /// Years.
        Years = "years",
    }
}

record! {
    /// The details of a punch card.
    PunchCardDetails, NewDetails, DetailsChange checked by PunchCardDetails::check {
        /// The card's name
        name "name": Text<200> = "Koffiekaart",
        /// What the customer gets
        description "description": Optional<Text<5000>> = "Tien kopjes koffie voor de prijs van negen",
        /// The number of punches of a full card, at most 1,000
        punches "punches": Whole<1, MAX_PUNCHES> = 10,
        /// What one punch is for
        punch_label "punchLabel": Text<100> = "kopje koffie",
        /// Whether customers can buy the card; `false` by default
        for_sale "forSale": bool = true,
        /// The price in euros with VAT; required when the card is for sale
        price "price": Optional<Money> = "27.00",
        /// The rate of VAT in percent; required when the card is for sale
        vat_rate "vatRate": Optional<VatRate> = 9,
    }
}

record! {
    /// How long a card is valid after it was issued.
    Expiry, NewExpiry, ExpiryChange checked by Expiry::check {
        /// How many days, months or years the card is valid, 1 to 1,000: a number, or a text with one. Without it the card doesn't expire
        expiry_value "expiryValue": Optional<WholeOrText<1, 1000>> = "12",
        /// What `expiryValue` counts
        expiry_period "expirePeriod": Optional<ExpiryPeriod> = "months",
    }
}

impl PunchCardDetails {
    /// What is for sale has a price and a rate.
    pub(super) fn check(&self, fields: &mut Fields) {
        let missing = [("price", self.price.0.is_none()), ("vatRate", self.vat_rate.0.is_none())];
        for (name, _) in missing.into_iter().filter(|(_, is_missing)| self.for_sale && *is_missing)
        {
            fields.fault(name, Message::new("punch_cards.needed_for_sale"));
        }
    }
}

impl Expiry {
    /// A number needs its unit, and the other way round.
    fn check(&self, fields: &mut Fields) {
        match (self.expiry_value.0, self.expiry_period.0) {
            (Some(_), None) => fields.fault("expirePeriod", Message::new("field.required")),
            (None, Some(_)) => fields.fault("expiryValue", Message::new("field.required")),
            _ => {}
        }
    }

    /// The last second of a card that was issued at a time: at the end of a day of this time zone.
    /// `None` if it doesn't expire.
    pub fn end(&self, issued_at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let (count, period) = (self.expiry_value.0?.get(), self.expiry_period.0?);
        let span = match period {
            ExpiryPeriod::Days => Span::new().days(count),
            ExpiryPeriod::Months => Span::new().months(count),
            ExpiryPeriod::Years => Span::new().years(count),
        };
        let day = zone.to_datetime(issued_at).date().checked_add(span).ok()?;
        end_of_day(day, zone)
    }
}

/// A new punch card.
#[derive(Debug, Clone)]
pub struct PunchCardCreate(pub PunchCardDetails, pub Expiry);

impl FromFields for PunchCardCreate {
    fn from_fields(fields: &mut Fields) -> Self {
        let NewDetails(details) = NewDetails::from_fields(fields);
        let NewExpiry(expiry) = NewExpiry::from_fields(fields);
        Self(details, expiry)
    }
}

fields! { @schema PunchCardCreate New &[PunchCardDetails::FIELDS, Expiry::FIELDS].concat() }

body! {
    /// What the API changes of a punch card: whether it is for sale, and for how much.
    PunchCardPatch {
        /// Whether customers can buy the card
        for_sale "forSale": Required<bool> = true,
        /// The price in euros with VAT; required when the card is for sale and has none
        price "price": Optional<Money> = "27.00",
        /// The rate of VAT in percent; required when the card is for sale and has none
        vat_rate "vatRate": Optional<VatRate> = 9,
    }
}

impl PunchCardPatch {
    /// Changes the details; what is absent stays as it is.
    pub(super) fn apply(self, details: &mut PunchCardDetails) {
        details.for_sale = self.for_sale.0;
        details.price.0 = self.price.0.or(details.price.0);
        details.vat_rate.0 = self.vat_rate.0.or(details.vat_rate.0);
    }
}

row! {
    /// A punch card, as stored.
    PunchCard {
        /// Its id.
        id: PunchCardId,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed, or created.
        updated_at: Timestamp,
        /// The number of changes, plus one.
        revision: i64,
    } with {
        /// Its details.
        details: PunchCardDetails,
        /// How long it is valid.
        expiry: Expiry,
    }
}

/// A punch card in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PunchCard", transform = always_complete)]
pub struct PunchCardView {
    /// The punch card's id
    id: PunchCardId,
    #[serde(flatten)]
    details: Shown<PunchCardDetails>,
    /// How many days, months or years an issued card is valid; `null` if it doesn't expire
    #[schemars(with = "Option<i64>")]
    expiry_value: Optional<WholeOrText<1, 1000>>,
    /// What `expiryValue` counts. It is `expirePeriod` in requests
    #[serde(rename = "expiryPeriode")]
    #[schemars(with = "Option<ExpiryPeriod>")]
    expiry_period: Optional<ExpiryPeriod>,
    /// When the punch card was created, with the offset of the portal's time zone
    created_at: Atom,
    /// When the punch card was last changed, or created. An addition to the contract
    updated_at: Atom,
}

impl PunchCard {
    /// The representation in the API, with times in the portal's time zone.
    pub fn into_view(self, zone: &TimeZone) -> PunchCardView {
        PunchCardView {
            created_at: Atom::new(self.created_at, zone),
            updated_at: Atom::new(self.updated_at, zone),
            id: self.id,
            details: Shown::new(self.details, zone),
            expiry_value: self.expiry.expiry_value,
            expiry_period: self.expiry.expiry_period,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(count: i64, period: ExpiryPeriod, issued_at: &str) -> String {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let expiry = Expiry {
            expiry_value: Optional(WholeOrText::new(count)),
            expiry_period: Optional(Some(period)),
        };
        expiry.end(issued_at.parse().unwrap(), &zone).unwrap().to_string()
    }

    #[test]
    fn a_card_is_valid_to_the_end_of_a_day_in_the_portals_zone() {
        use ExpiryPeriod::{Days, Months, Years};
        // Just after midnight of the 1st; the clocks change in March.
        for (count, period, issued_at, expected) in [
            (1, Days, "2026-11-30T23:30:00Z", "2026-12-02T22:59:59Z"),
            (4, Months, "2026-11-30T23:30:00Z", "2027-04-01T21:59:59Z"),
            (1, Months, "2027-01-31T12:00:00Z", "2027-02-28T22:59:59Z"),
            (1, Years, "2028-02-29T12:00:00Z", "2029-02-28T22:59:59Z"),
            (1000, Years, "2026-11-27T12:00:00Z", "3026-11-27T22:59:59Z"),
        ] {
            assert_eq!(end(count, period, issued_at), expected, "{count} {period}");
        }
    }
}
