//! An app's usage: the portals that gave it access, its requests by day, failed token requests, and
//! its request log.

use axum::extract::State;
use maud::{Markup, html};

use super::trail::trail;
use crate::clients::App;
use crate::developers::DeveloperMember;
use crate::developers::moments::day;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::oauth::ConnectedPortal;
use crate::request_log::{AppDay, LogOf};
use crate::server::Server;
use crate::time::{amsterdam, readable_day};
use crate::ui;
use crate::web::request_log_page;
use crate::web::request_log_page::LogQuery;

/// The maximum number of listed portals.
const MOST_PORTALS: i64 = 100;

pub(super) async fn show(
    member: DeveloperMember,
    State(server): State<Server>,
    Path(id): Path<AppId>,
    query: LogQuery,
) -> Result<Markup> {
    let (lang, now) = (member.lang(), server.clock.now());
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    server.write_down_usage().await;
    let count = App::connected_portals(&server.db, &id).await?;
    let portals = ConnectedPortal::list(&server.db, &id, MOST_PORTALS).await?;
    let days = AppDay::list(&server.db, &id, now).await?;
    let found = LogOf::App(&server.db, &id).search(&query.filter, query.before.clone()).await?;
    let title = tr!(lang, "developers.usage.title");
    let body = html! {
        (trail(lang, &app, &title))
        (ui::header(&title, Some(&tr!(lang, "developers.usage.intro", app = app.name)), html! {}))
        (totals(&member, count, &days))
        (portal_section(&member, count, &portals))
        (request_section(&member, &days))
        (token_section(&member, &days))
        (without_section(&member, &days))
        (request_log_page::section(lang, &format!("/developers/apps/{id}/usage"), &query, &found, &amsterdam()))
    };
    Ok(member.chrome().page(&title, body))
}

/// The totals of the 30 days.
fn totals(member: &DeveloperMember, portals: i64, days: &[AppDay]) -> Markup {
    let sum = |count: fn(&AppDay) -> i64| days.iter().map(count).sum::<i64>();
    let refused = |day: &AppDay| {
        day.refused_scope
            + day.refused_expired
            + day.refused_revoked
            + day.refused_rate_limit
            + day.refused_proof
    };
    let stats = [
        ("portals", portals),
        ("requests", sum(|day| day.requests)),
        ("errors", sum(|day| day.errors)),
        ("refused", sum(refused)),
    ];
    ui::grid(
        stats
            .map(|(name, count)| {
                ui::stat(
                    &member.lang().text(&format!("developers.usage.{name}")),
                    &count.to_string(),
                    None,
                )
            })
            .into(),
    )
}

fn portal_section(member: &DeveloperMember, count: i64, portals: &[ConnectedPortal]) -> Markup {
    let lang = member.lang();
    let heads = ["portal", "portal_id", "since", "last_used"]
        .map(|head| lang.text(&format!("developers.usage.{head}")).into_owned());
    let rows = portals.iter().map(|portal| {
        vec![
            ui::name(&portal.portal_name),
            html! { (ui::mono(portal.portal_id.as_str())) },
            html! { (day(lang, portal.created_at)) },
            html! {
                @match portal.last_used_at {
                    Some(moment) => { (day(lang, moment)) }
                    None => { (ui::muted(&tr!(lang, "developers.usage.never"))) }
                }
            },
        ]
    });
    let title = tr!(lang, "developers.usage.portals");
    let intro = (count > portals.len() as i64)
        .then(|| tr!(lang, "developers.usage.newest_portals", count = portals.len()));
    let body = html! {
        @if portals.is_empty() { p.muted { (tr!(lang, "developers.usage.no_portals")) } }
        @else { (ui::table(&title, &heads.each_ref().map(String::as_str), rows.collect())) }
    };
    ui::section(&title, intro.as_deref(), html! {}, body)
}

/// Requests of the API with the app's tokens.
fn request_section(member: &DeveloperMember, days: &[AppDay]) -> Markup {
    let lang = member.lang();
    let heads = [
        "requests",
        "errors",
        "refused_scope",
        "refused_expired",
        "refused_revoked",
        "refused_rate_limit",
        "refused_proof",
    ];
    let rows: Vec<_> = days
        .iter()
        .filter(|day| day.requests > 0)
        .map(|day| {
            let refused = [
                day.refused_scope,
                day.refused_expired,
                day.refused_revoked,
                day.refused_rate_limit,
                day.refused_proof,
            ];
            (day, [day.requests, day.errors].into_iter().chain(refused).collect())
        })
        .collect();
    let title = tr!(lang, "developers.usage.days");
    let body = html! {
        @if rows.is_empty() { p.muted { (tr!(lang, "request_log.empty")) } }
        @else { (day_table(member, &title, &heads, rows)) }
    };
    ui::section(&title, Some(&tr!(lang, "developers.usage.days_text")), html! {}, body)
}

/// The failed token requests, if any.
fn token_section(member: &DeveloperMember, days: &[AppDay]) -> Markup {
    let lang = member.lang();
    let rows: Vec<_> = days
        .iter()
        .filter(|day| day.invalid_client + day.invalid_grant > 0)
        .map(|day| (day, vec![day.invalid_client, day.invalid_grant]))
        .collect();
    let title = tr!(lang, "developers.usage.no_tokens");
    html! {
        @if !rows.is_empty() {
            (ui::section(&title, Some(&tr!(lang, "developers.usage.no_tokens_text")), html! {},
                day_table(member, &title, &["invalid_client", "invalid_grant"], rows)))
        }
    }
}

/// Token requests that don't follow the recommendations, if any.
fn without_section(member: &DeveloperMember, days: &[AppDay]) -> Markup {
    let lang = member.lang();
    let rows: Vec<_> = days
        .iter()
        .map(|day| (day, vec![day.without_pkce, day.without_dpop, day.without_end]))
        .filter(|(_, counts)| counts.iter().sum::<i64>() > 0)
        .collect();
    let title = tr!(lang, "developers.usage.without");
    let heads = ["without_pkce", "without_dpop", "without_end"];
    html! {
        @if !rows.is_empty() {
            (ui::section(&title, Some(&tr!(lang, "developers.usage.without_text")), html! {},
                day_table(member, &title, &heads, rows)))
        }
    }
}

/// A table with a row of counts for each day.
fn day_table(
    member: &DeveloperMember,
    title: &str,
    heads: &[&str],
    days: Vec<(&AppDay, Vec<i64>)>,
) -> Markup {
    let lang = member.lang();
    let heads: Vec<_> = std::iter::once(&"day")
        .chain(heads)
        .map(|head| lang.text(&format!("developers.usage.{head}")).into_owned())
        .collect();
    let rows = days.into_iter().map(|(day, counts)| {
        let noon = amsterdam().to_timestamp(day.day.0.at(12, 0, 0, 0));
        let name = noon
            .map_or_else(|_| day.day.0.to_string(), |noon| readable_day(noon, &amsterdam(), lang));
        std::iter::once(html! { (name) })
            .chain(counts.into_iter().map(|count| html! { (count) }))
            .collect()
    });
    ui::table(title, &heads.iter().map(String::as_str).collect::<Vec<_>>(), rows.collect())
}
