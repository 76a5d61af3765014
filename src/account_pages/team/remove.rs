//! Removing a person. They lose access on the next request; keys and apps belong to the
//! organisation and remain.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{record, trail, withdraw_invitations};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::{HeldTeam, Site, TeamMember, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AccountId;
use crate::server::Server;
use crate::ui;
use crate::web::{Allowed, Form, Membership, see_other};

pub async fn show<M: Membership>(
    member: Allowed<M, may::ManagePeople>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AccountId>,
) -> Result<Markup> {
    let person = TeamMember::find(&server.db, &member.organisation(), &id).await?;
    if !member.role().may_manage(person.role) {
        return Err(Error::Forbidden(Message::new("team.error.only_owners")));
    }
    let visit = member.visit();
    let (lang, path) = (visit.lang, visit.site.team_path());
    let (title, remove) =
        (tr!(lang, "team.remove_title", name = person.name), tr!(lang, "team.remove"));
    let text = tr!(
        lang,
        "team.remove_text",
        email = person.email,
        organisation = member.organisation_name()
    );
    let text = format!("{text} {}", what_stays(visit.site, lang));
    let action = format!("{path}/{id}/remove");
    let body = html! { (trail(&*member, &remove)) (ui::confirm(lang, &title, &text, &action, &visit.mark, &remove, path)) };
    Ok(member.team_chrome().page(&title, body))
}

/// What happens to what the person created.
fn what_stays(site: Site, lang: crate::i18n::Lang) -> std::borrow::Cow<'static, str> {
    match site {
        Site::Manage => tr!(lang, "team.what_stays"),
        Site::Developers => tr!(lang, "team.what_stays_developers"),
    }
}

pub async fn submit<M: Membership>(
    member: Allowed<M, may::ManagePeople>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AccountId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let (organisation, now) = (member.organisation(), server.clock.now());
    let mut team =
        HeldTeam::hold(server.begin(&member).await?, &organisation, &member.session().account_id)
            .await?;
    let person = team.remove(&id, now).await?;
    record(&mut team.tx, &*member, Action::PersonRemoved, &person.email, &caller, now).await?;
    withdraw_invitations(&mut team, &*member, &id, &caller, now).await?;
    team.tx.commit().await?;
    Ok(see_other(member.visit().site.team_path(), Some("flash.person_removed")))
}
