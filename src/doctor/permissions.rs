//! Who else may read and write what is kept.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Check, Finding};
use crate::config::Config;
use crate::private_folder::is_open_to_others;

/// How many files are named at most.
const NAMED: usize = 5;

/// What is wrong with the data folder, all files in it, and the file with the settings.
pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let folder = &config.data_dir;
    let (mut open, mut foreign) = (Vec::new(), Vec::new());
    if let Ok(found) = std::fs::metadata(folder) {
        walk(folder, found.uid(), &mut open, &mut foreign);
    }
    let mut findings = Vec::new();
    if is_open_to_others(folder) {
        findings.push(Check::Permissions.warning(
            format!("other users of this machine can look into the data folder {}", folder.display()),
            "it holds the customers of every portal, mail with links that log people in, and the encryption key",
            format!("chmod 700 {}", quoted(folder)),
        ));
    }
    if !open.is_empty() {
        findings.push(Check::Permissions.warning(
            format!("other users of this machine may read or write {}", named(&open)),
            "they hold the customers of every portal, mail with links that log people in, and the encryption key",
            format!("chmod -R go= {}", quoted(folder)),
        ));
    }
    if !foreign.is_empty() {
        findings.push(Check::Permissions.fault(
            format!("another user than that of the data folder owns {}", named(&foreign)),
            "the server may not write them, and answers with 503; this comes of commands that were run as root",
            format!("chown -R --reference={0} {0}", quoted(folder)),
        ));
    }
    if let Some(file) = config.config.as_deref().filter(|file| is_open_to_others(file)) {
        findings.push(Check::Permissions.warning(
            format!("other users of this machine may read the settings file {}", file.display()),
            "it may hold the passwords of the database and the mail server",
            format!("chmod 600 {}", quoted(file)),
        ));
    }
    findings
}

/// Goes through a folder of this owner; what others may use, and what belongs to somebody else.
fn walk(folder: &Path, owner: u32, open: &mut Vec<PathBuf>, foreign: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let Ok(found) = std::fs::symlink_metadata(&path) else { continue };
        if found.uid() != owner {
            foreign.push(path.clone());
        }
        if !found.is_symlink() && is_open_to_others(&path) {
            open.push(path.clone());
        }
        if found.is_dir() {
            walk(&path, owner, open, foreign);
        }
    }
}

fn named(paths: &[PathBuf]) -> String {
    let mut paths: Vec<&PathBuf> = paths.iter().collect();
    paths.sort();
    let names: Vec<String> =
        paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
    let more = paths.len().saturating_sub(NAMED);
    let and = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{and}", names.join(", "))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_split_it() {
        assert_eq!(quoted(Path::new("/var/lib/klantportaal")), "/var/lib/klantportaal");
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }

    #[test]
    fn of_many_files_the_first_few_are_named() {
        let paths: Vec<PathBuf> = (0..7).rev().map(|number| format!("f{number}").into()).collect();
        assert_eq!(named(&paths[..1]), "f6");
        assert_eq!(named(&paths), "f0, f1, f2, f3, f4 and 2 more");
    }
}
