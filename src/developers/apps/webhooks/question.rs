//! The confirmation page for actions that destroy nothing.

use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use crate::i18n::tr;
use crate::web::webhook_actions;

/// See [`webhook_actions::question`].
pub(super) fn page(
    member: &Manager,
    opened: &Opened,
    keys: [&'static str; 3],
    targets: (&str, &str),
) -> Markup {
    let [title, _, label] = keys.map(|key| tr!(member.lang(), key));
    let body = html! {
        (trail(member.lang(), opened, Some(&label)))
        (webhook_actions::question(&member.visit, keys, targets))
    };
    member.chrome().page(&title, body)
}
