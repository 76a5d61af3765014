//! The job that removes the content of a deleted file.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::model::key_of;
use crate::ids::{FileId, PortalId};
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};
use crate::objects::{ObjectKey, Objects};

/// Removes the content of a file whose row was deleted.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveObject {
    portal: String,
    file: String,
}

impl RemoveObject {
    /// The job for a content.
    pub(super) fn new(ObjectKey { portal, file }: &ObjectKey) -> Self {
        Self { portal: portal.to_string(), file: file.to_string() }
    }
}

impl Job for RemoveObject {
    type Context = Objects;

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

    async fn run(&self, objects: &Objects, _: Attempt) -> Result<(), Failure> {
        let ids = (self.portal.parse::<PortalId>(), self.file.parse::<FileId>());
        let (Ok(portal), Ok(file)) = ids else {
            return Err(Failure::Permanent("the ids can't be read".to_owned()));
        };
        objects.remove(&key_of(&portal, &file)).await.map_err(Failure::temporary)
    }
}
