//! Inviting somebody by mail. The inviter gets the same response whether or not the address has an
//! account.

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::{record, role_choice, trail};
use crate::account_pages::{RecentlyAuthenticated, mails};
use crate::accounts::{HeldTeam, Invitation, NewInvitation, Registration, Role, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::{Fields, FromFields};
use crate::i18n::tr;
use crate::ids::InvitationId;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field, FlashKind};
use crate::values::{EmailAddress, Value as _};
use crate::web::{Allowed, Form, Membership, see_other};

/// An invitation to send again.
#[derive(Deserialize)]
pub struct Again {
    #[serde(default)]
    again: String,
}

impl FromFields for NewInvitation {
    fn from_fields(fields: &mut Fields) -> Self {
        let email = EmailAddress::comparable(EmailAddress::from_field(fields, "email").as_str());
        let role = read_role(fields);
        Self { email, role }
    }
}

/// The chosen role, from the field `role`.
pub(super) fn read_role(fields: &mut Fields) -> Role {
    fields.sent("role").parse().unwrap_or_else(|_| {
        fields.fault("role", Message::new("team.error.role"));
        Role::Member
    })
}

pub async fn show<M: Membership>(
    member: Allowed<M, may::ManagePeople>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Query(Again { again }): Query<Again>,
) -> Result<Markup> {
    let first = match again.parse::<InvitationId>() {
        Ok(id) => {
            let Invitation { email, role, .. } =
                Invitation::find(&server.db, &member.organisation(), &id).await?;
            vec![("email".to_owned(), email), ("role".to_owned(), role.name().to_owned())]
        }
        Err(_) => vec![("role".to_owned(), Role::Member.name().to_owned())],
    };
    Ok(page(&server, &*member, &member.visit().fields(|| first)))
}

pub async fn submit<M: Membership>(
    member: Allowed<M, may::ManagePeople>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let new: NewInvitation = fields.read()?;
    let (organisation, now) = (member.organisation(), server.clock.now());
    let account = &member.session().account_id;
    let counted = server.mail_limits.invitation(account, caller.address, &new.email);
    counted.map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let mut team = HeldTeam::hold(server.begin(&member).await?, &organisation, account).await?;
    let invited = team.invite(&new, now).await?;
    if invited.replaces_open_one {
        record(&mut team.tx, &*member, Action::InvitationWithdrawn, &new.email, &caller, now)
            .await?;
    }
    record(
        &mut team.tx,
        &*member,
        Action::PersonInvited,
        &format!("{} ({})", new.email, new.role.name()),
        &caller,
        now,
    )
    .await?;
    team.tx.commit().await?;
    mails::send_invitation(&server, &*member, &new, &invited.token);
    Ok(see_other(member.visit().site.team_path(), Some("flash.invited")))
}

fn page(server: &Server, member: &impl Membership, fields: &Fields) -> Markup {
    let visit = member.visit();
    let (lang, title, path) = (visit.lang, tr!(visit.lang, "team.invite"), visit.site.team_path());
    let errors = fields.errors().list(lang);
    let labels = [("email", tr!(lang, "account.email")), ("role", tr!(lang, "team.role"))];
    let body = html! {
        (trail(member, &title))
        (ui::header(&title, Some(&tr!(lang, "team.invite_intro", organisation = member.organisation_name())), html! {}))
        // Said to every inviter, because who has an account is told to nobody.
        @if Registration::of(&server.config.accounts, visit.site).is_closed() {
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "team.invite_closed")) } }))
        }
        (ui::form(&format!("{path}/invite"), &visit.mark, html! {
            (Field::text(lang, "email", tr!(lang, "account.email")).kind("email").value(fields.sent("email")).errors_from(&errors)
                .required(true).autocomplete("off"))
            (role_choice(member, fields.sent("role").parse().ok(), fields.errors().first("role", lang).as_deref()))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "team.invite_submit"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), path, ButtonStyle::Secondary))
            }))
        }))
    };
    member.team_chrome().with_labels(&labels).page(&title, body)
}
