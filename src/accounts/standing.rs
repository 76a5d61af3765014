//! The role of a logged-in person in a portal or developer, as permission to write.

use super::organisation::sql;
use super::{Authority, Organisation, Permission, Role, Session};
use crate::db::{Tx, from_row, params};
use crate::error::{Error, Message, Result};

/// A logged-in person who belongs to an organisation, has the second factor if it requires one, and
/// has a permission there.
pub struct Standing<'a> {
    /// The person and session.
    pub session: &'a Session,
    /// The organisation.
    pub organisation: Organisation,
    /// The required permission, beyond the daily work.
    pub permission: Option<Permission>,
}

/// A person's role in an organisation, and whether they lack a required second factor.
struct Place {
    role: Role,
    lacks_second_factor: bool,
}

from_row!(Place { role, lacks_second_factor });

impl Authority for Standing<'_> {
    async fn hold(&self, tx: &mut Tx) -> Result<()> {
        self.session.hold(tx).await?;
        self.organisation.hold(tx).await?;
        // Account and organisation are locked, so neither factors nor requirement can change.
        let sql = sql!(
            self.organisation,
            "SELECT m.role, (o.requires_second_factor
                 AND NOT EXISTS (SELECT 1 FROM totp_factors t WHERE t.account_id = m.account_id)
                 AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.account_id = m.account_id)) AS lacks_second_factor
             FROM " "_members m JOIN " "s o ON o.id = m." "_id WHERE m." "_id = ?1 AND m.account_id = ?2"
        );
        let place: Option<Place> =
            tx.row(sql, params![self.organisation, self.session.account_id]).await?;
        let Some(Place { role, lacks_second_factor }) = place else {
            return Err(Error::Forbidden(Message::new("error.not_a_member")));
        };
        if lacks_second_factor {
            return Err(Error::SecondFactorRequired);
        }
        if self.permission.is_none_or(|permission| role.may(permission)) {
            return Ok(());
        }
        let owners = self.organisation.owner_names_in(tx).await?;
        Err(Error::Forbidden(Message::with("error.role", owners)))
    }
}
