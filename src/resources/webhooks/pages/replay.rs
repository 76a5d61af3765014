//! Sending what happened within some days once more.

use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::manager::Manager;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::{Error, Message, Result};
use crate::events::Replay;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::WebhookId;
use crate::resources::webhooks::links::{SECTION, page_path, trail};
use crate::resources::webhooks::queries;
use crate::time::{parse_day, start_of_day};
use crate::ui::{self, ButtonStyle, Choice, ChoiceKind, Field};
use crate::web::{Form, see_other};

/// The field that says which messages, and its values.
const WHICH: &str = "which";
const MISSED: &str = "missed";
const ALL: &str = "all";

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let today = member.time_zone().to_datetime(member.change().now).date().to_string();
    let first = || ["from", "to"].map(|name| (name.to_owned(), today.clone())).into();
    let fields = member.visit.fields(first);
    let (lang, path) = (member.lang(), page_path(&id));
    let title = tr!(lang, "webhooks.replay");
    let errors = fields.errors().list(lang);
    let labels = [
        ("from", tr!(lang, "webhooks.replay.from")),
        ("to", tr!(lang, "webhooks.replay.to")),
        (WHICH, tr!(lang, "webhooks.replay.which")),
    ];
    let day = |index: usize| {
        let (name, label) = &labels[index];
        Field::text(lang, *name, &**label)
            .kind("date")
            .value(fields.sent(name))
            .errors_from(&errors)
            .required(true)
    };
    let choices =
        [(MISSED, "webhooks.replay.missed"), (ALL, "webhooks.replay.all")].map(|(value, label)| {
            Choice {
                value: value.into(),
                label: tr!(lang, label),
                hint: None,
                checked: (fields.sent(WHICH) == ALL) == (value == ALL),
            }
        });
    let body = html! {
        (trail(lang, &webhook, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "webhooks.replay_intro")), html! {}))
        (ui::form(&format!("{path}/replay"), &member.visit.mark, html! {
            (day(0))
            (day(1))
            (ui::choice_group(ChoiceKind::One, WHICH, &labels[2].1, &choices, None))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path, ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let zone = member.time_zone();
    let start = bound(&mut fields, "from", zone, false);
    let end = bound(&mut fields, "to", zone, true);
    if start >= end {
        fields.fault("to", Message::new("webhooks.replay.order"));
    }
    fields.expect_none_wrong()?;
    let only_missed = fields.sent(WHICH) != ALL;
    let mut tx = member.begin().await?;
    let webhook = queries::working(&mut tx, &id).await?;
    let replay =
        Replay { webhook: &id, name: webhook.event.name(), within: start..end, only_missed };
    if queries::replay(&mut tx, &member.change(), &webhook, &replay).await? == 0 {
        return Err(Error::invalid("from", Message::new("webhooks.replay.none")));
    }
    tx.commit().await?;
    Ok(see_other(&page_path(&id), Some("flash.webhook_replayed")))
}

/// The first moment of a day that was sent, or of the day after it.
fn bound(fields: &mut Fields, name: &'static str, zone: &TimeZone, is_end: bool) -> Timestamp {
    let day = parse_day(fields.sent(name));
    let day = if is_end { day.and_then(|day| day.tomorrow().ok()) } else { day };
    day.and_then(|day| start_of_day(day, zone)).unwrap_or_else(|| {
        fields.fault(name, Message::new("field.date"));
        if is_end { Timestamp::MAX } else { Timestamp::MIN }
    })
}
