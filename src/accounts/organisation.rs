//! Organisations: portals and developers. Both have people with roles, and invitations.

use crate::db::{Param, Single, ToParam, Tx, params};
use crate::error::{Error, Result};
use crate::ids::{DeveloperId, PortalId};
use crate::unicode::isolated;

/// A portal or a developer, as an organisation of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Organisation {
    /// A business's portal.
    Portal(PortalId),
    /// A third-party developer.
    Developer(DeveloperId),
}

/// The statement for an organisation of either kind: the pieces joined by `portal` or `developer`,
/// as in `sql!(organisation, "SELECT role FROM " "_members WHERE " "_id = ?1")`.
macro_rules! sql {
    ($organisation:expr, $first:literal $($rest:literal)+) => {
        match $organisation {
            $crate::accounts::Organisation::Portal(_) => concat!($first, $("portal", $rest),+),
            $crate::accounts::Organisation::Developer(_) => concat!($first, $("developer", $rest),+),
        }
    };
}
pub(super) use sql;

impl Organisation {
    /// The id of a portal, if it is one.
    pub const fn portal(&self) -> Option<&PortalId> {
        match self {
            Self::Portal(id) => Some(id),
            Self::Developer(_) => None,
        }
    }

    /// The id of a developer, if it is one.
    pub const fn developer(&self) -> Option<&DeveloperId> {
        match self {
            Self::Portal(_) => None,
            Self::Developer(id) => Some(id),
        }
    }

    /// Locks it, after any other transaction that has. Every change of its people locks it first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is deleted.
    pub async fn hold(&self, tx: &mut Tx) -> Result<()> {
        let hold = sql!(self, "UPDATE " "s SET name = name WHERE id = ?1 AND deleted_at IS NULL");
        match tx.execute(hold, params![self]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// Sets whether its people must have a second factor, within a transaction that locks it;
    /// returns whether that is a change.
    pub async fn require_second_factor(&self, tx: &mut Tx, is_required: bool) -> Result<bool> {
        let set = sql!(self, "UPDATE " "s SET requires_second_factor = ?2 WHERE id = ?1 AND requires_second_factor <> ?2");
        Ok(tx.execute(set, params![self, is_required]).await? > 0)
    }

    /// The names of its owners, to ask one of them.
    pub(super) async fn owner_names_in(&self, tx: &mut Tx) -> Result<String> {
        let sql = sql!(
            self,
            "SELECT a.name AS value FROM accounts a JOIN "
            "_members m ON m.account_id = a.id WHERE m."
            "_id = ?1 AND m.role = 'owner' AND a.disabled_at IS NULL AND a.deleted_at IS NULL ORDER BY m.created_at, a.id"
        );
        let names: Vec<Single<String>> = tx.rows(sql, params![self]).await?;
        Ok(names.iter().map(|Single(name)| isolated(name)).collect::<Vec<_>>().join(", "))
    }
}

/// The id, of either kind.
impl ToParam for Organisation {
    fn to_param(&self) -> Param<'_> {
        match self {
            Self::Portal(id) => id.to_param(),
            Self::Developer(id) => id.to_param(),
        }
    }
}
