//! The requirement of a second factor: by the operator, or by a portal or developer that the person
//! belongs to.

use super::Factors;
use crate::db::{Queryable, Single, Tx, params};
use crate::error::{Error, Message, Result};
use crate::ids::AccountId;

/// Who requires a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorRequirement {
    /// Whether the operator requires it of everybody.
    pub by_operator: bool,
    /// The names of the portals and developers that require it of their people.
    pub organisations: Vec<String>,
}

impl FactorRequirement {
    /// Who requires it for an account.
    pub async fn of(db: impl Queryable, account: &AccountId, by_operator: bool) -> Result<Self> {
        let sql = "SELECT p.name AS value FROM portals p JOIN portal_members m ON m.portal_id = p.id
             WHERE m.account_id = ?1 AND p.requires_second_factor AND p.deleted_at IS NULL
             UNION SELECT d.name FROM developers d JOIN developer_members m ON m.developer_id = d.id
             WHERE m.account_id = ?1 AND d.requires_second_factor AND d.deleted_at IS NULL ORDER BY 1";
        let names: Vec<Single<String>> = db.rows(sql, params![account]).await?;
        let organisations = names.into_iter().map(|Single(name)| name).collect();
        Ok(Self { by_operator, organisations })
    }

    /// Whether anybody requires it.
    pub const fn any(&self) -> bool {
        self.by_operator || !self.organisations.is_empty()
    }

    /// After removing a factor, refuses to leave an account without any if one is required. The
    /// transaction locks the account.
    ///
    /// # Errors
    /// [`Error::Conflict`], which says who requires it.
    pub async fn check_left(tx: &mut Tx, account: &AccountId, by_operator: bool) -> Result<()> {
        if Factors::within(tx, account).await?.any() {
            return Ok(());
        }
        Self::of(tx, account, by_operator).await?.refuse_last()
    }

    /// Refuses to remove the last factor if one is required.
    ///
    /// # Errors
    /// As [`Self::check_left`].
    pub fn refuse_last(&self) -> Result<()> {
        let message = match &self.organisations[..] {
            _ if self.by_operator => Message::new("account.required.last_of_all"),
            [] => return Ok(()),
            names => Message::with("account.required.last", names.join(", ")),
        };
        Err(Error::Conflict(message))
    }
}
