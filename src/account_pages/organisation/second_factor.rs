//! Requiring a second factor in a portal or developer.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::record;
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::factors::Factors;
use crate::accounts::{Site, TeamMember, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, BadgeKind, ButtonStyle, FlashKind};
use crate::web::{Allowed, Form, Membership, REQUIRED_FACTOR, see_other, with_next};

/// The button's name; its value is the new setting.
const REQUIRE: &str = "require";

fn path(site: Site) -> String {
    format!("{}/second-factor", site.organisation_path())
}

/// The section of the settings that leads here.
pub(super) fn card(member: &impl Membership) -> Markup {
    let visit = member.visit();
    let lang = visit.lang;
    let (state, kind, button) = if member.requires_second_factor() {
        ("organisation.second_factor.on", BadgeKind::Success, "organisation.second_factor.change")
    } else {
        ("organisation.second_factor.off", BadgeKind::Neutral, "organisation.second_factor.require")
    };
    ui::card(
        Some(&tr!(lang, "organisation.second_factor.title")),
        html! {
            p { (ui::badge(&tr!(lang, state), kind)) }
            p { (tr!(lang, "organisation.second_factor.intro")) }
            (ui::actions(ui::link_button(&tr!(lang, button), &path(visit.site), ButtonStyle::Secondary)))
        },
    )
}

pub async fn show<M: Membership>(
    member: Allowed<M, may::ManageOrganisation>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
) -> Result<Response> {
    Ok(page(&server, &*member).await?.into_response())
}

pub async fn submit<M: Membership>(
    member: Allowed<M, may::ManageOrganisation>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response> {
    let is_required = match fields.sent(REQUIRE) {
        "yes" => true,
        "no" => false,
        _ => return Err(Error::BadRequest(Message::new("error.bad_request"))),
    };
    let (organisation, now, site) =
        (member.organisation(), server.clock.now(), member.visit().site);
    let mut tx = server.begin(&member).await?;
    // The account is locked, so that the owner's own factors don't change.
    if is_required && !Factors::within(&mut tx, &member.session().account_id).await?.any() {
        drop(tx);
        return Err(Error::Conflict(Message::new("organisation.second_factor.yourself_first")));
    }
    if organisation.require_second_factor(&mut tx, is_required).await? {
        let action = match (site, is_required) {
            (Site::Manage, true) => Action::PortalSecondFactorRequired,
            (Site::Manage, false) => Action::PortalSecondFactorOptional,
            (Site::Developers, true) => Action::DeveloperSecondFactorRequired,
            (Site::Developers, false) => Action::DeveloperSecondFactorOptional,
        };
        record(&mut tx, &*member, action, member.organisation_name(), &caller, now).await?;
    }
    tx.commit().await?;
    let done =
        if is_required { "flash.second_factor_required" } else { "flash.second_factor_optional" };
    Ok(see_other(site.organisation_path(), Some(done)))
}

async fn page(server: &Server, member: &impl Membership) -> Result<Markup> {
    let visit = member.visit();
    let lang = visit.lang;
    let text = |what: &str| lang.text(&visit.site.organisation_text(what)).into_owned();
    let title = tr!(lang, "organisation.second_factor.title");
    let is_on = member.requires_second_factor();
    let body = html! {
        (ui::breadcrumbs(lang, &[(&text("title"), Some(visit.site.organisation_path())), (&title, None)]))
        (ui::header(&title, Some(&text("second_factor_intro")), html! {}))
        @if server.config.accounts.second_factor_is_required() {
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "organisation.second_factor.by_operator")) } }))
        }
        @if is_on { (switch_off(member)) } @else { (switch_on(server, member).await?) }
    };
    Ok(member.organisation_chrome().page(&title, body))
}

/// The consequences of requiring it, and for whom; or that the owner must set one up first.
async fn switch_on(server: &Server, member: &impl Membership) -> Result<Markup> {
    let visit = member.visit();
    let lang = visit.lang;
    if !member.session().has_second_factor {
        let set_up = format!("{}/{REQUIRED_FACTOR}", visit.site.path());
        return Ok(html! {
            (ui::warning(&tr!(lang, "organisation.second_factor.yourself_first")))
            (ui::actions(html! {
                (ui::link_button(&tr!(lang, "organisation.second_factor.set_up"), &with_next(&set_up, &path(visit.site)), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), visit.site.organisation_path(), ButtonStyle::Secondary))
            }))
        });
    }
    let without = TeamMember::without_second_factor(&server.db, &member.organisation()).await?;
    let affected = match without.len() {
        0 => tr!(lang, "organisation.second_factor.nobody"),
        1 => tr!(lang, "organisation.second_factor.one"),
        count => tr!(lang, "organisation.second_factor.several", count = count),
    };
    Ok(html! {
        p { strong { (affected) } }
        @if !without.is_empty() {
            ul { @for person in &without { li { (person.name) " (" (person.email) ")" } } }
            p { (tr!(lang, "organisation.second_factor.what_happens")) }
        }
        p { (lang.text(&visit.site.organisation_text("second_factor_programs"))) }
        (buttons(member, "yes", "organisation.second_factor.require"))
    })
}

fn switch_off(member: &impl Membership) -> Markup {
    let lang = member.visit().lang;
    html! {
        p { (ui::badge(&tr!(lang, "organisation.second_factor.on"), BadgeKind::Success)) }
        p { (tr!(lang, "organisation.second_factor.off_text")) }
        (buttons(member, "no", "organisation.second_factor.stop"))
    }
}

fn buttons(member: &impl Membership, value: &str, label: &'static str) -> Markup {
    let visit = member.visit();
    let lang = visit.lang;
    let style = if value == "yes" { ButtonStyle::Primary } else { ButtonStyle::Danger };
    ui::form(
        &path(visit.site),
        &visit.mark,
        ui::actions(html! {
            (ui::submit_named(REQUIRE, value, &tr!(lang, label), style))
            (ui::link_button(&tr!(lang, "ui.cancel"), visit.site.organisation_path(), ButtonStyle::Secondary))
        }),
    )
}
