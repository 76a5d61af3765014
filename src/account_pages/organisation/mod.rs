//! The settings of a portal or a developer itself, the same pages on both sites: its name, whether
//! a second factor is required, and deleting it.

pub mod delete;
pub mod second_factor;
mod settings;

pub use settings::{rename, show};

use jiff::Timestamp;

use crate::accounts::Site;
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::web::Membership;

impl Site {
    /// The path of these pages.
    pub const fn organisation_path(self) -> &'static str {
        match self {
            Self::Manage => "/manage/settings/portal",
            Self::Developers => "/developers/settings",
        }
    }

    /// The text keys for its kind of organisation: `organisation.<kind>.<what>`.
    fn organisation_text(self, what: &str) -> String {
        match self {
            Self::Manage => format!("organisation.portal.{what}"),
            Self::Developers => format!("organisation.developer.{what}"),
        }
    }
}

/// Records what the member did, in the log of the portal or developer.
async fn record(
    tx: &mut Tx,
    member: &impl Membership,
    action: Action,
    subject: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let (organisation, session) = (member.organisation(), member.session());
    let event = Event {
        action,
        actor: Actor::Person(&session.account_id, &session.email),
        subject,
        portal: organisation.portal(),
        developer: organisation.developer(),
        caller: Some(caller),
    };
    event.record(tx, now).await
}
