//! Holds the table of floors in `docs/architecture.md` to the sources: imports go down only. Within a
//! folder there is no circle.

mod circles;
mod imports;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use imports::files;
use imports::{Import, names_in, top_level_imports};

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
    let floor = |name: &str| *floors.get(name).unwrap_or_else(|| panic!("no floor for {name}"));
    let wrong: Vec<String> = top_level_imports()
        .into_iter()
        .filter(|Import { from, to, .. }| floor(to) >= floor(from))
        .map(|Import { from, to, file }| format!("{file}: {from} imports {to}"))
        .collect();
    assert!(wrong.is_empty(), "imports that don't go down:\n{}", wrong.join("\n"));
}

/// A resource gets its portal's store, the time and the limits handed to it. With the server or the
/// database it could reach another portal's rows.
#[test]
fn resources_reach_neither_the_server_nor_the_database() {
    let is_out_of_reach = |path: &[String]| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["server", ..] | ["db" | "tenant"] | ["db" | "tenant", "self", ..] => true,
            ["db", name, ..] => ["Db", "WritingDb", "Tx"].contains(&name),
            ["tenant", name, ..] => name == "WritingStore",
            _ => false,
        }
    };
    let names = names_in("resources");
    assert!(names.iter().any(|(_, path)| path == &["tenant", "StoreTx"]), "{names:?}");
    let wrong: Vec<String> = names
        .into_iter()
        .filter(|(_, path)| is_out_of_reach(path))
        .map(|(file, path)| format!("{file}: {}", path.join("::")))
        .collect();
    assert!(wrong.is_empty(), "resources name what is out of their reach:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_names_every_folder() {
    let named: BTreeSet<String> = floors().into_keys().collect();
    assert_eq!(named, imports::top_level());
}
