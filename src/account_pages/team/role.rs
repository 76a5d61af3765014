//! Changing a person's role.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::invite::read_role;
use super::{record, role_choice, trail, withdraw_invitations};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::{HeldTeam, Permission, TeamMember, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AccountId;
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
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
    let first = || vec![("role".to_owned(), person.role.name().to_owned())];
    Ok(page(&*member, &person, &member.visit().fields(first)))
}

pub async fn submit<M: Membership>(
    member: Allowed<M, may::ManagePeople>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AccountId>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let (organisation, now) = (member.organisation(), server.clock.now());
    TeamMember::find(&server.db, &organisation, &id).await?;
    let role = read_role(&mut fields);
    fields.expect_none_wrong()?;
    let mut team =
        HeldTeam::hold(server.begin(&member).await?, &organisation, &member.session().account_id)
            .await?;
    let before = match team.set_role(&id, role).await {
        Ok(before) => before,
        Err(Error::Conflict(message)) => return Err(Error::invalid("role", message)),
        Err(error) => return Err(error),
    };
    if before.role != role {
        let subject = format!("{}: {} → {}", before.email, before.role.name(), role.name());
        record(&mut team.tx, &*member, Action::RoleChanged, &subject, &caller, now).await?;
        // A person whose role was lowered could have invited somebody to a higher one.
        if before.role.permissions().iter().any(|permission| !role.may(*permission))
            && before.role.may(Permission::ManagePeople)
        {
            withdraw_invitations(&mut team, &*member, &id, &caller, now).await?;
        }
        team.tx.commit().await?;
    }
    Ok(see_other(member.visit().site.team_path(), Some("flash.role_changed")))
}

fn page(member: &impl Membership, person: &TeamMember, fields: &Fields) -> Markup {
    let visit = member.visit();
    let (lang, path, title) = (
        visit.lang,
        visit.site.team_path(),
        tr!(visit.lang, "team.role_title", name = person.name),
    );
    let body = html! {
        (trail(member, &tr!(lang, "team.change_role")))
        (ui::header(&title, Some(&person.email), html! {}))
        (ui::form(&format!("{path}/{}/role", person.account_id), &visit.mark, html! {
            (role_choice(member, fields.sent("role").parse().ok(), fields.errors().first("role", lang).as_deref()))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "team.change_role"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), path, ButtonStyle::Secondary))
            }))
        }))
    };
    member.team_chrome().page(&title, body)
}
