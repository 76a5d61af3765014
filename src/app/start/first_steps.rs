//! The first steps in a new portal, as far as the person may take them.

use maud::{Markup, html};

use super::found::Found;
use crate::accounts::Site;
use crate::i18n::tr;
use crate::manage::{API_KEYS, BUSINESS, CONNECTED_APPS, Member};
use crate::resources::customers;
use crate::ui::{self, ButtonStyle};

/// The form that hides them.
const HIDE: &str = "/manage/first-steps";

/// The steps with their progress, until all are done.
pub(super) fn card(member: &Member, found: &Found) -> Markup {
    let lang = member.lang();
    let mut steps = vec![(
        found.has_customers,
        "manage.start.step.customer",
        format!("{}/new", customers::SECTION.path),
    )];
    if let Some(has_details) = found.has_details {
        steps.push((has_details, "manage.start.step.business", BUSINESS.path.to_owned()));
    }
    if member.may_open(&API_KEYS) && member.may_open(&CONNECTED_APPS) {
        let is_connected = !found.keys.is_empty() || !found.apps.is_empty();
        steps.push((is_connected, "manage.start.step.key", format!("{}/new", API_KEYS.path)));
    }
    if let Some(has_colleague) = found.has_colleague {
        let invite = format!("{}/invite", Site::Manage.team_path());
        steps.push((has_colleague, "manage.start.step.colleague", invite));
    }
    let has_factor = member.session.has_second_factor;
    let factor = "/manage/account/second-factor".to_owned();
    steps.push((has_factor, "manage.start.step.factor", factor));
    if steps.iter().all(|(is_done, ..)| *is_done) {
        return html! {};
    }
    let texts = steps
        .into_iter()
        .map(|(is_done, text, path)| (is_done, tr!(lang, text).into_owned(), path));
    let hide = tr!(lang, "manage.start.hide_steps");
    ui::card(
        Some(&tr!(lang, "manage.start.first_steps")),
        html! {
            (ui::task_list(lang, texts.collect()))
            (ui::actions(ui::button_form(HIDE, &member.visit.mark, &hide, ButtonStyle::Quiet)))
        },
    )
}
