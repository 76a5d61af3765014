//! The history of consents: what the page showed, what was allowed, by whom and from where. Rows
//! are added and never changed.

use jiff::Timestamp;

use crate::auth::ScopeSet;
use crate::caller::Caller;
use crate::db::{Tx, from_row, params};
use crate::error::Result;
use crate::ids::{AccountId, ConsentId, GrantId, PortalId};
use crate::tenant::{Store, TenantSql};

/// A consent, as shown to the portal's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The scopes that the app asked for and the page showed.
    pub asked: ScopeSet,
    /// The scopes that were allowed.
    pub allowed: ScopeSet,
    /// The e-mail address of the person who gave it.
    pub email: String,
    /// The IP address it was given from.
    pub address: String,
    /// The user agent it was given with.
    pub user_agent: String,
    /// When.
    pub created_at: Timestamp,
}

from_row!(Consent { asked, allowed, email, address, user_agent, created_at });

/// A consent that is being given.
#[derive(Debug, Clone, Copy)]
pub struct NewConsent<'a> {
    /// The portal that access is given to.
    pub portal: &'a PortalId,
    /// The person who gives it.
    pub account: &'a AccountId,
    /// That person's e-mail address.
    pub email: &'a str,
    /// The scopes that the app asked for.
    pub asked: ScopeSet,
    /// The scopes that are allowed.
    pub allowed: ScopeSet,
    /// The caller's address.
    pub caller: &'a Caller,
}

const LIST: TenantSql = TenantSql::new(
    "SELECT asked, allowed, email, address, user_agent, created_at FROM consents
     WHERE portal_id = ?1 AND grant_id = ?2 ORDER BY created_at DESC, id",
);

impl Consent {
    /// The consents of one of the portal's grants, newest first.
    pub async fn list(store: &Store, grant: &GrantId) -> Result<Vec<Self>> {
        Ok(store.rows(LIST, params![grant]).await?)
    }

    /// The scopes that were asked for and left out.
    pub const fn left_out(&self) -> ScopeSet {
        self.asked.without(self.allowed)
    }

    /// The scopes that were left out when last asked for, given the consents, newest first.
    pub fn last_left_out(consents: &[Self]) -> ScopeSet {
        let (mut left_out, mut asked) = (ScopeSet::default(), ScopeSet::default());
        for consent in consents {
            left_out = left_out.union(consent.left_out().without(asked));
            asked = asked.union(consent.asked);
        }
        left_out
    }
}

impl NewConsent<'_> {
    /// Records the consent, within the transaction that updates the grant.
    pub(super) async fn record(&self, tx: &mut Tx, grant: &GrantId, now: Timestamp) -> Result<()> {
        let Self { portal, account, email, asked, allowed, caller } = self;
        tx.execute(
            "INSERT INTO consents (portal_id, id, grant_id, account_id, email, asked, allowed, address, user_agent, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![portal, ConsentId::random(), grant, account, email, asked, allowed, caller.address.to_string(), caller.user_agent, now],
        )
        .await?;
        Ok(())
    }
}
