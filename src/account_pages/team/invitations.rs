//! Withdrawing an invitation.

use axum::extract::State;
use axum::response::Response;

use super::record;
use crate::accounts::{HeldTeam, Invitation, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::Result;
use crate::http::Path;
use crate::ids::InvitationId;
use crate::server::Server;
use crate::web::{Allowed, Form, Membership, see_other};

/// It can be sent again, so there is no confirmation.
pub async fn withdraw<M: Membership>(
    member: Allowed<M, may::ManagePeople>,
    State(server): State<Server>,
    Path(id): Path<InvitationId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let (organisation, now) = (member.organisation(), server.clock.now());
    let invitation = Invitation::find(&server.db, &organisation, &id).await?;
    let mut team =
        HeldTeam::hold(server.begin(&member).await?, &organisation, &member.session().account_id)
            .await?;
    team.withdraw(&invitation).await?;
    record(&mut team.tx, &*member, Action::InvitationWithdrawn, &invitation.email, &caller, now)
        .await?;
    team.tx.commit().await?;
    Ok(see_other(member.visit().site.team_path(), Some("flash.invitation_withdrawn")))
}
