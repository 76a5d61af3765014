//! What a portal decided about an app before.

use super::{Consent, Grant};
use crate::accounts::Portal;
use crate::auth::ScopeSet;
use crate::clients::App;
use crate::db::Db;
use crate::error::Result;
use crate::ids::PortalId;
use crate::tenant::Store;

/// A portal's earlier decision about the app.
#[derive(Default)]
pub(super) struct PriorConsent {
    /// The scopes that the app has, if it is connected.
    pub(super) granted: Option<ScopeSet>,
    /// The scopes that were left out when last asked for, and are still optional.
    pub(super) left_out: ScopeSet,
}

impl PriorConsent {
    /// The portal's earlier decision about the app.
    pub(super) async fn of(db: &Db, portal: &PortalId, app: &App) -> Result<Self> {
        let Some(grant) = Grant::current(db, portal, &app.id).await? else {
            return Ok(Self::default());
        };
        let consents = Consent::list(&Store::open(db.clone(), portal.clone()), &grant.id).await?;
        // A scope that has become required since then must be asked for again.
        Ok(Self {
            granted: Some(grant.scopes),
            left_out: app.optional_of(Consent::last_left_out(&consents)),
        })
    }

    /// The earlier decisions of all these portals.
    pub(super) async fn of_all(db: &Db, portals: &[Portal], app: &App) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for portal in portals {
            all.push(Self::of(db, &portal.id, app).await?);
        }
        Ok(all)
    }

    /// The earlier decision, given the current grant.
    pub(super) const fn under(&self, grant: &Grant) -> Self {
        Self { granted: Some(grant.scopes), left_out: self.left_out }
    }

    /// The scopes that the app gets if there is nothing to ask: each scope was already given or
    /// left out.
    pub(super) fn given_without_asking(&self, asked: ScopeSet) -> Option<ScopeSet> {
        let given = asked.intersection(self.granted?);
        (!given.is_empty() && asked.without(given).is_subset_of(self.left_out)).then_some(given)
    }

    /// The requested scopes that are new to an already connected portal.
    pub(super) fn new_scopes(&self, asked: ScopeSet) -> ScopeSet {
        self.granted
            .map_or_else(ScopeSet::default, |granted| asked.without(granted).without(self.left_out))
    }
}
