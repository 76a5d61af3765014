//! `docs/security.md` names tests and files; they must be there, and every file of `threats/` must
//! be named. The tests that `docs/reliability.md` names must be there, too.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn document() -> String {
    std::fs::read_to_string(root().join("docs/security.md")).unwrap()
}

/// The table's rows: threat, source, defence, tests.
fn rows(document: &str) -> Vec<Vec<String>> {
    let (_, table) = document
        .split_once("| threat | source | defence | shown by |\n|---|---|---|---|\n")
        .expect("the table");
    table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

/// What stands in backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Why a name of the document is none, if it is none.
fn fault(name: &str) -> Option<String> {
    let (file, function) =
        name.split_once("::").map_or((name, None), |(file, function)| (file, Some(function)));
    let Ok(source) = std::fs::read_to_string(root().join(file)) else {
        return Some(format!("there is no file {file}"));
    };
    let function = function?;
    (!source.contains(&format!("fn {function}("))).then(|| format!("{file} has no test {function}"))
}

#[test]
fn every_threat_has_a_source_a_defence_and_a_test_that_are_there() {
    let document = document();
    let rows = rows(&document);
    assert!(rows.len() > 30, "only {} threats", rows.len());
    for row in &rows {
        let [threat, source, defence, shown] = &row[..] else { panic!("not four cells: {row:?}") };
        assert!(["RFC ", "CWE-"].iter().any(|kind| source.starts_with(kind)), "{threat}: {source}");
        let defences: Vec<&str> =
            code(defence).into_iter().filter(|name| name.starts_with("src/")).collect();
        let tests: Vec<&str> =
            code(shown).into_iter().filter(|name| name.contains(".rs::")).collect();
        // Dependencies are not ours to test, and fuzz targets stand beside what they try.
        let elsewhere =
            ["dependency", "nobody thought of"].iter().any(|words| threat.contains(words));
        assert!(elsewhere || !(defences.is_empty() || tests.is_empty()), "{threat}");
        for name in defences.into_iter().chain(tests) {
            assert_eq!(fault(name), None, "{threat}");
        }
    }
    // Also those outside of the table.
    for name in code(&document).into_iter().filter(|name| {
        ["src/", "tests/it/", "tests/browser/"].iter().any(|folder| name.starts_with(folder))
    }) {
        assert_eq!(fault(name), None);
    }
}

#[test]
fn every_file_of_threats_is_in_the_table() {
    let shown: String =
        rows(&document()).into_iter().filter_map(|row| row.into_iter().nth(3)).collect();
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("tests/it/threats")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "mod.rs" {
            continue;
        }
        assert!(
            shown.contains(&format!("`tests/it/threats/{name}::")),
            "docs/security.md has no row for tests/it/threats/{name}"
        );
        count += 1;
    }
    assert!(count > 15, "only {count} files");
}

/// All sources of a folder.
fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            all.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_reliability_page_names_is_there() {
    let mut all = String::new();
    sources(&root().join("src"), &mut all);
    sources(&root().join("tests/it"), &mut all);
    let page = std::fs::read_to_string(root().join("docs/reliability.md")).unwrap();
    let mut count = 0;
    for name in code(&page).into_iter().filter_map(|name| name.rsplit("::").next()) {
        // Names of tests are sentences.
        let is_test = name.matches('_').count() >= 3
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if is_test {
            assert!(all.contains(&format!("fn {name}(")), "there is no test {name}");
            count += 1;
        }
    }
    assert!(count > 60, "only {count} tests");
}

#[test]
fn the_links_of_both_pages_lead_to_files() {
    for (page, folder) in [("docs/security.md", "docs"), ("SECURITY.md", "")] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap())
            .filter(|link| !link.starts_with("https://"))
        {
            assert!(root().join(folder).join(link).exists(), "{page} links to {link}");
        }
    }
}

#[test]
fn a_name_that_is_none_is_told() {
    assert_eq!(fault("tests/it/security_doc.rs::a_name_that_is_none_is_told"), None);
    assert_eq!(fault("docs/security.md"), None);
    assert!(
        fault("tests/it/security_doc.rs::no_such_test")
            .is_some_and(|fault| fault.contains("no test"))
    );
    assert!(fault("tests/it/bestaat_niet.rs::x").is_some_and(|fault| fault.contains("no file")));
}
