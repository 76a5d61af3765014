//! Holds the table of floors in `docs/architecture.md` to the sources: imports go down only.

mod imports;

use std::collections::{BTreeMap, BTreeSet};

use imports::{Import, top_level_imports};

/// Imports that still go up or along a floor, from and to. Each entry is a debt: remove it with the
/// last import of its kind, and add none.
const STILL_UPWARD: &[(&str, &str)] = &[("i18n", "auth"), ("values", "http"), ("web", "resources")];

const MAP: &str = include_str!("../../docs/architecture.md");

/// The floor of each folder or file directly under `src`, counted from the ground. Every row of the
/// table is a floor, the highest first; its last column names what stands on it.
fn floors() -> BTreeMap<String, usize> {
    let (_, section) = MAP.split_once("\n## The floors\n").expect("a section about the floors");
    let section = section.split("\n## ").next().unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let mut floors = BTreeMap::new();
    for (floor, row) in rows.iter().rev().enumerate() {
        let folders = row.trim_end_matches('|').rsplit('|').next().unwrap();
        for name in folders.split('`').skip(1).step_by(2) {
            let name = name.trim_end_matches('/').trim_end_matches(".rs");
            assert_eq!(floors.insert(name.to_owned(), floor), None, "{name} stands on two floors");
        }
    }
    floors
}

#[test]
fn imports_go_down_only() {
    let floors = floors();
    let mut upward: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for Import { from, to, file } in top_level_imports() {
        let floor = |name: &str| *floors.get(name).unwrap_or_else(|| panic!("no floor for {name}"));
        if floor(&to) >= floor(&from) {
            upward.entry((from, to)).or_default().push(file);
        }
    }
    let wrong: Vec<_> = upward
        .iter()
        .filter(|((from, to), _)| !STILL_UPWARD.contains(&(from, to)))
        .map(|((from, to), files)| format!("{from} imports {to}: {}", files.join(", ")))
        .collect();
    assert!(wrong.is_empty(), "imports that don't go down:\n{}", wrong.join("\n"));
    let paid: Vec<_> = STILL_UPWARD
        .iter()
        .filter(|(from, to)| !upward.contains_key(&((*from).to_owned(), (*to).to_owned())))
        .collect();
    assert!(paid.is_empty(), "these imports are gone, remove them from the list: {paid:?}");
}

#[test]
fn the_table_names_every_folder() {
    let named: BTreeSet<String> = floors().into_keys().collect();
    assert_eq!(named, imports::top_level());
}
