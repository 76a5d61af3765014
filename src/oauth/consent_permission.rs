//! Who may decide about an app, and for which portals.

use crate::accounts::{Organisation, OwnPortal, Permission, Portal, Session, Standing};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::ids::PortalId;
use crate::server::Server;

/// The portals that a person can connect apps to, including those that require a second factor that
/// the person has yet to set up.
///
/// # Errors
/// [`crate::error::Error::SecondFactorRequired`] when all of them require one.
pub(super) async fn portals_to_connect(db: &Db, session: &Session) -> Result<Vec<Portal>> {
    let account = &session.account_id;
    let portals = OwnPortal::in_which_one_may(Permission::ConnectApps, db, account).await?;
    let all_require = portals.iter().all(|portal| portal.requires_second_factor);
    session.check_second_factor(all_require && !portals.is_empty())?;
    Ok(portals)
}

/// A person's permission to decide whether an app is connected to a portal.
pub(super) fn standing<'a>(session: &'a Session, portal: &PortalId) -> Standing<'a> {
    let organisation = Organisation::Portal(portal.clone());
    Standing { session, organisation, permission: Some(Permission::ConnectApps) }
}

/// Begins the transaction in which a person declines an app, for the chosen portal, if any.
pub(super) async fn begin_refusal(
    server: &Server,
    session: &Session,
    chosen: Option<&Portal>,
) -> Result<Tx> {
    match chosen {
        Some(portal) => server.begin(&standing(session, &portal.id)).await,
        None => server.begin(session).await,
    }
}

/// For a person who can't connect apps to any portal: the portals that they belong to, with their
/// owners' names.
pub(super) async fn owners_to_ask(
    db: &Db,
    session: &Session,
    portals: &[Portal],
) -> Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    if portals.is_empty() {
        for OwnPortal { portal, .. } in OwnPortal::list(db, &session.account_id).await? {
            all.push((portal.name, Organisation::Portal(portal.id).owner_names(db).await?));
        }
    }
    Ok(all)
}
