//! A form that a passkey fills in. Its script is `static/passkeys.js`; without it, or in a browser
//! without passkeys, the form stays hidden.

use maud::{Markup, Render, html};

use super::assets;
use super::button::{ButtonStyle, submit};
use super::form::has_field;
use super::hidden::{FormMark, hidden};
use crate::i18n::{Lang, tr};

/// The operation; the names are those of `navigator.credentials`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyAction {
    /// Creates a passkey.
    Create,
    /// Authenticates with a passkey.
    Get,
}

impl PasskeyAction {
    /// The message (a text key) for a browser that can't do this.
    const fn need_script(self) -> &'static str {
        match self {
            Self::Create => "account.passkeys.need_script",
            Self::Get => "account.passkeys.need_script_to_use",
        }
    }

    /// The message (a text key) at another host than that of the passkeys.
    const fn other_host(self) -> &'static str {
        match self {
            Self::Create => "account.passkeys.other_host",
            Self::Get => "account.passkeys.other_host_to_use",
        }
    }
}

/// See the module.
pub struct PasskeyForm<'a> {
    /// The page's language.
    pub lang: Lang,
    /// The operation.
    pub action: PasskeyAction,
    /// The target of the form, which posts `challenge`, `credential` and `fields`.
    pub post_to: &'a str,
    /// The URL of the challenge.
    pub challenge: &'a str,
    /// The host that passkeys belong to.
    pub host: &'a str,
    /// The URL of this page on that host.
    pub at_home: &'a str,
    /// What the visitor's forms carry.
    pub mark: &'a FormMark,
    /// The button's label and style.
    pub button: (&'a str, ButtonStyle),
    /// Further fields.
    pub fields: Markup,
    /// Whether to show a message if the browser can't use passkeys, instead of nothing.
    pub explain: bool,
}

impl Render for PasskeyForm<'_> {
    fn render(&self) -> Markup {
        let lang = self.lang;
        let method = match self.action {
            PasskeyAction::Create => "create",
            PasskeyAction::Get => "get",
        };
        html! {
            div.passkey {
                form.form.filled-in[has_field(&self.fields)] method="post" action=(self.post_to) data-passkey=(method) data-challenge=(self.challenge) data-host=(self.host)
                    data-when="able" hidden {
                    (self.mark)
                    (hidden("challenge", ""))
                    (hidden("credential", ""))
                    (self.fields)
                    div.actions { (submit(self.button.0, self.button.1)) }
                    p.field-error role="alert" data-text=(tr!(lang, "account.passkeys.failed")) {}
                }
                @if self.explain { p.muted data-when="unable" { (lang.text(self.action.need_script())) } }
                div.muted data-when="elsewhere" hidden {
                    p { (lang.text(self.action.other_host())) " " a href=(self.at_home) { (self.at_home) } }
                    @if self.host == "localhost" { p { (tr!(lang, "account.passkeys.own_computer")) } }
                }
                script type="module" src=(assets::url("passkeys.js")) {}
            }
        }
    }
}
