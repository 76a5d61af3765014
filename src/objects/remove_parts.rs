//! The job that removes the parts of an upload that has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::contents::Objects;
use super::key::ObjectKey;
use super::remove_object::RemoveObject;
use crate::db::WritingDb;
use crate::ids::{FileId, PortalId};
use crate::jobs::{Attempt, Failure, Job, Kind};

/// Removes contents whose rows were deleted together.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveParts {
    portal: PortalId,
    parts: Vec<FileId>,
}

impl RemoveParts {
    /// The most parts of one job.
    const MOST: usize = 100;

    /// Jobs that remove these parts.
    pub fn all<'a>(portal: &PortalId, parts: &'a [FileId]) -> impl Iterator<Item = Self> + use<'a> {
        let portal = portal.clone();
        let jobs = parts.chunks(Self::MOST);
        jobs.map(move |parts| Self { portal: portal.clone(), parts: parts.to_vec() })
    }
}

impl Job for RemoveParts {
    type Context = (WritingDb, Objects);

    const KIND: Kind =
        Kind { name: "remove_parts", time_limit: Duration::from_mins(5), ..RemoveObject::KIND };

    async fn run(&self, (db, objects): &Self::Context, _: Attempt) -> Result<(), Failure> {
        for part in &self.parts {
            let key = ObjectKey::of(&self.portal, part);
            objects.remove_for_good(db, &key).await.map_err(Failure::temporary)?;
        }
        Ok(())
    }
}
