//! What the start page is made of.

use jiff::Timestamp;

use crate::accounts::{BusinessDetails, Invitation, Permission, PortalSettings, TeamMember};
use crate::api_keys::ApiKey;
use crate::error::Result;
use crate::manage::Member;
use crate::oauth::ConnectedApp;
use crate::request_log::{Failing, PortalDay};
use crate::server::Server;
use crate::web::Membership;

/// What the page is made of, as far as the person may know it; the rest is empty.
pub(super) struct Found {
    pub(super) now: Timestamp,
    pub(super) keys: Vec<ApiKey>,
    pub(super) apps: Vec<ConnectedApp>,
    pub(super) days: Vec<PortalDay>,
    pub(super) failing: Vec<Failing>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) without_second_factor: Vec<TeamMember>,
    pub(super) has_customers: bool,
    /// Whether anything is filled in of the business; `None` if the person may not.
    pub(super) has_details: Option<bool>,
    /// Whether somebody else works in the portal; `None` if the person may not invite.
    pub(super) has_colleague: Option<bool>,
}

impl Found {
    pub(super) async fn of(member: &Member, server: &Server, has_customers: bool) -> Result<Self> {
        let (store, now, may) = (&member.store, server.clock.now(), |what| member.role.may(what));
        let organisation = member.organisation();
        let mut found = Self {
            now,
            keys: Vec::new(),
            apps: Vec::new(),
            days: Vec::new(),
            failing: Vec::new(),
            invitations: Vec::new(),
            without_second_factor: Vec::new(),
            has_customers,
            has_details: None,
            has_colleague: None,
        };
        if may(Permission::ManageApiKeys) && may(Permission::ConnectApps) {
            server.write_down_usage().await;
            found.keys = ApiKey::list(store, now).await?;
            found.apps = ConnectedApp::list(store).await?;
            found.days = PortalDay::list(store, now).await?;
            found.failing = Failing::today(store, now).await?;
        }
        if may(Permission::ManagePeople) {
            let all = Invitation::list(&server.db, &organisation).await?;
            found.invitations = all.into_iter().filter(|one| one.expires_at > now).collect();
            let team = TeamMember::list(&server.db, &organisation).await?.len();
            found.has_colleague = Some(team > 1 || !found.invitations.is_empty());
        }
        if may(Permission::ManageOrganisation) {
            found.without_second_factor =
                TeamMember::without_second_factor(&server.db, &organisation).await?;
        }
        if may(Permission::ManageBusiness) {
            let settings = PortalSettings::find(store).await?;
            let is_empty = settings.details.differing(&BusinessDetails::default()).is_empty();
            found.has_details = Some(!is_empty || settings.logo_version.is_some());
        }
        Ok(found)
    }
}
