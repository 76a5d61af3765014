//! Checks the keys against the database, which stores the id of the key that seals its values.

use std::io;
use std::path::{Path, PathBuf};

use super::{KeyId, MalformedKeys, SealingKeys, key_file};
use crate::db::{Db, DbError, Single, Tx, params};

/// Where the keys of a server come from.
#[derive(Debug, Clone, Copy)]
pub struct KeySource<'a> {
    /// Those of the settings, if they have any.
    pub keys: Option<&'a SealingKeys>,
    /// The data folder, whose file has the keys if the settings have none.
    pub data_dir: &'a Path,
}

/// Why a server can't start.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// The database is sealed, and the key is missing.
    #[error(
        "this database is encrypted with key {id}, and there is no key: restore {} from the backup, or copy it \
         from the instance that made it, or set KLANTPORTAAL_ENCRYPTION_KEYS. If the key is lost: klantportaal encryption-key reset --help",
        .path.display()
    )]
    Missing {
        /// The key's id.
        id: KeyId,
        /// Where it was expected.
        path: PathBuf,
    },
    /// There are keys, and none of them is the database's.
    #[error(
        "this database is encrypted with key {id}, and {} holds another one: all instances need the same key \
         (copy the file from the one that made it, or set KLANTPORTAAL_ENCRYPTION_KEYS to the same value everywhere). \
         If the key is lost: klantportaal encryption-key reset --help",
        .source_name
    )]
    DoesNotFit {
        /// The key's id.
        id: KeyId,
        /// The source of the keys.
        source_name: String,
    },
    /// The file has no valid keys.
    #[error("{}: {fault}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: MalformedKeys,
    },
    /// The file can't be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A database error.
    #[error(transparent)]
    Database(#[from] DbError),
}

const FIND: &str = "SELECT key_id AS value FROM sealing_key";

/// The keys in the settings, or else in the file in the data folder. The file is created if there
/// are neither and the database has no key yet.
///
/// # Errors
/// [`SealingError::Missing`] when the database has one, and when the file can't be used.
pub async fn load(source: KeySource<'_>, db: &Db) -> Result<SealingKeys, SealingError> {
    // The file is older than the id in the database: read after it, it is there.
    let id = db.row(FIND, params![]).await?.map(|Single(id)| id);
    if let Some(keys) = read(source)? {
        return Ok(keys);
    }
    let path = key_file::path(source.data_dir);
    if let Some(id) = id {
        return Err(SealingError::Missing { id, path });
    }
    key_file::make(&path).map_err(|error| SealingError::File { path: path.clone(), error })?;
    tracing::info!(path = %path.display(), "created an encryption key: keep a copy of it apart from the database");
    read(source)?.ok_or(SealingError::Malformed { path, fault: MalformedKeys })
}

/// The keys of the settings, or else of the file in the data folder, if there is one.
fn read(source: KeySource<'_>) -> Result<Option<SealingKeys>, SealingError> {
    if let Some(keys) = source.keys {
        return Ok(Some(keys.clone()));
    }
    let path = key_file::path(source.data_dir);
    match key_file::read(&path) {
        Ok(text) => text
            .map(|text| text.parse())
            .transpose()
            .map_err(|fault| SealingError::Malformed { path, fault }),
        Err(error) => Err(SealingError::File { path, error }),
    }
}

/// Refuses when a database's key is none of these.
fn must_have(keys: &SealingKeys, id: KeyId, source: KeySource<'_>) -> Result<(), SealingError> {
    if keys.has(id) {
        return Ok(());
    }
    let source_name = if source.keys.is_some() {
        "KLANTPORTAAL_ENCRYPTION_KEYS".to_owned()
    } else {
        key_file::path(source.data_dir).display().to_string()
    };
    Err(SealingError::DoesNotFit { id, source_name })
}

/// Makes sure that the keys of the settings or the data folder fit the database, and changes
/// nothing.
///
/// # Errors
/// [`SealingError::Missing`] and [`SealingError::DoesNotFit`]; when the file cannot be used.
pub async fn check(source: KeySource<'_>, db: &Db) -> Result<(), SealingError> {
    let id = db.row(FIND, params![]).await?.map(|Single(id)| id);
    match (read(source)?, id) {
        (Some(keys), Some(id)) => must_have(&keys, id, source),
        (None, Some(id)) => {
            Err(SealingError::Missing { id, path: key_file::path(source.data_dir) })
        }
        (_, None) => Ok(()),
    }
}

/// Makes the first key the database's own, within the transaction that seals everything with it.
/// Other instances wait until it ends.
///
/// # Errors
/// [`SealingError::DoesNotFit`] when the database's current key is none of these.
pub async fn claim(
    tx: &mut Tx,
    keys: &SealingKeys,
    source: KeySource<'_>,
) -> Result<(), SealingError> {
    let first = keys.current();
    tx.execute(
        "INSERT INTO sealing_key (key_id) VALUES (?1) ON CONFLICT DO NOTHING",
        params![first],
    )
    .await?;
    // A concurrent instance waits here.
    tx.execute("UPDATE sealing_key SET key_id = key_id", params![]).await?;
    if let Some(Single(id)) = tx.row(FIND, params![]).await? {
        must_have(keys, id, source)?;
    }
    tx.execute("UPDATE sealing_key SET key_id = ?1", params![first]).await?;
    Ok(())
}

/// Deletes the id of the database's lost key: the next server to start uses its own key.
pub async fn forget_key(tx: &mut Tx) -> Result<(), DbError> {
    tx.execute("DELETE FROM sealing_key", params![]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::db::{Settings, WritingDb};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_servers_that_start_at_once_each_finds_the_key_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            url: &"sqlite:klantportaal.db".parse().unwrap(),
            data_dir: folder.path(),
            connections: 2,
            wait: Duration::from_secs(10),
        };
        let db = WritingDb::open(&settings).await.unwrap();
        for _ in 0..50 {
            let servers = (0..8).map(|_| tokio::spawn(start(db.clone(), folder.path().into())));
            for started in futures_util::future::join_all(servers.collect::<Vec<_>>()).await {
                started.unwrap().unwrap();
            }
            db.execute("DELETE FROM sealing_key", params![]).await.unwrap();
            std::fs::remove_file(key_file::path(folder.path())).unwrap();
        }
    }

    async fn start(db: WritingDb, folder: PathBuf) -> Result<(), SealingError> {
        let source = KeySource { keys: None, data_dir: &folder };
        let keys = load(source, &db).await?;
        let mut tx = db.begin().await?;
        claim(&mut tx, &keys, source).await?;
        Ok(tx.commit().await?)
    }
}
