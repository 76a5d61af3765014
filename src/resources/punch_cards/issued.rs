//! The model of a punch card that a customer has, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::MAX_PUNCHES;
use crate::error::Message;
use crate::fields::Fields;
use crate::http::schema::always_complete;
use crate::ids::{CustomerId, IssuedPunchCardId, PunchCardId};
use crate::lists::{Filter, Link, List, Listed, Sort};
use crate::time::Atom;
use crate::values::{Whole, body, choice, row};

choice! {
    /// Whether a punch can be taken of an issued card.
    IssuedStatus in "punch_cards.status." {
        /// It can.
        Active = "active",
        /// Its time is over.
        Expired = "expired",
        /// No punch is left.
        FullyUsed = "fully_used",
    }
}

row! {
    /// An issued punch card, as stored.
    IssuedPunchCard {
        /// Its id.
        id: IssuedPunchCardId,
        /// What it is one of.
        punch_card_id: PunchCardId,
        /// Whose it is.
        customer_id: CustomerId,
        /// What is typed or scanned at the counter.
        code: String,
        /// The number of punches when it was issued.
        punches: i64,
        /// How many of them are left.
        punches_left: i64,
        /// Its last second, if it expires.
        expires_at: Option<Timestamp>,
        /// When it was issued.
        created_at: Timestamp,
        /// The name of the punch card.
        card_name: String = "(SELECT p.name FROM punch_cards p
             WHERE p.portal_id = c.portal_id AND p.id = c.punch_card_id)",
        /// The name of the customer.
        customer_name: String = "(SELECT u.company_name FROM customers u
             WHERE u.portal_id = c.portal_id AND u.id = c.customer_id)",
    }
}

/// An issued punch card in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IssuedPunchCard", transform = always_complete)]
pub struct IssuedPunchCardView {
    /// The issued card's id
    id: IssuedPunchCardId,
    /// Id of the punch card
    punch_card_id: PunchCardId,
    /// Id of the customer who has it
    customer_id: CustomerId,
    /// How many punches are left
    #[schemars(example = &9)]
    punches_left: i64,
    /// Whether a punch can be taken
    status: IssuedStatus,
    /// When the card expires, with the offset of the portal's time zone; `null` if it doesn't
    expires_at: Option<Atom>,
    /// When the card was issued, with the offset of the portal's time zone
    issued_at: Atom,
    /// What is typed or scanned at the counter. An addition to the contract
    #[schemars(example = &"K7MN-4XQP")]
    code: String,
}

impl IssuedPunchCard {
    /// Whether a punch can be taken at a time.
    pub fn status(&self, now: Timestamp) -> IssuedStatus {
        if self.punches_left == 0 {
            IssuedStatus::FullyUsed
        } else if self.is_expired(now) {
            IssuedStatus::Expired
        } else {
            IssuedStatus::Active
        }
    }

    /// Whether its time is over.
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// The representation in the API at a time, with times in the portal's time zone.
    pub fn into_view(self, now: Timestamp, zone: &TimeZone) -> IssuedPunchCardView {
        IssuedPunchCardView {
            status: self.status(now),
            id: self.id,
            punch_card_id: self.punch_card_id,
            customer_id: self.customer_id,
            punches_left: self.punches_left,
            expires_at: self.expires_at.map(|end| Atom::new(end, zone)),
            issued_at: Atom::new(self.created_at, zone),
            code: self.code,
        }
    }
}

body! {
    /// Who gets a card.
    Issue {
        /// Id of the customer
        customer_id "customerId": CustomerId = "cst_abc12345def678",
    }
}

body! {
    /// Punches to take.
    Stamp checked by Stamp::check {
        /// How many punches to take. A negative number gives punches back, to correct a mistake
        stamps "stamps": Whole<{ -MAX_PUNCHES }, MAX_PUNCHES> = 1,
    }
}

impl Stamp {
    fn check(&self, fields: &mut Fields) {
        if fields.errors().is_empty() && self.stamps.get() == 0 {
            fields.fault("stamps", Message::new("punch_cards.stamps_zero"));
        }
    }
}

/// The issued ones of a punch card.
pub struct IssuedOfCard;

impl Listed for IssuedOfCard {
    type Parent = PunchCardId;

    const LIST: &'static List = &List {
        kind: "issued_punch_card",
        table: "issued_punch_cards",
        within: Some(Link { table: "issued_punch_cards", own: "id", other: "punch_card_id" }),
        sorts: &[Sort::by_number("issuedAt", "c.created_at")],
        filters: &[
            Filter::id::<CustomerId>(
                "customerId",
                "c.customer_id",
                "punch_cards.filter.customer",
                "Only cards of this customer. An addition to the contract",
            ),
            Filter::created_from("c.created_at"),
            Filter::created_to("c.created_at"),
        ],
    };
}
