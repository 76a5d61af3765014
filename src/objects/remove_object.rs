//! The job that removes the content of a deleted file.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::contents::Objects;
use super::key::ObjectKey;
use crate::db::WritingDb;
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};

/// Removes the content of a file whose row was deleted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemoveObject(pub ObjectKey);

impl Job for RemoveObject {
    type Context = (WritingDb, Objects);

    const KIND: Kind = Kind {
        name: "remove_object",
        retry: Retry {
            first: SignedDuration::from_mins(1),
            factor: 5,
            longest: SignedDuration::from_hours(2),
            give_up_after: SignedDuration::from_hours(24),
        },
        at_once: 4,
        at_once_per_lane: 4,
        shared_by_portals: false,
        time_limit: Duration::from_secs(60),
        keep: None,
    };

    async fn run(&self, (db, objects): &Self::Context, _: Attempt) -> Result<(), Failure> {
        objects.remove_for_good(db, &self.0).await.map_err(Failure::temporary)
    }
}
