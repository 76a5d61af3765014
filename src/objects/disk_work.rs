//! Work on the disk.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Works on the disk outside of the threads that answer requests.
pub(super) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Nothing, if it is that something isn't there.
pub(super) fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names in a folder, with their paths; none if there is no such folder.
pub(super) fn names_in(
    folder: &Path,
) -> io::Result<impl Iterator<Item = (String, PathBuf)> + use<>> {
    let entries = found(std::fs::read_dir(folder))?.into_iter().flatten().flatten();
    Ok(entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))))
}

pub(super) fn is_older(path: &Path, time: SystemTime) -> bool {
    std::fs::metadata(path).and_then(|found| found.modified()).is_ok_and(|written| written < time)
}
