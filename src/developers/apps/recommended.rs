//! Recommendations that an app doesn't follow: badges in the list, and on the app's page the
//! reason, the number of requests without it, and a button to turn it on.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::{Permission, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::App;
use crate::developers::DeveloperMember;
use crate::error::{Error, Message, Result};
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::AppId;
use crate::oauth::Recommendation;
use crate::request_log::AppDay;
use crate::server::Server;
use crate::ui::{self, BadgeKind, ButtonStyle};
use crate::web::{Allowed, Form, see_other};

/// The form's field: the name of the setting to turn on.
const SWITCH: &str = "switch";

fn text(lang: Lang, recommendation: Recommendation, what: &str) -> String {
    lang.text(&format!("developers.recommended.{}{what}", recommendation.name())).into_owned()
}

/// The badges of an app's missing recommendations.
pub(super) fn badges(lang: Lang, open: &[Recommendation]) -> Markup {
    html! {
        @if open.is_empty() { (ui::muted(&tr!(lang, "developers.recommended.none"))) }
        @else {
            div.badges {
                @for one in open { (ui::badge(&text(lang, *one, "_badge"), BadgeKind::Warning)) }
            }
        }
    }
}

/// An explanation of the badges.
pub(super) fn legend(lang: Lang, open: &[Recommendation]) -> Markup {
    html! {
        @if !open.is_empty() {
            ul.muted {
                @for one in open {
                    li { (text(lang, *one, "_why")) }
                }
            }
        }
    }
}

/// The section of an app's page; empty if everything is turned on.
pub(super) fn section(
    member: &DeveloperMember,
    app: &App,
    open: &[Recommendation],
    days: &[AppDay],
) -> Markup {
    if open.is_empty() {
        return html! {};
    }
    let (lang, may_manage) = (member.lang(), member.may(Permission::ManageApps));
    let action = format!("/developers/apps/{}/protection", app.id);
    let body = html! {
        @for one in open {
            (ui::card(Some(&text(lang, *one, "")), html! {
                p { (text(lang, *one, "_why")) }
                p { (went_without(lang, *one, days)) }
                @if may_manage {
                    (ui::form(&action, &member.visit.mark, html! {
                        (ui::hidden(SWITCH, one.name()))
                        (ui::actions(ui::submit(&text(lang, *one, "_on"), ButtonStyle::Secondary)))
                    }))
                }
            }))
        }
    };
    let title = tr!(lang, "developers.recommended.title");
    ui::section(&title, Some(&tr!(lang, "developers.recommended.intro")), html! {}, body)
}

/// The number of token requests of the last 30 days without it, and what would happen to them.
fn went_without(lang: Lang, recommendation: Recommendation, days: &[AppDay]) -> Cow<'static, str> {
    let count: i64 = days
        .iter()
        .map(|day| match recommendation {
            Recommendation::Pkce => day.without_pkce,
            Recommendation::Dpop => day.without_dpop,
            Recommendation::RefreshTokenEnd => day.without_end,
        })
        .sum();
    match (recommendation, count) {
        (Recommendation::RefreshTokenEnd, _) => {
            tr!(lang, "developers.recommended.count_end", count = count)
        }
        (_, 0) => tr!(lang, "developers.recommended.count_none"),
        _ => tr!(lang, "developers.recommended.count", count = count),
    }
}

/// The URL is opened with GET after an intermediate log-in.
pub(super) async fn back(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    Path(id): Path<AppId>,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    Ok(see_other(&format!("/developers/apps/{}", app.id), None))
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let recommendation = Recommendation::from_name(fields.sent(SWITCH))
        .ok_or_else(|| Error::BadRequest(Message::new("error.bad_request")))?;
    let mut tx = server.begin(&member).await?;
    recommendation.follow(&mut tx, &member.developer.id, &id).await?;
    member
        .event(Action::AppProtectionChanged, &app.name, &caller)
        .record(&mut tx, server.clock.now())
        .await?;
    tx.commit().await?;
    Ok(see_other(&format!("/developers/apps/{id}"), Some("flash.app_saved")))
}
