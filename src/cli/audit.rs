//! `klantportaal audit …`

use clap::Subcommand;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::api_key;
use super::context::{CliError, Workplace};
use crate::audit_log::{AuditLog, Filter};
use crate::ids::{DeveloperId, PortalId};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List events, newest first; without --portal or --developer, the events that belong to no
    /// portal or developer, such as those of resource servers
    List {
        /// The events of this portal
        #[arg(long, conflicts_with = "developer")]
        portal: Option<PortalId>,
        /// The events of this developer
        #[arg(long)]
        developer: Option<DeveloperId>,
        /// The maximum number of events
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let Self::List { portal, developer, limit } = self;
        let log = match (portal, developer) {
            (Some(portal), _) => AuditLog::Portal(api_key::open(place, portal).await?.reading()),
            (None, Some(developer)) => AuditLog::Developer(place.db.reading(), developer),
            (None, None) => AuditLog::Operator(place.db.reading()),
        };
        let found = log.search(&Filter::default(), None, limit as usize).await?;
        Ok(found.events.iter().map(|event| event.to_json(&TimeZone::UTC)).collect())
    }
}
