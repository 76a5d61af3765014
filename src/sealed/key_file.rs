//! The file with the keys, if they aren't in the settings.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Its name within the data folder.
const NAME: &str = "encryption.key";

/// The path of the file.
pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// The file's content; `None` if it doesn't exist. Warns if other users can read it.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(
            path = %path.display(),
            "the encryption key can be read by other users of this machine: chmod 600 it"
        );
    }
    Ok(Some(text))
}

/// Creates the file with a new random key, readable only by the server's user; an existing file is
/// left unchanged. Readers never see a partial key.
pub(super) fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        crate::private_folder::create(folder)?;
    }
    let unfinished = path.with_extension(format!("{:08x}", rand::random::<u32>()));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished);
    let result = written
        .and_then(|mut file| {
            writeln!(file, "{}", STANDARD.encode(rand::random::<[u8; 32]>()))?;
            file.sync_all()
        })
        .and_then(|()| match fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    fs::remove_file(&unfinished)?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_for_the_servers_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder.path().join("data"));
        assert_eq!(read(&path).unwrap(), None);
        make(&path).unwrap();
        let text = read(&path).unwrap().unwrap();
        assert!(text.parse::<super::super::SealingKeys>().is_ok(), "{}", text.len());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        make(&path).unwrap();
        assert_eq!(read(&path).unwrap(), Some(text));
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left over"
        );
    }
}
