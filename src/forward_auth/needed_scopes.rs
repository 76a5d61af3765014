//! The scopes that the proxy requires of a token.

use url::form_urlencoded;

use crate::auth::{ScopeSet, UnknownScope};
use crate::error::{Error, Message, Result};

/// The scopes in the query's `scope` parameters, each with one or more names separated by spaces.
/// All of them are required. Requiring none is impossible: a forgotten parameter must not open a
/// service.
///
/// # Errors
/// [`Error::BadRequest`] when there is none, or one doesn't exist.
pub(super) fn needed_scopes(query: Option<&str>) -> Result<ScopeSet> {
    let mut needed = ScopeSet::default();
    for (_, names) in form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "scope")
    {
        let named: ScopeSet = names.parse().map_err(|UnknownScope(name)| {
            Error::BadRequest(Message::with("error.verify.unknown_scope", name))
        })?;
        needed = needed.union(named);
    }
    if needed.is_empty() {
        Err(Error::BadRequest(Message::new("error.verify.no_scope")))
    } else {
        Ok(needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_are_named_are_needed() {
        let both = "customers.read offers.read";
        for query in [
            "scope=customers.read%20offers.read",
            "scope=customers.read+offers.read",
            "scope=customers.read&scope=offers.read",
            "a=b&scope=offers.read&scope=&scope=customers.read+customers.read",
        ] {
            assert_eq!(needed_scopes(Some(query)).unwrap().to_string(), both, "{query}");
        }
    }

    #[test]
    fn none_and_unknown_ones_are_refused() {
        for query in [
            None,
            Some(""),
            Some("scope"),
            Some("scope="),
            Some("scope=+"),
            Some("Scope=customers.read"),
            Some("scopes=customers.read"),
        ] {
            assert!(matches!(needed_scopes(query), Err(Error::BadRequest(_))), "{query:?}");
        }
        for query in [
            "scope=customers.raed",
            "scope=customers.read&scope=x",
            "scope=customers.read,offers.read",
            "scope=%ff",
            "scope=Customers.read",
        ] {
            assert!(matches!(needed_scopes(Some(query)), Err(Error::BadRequest(_))), "{query}");
        }
    }
}
