//! The permission of a page, stated in its handler's signature.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::Markup;

use super::Visit;
use super::admission::{Admission, Visitor};
use crate::accounts::{Authority, Organisation, RequiredPermission, Role, Session, Standing};
use crate::db::Tx;
use crate::error::{Error, Message, Result};
use crate::i18n::Lang;
use crate::server::Server;
use crate::ui::Chrome;

/// A member of a portal or developer. Handlers that take it are only for members.
pub trait Membership:
    FromRequestParts<Server, Rejection = Response> + Send + Sync + 'static
{
    /// The visit.
    fn visit(&self) -> &Visit;

    /// The person.
    fn session(&self) -> &Session;

    /// The portal or developer.
    fn organisation(&self) -> Organisation;

    /// Its name.
    fn organisation_name(&self) -> &str;

    /// The name that its mails to its own people are sent in, if it isn't [`Self::organisation_name`].
    fn mail_sender(&self) -> Option<&str> {
        None
    }

    /// The language of an invitation: that of the inviter, unless the organisation has its own.
    fn invitation_lang(&self) -> Lang {
        self.visit().lang
    }

    /// Whether a second factor is required there.
    fn requires_second_factor(&self) -> bool;

    /// The person's role there.
    fn role(&self) -> Role;

    /// The person's permission for the daily work there.
    fn standing(&self) -> Standing<'_> {
        Standing { session: self.session(), organisation: self.organisation(), permission: None }
    }

    /// What stands around a page about the people who work there.
    fn team_chrome(&self) -> Chrome<'_>;

    /// What stands around a page about the organisation itself.
    fn organisation_chrome(&self) -> Chrome<'_>;

    /// A day, in the time zone of the organisation.
    fn day(&self, moment: Timestamp) -> Markup;
}

/// A member whose role has the permission `P`, such as `Allowed<Member, may::ManageApiKeys>`.
/// Others get a 403 that says whom to ask.
pub struct Allowed<M, P> {
    member: M,
    permission: PhantomData<fn() -> P>,
}

impl<M, P> Deref for Allowed<M, P> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.member
    }
}

/// For the daily work. Pages that need a permission take [`Allowed`].
impl<M: Membership> Authority for M {
    async fn hold(&self, tx: &mut Tx) -> Result<()> {
        self.standing().hold(tx).await
    }
}

impl<M: Membership, P: RequiredPermission> Authority for Allowed<M, P> {
    async fn hold(&self, tx: &mut Tx) -> Result<()> {
        let permission = Some(P::PERMISSION);
        Standing { permission, ..self.member.standing() }.hold(tx).await
    }
}

impl<M: Membership, P: RequiredPermission> FromRequestParts<Server> for Allowed<M, P> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let member = M::from_request_parts(parts, server).await?;
        if member.role().may(P::PERMISSION) {
            return Ok(Self { member, permission: PhantomData });
        }
        let owners = member
            .organisation()
            .owner_names(&server.db)
            .await
            .map_err(IntoResponse::into_response)?;
        Err(Error::Forbidden(Message::with("error.role", owners)).into_response())
    }
}

impl<M: Membership> Visitor for M {
    const ADMISSION: Admission = Admission::Members;
}

impl<M: Membership, P: RequiredPermission> Visitor for Allowed<M, P> {
    const ADMISSION: Admission = Admission::MembersWith(P::PERMISSION);
}
