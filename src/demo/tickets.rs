//! Example tickets: open and closed, with and without a customer.

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::ids::{CustomerId, TicketId, TicketMessageId};
use crate::resources::tickets::{
    Message, MessageKind, Opened, TicketSource, TicketStatus, messages,
};
use crate::tenant::StoreTx;
use crate::values::Html;

/// An example of a ticket.
struct Example {
    title: &'static str,
    source: TicketSource,
    status: TicketStatus,
    has_customer: bool,
    hours_ago: i64,
    /// Who wrote what.
    messages: &'static [(MessageKind, &'static str, &'static str)],
}

const EMPLOYEE: &str = "Sanne van Dijk";

const EXAMPLES: [Example; 5] = [
    Example {
        title: "Ketel lekt water",
        source: TicketSource::Email,
        status: TicketStatus::Open,
        has_customer: true,
        hours_ago: 20,
        messages: &[
            (
                MessageKind::Customer,
                "Jan Pieterse",
                "Goedemorgen,\n\nonder de ketel ligt sinds vannacht water, ongeveer een kopje per uur. De druk is 0,8 bar.",
            ),
            (MessageKind::Note, EMPLOYEE, "Garantie loopt tot mei. Expansievat nakijken."),
            (
                MessageKind::Employee,
                EMPLOYEE,
                "Dag meneer Pieterse,\n\ndraai de ketel uit en zet er een bak onder. Wij komen morgen tussen 8 en 10 uur.",
            ),
            (MessageKind::Customer, "Jan Pieterse", "Dat komt goed uit, tot morgen."),
        ],
    },
    Example {
        title: "Factuur nogmaals ontvangen",
        source: TicketSource::Portal,
        status: TicketStatus::Open,
        has_customer: true,
        hours_ago: 50,
        messages: &[(
            MessageKind::Employee,
            EMPLOYEE,
            "Klant belde: de factuur van vorige maand is nooit aangekomen. Ik stuur die vandaag opnieuw.",
        )],
    },
    Example {
        title: "Warmtepomp in een bovenwoning?",
        source: TicketSource::Email,
        status: TicketStatus::Open,
        has_customer: false,
        hours_ago: 3,
        messages: &[(
            MessageKind::Customer,
            "Noor Hendriks",
            "Hallo, kan er bij een bovenwoning uit 1930 een warmtepomp? En wat kost dat ongeveer?",
        )],
    },
    Example {
        title: "Openingstijden in december",
        source: TicketSource::Chat,
        status: TicketStatus::Closed,
        has_customer: false,
        hours_ago: 200,
        messages: &[
            (MessageKind::Customer, "Bezoeker", "Zijn jullie open tussen kerst en nieuwjaar?"),
            (MessageKind::Employee, EMPLOYEE, "Alleen voor storingen, op ons gewone nummer."),
        ],
    },
    Example {
        title: "Thermostaat reageert niet",
        source: TicketSource::Portal,
        status: TicketStatus::Closed,
        has_customer: true,
        hours_ago: 400,
        messages: &[
            (
                MessageKind::Customer,
                "Karin de Boer",
                "De thermostaat blijft op 17 graden staan, wat ik ook instel.",
            ),
            (
                MessageKind::Employee,
                EMPLOYEE,
                "Houd de knop tien seconden ingedrukt; daarna begint hij opnieuw.",
            ),
            (MessageKind::Customer, "Karin de Boer", "Dat was het, dank je wel!"),
        ],
    },
];

/// Adds them. Between two messages are twenty minutes.
pub(super) async fn add(tx: &mut StoreTx, customers: &[CustomerId], now: Timestamp) -> Result<()> {
    for (number, example) in EXAMPLES.iter().enumerate() {
        let at = now - SignedDuration::from_hours(example.hours_ago);
        let opened = Opened { at, source: example.source, status: example.status };
        let messages = example.messages.iter().zip(0..).map(|((kind, by, text), place)| {
            let posted_at = at + SignedDuration::from_mins(place * 20);
            let (id, written) = (TicketMessageId::random(), (Html::of_text(text), posted_at));
            Message::new(id, *kind, (*by).to_owned(), written)
        });
        let customer = customers.get(number * 7).filter(|_| example.has_customer);
        let ticket = (&TicketId::random(), customer, example.title);
        messages::insert(tx, ticket, opened, messages.collect()).await?;
    }
    Ok(())
}
