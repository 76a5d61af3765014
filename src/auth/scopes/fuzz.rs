//! Fuzz target: lists of scopes.

use proptest::prelude::*;

use super::*;
use crate::fuzz::{changes, config};

fn scopes() -> impl Strategy<Value = Vec<Scope>> {
    prop::collection::vec(prop::sample::select(Scope::BUILT_IN.to_vec()), 0..12)
}

/// A second definition of a list: words separated by spaces, each a scope name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

fn is_name(word: &str) -> bool {
    Scope::BUILT_IN.iter().any(|scope| scope.name() == word)
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<ScopeSet>() {
        Ok(set) => {
            prop_assert!(words(text).all(is_name), "{text:?} was read as {set}");
            prop_assert!(words(text).all(|word| set.names().contains(&word)));
            prop_assert!(
                set.names().iter().all(|name| words(text).any(|word| word == *name)),
                "{text:?} gives more than it says: {set}"
            );
            prop_assert_eq!(set.to_string().parse::<ScopeSet>(), Ok(set));
        }
        Err(UnknownScope(word)) => {
            prop_assert!(!is_name(&word) && words(text).any(|other| other == word))
        }
    }
    // A list from the database is never refused, and never gains a scope that isn't in it.
    let kept = ScopeSet::from_column(Column::Text(text)).unwrap();
    let known: ScopeSet = words(text).filter_map(|word| word.parse::<Scope>().ok()).collect();
    prop_assert_eq!(kept, known);
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_gives_the_scopes_that_it_names_and_no_other(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        check(&text)?;
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn a_list_that_was_changed_gives_no_scope_that_it_does_not_name(scopes in scopes(), between in "[ \\t,+]{1,2}", changes in changes()) {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
        for separator in [" ", between.as_str()] {
            let text = names.join(separator);
            check(&text)?;
            check(&changes.text(&text))?;
        }
        prop_assert_eq!(names.join(" ").parse::<ScopeSet>(), Ok(scopes.into_iter().collect()));
    }

    #[test]
    fn sets_keep_to_the_laws_of_sets(one in scopes(), other in scopes()) {
        let (one, other): (ScopeSet, ScopeSet) = (one.into_iter().collect(), other.into_iter().collect());
        prop_assert_eq!(one.without(other).union(one.intersection(other)), one);
        prop_assert!(one.without(other).intersection(other).is_empty());
        prop_assert_eq!(one.is_subset_of(other), one.iter().all(|scope| other.contains(scope)));
        prop_assert!(one.intersection(other).is_subset_of(other) && other.is_subset_of(one.union(other)));
    }
}
