//! Checks that the content of each stored file is there.

use std::io;

use futures_util::{StreamExt, stream};

use super::finding::{Check, Finding, unanswered};
use crate::config::Config;
use crate::db::{Db, DbError};
use crate::objects::{ContentRow, Objects, Place, RowsRead};

/// How many contents are looked for at once.
const AT_ONCE: usize = 16;

/// The most damaged files that are named.
const MOST_NAMED: usize = 20;

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
    if let Err(fault) = objects.check().await {
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
    let mut read = RowsRead::default();
    loop {
        let rows = read.next(db).await?;
        if rows.is_empty() {
            return Ok(Ok(()));
        }
        let sizes =
            stream::iter(&rows).map(|row| async move { (row, size_of(objects, row).await) });
        let mut sizes = sizes.buffered(AT_ONCE);
        while let Some((row, size)) = sizes.next().await {
            match size {
                Ok(size) if size == Some(row.bytes()) => {}
                Ok(_) => damaged.add(row),
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

async fn size_of(objects: &Objects, row: &ContentRow) -> io::Result<Option<u64>> {
    objects.size(&row.key()).await
}

impl Damaged {
    fn add(&mut self, row: &ContentRow) {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            let key = row.key();
            self.named.push(format!("{} ({}) of {}", row.name, key.file, key.portal));
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
                format!("{} stored {files} damaged (content missing or incomplete): {named}{more}", self.count),
                "they are listed, but nobody can download them",
                "restore the contents from the backup of files-store; if there is a copy in another place, run klantportaal files move-to with --from; otherwise upload the files again",
            )
        })
    }
}
