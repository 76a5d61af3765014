//! QR codes, drawn in the page itself.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// The empty margin around a code, in modules (ISO/IEC 18004 asks for four).
const MARGIN: usize = 4;

/// A text as a QR code; empty if it is too long. `label` describes it.
pub fn qr_code(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return html! {} };
    let (width, size) = (code.width(), code.width() + 2 * MARGIN);
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path: String = dark
        .map(|(index, _)| format!("M{} {}h1v1h-1z", index % width + MARGIN, index / width + MARGIN))
        .collect();
    html! {
        // Black on white in dark mode too, because cameras expect it.
        svg.qr-code viewBox={ "0 0 " (size) " " (size) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#fff" {}
            path fill="#000" d=(path) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_margin_and_its_corners() {
        let html = qr_code("otpauth://totp/a?secret=B", "Scan").into_string();
        assert!(html.contains(r#"aria-label="Scan""#) && html.contains("M4 4h1v1h-1z"), "{html}");
        assert!(!html.contains("M3 "));
    }

    #[test]
    fn a_text_that_is_too_long_gives_none() {
        assert_eq!(qr_code(&"x".repeat(5000), "Scan").into_string(), "");
    }
}
