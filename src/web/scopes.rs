//! Scopes in the sites' forms.

use std::borrow::Cow;

use crate::auth::{Area, Scope, ScopeSet};
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{ScopeArea, ScopeChoice};

/// The scopes that a form offers: those that some operation asks, the operator's own, and those
/// that what is edited `has` already.
pub fn offered_scopes(has: ScopeSet) -> ScopeSet {
    ScopeSet::in_use().union(has)
}

/// The areas of the `offered` scopes for the picker, with some ticked. Areas whose resources don't
/// exist yet come last and say so.
pub fn scope_areas(lang: Lang, offered: ScopeSet, ticked: ScopeSet) -> Vec<ScopeArea<'static>> {
    let choice = |scope: Scope| ScopeChoice {
        name: scope.name(),
        label: label(lang, scope),
        explanation: scope.explanation(lang).into(),
        checked: ticked.contains(scope),
        optional: None,
    };
    let pick = |area: Area, is_it: fn(Scope) -> bool| {
        area.scopes().filter(move |scope| is_it(*scope) && offered.contains(*scope)).map(choice)
    };
    let (built, later): (Vec<Area>, Vec<Area>) = Area::all()
        .into_iter()
        .partition(|area| area.scopes().any(|scope| ScopeSet::in_use().contains(scope)));
    let built = built.into_iter().map(|area| (area, area.label(lang)));
    let later = later
        .into_iter()
        .map(|area| (area, format!("{} ({})", area.label(lang), tr!(lang, "scope.later"))));
    let areas = built.chain(later).map(|(area, label)| ScopeArea {
        label: label.into(),
        read: pick(area, Scope::is_read).next(),
        write: pick(area, Scope::is_write).next(),
        other: pick(area, |scope| !scope.is_read() && !scope.is_write()).collect(),
    });
    areas
        .filter(|area| area.read.is_some() || area.write.is_some() || !area.other.is_empty())
        .collect()
}

fn label(lang: Lang, scope: Scope) -> Option<Cow<'static, str>> {
    if scope.is_read() {
        Some(tr!(lang, "ui.scope_read"))
    } else if scope.is_write() {
        Some(tr!(lang, "ui.scope_write"))
    } else {
        None
    }
}

/// The same, where each scope can also be marked as optional; `marked` already are.
pub fn with_optional(
    mut areas: Vec<ScopeArea<'static>>,
    marked: ScopeSet,
) -> Vec<ScopeArea<'static>> {
    for choice in areas
        .iter_mut()
        .flat_map(|area| area.read.iter_mut().chain(&mut area.write).chain(&mut area.other))
    {
        choice.optional =
            Some(choice.name.parse::<Scope>().is_ok_and(|scope| marked.contains(scope)));
    }
    areas
}

/// Reads the ticked scopes: at least one, and only `offered` ones.
pub fn ticked_scopes(fields: &mut Fields, offered: ScopeSet) -> ScopeSet {
    let scopes: Result<ScopeSet, _> =
        fields.all("scope").into_iter().map(str::parse::<Scope>).collect();
    match scopes {
        Ok(scopes) if !scopes.is_empty() && scopes.is_subset_of(offered) => scopes,
        Ok(scopes) if scopes.is_empty() => {
            fields.fault("scope", Message::new("field.scope.none"));
            scopes
        }
        _ => {
            fields.fault("scope", Message::new("field.scope.unknown"));
            ScopeSet::default()
        }
    }
}
