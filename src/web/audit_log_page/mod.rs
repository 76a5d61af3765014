//! The log on a page: a search form, a table of events, and links to export them.

mod export;
mod query;

pub use export::{Format, export};
pub use query::AuditQuery;

use std::borrow::Cow;

use jiff::tz::TimeZone;
use maud::{Markup, html};

use self::query::LONGEST_TEXT;
use crate::accounts::Role;
use crate::audit::{Action, ActorKind};
use crate::audit_log::{AuditLog, Found, LOOKED_THROUGH, Recorded};
use crate::caller::readable_user_agent;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::time::readable_with_seconds;
use crate::ui::{self, ButtonStyle};

/// Events per page.
const PER_PAGE: usize = 50;

/// The page's content below its header: the events that match the query; the log is at `path`.
/// Times are in `zone`.
pub async fn content(
    lang: Lang,
    path: &str,
    log: &AuditLog,
    query: &AuditQuery,
    zone: &TimeZone,
) -> Result<Markup> {
    let found = log.search(&query.filter(zone), query.before.as_ref(), PER_PAGE).await?;
    if found.events.is_empty() && !query.is_filtered() && query.before.is_none() {
        return Ok(ui::empty_state(
            &tr!(lang, "audit.empty_title"),
            &tr!(lang, "audit.empty_text"),
            None,
        ));
    }
    let actions = log.actions().await?;
    Ok(html! {
        (filters(lang, path, query, actions))
        @if found.events.is_empty() && found.next.is_some() { p.muted { (tr!(lang, "audit.nothing_found_yet", value = LOOKED_THROUGH)) } }
        @else if found.events.is_empty() { p.muted { (tr!(lang, "audit.nothing_found")) } }
        @else { (table(lang, &tr!(lang, "audit.title"), &found.events, zone)) }
        (further(lang, path, query, &found))
    })
}

/// Links to export the matching events, for the page's header.
pub fn export_links(lang: Lang, path: &str, query: &AuditQuery) -> Markup {
    html! {
        @for (label, file) in [("audit.export_csv", "audit-log.csv"), ("audit.export_json", "audit-log.json")] {
            (ui::link_button(&lang.text(label), &query.link(&format!("{path}/{file}"), None), ButtonStyle::Secondary))
        }
    }
}

/// A table of events.
pub fn table(lang: Lang, title: &str, events: &[Recorded], zone: &TimeZone) -> Markup {
    let rows = events.iter().map(|event| {
        vec![
            html! { time datetime=(event.created_at) { (readable_with_seconds(event.created_at, zone, lang)) } },
            actor(lang, event),
            html! { (what(lang, event.action)) },
            subject(lang, event),
            from_where(lang, event),
        ]
    });
    let heads = ["when", "who", "what", "subject", "from"]
        .map(|head| lang.text(&format!("audit.column.{head}")).into_owned());
    ui::table(title, &heads.each_ref().map(String::as_str), rows.collect())
}

fn filters(lang: Lang, path: &str, query: &AuditQuery, mut actions: Vec<Action>) -> Markup {
    // Show a chosen action even if its last event has been deleted.
    actions.extend(query.action.filter(|chosen| !actions.contains(chosen)));
    let mut options: Vec<_> =
        actions.into_iter().map(|action| (action.name(), Cow::from(what(lang, action)))).collect();
    options.sort_by(|a, b| a.1.cmp(&b.1));
    let chosen = query.action.map(Action::name).unwrap_or_default();
    let fields = html! {
        (ui::filter_text("search", query.text.as_deref().unwrap_or_default(), &tr!(lang, "audit.search"), LONGEST_TEXT))
        (ui::filter_choice("action", &tr!(lang, "audit.column.what"), &tr!(lang, "audit.all_actions"), options, chosen))
        (ui::filter_day("from", &tr!(lang, "audit.from_day"), query.from))
        (ui::filter_day("to", &tr!(lang, "audit.to_day"), query.to))
    };
    ui::filters(lang, path, query.is_filtered(), fields)
}

fn further(lang: Lang, path: &str, query: &AuditQuery, found: &Found) -> Markup {
    let newest =
        query.before.is_some().then(|| (tr!(lang, "audit.newest"), query.link(path, None)));
    let older =
        found.next.as_ref().map(|next| (tr!(lang, "audit.older"), query.link(path, Some(next))));
    ui::older_and_newest(lang, newest, older)
}

/// What was acted upon: roles in words, and an id at its end as small print.
fn subject(lang: Lang, event: &Recorded) -> Markup {
    let text = event.subject.as_str();
    let role = |name: &str| name.parse::<Role>().ok().map(|role| role.label(lang));
    if event.action == Action::RoleChanged
        && let Some((person, roles)) = text.rsplit_once(": ")
        && let Some((before, after)) = roles.split_once(" → ")
        && let (Some(before), Some(after)) = (role(before), role(after))
    {
        return html! { (person) ": " (before) " → " (after) };
    }
    let Some((name, last)) = text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) else {
        return html! { (text) };
    };
    match event.action {
        Action::PersonInvited | Action::InvitationAccepted => match role(last) {
            Some(role) => html! { (name) " (" (role) ")" },
            None => html! { (text) },
        },
        _ if is_id(last) => html! { (name) br; small.muted { (last) } },
        _ => html! { (text) },
    }
}

