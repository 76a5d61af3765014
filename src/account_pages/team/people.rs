//! The team: the people of the portal or developer, and the invited ones.

use axum::extract::State;
use maud::{Markup, html};

use super::explanation;
use crate::accounts::{Invitation, Permission, Role, TeamMember};
use crate::error::Result;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, BadgeKind, ButtonStyle};
use crate::web::Membership;

pub async fn show<M: Membership>(member: M, State(server): State<Server>) -> Result<Markup> {
    let (lang, site) = (member.visit().lang, member.visit().site);
    let people = TeamMember::list(&server.db, &member.organisation()).await?;
    let may_manage = member.role().may(Permission::ManagePeople);
    let invitations = if may_manage {
        Invitation::list(&server.db, &member.organisation()).await?
    } else {
        Vec::new()
    };
    let title = tr!(lang, "team.title");
    let intro = tr!(lang, "team.intro", organisation = member.organisation_name());
    let invite = html! {
        @if may_manage { (ui::link_button(&tr!(lang, "team.invite"), &format!("{}/invite", site.team_path()), ButtonStyle::Primary)) }
    };
    let body = html! {
        (ui::header(&title, Some(&intro), invite))
        (table(&member, &people))
        @if may_manage { (invitation_section(&server, &member, &invitations)) }
        (roles(&member))
    };
    Ok(member.team_chrome().page(&title, body))
}

fn table(member: &impl Membership, people: &[TeamMember]) -> Markup {
    let (visit, own) = (member.visit(), &member.session().account_id);
    let (lang, path) = (visit.lang, visit.site.team_path());
    let link = |label: &'static str, person: &TeamMember, page: String| {
        ui::link_button_about(
            &tr!(lang, label),
            &person.name,
            &format!("{path}/{page}"),
            ButtonStyle::Quiet,
        )
    };
    let rows = people.iter().map(|person| {
        let is_own = person.account_id == *own;
        vec![
            html! { (ui::name(&person.name)) @if is_own { " " (ui::badge(&tr!(lang, "team.you"), BadgeKind::Neutral)) } },
            html! { (person.email) },
            html! { (person.role.label(lang)) },
            member.day(person.created_at),
            html! {
                @if member.role().may_manage(person.role) { (link("team.change_role", person, format!("{}/role", person.account_id))) }
                @if is_own { (link("team.leave", person, "leave".to_owned())) }
                @else if member.role().may_manage(person.role) { (link("team.remove", person, format!("{}/remove", person.account_id))) }
            },
        ]
    });
    let heads = ["team.name", "account.email", "team.role", "team.since"]
        .map(|head| lang.text(head).into_owned());
    ui::table(
        &tr!(lang, "team.title"),
        &[&heads[0], &heads[1], &heads[2], &heads[3], ""],
        rows.collect(),
    )
}

fn invitation_section(
    server: &Server,
    member: &impl Membership,
    invitations: &[Invitation],
) -> Markup {
    let (visit, now) = (member.visit(), server.clock.now());
    let (lang, path) = (visit.lang, visit.site.team_path());
    let rows = invitations.iter().map(|invitation| {
        let withdraw = format!("{path}/invitations/{}/withdraw", invitation.id);
        let again = format!("{path}/invite?again={}", invitation.id);
        vec![
            html! { (invitation.email) },
            html! { (invitation.role.label(lang)) },
            html! { (member.day(invitation.created_at)) br; (ui::muted(&tr!(lang, "team.invited_by", name = invitation.inviter.clone().unwrap_or_else(|| tr!(lang, "invitation.operator").into_owned())))) },
            html! {
                @if invitation.expires_at <= now { (ui::badge(&tr!(lang, "team.expired"), BadgeKind::Danger)) }
                @else { (member.day(invitation.expires_at)) }
            },
            html! {
                @if member.role().may_manage(invitation.role) {
                    (ui::link_button_about(&tr!(lang, "team.send_again"), &invitation.email, &again, ButtonStyle::Quiet))
                    (ui::button_form_about(&withdraw, &visit.mark, &tr!(lang, "team.withdraw"), &invitation.email, ButtonStyle::Quiet))
                }
            },
        ]
    });
    let heads = ["account.email", "team.role", "team.sent", "team.until"]
        .map(|head| lang.text(head).into_owned());
    let title = tr!(lang, "team.invitations");
    let body = html! {
        @if invitations.is_empty() { p.muted { (tr!(lang, "team.no_invitations")) } }
        @else { (ui::table(&title, &[&heads[0], &heads[1], &heads[2], &heads[3], ""], rows.collect())) }
    };
    ui::section(&title, None, html! {}, body)
}

/// A description of what each role can do.
fn roles(member: &impl Membership) -> Markup {
    let lang = member.visit().lang;
    let labels = Role::ALL.map(|role| role.label(lang));
    let items = labels
        .iter()
        .zip(Role::ALL)
        .map(|(label, role)| (label.as_ref(), html! { (explanation(member, role)) }))
        .collect();
    let intro = tr!(lang, "team.roles_text");
    ui::section(&tr!(lang, "team.roles"), Some(&intro), html! {}, ui::facts(items))
}
