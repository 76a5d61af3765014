//! The table of all scopes, in Markdown.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use super::openapi::operations;
use crate::auth::Area;
use crate::i18n::{Lang, tr};

/// A row for each scope; areas that no operation of the document is about yet are marked.
pub(super) fn table(lang: Lang, document: &Value) -> String {
    let used: BTreeSet<&str> = operations(document).filter_map(|operation| operation.scope()).collect();
    let (scope, meaning) = (tr!(lang, "docs.scopes.scope"), tr!(lang, "docs.scopes.meaning"));
    let mut table = format!("| {scope} | {meaning} |\n|---|---|\n");
    for area in Area::all() {
        let available = area.scopes().any(|scope| used.contains(scope.name()));
        let state = if available { String::new() } else { format!(" *({})*", tr!(lang, "docs.scopes.later")) };
        for scope in area.scopes() {
            let _ = writeln!(table, "| `{scope}` | {}{state} |", scope.explanation(lang));
        }
    }
    table
}
