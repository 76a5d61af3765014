//! Short descriptions of scopes.

use maud::{Markup, html};

use crate::auth::{Area, Scope, ScopeSet};
use crate::i18n::{Lang, tr};

/// What scopes allow in an area.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    ReadAndWrite,
    Read,
    Write,
}

impl Reach {
    const ALL: [Self; 3] = [Self::ReadAndWrite, Self::Read, Self::Write];

    /// What the scopes allow in an area, if anything.
    fn of(scopes: ScopeSet, area: Area) -> Option<Self> {
        let may = |is_it: fn(Scope) -> bool| {
            area.scopes().any(|scope| is_it(scope) && scopes.contains(scope))
        };
        match (may(Scope::is_read), may(Scope::is_write)) {
            (true, true) => Some(Self::ReadAndWrite),
            (true, false) => Some(Self::Read),
            (false, true) => Some(Self::Write),
            (false, false) => None,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::ReadAndWrite => "manage.scopes.read_and_write",
            Self::Read => "manage.scopes.read",
            Self::Write => "manage.scopes.write",
        }
    }
}

/// A summary of scopes, one line per kind of access: "View: customers, invoices". Scopes for
/// neither reading nor writing have their own descriptions.
pub fn scope_summary(lang: Lang, scopes: ScopeSet) -> Markup {
    if scopes == ScopeSet::all() {
        return html! { (tr!(lang, "manage.scopes.all")) };
    }
    html! {
        @for reach in Reach::ALL {
            @let areas: Vec<String> = Area::all().into_iter().filter(|area| Reach::of(scopes, *area) == Some(reach)).map(|area| area.label(lang)).collect();
            @if !areas.is_empty() {
                p { strong { (tr!(lang, reach.label())) } " " (areas.join(", ")) }
            }
        }
        @for scope in scopes.iter().filter(|scope| !scope.is_read() && !scope.is_write()) {
            p { strong { (scope.area().label(lang)) ":" } " " (scope.explanation(lang)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(scopes: &str) -> String {
        scope_summary(Lang::En, scopes.parse().unwrap()).into_string()
    }

    #[test]
    fn areas_are_gathered_by_what_may_be_done_to_them() {
        let html = summary("customers.read customers.write invoices.read files.read tickets.write");
        assert_eq!(
            html,
            "<p><strong>View and change:</strong> Customers and groups</p><p><strong>View only:</strong> Files, Invoices</p>\
             <p><strong>Change only:</strong> Tickets</p>"
        );
    }

    #[test]
    fn everything_is_said_in_one_word() {
        assert_eq!(summary(&ScopeSet::all().to_string()), "Everything");
    }
}
