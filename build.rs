//! Builds anew when a text changes, for the texts are compiled in, and makes the list of what lies
//! in `migrations/`.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// What a migration's folder may hold. The rows are for the tests.
const FILES: [&str; 4] = ["schema.sql", "sqlite.sql", "postgres.sql", "example_rows.sql"];

fn main() {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=migrations");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo tells the package's folder");
    let out = env::var("OUT_DIR").expect("cargo tells where to write");
    let list = migrations(&Path::new(&root).join("migrations"));
    fs::write(Path::new(&out).join("migrations.rs"), list).expect("the list can be written");
}

/// The migrations in the order of their names, as an array of `Migration`.
fn migrations(folder: &Path) -> String {
    let mut list = "&[\n".to_owned();
    for name in names(folder) {
        let (number, what) = name.split_once('_').unwrap_or_default();
        let number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
        let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        assert!(
            number && !what.is_empty() && what.bytes().all(letters),
            "migrations/{name} should be named like 0042_what_it_changes"
        );
        let files = names(&folder.join(&name));
        for file in &files {
            assert!(FILES.contains(&file.as_str()), "migrations/{name} may not hold {file}");
        }
        let text = |file: &str| {
            if files.iter().any(|present| present == file) {
                let path = folder.join(&name).join(file);
                format!("include_str!({:?})", path.to_str().expect("the path is a text"))
            } else {
                "\"\"".to_owned()
            }
        };
        let (schema, sqlite, postgres) =
            (text("schema.sql"), text("sqlite.sql"), text("postgres.sql"));
        writeln!(
            list,
            "Migration {{ name: {name:?}, schema: {schema}, sqlite: {sqlite}, postgres: {postgres} }},"
        )
        .expect("a text takes more text");
    }
    list + "]"
}

fn names(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a folder can be read").file_name().into_string())
        .collect::<Result<_, _>>()
        .expect("names are texts");
    names.sort();
    names
}
