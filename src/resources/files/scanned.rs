//! What pages say of the virus scan.

use maud::{Markup, html};

use crate::i18n::Lang;
use crate::objects::ScanState;
use crate::ui::{self, BadgeKind};

/// A badge, if the content is held back.
pub fn scan_badge(lang: Lang, state: Option<ScanState>) -> Markup {
    match state {
        None | Some(ScanState::Clean) => html! {},
        Some(state @ ScanState::Scanning) => ui::badge(&state.label(lang), BadgeKind::Warning),
        Some(state @ ScanState::Blocked) => ui::badge(&state.label(lang), BadgeKind::Danger),
    }
}
