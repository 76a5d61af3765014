//! Leaving a portal or developer.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{record, trail, withdraw_invitations};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::{HeldTeam, Role};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::Result;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, FlashKind};
use crate::web::{Form, Membership, see_other};

pub async fn show<M: Membership>(
    member: M,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
) -> Result<Markup> {
    let visit = member.visit();
    let (lang, path, leave) = (visit.lang, visit.site.team_path(), tr!(visit.lang, "team.leave"));
    let title = tr!(lang, "team.leave_title", organisation = member.organisation_name());
    let is_last_owner =
        member.role() == Role::Owner && member.organisation().owners(&server.db).await?.len() == 1;
    let body = html! {
        (trail(&member, &leave))
        @if is_last_owner {
            (ui::header(&title, None, html! {}))
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "team.error.last_owner")) } }))
            (ui::actions(ui::link_button(&tr!(lang, "team.title"), path, ButtonStyle::Secondary)))
        } @else {
            (ui::confirm(lang, &title, &tr!(lang, "team.leave_text"), &format!("{path}/leave"), &visit.mark, &leave, path))
        }
    };
    Ok(member.team_chrome().page(&title, body))
}

pub async fn submit<M: Membership>(
    member: M,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let (organisation, now) = (member.organisation(), server.clock.now());
    let account = &member.session().account_id;
    let mut team = HeldTeam::hold(server.begin(&member).await?, &organisation, account).await?;
    team.leave(now).await?;
    record(&mut team.tx, &member, Action::PersonLeft, &member.session().email, &caller, now)
        .await?;
    withdraw_invitations(&mut team, &member, account, &caller, now).await?;
    team.tx.commit().await?;
    Ok(see_other(member.visit().site.path(), Some("flash.person_left")))
}
