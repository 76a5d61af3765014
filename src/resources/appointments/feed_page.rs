//! `/manage/appointments/feed`: the member's own link for a calendar program.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::feed::{self, CalendarFeed};
use super::links::{PATH, SECTION};
use crate::account_pages::RecentlyAuthenticated;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, see_other};

/// The path of the page.
pub(super) fn feed_path() -> String {
    format!("{PATH}/feed")
}

pub(super) async fn show(member: Member, _: RecentlyAuthenticated) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "appointment_feed.title"));
    let found = CalendarFeed::find(&member.store, &member.session.account_id).await?;
    let content = match &found {
        None => none(&member),
        Some(feed) => one(&member, feed)?,
    };
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "appointment_feed.intro")), html! {}))
        (content)
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

/// The question whether to make a link.
fn none(member: &Member) -> Markup {
    let lang = member.lang();
    let button = tr!(lang, "appointment_feed.create");
    ui::card(
        None,
        html! {
            p { (tr!(lang, "appointment_feed.secret")) }
            (ui::button_form(&feed_path(), &member.visit.mark, &button, ButtonStyle::Primary))
        },
    )
}

/// The link, and how it is added.
fn one(member: &Member, feed: &CalendarFeed) -> Result<Markup> {
    let lang = member.lang();
    let address = member.page_url(&feed.public_path(member.sealing_keys())?);
    let (label, withdraw) =
        (tr!(lang, "appointment_feed.link"), tr!(lang, "appointment_feed.withdraw"));
    // Programs that know this scheme add the calendar by themselves.
    let rest = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    let subscribe = format!("webcal://{rest}");
    Ok(html! {
        (ui::card(Some(&label), html! {
            p { (tr!(lang, "appointment_feed.secret")) }
            p { (ui::copyable(lang, &label, &address)) }
            p.muted { (tr!(lang, "appointment_feed.created")) " " (member.moment(feed.created_at)) }
            (ui::actions(html! {
                (ui::link_button(&tr!(lang, "appointment_feed.subscribe"), &subscribe, ButtonStyle::Secondary))
                (ui::link_button(&withdraw, &format!("{}/withdraw", feed_path()), ButtonStyle::Secondary))
            }))
        }))
        (ui::card(Some(&tr!(lang, "appointment_feed.how")), how(lang)))
    })
}

fn how(lang: Lang) -> Markup {
    let programs = [
        (Cow::Borrowed("Outlook"), tr!(lang, "appointment_feed.outlook")),
        (tr!(lang, "appointment_feed.google_name"), tr!(lang, "appointment_feed.google")),
        (tr!(lang, "appointment_feed.apple_name"), tr!(lang, "appointment_feed.apple")),
    ];
    let items = programs.iter().map(|(name, text)| (name.as_ref(), html! { (text) })).collect();
    html! {
        (ui::definition_list(items))
        p.muted { (tr!(lang, "appointment_feed.range")) }
    }
}

pub(super) async fn create(member: Member, _: RecentlyAuthenticated, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    let own = (&member.session.account_id, member.session.email.as_str());
    feed::create(&mut tx, &member.change(), member.sealing_keys(), own).await?;
    tx.commit().await?;
    Ok(see_other(&feed_path(), Some("flash.appointment_feed_created")))
}

pub(super) async fn ask_to_withdraw(member: Member) -> Markup {
    let lang = member.lang();
    let title = tr!(lang, "appointment_feed.withdraw_title");
    let (text, button) =
        (tr!(lang, "appointment_feed.withdraw_text"), tr!(lang, "appointment_feed.withdraw"));
    let (page, action) = (feed_path(), format!("{}/withdraw", feed_path()));
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &page);
    member.chrome(&SECTION).page(&title, body)
}

pub(super) async fn withdraw(member: Member, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    let own = (&member.session.account_id, member.session.email.as_str());
    feed::withdraw(&mut tx, &member.change(), own).await?;
    tx.commit().await?;
    Ok(see_other(&feed_path(), Some("flash.appointment_feed_withdrawn")))
}
