//! Checks that the content of each stored file is there.

use std::io;

use futures_util::{StreamExt, stream};

use super::finding::{Check, Finding, unanswered};
use crate::config::Config;
use crate::db::{Db, DbError, from_row, params};
use crate::ids::{FileId, PortalId};
use crate::objects::{ObjectKey, Objects, Place};

/// How many rows are read at once.
const BATCH: i64 = 1000;

/// How many contents are looked for at once.
const AT_ONCE: usize = 16;

/// The most damaged files that are named.
const MOST_NAMED: usize = 20;

/// Files, and the attachments of tickets.
const NEXT: [&str; 2] = [
    "SELECT portal_id, id, name, size FROM files
     WHERE (portal_id, id) > (?1, ?2) AND id LIKE 'fsf_%' ORDER BY portal_id, id LIMIT ?3",
    "SELECT portal_id, file_id AS id, name, size FROM ticket_attachments
     WHERE (portal_id, file_id) > (?1, ?2) ORDER BY portal_id, file_id LIMIT ?3",
];

struct StoredRow {
    portal_id: PortalId,
    id: FileId,
    name: String,
    size: i64,
}
from_row!(StoredRow { portal_id, id, name, size });

/// The damaged files: how many there are, and the names of some.
#[derive(Default)]
struct Damaged {
    count: usize,
    named: Vec<String>,
}

pub(super) async fn examine(config: &Config, db: &Db) -> Vec<Finding> {
    let objects = match Objects::from_settings(&config.files, &config.data_dir) {
        Ok(objects) => objects,
        Err(fault) => return vec![unusable(config, fault.to_string(), "correct the settings")],
    };
    if let Objects::S3(s3) = &objects
        && let Err(fault) = s3.check().await
    {
        return vec![unusable(config, fault.to_string(), fault.remedy())];
    }
    let mut damaged = Damaged::default();
    match look_at_all(db, &objects, &mut damaged).await {
        Ok(Ok(())) => damaged.finding().into_iter().collect(),
        Ok(Err(error)) => vec![unusable(config, error.to_string(), &remedy(config))],
        Err(error) => vec![unanswered(Check::Files, &error, db)],
    }
}

/// That the place of the contents can't be used.
fn unusable(config: &Config, why: String, remedy: &str) -> Finding {
    Check::Files.fault(
        format!("the contents of files in {} can't be read: {why}", config.files.files_store),
        "files can't be downloaded or uploaded",
        remedy,
    )
}

fn remedy(config: &Config) -> String {
    match config.files.files_store {
        Place::Disk => {
            format!("let the server's user read {}", config.data_dir.join("files").display())
        }
        Place::S3(_) => "check s3-endpoint, the network, and the S3 server's log".to_owned(),
    }
}

async fn look_at_all(
    db: &Db,
    objects: &Objects,
    damaged: &mut Damaged,
) -> Result<io::Result<()>, DbError> {
    for next in NEXT {
        if let Err(error) = look_at(next, db, objects, damaged).await? {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

async fn look_at(
    next: &'static str,
    db: &Db,
    objects: &Objects,
    damaged: &mut Damaged,
) -> Result<io::Result<()>, DbError> {
    let (mut portal, mut last) = (String::new(), String::new());
    loop {
        let rows: Vec<StoredRow> = db.rows(next, params![portal, last, BATCH]).await?;
        let Some(end) = rows.last() else { return Ok(Ok(())) };
        (portal, last) = (end.portal_id.to_string(), end.id.to_string());
        let sizes =
            stream::iter(&rows).map(|row| async move { (row, size_of(objects, row).await) });
        let mut sizes = sizes.buffered(AT_ONCE);
        while let Some((row, size)) = sizes.next().await {
            match size {
                Ok(size) if size == u64::try_from(row.size).ok() => {}
                Ok(_) => damaged.add(row),
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

async fn size_of(objects: &Objects, row: &StoredRow) -> io::Result<Option<u64>> {
    objects.size(&ObjectKey::of(&row.portal_id, &row.id)).await
}

impl Damaged {
    fn add(&mut self, row: &StoredRow) {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(format!("{} ({}) of {}", row.name, row.id, row.portal_id));
        }
    }

    fn finding(self) -> Option<Finding> {
        let named = self.named.join(", ");
        let more = match self.count - self.named.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let files = if self.count == 1 { "file is" } else { "files are" };
        (self.count > 0).then(|| {
            Check::Files.fault(
                format!("{} stored {files} damaged, their content is missing or cut off: {named}{more}", self.count),
                "they are listed, but nobody can download them",
                "restore them from the backup of files-store; if they are in another place, copy them with klantportaal files move-to; what is nowhere must be uploaded again",
            )
        })
    }
}
