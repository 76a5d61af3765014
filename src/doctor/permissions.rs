//! Checks which other users can read and write the data.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::finding::{Check, Finding};
use crate::config::Config;
use crate::private_folder::is_open_to_others;

/// The maximum number of files to name.
const NAMED: usize = 5;

/// The problems of the data folder, all files in it, and the settings file.
pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let folder = &config.data_dir;
    let (mut open, mut foreign) = (Vec::new(), Vec::new());
    if let Ok(found) = std::fs::metadata(folder) {
        walk(folder, found.uid(), &mut open, &mut foreign);
    }
    let mut findings = Vec::new();
    if is_open_to_others(folder) {
        findings.push(Check::Permissions.warning(
            format!("other users of this machine can read the data folder {}", folder.display()),
            "it contains the customers of every portal, mail with log-in links, and the encryption key",
            format!("chmod 700 {}", quoted(folder)),
        ));
    }
    if !open.is_empty() {
        findings.push(Check::Permissions.warning(
            format!("other users of this machine can read or write {}", named(&open)),
            "they contain the customers of every portal, mail with log-in links, and the encryption key",
            format!("chmod -R go= {}", quoted(folder)),
        ));
    }
    if !foreign.is_empty() {
        findings.push(Check::Permissions.fault(
            format!("the owner of the data folder does not own {}", named(&foreign)),
            "the server may be unable to write them, and then responds with 503; commands that were run as root cause this",
            format!("chown -R --reference={0} {0}", quoted(folder)),
        ));
    }
    if let Some(file) = config.config.as_deref().filter(|file| is_open_to_others(file)) {
        findings.push(Check::Permissions.warning(
            format!("other users of this machine can read the settings file {}", file.display()),
            "it can contain the passwords of the database and the mail server",
            format!("chmod 600 {}", quoted(file)),
        ));
    }
    findings
}

/// Walks a folder of this owner; collects files that others can access, and files with another
/// owner.
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

/// A path, quoted for a shell.
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
