//! The table of all scopes, in Markdown.

use std::fmt::Write;

use crate::auth::{Area, ScopeSet};
use crate::i18n::{Lang, tr};
use crate::resources::route_scopes;

/// A row for each scope; areas without routes are marked.
pub(super) fn table(lang: Lang) -> String {
    let (scope, meaning) = (tr!(lang, "docs.scopes.scope"), tr!(lang, "docs.scopes.meaning"));
    let mut table = format!("| {scope} | {meaning} |\n|---|---|\n");
    let in_use = route_scopes().all().union(ScopeSet::own());
    for area in Area::all() {
        let available = area.scopes().any(|scope| in_use.contains(scope));
        let state =
            if available { String::new() } else { format!(" *({})*", tr!(lang, "scope.later")) };
        for scope in area.scopes() {
            let _ = writeln!(table, "| `{scope}` | {}{state} |", scope.explanation(lang));
        }
    }
    table
}
