//! The people of a portal or a developer, the same pages on both sites: the list, inviting,
//! changing roles, removing.

pub mod invitations;
pub mod invite;
pub mod leave;
pub mod people;
pub mod remove;
pub mod role;

use std::borrow::Cow;

use jiff::Timestamp;
use maud::Markup;

use crate::accounts::{HeldTeam, Role, Site};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::i18n::tr;
use crate::ui::{self, Choice, ChoiceKind};
use crate::web::Membership;

impl Site {
    /// The path of its team pages.
    pub const fn team_path(self) -> &'static str {
        match self {
            Self::Manage => "/manage/settings/team",
            Self::Developers => "/developers/team",
        }
    }
}

/// The link from the list to a team page.
fn trail(member: &impl Membership, here: &str) -> Markup {
    let visit = member.visit();
    ui::breadcrumbs(
        visit.lang,
        &[(&tr!(visit.lang, "team.title"), Some(visit.site.team_path())), (here, None)],
    )
}

/// A choice of the roles that the member can give.
fn role_choice(member: &impl Membership, picked: Option<Role>, error: Option<&str>) -> Markup {
    let visit = member.visit();
    let choice = |role: Role| Choice {
        value: role.name().into(),
        label: role.label(visit.lang),
        hint: Some(explanation(member, role)),
        checked: picked == Some(role),
    };
    let choices: Vec<Choice<'_>> =
        Role::ALL.into_iter().filter(|role| member.role().may_manage(*role)).map(choice).collect();
    ui::choice_group(ChoiceKind::One, "role", &tr!(visit.lang, "team.role"), &choices, error)
}

/// A description of what a role can do on this site.
fn explanation(member: &impl Membership, role: Role) -> Cow<'static, str> {
    let site = match member.visit().site {
        Site::Manage => "manage",
        Site::Developers => "developers",
    };
    member.visit().lang.text(&format!("team.{site}.{}", role.name())).into_owned().into()
}

/// Records what the member did, in the log of the portal or developer.
async fn record(
    tx: &mut Tx,
    member: &impl Membership,
    action: Action,
    subject: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let (organisation, session) = (member.organisation(), member.session());
    let actor = Actor::Person(&session.account_id, &session.email);
    let event = Event {
        action,
        actor,
        subject,
        portal: organisation.portal(),
        developer: organisation.developer(),
        caller: Some(caller),
    };
    event.record(tx, now).await
}

/// Withdraws the invitations that a person sent, and records it.
async fn withdraw_invitations(
    team: &mut HeldTeam<'_>,
    member: &impl Membership,
    of: &crate::ids::AccountId,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    for email in team.withdraw_invitations_of(of).await? {
        record(&mut team.tx, member, Action::InvitationWithdrawn, &email, caller, now).await?;
    }
    Ok(())
}
