//! The section of an app's form on where the app runs, which determines whether it has a secret.

use std::borrow::Cow;

use maud::Markup;

use crate::clients::{App, ClientType};
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, Choice, ChoiceKind};

/// The type chosen for a new app; anything else is an error of the field.
pub(super) fn read_type(fields: &mut Fields) -> ClientType {
    ClientType::from_name(fields.sent("client_type")).unwrap_or_else(|| {
        fields.fault("client_type", Message::new("developers.client.choose"));
        ClientType::Confidential
    })
}

/// A short description of the type.
pub(super) fn label(lang: Lang, client_type: ClientType) -> Cow<'static, str> {
    match client_type {
        ClientType::Confidential => tr!(lang, "developers.client.confidential"),
        ClientType::Public => tr!(lang, "developers.client.public"),
    }
}

fn hint(lang: Lang, client_type: ClientType) -> Cow<'static, str> {
    match client_type {
        ClientType::Confidential => tr!(lang, "developers.client.confidential_hint"),
        ClientType::Public => tr!(lang, "developers.client.public_hint"),
    }
}

/// The choice, for a new app; it can't be changed later.
pub(super) fn type_choice(lang: Lang, fields: &Fields) -> Markup {
    let choice = |client_type: ClientType| Choice {
        value: client_type.name().into(),
        label: label(lang, client_type),
        hint: Some(hint(lang, client_type)),
        checked: fields.sent("client_type") == client_type.name(),
    };
    let error = fields.errors().first("client_type", lang);
    ui::choice_group(
        ChoiceKind::One,
        "client_type",
        &tr!(lang, "developers.client.legend"),
        &ClientType::ALL.map(choice),
        error.as_deref(),
    )
}

/// The checkbox for the device flow.
pub(super) fn device_flow(lang: Lang, fields: &Fields) -> Markup {
    let choice = Choice {
        value: "1".into(),
        label: tr!(lang, "developers.client.device_flow"),
        hint: Some(tr!(lang, "developers.client.device_flow_hint")),
        checked: fields.has("device_flow"),
    };
    ui::choice_group(
        ChoiceKind::Any,
        "device_flow",
        &tr!(lang, "developers.client.device_flow_legend"),
        &[choice],
        None,
    )
}

/// The app's protection settings, for its page.
pub(super) fn requirements(lang: Lang, app: &App) -> Vec<Cow<'static, str>> {
    let all = [
        (app.requires_pkce(), tr!(lang, "developers.protection.require_pkce")),
        (app.rotates_refresh_tokens(), tr!(lang, "developers.protection.rotate")),
        (app.require_dpop, tr!(lang, "developers.protection.dpop")),
        (app.end_refresh_tokens, tr!(lang, "developers.protection.refresh_token_end")),
    ];
    all.into_iter().filter_map(|(on, text)| on.then_some(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_one_of_two() {
        for (sent, known) in [
            ("confidential", true),
            ("public", true),
            ("", false),
            ("Public", false),
            ("native", false),
        ] {
            let mut fields = Fields::pairs(vec![("client_type".to_owned(), sent.to_owned())]);
            read_type(&mut fields);
            assert_eq!(fields.errors().is_empty(), known, "{sent}");
        }
    }
}
