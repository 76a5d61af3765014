//! The section of an app's form with the protection settings.

use maud::Markup;

use crate::clients::{App, AppProtection};
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, Choice, ChoiceKind};

/// The name of the form's checkboxes; the values are the settings' names.
pub(super) const NAME: &str = "protection";
const PKCE: &str = "pkce";
const ROTATION: &str = "rotation";
const PUSHED_REQUESTS: &str = "pushed_requests";
const DPOP: &str = "dpop";
const REFRESH_TOKEN_END: &str = "refresh_token_end";

/// Reads the section.
pub(super) fn read(fields: &Fields) -> AppProtection {
    let ticked = fields.all(NAME);
    AppProtection {
        require_pkce: ticked.contains(&PKCE),
        rotate_refresh_tokens: ticked.contains(&ROTATION),
        require_pushed_requests: ticked.contains(&PUSHED_REQUESTS),
        require_dpop: ticked.contains(&DPOP),
        end_refresh_tokens: ticked.contains(&REFRESH_TOKEN_END),
    }
}

/// The section with an app's values.
pub(super) fn pairs_of(protection: &AppProtection) -> Vec<(String, String)> {
    let switches = [
        (protection.require_pkce, PKCE),
        (protection.rotate_refresh_tokens, ROTATION),
        (protection.require_pushed_requests, PUSHED_REQUESTS),
        (protection.require_dpop, DPOP),
        (protection.end_refresh_tokens, REFRESH_TOKEN_END),
    ];
    switches
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, name)| (NAME.to_owned(), name.to_owned()))
        .collect()
}

/// The section, for a new or existing app. Settings that are always on for a public app can't be
/// chosen.
pub(super) fn section(lang: Lang, fields: &Fields, app: Option<&App>) -> Markup {
    let ticked = fields.all(NAME);
    let choice = |name: &'static str, label: &'static str, hint: &'static str| Choice {
        value: name.into(),
        label: tr!(lang, label),
        hint: Some(tr!(lang, hint)),
        checked: ticked.contains(&name),
    };
    let always = app.is_some_and(App::is_public);
    let basic = [
        choice(
            PKCE,
            "developers.protection.require_pkce",
            "developers.protection.require_pkce_hint",
        ),
        choice(ROTATION, "developers.protection.rotate", "developers.protection.rotate_hint"),
    ];
    let further = [
        choice(
            PUSHED_REQUESTS,
            "developers.protection.pushed_requests",
            "developers.protection.pushed_requests_hint",
        ),
        choice(DPOP, "developers.protection.dpop", "developers.protection.dpop_hint"),
        choice(
            REFRESH_TOKEN_END,
            "developers.protection.refresh_token_end",
            "developers.protection.refresh_token_end_hint",
        ),
    ];
    let choices: Vec<Choice<'_>> = basic.into_iter().filter(|_| !always).chain(further).collect();
    ui::choice_group(
        ChoiceKind::Any,
        NAME,
        &tr!(lang, "developers.protection.title"),
        &choices,
        None,
    )
}
