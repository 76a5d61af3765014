//! The API requests of thirty days, as a graph and as a table.

use maud::{Markup, html};

use super::found::Found;
use crate::i18n::tr;
use crate::manage::Member;
use crate::request_log::PortalDay;
use crate::time::readable_date;
use crate::ui::{self, Bar};

/// The section; nothing in a portal without keys, apps and requests, or for who may not know of them.
pub(super) fn section(member: &Member, found: &Found) -> Markup {
    let lang = member.lang();
    let sum = |count: fn(&PortalDay) -> i64| found.days.iter().map(count).sum::<i64>();
    let (requests, errors) = (sum(|day| day.requests), sum(|day| day.errors));
    let (Some(first), Some(last)) = (found.days.first(), found.days.last()) else {
        return html! {};
    };
    if requests == 0 && found.keys.is_empty() && found.apps.is_empty() {
        return html! {};
    }
    let title = tr!(lang, "manage.start.requests");
    let summary = tr!(
        lang,
        "manage.start.requests_summary",
        requests = lang.number(requests),
        errors = lang.number(errors)
    );
    let text = |day: &PortalDay| {
        let (requests, errors) = (lang.number(day.requests), lang.number(day.errors));
        let date = readable_date(day.day.0, lang);
        tr!(lang, "manage.start.requests_of_day", day = date, requests = requests, errors = errors)
    };
    let bars = found.days.iter().map(|day| Bar {
        label: text(day).into_owned(),
        value: day.requests,
        part: day.errors,
    });
    let rows = found.days.iter().rev().filter(|day| day.requests > 0).map(|day| {
        vec![
            html! { (readable_date(day.day.0, lang)) },
            html! { (lang.number(day.requests)) },
            html! { (lang.number(day.errors)) },
        ]
    });
    let heads = ["day", "count", "errors"]
        .map(|head| lang.text(&format!("manage.start.requests_{head}")).into_owned());
    let body = html! {
        @if requests > 0 {
            (ui::bar_chart(&summary, &bars.collect::<Vec<_>>()))
            div.chart-ends aria-hidden="true" {
                span { (readable_date(first.day.0, lang)) }
                span { (readable_date(last.day.0, lang)) }
            }
            (ui::disclosure(&tr!(lang, "manage.start.requests_table"), false,
                ui::table(&title, &heads.each_ref().map(String::as_str), rows.collect())))
        }
    };
    ui::section(&title, Some(&summary), html! {}, body)
}
