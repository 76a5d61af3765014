//! Every text is there: each key in both languages, and each key that the code names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::auth::Scope;
use crate::floors::files;
use crate::i18n::Lang;

/// The keys of all locale files, each with the languages that it is written in.
fn keys() -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("locales"), "yml") {
        let mut current = String::new();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            if let Some(key) = line.strip_suffix(':').filter(|key| !key.starts_with(' ')) {
                current = key.to_owned();
                assert!(
                    keys.insert(current.clone(), BTreeSet::new()).is_none(),
                    "{current} stands twice"
                );
            } else if let Some((tag, text)) =
                line.strip_prefix("  ").and_then(|line| line.split_once(": "))
                && Lang::from_tag(tag).is_some()
            {
                assert!(!text.trim().is_empty(), "{current} is empty in {tag}");
                keys.get_mut(&current).unwrap().insert(tag.to_owned());
            }
        }
    }
    keys
}

#[test]
fn every_text_is_in_both_languages() {
    let keys = keys();
    assert!(keys.len() > 100);
    for (key, languages) in keys {
        assert_eq!(languages.len(), Lang::ALL.len(), "{key} has only {languages:?}");
    }
}

#[test]
fn every_key_that_the_code_names_exists() {
    let keys = keys();
    let subjects: BTreeSet<&str> = keys.keys().filter_map(|key| key.split('.').next()).collect();
    let is_key = |text: &&str| {
        let parts: Vec<&str> = text.split('.').collect();
        let well_formed = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        parts.len() > 1
            && !parts.contains(&"example")
            && subjects.contains(parts[0])
            && parts.iter().all(well_formed)
    };
    let mut named = 0;
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs") {
        let source = std::fs::read_to_string(&path).unwrap();
        for text in source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| line.split('"').skip(1).step_by(2))
            .filter(is_key)
        {
            // Scopes look like keys, and file names may.
            if text.parse::<Scope>().is_err()
                && !Path::new(text)
                    .extension()
                    .is_some_and(|end| ["md", "rs", "css", "eml"].iter().any(|known| end == *known))
            {
                assert!(
                    keys.contains_key(text),
                    "{} names {text}, which is in no locale file",
                    path.display()
                );
                named += 1;
            }
        }
    }
    assert!(named > 100, "only {named} keys were found in the sources");
}
