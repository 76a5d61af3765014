//! Scanning a code with the camera. Its script is `static/scanner.js`; without it, or in a browser that
//! reads no codes, the code is typed.

use maud::{Markup, html};

use super::assets;
use super::icon::{Icon, icon};
use crate::i18n::{Lang, tr};

/// A button that fills in the first field of the form around it with what the camera reads, and sends
/// the form. It is hidden until the script shows it.
pub fn scanner(lang: Lang) -> Markup {
    html! {
        div.scanner data-scanner hidden {
            button.button.button-secondary type="button" { (icon(Icon::Search)) (tr!(lang, "ui.scan")) }
            video.scanner-view muted playsinline hidden aria-label=(tr!(lang, "ui.scan_view")) {}
            p.scanner-fault role="alert" hidden { (tr!(lang, "ui.scan_refused")) }
        }
        script type="module" src=(assets::url("scanner.js")) {}
    }
}
