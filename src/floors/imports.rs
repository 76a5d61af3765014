//! Reads which folder of `src` imports which other one: every path that begins with `crate` or
//! leads there by `super`, in `use` declarations and elsewhere, tests included.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// The root of the sources.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// What stands in no folder: the library's and the program's root, and this test.
const ROOTS: [&str; 3] = ["lib", "main", "floors"];

/// One folder's import of another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub from: String,
    pub to: String,
    /// The importing file, relative to `src`.
    pub file: String,
}

/// The names of the folders and files directly under `src`.
pub(super) fn top_level() -> BTreeSet<String> {
    fs::read_dir(ROOT).unwrap().filter_map(|entry| name_of(&entry.unwrap().path())).collect()
}

fn name_of(path: &Path) -> Option<String> {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    (!ROOTS.contains(&name.as_str())).then_some(name)
}

/// Every import between two of them, once per file.
pub(super) fn top_level_imports() -> BTreeSet<Import> {
    let known = top_level();
    let mut imports = BTreeSet::new();
    for from in &known {
        for (file, path) in names_in(from) {
            if let Some(to) = path.into_iter().next().filter(|to| to != from && known.contains(to))
            {
                imports.insert(Import { from: from.clone(), to, file });
            }
        }
    }
    imports
}

/// Every path from the root that a folder directly under `src`, or a file there, names; with the file
/// that names it, relative to `src`.
pub(super) fn names_in(folder: &str) -> BTreeSet<(String, Vec<String>)> {
    let path = Path::new(ROOT).join(folder);
    let mut files = vec![path.with_extension("rs")];
    if path.is_dir() {
        source_files(&path, &mut files);
    }
    let mut names = BTreeSet::new();
    for path in files.into_iter().filter(|path| path.exists()) {
        let file = path.strip_prefix(ROOT).unwrap().to_str().unwrap().replace('\\', "/");
        let text = fs::read_to_string(&path).unwrap();
        let named = paths(&tokens(&text), &module_of(&file));
        names.extend(named.into_iter().map(|path| (file.clone(), path)));
    }
    names
}

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The path of a file's module.
fn module_of(file: &str) -> Vec<String> {
    let module = file.trim_end_matches(".rs");
    let module = module.strip_suffix("/mod").unwrap_or(module);
    module.split('/').map(str::to_owned).collect()
}

/// The words and signs of a source text, without comments, literals and white space.
fn tokens(text: &str) -> Vec<&str> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let rest = &text[at..];
        let c = rest.chars().next().unwrap();
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_string(rest) {
            length
        } else if c == '"' {
            quoted(rest, b'"')
        } else if c == '\'' {
            // Either a character or a lifetime.
            match rest[1..].chars().next() {
                Some('\\') => quoted(rest, b'\''),
                Some(inner) if rest[1 + inner.len_utf8()..].starts_with('\'') => {
                    inner.len_utf8() + 2
                }
                _ => 1,
            }
        } else if c.is_alphanumeric() || c == '_' {
            let end = |c: char| !c.is_alphanumeric() && c != '_';
            let length = rest.find(end).unwrap_or(rest.len());
            tokens.push(&rest[..length]);
            length
        } else if rest.starts_with("::") {
            tokens.push(&rest[..2]);
            2
        } else {
            if !c.is_whitespace() {
                tokens.push(&rest[..c.len_utf8()]);
            }
            c.len_utf8()
        };
        at += length;
    }
    tokens
}

/// The length of a raw string, if a text begins with one.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let content = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text.len() - content.len() + content.find(&end)? + end.len())
}

/// The length of a literal between two such marks.
fn quoted(text: &str, mark: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while bytes[at] != mark {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// All paths from the root that the tokens of a module name.
fn paths(tokens: &[&str], module: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    // The modules within the file, each with the number of braces around it.
    let (mut inner, mut braces) = (Vec::<(String, usize)>::new(), 0);
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            "mod" if tokens.get(at + 2) == Some(&"{") => {
                inner.push((tokens[at + 1].to_owned(), braces));
                at += 1;
            }
            "{" => braces += 1,
            "}" => {
                braces -= 1;
                inner.pop_if(|(_, outside)| *outside == braces);
            }
            "use" | "crate" | "super" => {
                let here: Vec<String> =
                    module.iter().chain(inner.iter().map(|(name, _)| name)).cloned().collect();
                let from = if tokens[at] == "use" { at + 1 } else { at };
                let mut found = Vec::new();
                let end = tree(tokens, from, &[], &mut found);
                paths.extend(found.iter().filter_map(|path| from_root(path, &here)));
                at = end.max(from) - 1;
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Reads a path, or a tree of them in braces, after the names in `before`; returns its end.
fn tree<'a>(
    tokens: &[&'a str],
    at: usize,
    before: &[&'a str],
    found: &mut Vec<Vec<&'a str>>,
) -> usize {
    let is_name = |token: &str| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if tokens.get(at) == Some(&"{") {
        let mut at = at + 1;
        while tokens[at] != "}" {
            let end = tree(tokens, at, before, found);
            // An alias, a star or a comma.
            at = end.max(at);
            while !matches!(tokens[at], "," | "}") {
                at += 1;
            }
            at += usize::from(tokens[at] == ",");
        }
        return at + 1;
    }
    let Some(name) = tokens.get(at).filter(|token| is_name(token)) else {
        found.push(before.to_vec());
        return at;
    };
    let path: Vec<&str> = before.iter().copied().chain(iter::once(*name)).collect();
    if tokens.get(at + 1) == Some(&"::") {
        return tree(tokens, at + 2, &path, found);
    }
    found.push(path);
    at + 1
}

/// The same path from the root; `None` if it begins elsewhere, such as in another crate.
fn from_root(path: &[&str], here: &[String]) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|name| **name == "super").count();
    let names = |from: usize| path[from..].iter().map(|name| (*name).to_owned());
    match path.first()? {
        &"crate" => (path.len() > 1).then(|| names(1).collect()),
        _ if ups > 0 => Some(here[..here.len() - ups].iter().cloned().chain(names(ups)).collect()),
        _ => None,
    }
}

#[test]
fn paths_are_read_however_they_are_written() {
    let text = r##"
        //! use crate::comment;
        use crate::{a::{self, b as c}, d::*};
        use std::fmt::{self, Debug};
        const T: &str = "use crate::text;"; const C: char = '"'; const R: &str = r#"crate::raw"#;
        fn f<'a>(x: &'a super::near::T) -> crate::e::F { super::super::far::g(x) }
        macro_rules! m { () => { $crate::h::i!() } }
        pub(crate) mod tests { use super::*; use super::super::up; fn f() { { super::here() } } }
        use super::k;
    "##;
    let module = ["x", "y", "z"].map(str::to_owned);
    let found: Vec<String> =
        paths(&tokens(text), &module).into_iter().map(|path| path.join("::")).collect();
    let expected = [
        "a::self",
        "a::b",
        "d",
        "x::y::near::T",
        "e::F",
        "x::far::g",
        "h::i",
        "x::y::z",
        "x::y::up",
        "x::y::z::here",
        "x::y::k",
    ];
    assert_eq!(found, expected);
}
