//! What a logged-in person is in a portal or for a developer, as what entitles them to write.

use super::organisation::sql;
use super::{Organisation, Permission, Role, Session};
use crate::auth::Authority;
use crate::db::{Single, Tx, params};
use crate::error::{Error, Message, Result};

/// A logged-in person who belongs to an organisation, and may do something there.
pub struct Standing<'a> {
    /// Who it is, and by which session.
    pub session: &'a Session,
    /// Where.
    pub organisation: Organisation,
    /// What must be permitted, beside the daily work.
    pub permission: Option<Permission>,
}

impl Authority for Standing<'_> {
    async fn hold(&self, tx: &mut Tx) -> Result<()> {
        self.session.hold(tx).await?;
        self.organisation.hold(tx).await?;
        let sql = sql!(
            self.organisation,
            "SELECT role AS value FROM " "_members WHERE " "_id = ?1 AND account_id = ?2"
        );
        let role: Option<Single<Role>> =
            tx.row(sql, params![self.organisation, self.session.account_id]).await?;
        let Some(Single(role)) = role else {
            return Err(Error::Forbidden(Message::new("error.not_a_member")));
        };
        if self.permission.is_none_or(|permission| role.may(permission)) {
            return Ok(());
        }
        let owners = self.organisation.owner_names_in(tx).await?;
        Err(Error::Forbidden(Message::with("error.role", owners)))
    }
}
