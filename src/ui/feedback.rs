//! Feedback: messages, states, empty lists, confirmations.

use maud::{Markup, html};

use super::{
    button::{ButtonStyle, button_form_with, link_button},
    hidden::FormMark,
    icon::{Icon, icon},
};
use crate::i18n::{Lang, tr};

/// The kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashKind {
    /// Something went well.
    Success,
    /// Something went wrong.
    Error,
    /// Something to know.
    Info,
}

impl FlashKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Success => "notice notice-success",
            Self::Error => "notice notice-error",
            Self::Info => "notice notice-info",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Success => Icon::Check,
            Self::Error => Icon::Error,
            Self::Info => Icon::Info,
        }
    }
}

/// A message that is part of the page.
pub fn notice(kind: FlashKind, title: Option<&str>, body: Markup) -> Markup {
    html! {
        div class=(kind.class()) {
            (icon(kind.icon()))
            div.notice-body {
                @if let Some(title) = title { p.notice-title { (title) } }
                (body)
            }
        }
    }
}

/// A warning about an action that is hard to undo.
pub fn warning(text: &str) -> Markup {
    html! {
        div.notice.notice-warning {
            (icon(Icon::Warning))
            div.notice-body { p.notice-title { (text) } }
        }
    }
}

/// A message about what just happened, read out as the page opens, perhaps with a button.
pub(super) fn flash(kind: FlashKind, text: &str, button: Option<Markup>) -> Markup {
    let role = if kind == FlashKind::Error { "alert" } else { "status" };
    html! {
        div.flash role=(role) {
            (notice(kind, None, html! { p { (text) } @if let Some(button) = button { (button) } }))
        }
    }
}

/// The colour of a [`badge`]; its text says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadgeKind {
    /// Neither good nor bad.
    Neutral,
    /// As it should be.
    Success,
    /// Needs attention.
    Warning,
    /// Ended or failed.
    Danger,
}

/// A short state beside a name.
pub fn badge(text: &str, kind: BadgeKind) -> Markup {
    let class = match kind {
        BadgeKind::Neutral => "badge badge-neutral",
        BadgeKind::Success => "badge badge-success",
        BadgeKind::Warning => "badge badge-warning",
        BadgeKind::Danger => "badge badge-danger",
    };
    html! { span class=(class) { (text) } }
}

/// The placeholder for an empty list: what appears here, and how to start.
pub fn empty_state(title: &str, text: &str, action: Option<Markup>) -> Markup {
    html! {
        div.empty {
            svg.empty-art viewBox="0 0 72 56" width="72" height="56" fill="none" stroke="currentColor"
                stroke-width="2" stroke-linecap="round" aria-hidden="true" focusable="false" {
                rect x="5" y="11" width="62" height="40" rx="7" stroke-dasharray="4 5" {}
                path.empty-art-accent d="M17 24h16M17 32h38M17 40h26" {}
                circle.empty-art-dot cx="60" cy="12" r="9" {}
                path.empty-art-plus d="M60 8.5v7M56.5 12h7" {}
            }
            h2.empty-title { (title) }
            p.muted { (text) }
            @if let Some(action) = action { div.empty-action { (action) } }
        }
    }
}

/// The part of a page with actions that cannot be undone.
pub fn danger_zone(title: &str, body: Markup) -> Markup {
    html! {
        section.card.danger-zone {
            h2.card-title { (icon(Icon::Warning)) (title) }
            div.card-body { (body) }
        }
    }
}

/// The body of a confirmation page: a button that posts to `action`, and a link back.
pub fn confirm(
    lang: Lang,
    title: &str,
    text: &str,
    action: &str,
    mark: &FormMark,
    submit_label: &str,
    cancel_href: &str,
) -> Markup {
    confirm_with(lang, title, text, action, mark, (submit_label, html! {}), cancel_href)
}

/// The same, with further fields in the button's form.
pub fn confirm_with(
    lang: Lang,
    title: &str,
    text: &str,
    action: &str,
    mark: &FormMark,
    (submit_label, fields): (&str, Markup),
    cancel_href: &str,
) -> Markup {
    let button = button_form_with(action, mark, submit_label, fields, ButtonStyle::Danger);
    question(lang, title, text, button, cancel_href)
}

/// The body of a page that asks whether to do what ends nothing: `button` does it, a link leads back.
pub fn question(lang: Lang, title: &str, text: &str, button: Markup, cancel_href: &str) -> Markup {
    html! {
        div.confirm {
            h1 { (title) }
            p { (text) }
            div.actions {
                (button)
                (link_button(&tr!(lang, "ui.cancel"), cancel_href, ButtonStyle::Secondary))
            }
        }
    }
}
