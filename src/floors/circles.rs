//! No circle among the files of a folder. Each file, each folder in it and its own `mod.rs` is one.
//! An import of a name counts as one of the file where the name is from, even if a `mod.rs` hands
//! it on; handing on what is below is no import.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Named, Source, sources};

/// Those that are about each other in the domain itself, by folder.
const ABOUT_EACH_OTHER: [(&str, [&str; 2]); 1] = [("resources", ["customers", "customer_groups"])];

/// Folders whose circles are left: what they consist of depends on each other.
const LEFT: [&str; 6] = ["db", "db/postgres", "db/sqlite", "fields", "http", "values"];

/// The name of a folder's own `mod.rs` among its files.
const OWN: &str = "mod";

type Module = Vec<String>;

/// The modules with what each makes available by `use`.
struct Modules(BTreeMap<Module, BTreeMap<String, Module>>);

impl Modules {
    fn of(sources: &[Source]) -> Self {
        let handed_on = |source: &Source| {
            let named = source.paths.iter();
            named.filter_map(|path| Some((path.handed_on.clone()?, path.names.clone()))).collect()
        };
        Self(sources.iter().map(|source| (source.module.clone(), handed_on(source))).collect())
    }

    /// The module where the last name of a path is from, whoever handed it on.
    fn origin(&self, path: &[String]) -> Option<Module> {
        let mut path = path.to_vec();
        // Names are handed on a few times at most; a circle of `use` would not compile.
        for _ in 0..8 {
            let length =
                (1..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
            let (module, rest) = path.split_at(length);
            let further = rest.first().and_then(|name| self.0[module].get(name));
            match further.filter(|further| self.is_known(further)) {
                Some(further) => path = further.iter().chain(&rest[1..]).cloned().collect(),
                None => return Some(module.to_vec()),
            }
        }
        None
    }

    fn is_known(&self, path: &[String]) -> bool {
        path.first().is_some_and(|first| self.0.contains_key(std::slice::from_ref(first)))
    }
}

/// Whether a module only hands on what is below it.
fn is_handing_on(path: &Named, from: &Module) -> bool {
    path.is_public && path.names.starts_with(from)
}

/// Who imports whom among the files of a folder, with the files that do.
type Imports = BTreeMap<(String, String), BTreeSet<String>>;

fn imports_by_folder() -> BTreeMap<Module, Imports> {
    let sources = sources();
    let modules = Modules::of(&sources);
    let mut folders: BTreeMap<Module, Imports> = BTreeMap::new();
    for Source { module: from, file, paths } in &sources {
        let imported = paths.iter().filter(|path| !is_handing_on(path, from));
        for to in imported.filter_map(|path| modules.origin(&path.names)) {
            let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
            // A folder imports what is in it by its `mod.rs`, and is imported as that.
            let name = |module: &Module| module.get(shared).map_or(OWN, String::as_str).to_owned();
            let (one, other) = (name(from), name(&to));
            if shared > 0 && one != other {
                let imports = folders.entry(from[..shared].to_vec()).or_default();
                imports.entry((one, other)).or_default().insert(file.clone());
            }
        }
    }
    folders
}

/// What remains when those that import nothing are taken away, again and again: the circles, and
/// what leads to them.
fn circles(mut imports: Imports) -> Imports {
    loop {
        let importing: BTreeSet<String> = imports.keys().map(|(from, _)| from.clone()).collect();
        let before = imports.len();
        imports.retain(|(_, to), _| importing.contains(to));
        if imports.len() == before {
            return imports;
        }
    }
}

#[test]
fn no_folder_has_a_circle() {
    let folders = imports_by_folder();
    assert!(folders.len() > 30, "imports are not found: {folders:?}");
    let mut wrong = Vec::new();
    for (folder, mut imports) in folders {
        let folder = folder.join("/");
        for (_, pair) in ABOUT_EACH_OTHER.iter().filter(|(known, _)| *known == folder) {
            let [one, other] = pair.map(str::to_owned);
            let (there, back) = ((one.clone(), other.clone()), (other, one));
            let is_needed = imports.contains_key(&there) && imports.contains_key(&back);
            assert!(is_needed, "{folder}: {pair:?} are in no circle any more");
            imports.remove(&back);
        }
        let circles = circles(imports);
        if LEFT.contains(&folder.as_str()) {
            assert!(!circles.is_empty(), "{folder} has no circle any more");
            continue;
        }
        for ((from, to), files) in circles {
            wrong.push(format!("{folder}: {from} imports {to} in {files:?}"));
        }
    }
    assert!(wrong.is_empty(), "circles, and what leads to them:\n{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_found_and_what_hangs_on_it() {
    let imports = |pairs: &[(&str, &str)]| -> Imports {
        let file = || BTreeSet::from(["x.rs".to_owned()]);
        pairs.iter().map(|(from, to)| (((*from).into(), (*to).into()), file())).collect()
    };
    assert!(circles(imports(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let circle = [("a", "b"), ("b", "c"), ("c", "a")];
    assert_eq!(circles(imports(&circle)).len(), 3);
    assert_eq!(circles(imports(&[("a", "b"), ("b", "a"), ("b", "c")])).len(), 2);
}

#[test]
fn a_name_is_of_the_file_that_has_it() {
    let module = |text: &str| text.split('/').map(str::to_owned).collect::<Module>();
    let named = |path: &str, handed_on: &str| Named {
        names: module(path),
        handed_on: Some(handed_on.to_owned()),
        is_public: true,
    };
    let source = |text: &str, paths: Vec<Named>| Source {
        module: module(text),
        file: format!("{text}.rs"),
        paths,
    };
    let sources = [
        source("web", vec![named("web/form/Form", "Form"), named("serde/Serialize", "Serialize")]),
        source("web/form", Vec::new()),
        source("site", vec![named("web/Form", "SiteForm")]),
    ];
    let modules = Modules::of(&sources);
    let origin = |path: &str| modules.origin(&module(path)).map(|found| found.join("/"));
    assert_eq!(origin("web/Form").as_deref(), Some("web/form"));
    assert_eq!(origin("site/SiteForm/new").as_deref(), Some("web/form"));
    assert_eq!(origin("web/Other").as_deref(), Some("web"));
    assert_eq!(origin("web/Serialize").as_deref(), Some("web"));
    assert_eq!(origin("serde/Serialize"), None);
}
