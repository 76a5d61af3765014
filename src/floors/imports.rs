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

/// A path that a source text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its names, from the root.
    pub names: Vec<String>,
    /// The name by which a `use` makes it available in its module.
    pub handed_on: Option<String>,
    /// Whether that `use` is also for others.
    pub is_public: bool,
}

/// A source text.
#[derive(Debug)]
pub(super) struct Source {
    /// Its module, from the root.
    pub module: Vec<String>,
    /// Its path, relative to `src`.
    pub file: String,
    /// The paths that it names.
    pub paths: Vec<Named>,
}

/// All source texts, except those that stand in no folder.
pub(super) fn sources() -> Vec<Source> {
    let (known, mut texts) = (top_level(), Vec::new());
    for path in files(Path::new(ROOT), "rs") {
        let file = path.strip_prefix(ROOT).unwrap().to_str().unwrap().replace('\\', "/");
        let module = module_of(&file);
        if known.contains(&module[0]) {
            texts.push((module, file, fs::read_to_string(&path).unwrap()));
        }
    }
    let modules: BTreeSet<Vec<String>> = texts.iter().map(|(module, ..)| module.clone()).collect();
    let source = |(module, file, text): (Vec<String>, String, String)| {
        let paths = paths(&tokens(&text), &module, &modules);
        Source { module, file, paths }
    };
    texts.into_iter().map(source).collect()
}

/// Every import between two of them, once per file.
pub(super) fn top_level_imports() -> BTreeSet<Import> {
    let known = top_level();
    let mut imports = BTreeSet::new();
    for Source { module, file, paths } in sources() {
        let from = &module[0];
        for to in paths.into_iter().filter_map(|path| path.names.into_iter().next()) {
            if to != *from && known.contains(&to) {
                imports.insert(Import { from: from.clone(), to, file: file.clone() });
            }
        }
    }
    imports
}

/// Every path from the root that a folder directly under `src`, or a file there, names; with the file
/// that names it, relative to `src`.
pub(super) fn names_in(folder: &str) -> BTreeSet<(String, Vec<String>)> {
    let inside = sources().into_iter().filter(|source| source.module[0] == folder);
    let names = |Source { file, paths, .. }: Source| {
        paths.into_iter().map(move |path| (file.clone(), path.names))
    };
    inside.flat_map(names).collect()
}

/// The files with an extension in a folder, and in those within it.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found
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

/// All paths from the root that the tokens of a module name. A path that begins with none of the
/// keywords is one if it begins with a module that is below.
fn paths(tokens: &[&str], module: &[String], modules: &BTreeSet<Vec<String>>) -> Vec<Named> {
    let mut paths = Vec::new();
    // The modules within the file, each with the number of braces around it.
    let (mut inner, mut braces) = (Vec::<(String, usize)>::new(), 0);
    let mut at = 0;
    while at < tokens.len() {
        let before = |count: usize| at.checked_sub(count).map(|place| tokens[place]);
        let is_path = |name: &str| {
            tokens.get(at + 1) == Some(&"::")
                && before(1) != Some("::")
                && is_below(name, module, modules)
        };
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
            // `pub(super)` and `pub(in crate::a)` name nothing.
            "super" | "crate" if before(1) == Some("(") && before(2) == Some("pub") => {}
            "crate" if before(1) == Some("in") => {}
            name if matches!(name, "use" | "crate" | "super" | "self") || is_path(name) => {
                let here: Vec<String> =
                    module.iter().chain(inner.iter().map(|(name, _)| name)).cloned().collect();
                let is_use = name == "use";
                let (from, mut found) = (at + usize::from(is_use), Vec::new());
                let end = tree(tokens, from, &[], &mut found);
                let is_public = is_use && matches!(before(1), Some("pub" | ")"));
                for (path, alias) in found {
                    let Some(names) = from_root(&path, &here, modules) else { continue };
                    let name = alias.map(str::to_owned).or(names.last().cloned());
                    let handed_on = name.filter(|_| is_use && inner.is_empty());
                    paths.push(Named { names, handed_on, is_public });
                }
                at = end.max(from + usize::from(!is_use)) - 1;
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Whether a name is that of a module directly below another one.
fn is_below(name: &str, module: &[String], modules: &BTreeSet<Vec<String>>) -> bool {
    let below: Vec<String> = module.iter().cloned().chain([name.to_owned()]).collect();
    modules.contains(&below)
}

/// Reads a path, or a tree of them in braces, after the names in `before`; returns its end.
fn tree<'a>(
    tokens: &[&'a str],
    at: usize,
    before: &[&'a str],
    found: &mut Vec<(Vec<&'a str>, Option<&'a str>)>,
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
        found.push((before.to_vec(), None));
        return at;
    };
    let path: Vec<&str> = before.iter().copied().chain(iter::once(*name)).collect();
    if tokens.get(at + 1) == Some(&"::") {
        return tree(tokens, at + 2, &path, found);
    }
    let alias = (tokens.get(at + 1) == Some(&"as")).then(|| tokens.get(at + 2).copied()).flatten();
    found.push((path, alias));
    at + 1
}

/// The same path from the root; `None` if it begins elsewhere, such as in another crate.
fn from_root(
    path: &[&str],
    here: &[String],
    modules: &BTreeSet<Vec<String>>,
) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|name| **name == "super").count();
    // `a::{self}` is `a`.
    let path = path.strip_suffix(&["self"]).filter(|path| !path.is_empty()).unwrap_or(path);
    let names = |from: usize| path[from..].iter().map(|name| (*name).to_owned());
    let below = |from: usize| here.iter().cloned().chain(names(from)).collect();
    match path.first()? {
        &"crate" => (path.len() > 1).then(|| names(1).collect()),
        &"self" => (path.len() > 1).then(|| below(1)),
        _ if ups > 0 => Some(here[..here.len() - ups].iter().cloned().chain(names(ups)).collect()),
        name => is_below(name, here, modules).then(|| below(0)),
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
        pub use below::Thing as Other;
        pub(super) fn g() { below::call(); std::below::no() }
    "##;
    let module = ["x", "y", "z"].map(str::to_owned);
    let below = ["x", "y", "z", "below"].map(str::to_owned).to_vec();
    let modules = BTreeSet::from([below]);
    let found: Vec<String> = paths(&tokens(text), &module, &modules)
        .into_iter()
        .map(|path| {
            let mut text = path.names.join("::");
            if let Some(name) = path.handed_on.filter(|name| !text.ends_with(name.as_str())) {
                text = format!("{text} as {name}");
            }
            if path.is_public { format!("{text}, for all") } else { text }
        })
        .collect();
    let expected = [
        "a",
        "a::b as c",
        "d",
        "x::y::near::T",
        "e::F",
        "x::far::g",
        "h::i",
        "x::y::z",
        "x::y::up",
        "x::y::z::here",
        "x::y::k",
        "x::y::z::below::Thing as Other, for all",
        "x::y::z::below::call",
    ];
    assert_eq!(found, expected);
}
