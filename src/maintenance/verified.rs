//! Which contents were verified in a place, so that a copying that was interrupted goes on.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::objects::{ObjectKey, Place};
use crate::private_folder;

/// The folder in the data folder.
const FOLDER: &str = "copying";

/// The contents that were verified in a place: a file with a line for each. Losing it only costs the time
/// to verify them again.
#[derive(Debug)]
pub struct Verified {
    known: HashSet<String>,
    file: File,
}

impl Verified {
    /// Those of a place.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn of(place: &Place, data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        private_folder::create(&folder)?;
        let path = folder.join(place.to_string().replace(['/', ':'], "_"));
        let known = match File::open(&path) {
            Ok(file) => BufReader::new(file).lines().collect::<io::Result<_>>()?,
            Err(error) if error.kind() == ErrorKind::NotFound => HashSet::new(),
            Err(error) => return Err(error),
        };
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        Ok(Self { known, file })
    }

    /// Whether a content was verified.
    pub fn has(&self, key: &ObjectKey) -> bool {
        self.known.contains(&line(key))
    }

    /// Notes a content.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn add(&mut self, key: &ObjectKey) -> io::Result<()> {
        let line = line(key);
        if !self.known.contains(&line) {
            // After a crash the last line may lack its end; then both of them count as unknown.
            writeln!(self.file, "{line}")?;
            self.known.insert(line);
        }
        Ok(())
    }
}

fn line(ObjectKey { portal, file }: &ObjectKey) -> String {
    format!("{portal} {file}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{FileId, PortalId};

    #[test]
    fn what_was_verified_is_known_to_the_next_process_in_that_place_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = ObjectKey { portal: PortalId::random(), file: FileId::random() };
        let place: Place = "s3://klanten/a".parse().unwrap();
        let mut verified = Verified::of(&place, folder.path()).unwrap();
        assert!(!verified.has(&key));
        verified.add(&key).unwrap();
        assert!(Verified::of(&place, folder.path()).unwrap().has(&key));
        assert!(!Verified::of(&Place::Disk, folder.path()).unwrap().has(&key));
    }
}