/// Whether a text has the form of an id, such as `cus_…`.
fn is_id(text: &str) -> bool {
    text.split_once('_').is_some_and(|(kind, rest)| {
        kind.len() == 3
            && kind.bytes().all(|byte| byte.is_ascii_lowercase())
            && rest.len() >= 10
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// The action's description, with a capital.
pub(super) fn what(lang: Lang, action: Action) -> String {
    let text = lang.text(&format!("audit.action.{}", action.name())).into_owned();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The actor's description.
pub(super) fn actor_text(lang: Lang, event: &Recorded) -> String {
    match (kind_text(lang, event.actor_kind), event.actor.as_str()) {
        (None, name) => name.to_owned(),
        (Some(kind), "") => kind.into_owned(),
        (Some(kind), _) if !has_name(event.actor_kind) => kind.into_owned(),
        (Some(kind), name) => format!("{name} ({kind})"),
    }
}

fn actor(lang: Lang, event: &Recorded) -> Markup {
    match kind_text(lang, event.actor_kind) {
        None => html! { (event.actor) },
        Some(kind) if event.actor.is_empty() || !has_name(event.actor_kind) => html! { (kind) },
        Some(kind) => html! { (event.actor) br; (ui::muted(&kind)) },
    }
}

/// Whether actors of this kind have a name.
const fn has_name(kind: ActorKind) -> bool {
    !matches!(kind, ActorKind::Operator | ActorKind::System)
}

/// The kind of actor; empty for a person.
fn kind_text(lang: Lang, kind: ActorKind) -> Option<Cow<'static, str>> {
    match kind {
        ActorKind::Person => None,
        ActorKind::Stranger => Some(tr!(lang, "audit.actor.stranger")),
        ActorKind::App => Some(tr!(lang, "audit.actor.app")),
        ActorKind::ApiKey => Some(tr!(lang, "audit.actor.api_key")),
        ActorKind::Portal => Some(tr!(lang, "audit.actor.portal")),
        ActorKind::Developer => Some(tr!(lang, "audit.actor.developer")),
        ActorKind::Operator => Some(tr!(lang, "audit.actor.operator")),
        ActorKind::System => Some(tr!(lang, "audit.actor.system")),
    }
}

fn from_where(lang: Lang, event: &Recorded) -> Markup {
    if event.address.is_empty() {
        return ui::muted(&tr!(lang, "audit.no_address"));
    }
    html! {
        (event.address)
        @if !event.user_agent.is_empty() { br; (ui::muted(&readable_user_agent(lang, &event.user_agent))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AuditEventId;

    fn event(actor_kind: ActorKind, actor: &str) -> Recorded {
        Recorded {
            id: AuditEventId::random(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            actor_kind,
            actor: actor.into(),
            action: Action::ApiKeyCreated,
            subject: "<b>sleutel</b>".into(),
            address: "203.0.113.7".into(),
            user_agent: "curl/8.5.0".into(),
        }
    }

    #[test]
    fn an_event_is_told_in_words_and_as_text() {
        let html =
            table(Lang::En, "t", &[event(ActorKind::Person, "jan@example.nl")], &TimeZone::UTC)
                .into_string();
        for part in [
            "jan@example.nl",
            "API key created",
            "&lt;b&gt;sleutel",
            "203.0.113.7",
            ">curl<",
            "1 Jan 1970 00:00:00",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn roles_are_told_in_words_and_ids_as_small_print() {
        let shown = |action, text: &str| {
            let event =
                Recorded { action, subject: text.into(), ..event(ActorKind::Person, "jan") };
            subject(Lang::Nl, &event).into_string()
        };
        assert_eq!(shown(Action::PersonInvited, "a@b.nl (member)"), "a@b.nl (Medewerker)");
        assert_eq!(shown(Action::InvitationAccepted, "a@b.nl (admin)"), "a@b.nl (Beheerder)");
        assert_eq!(
            shown(Action::RoleChanged, "a@b.nl: owner → member"),
            "a@b.nl: Eigenaar → Medewerker"
        );
        assert_eq!(
            shown(Action::CustomerCreated, "Bakker (Oss) (cus_0123456789abcdef)"),
            "Bakker (Oss)<br><small class=\"muted\">cus_0123456789abcdef</small>"
        );
        for plain in ["Kassa", "Kassa (oud)", "a@b.nl: (x)"] {
            assert_eq!(shown(Action::ApiKeyCreated, plain), plain);
        }
    }

    #[test]
    fn actors_without_a_name_are_told_by_what_they_are() {
        let text = |kind, name: &str| actor_text(Lang::En, &event(kind, name));
        assert_eq!(text(ActorKind::Person, "operator"), "operator", "a person of that name");
        assert_eq!(text(ActorKind::Operator, "operator"), "The server's operator");
        assert_eq!(text(ActorKind::Stranger, ""), "Not logged in");
        assert_eq!(text(ActorKind::App, "Planbord"), "Planbord (App)");
    }
}
