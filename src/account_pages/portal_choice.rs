//! Choosing one of one's portals.

use crate::accounts::{Portal, Session};
use crate::i18n::{Lang, tr};
use crate::ui::Choice;

/// An option for each portal; the open one is selected, or else the first. Those that require a
/// second factor that the person lacks say so.
pub fn portal_choices<'a>(lang: Lang, session: &Session, portals: &'a [Portal]) -> Vec<Choice<'a>> {
    let open = portals
        .iter()
        .position(|portal| Some(&portal.id) == session.portal_id.as_ref())
        .unwrap_or(0);
    let choice = |(index, portal): (usize, &'a Portal)| Choice {
        value: portal.id.as_str().into(),
        label: portal.name.as_str().into(),
        hint: session
            .check_second_factor(portal.requires_second_factor)
            .is_err()
            .then(|| tr!(lang, "account.required.portal_hint")),
        checked: index == open,
    };
    portals.iter().enumerate().map(choice).collect()
}
