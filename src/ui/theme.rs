//! The colours of a portal's pages: a style sheet for each colour, in which all texts are readable, in
//! the light and in the dark. It depends on the colour only, so that its address is the colour's.

use std::fmt;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The lowest contrast of text (WCAG 2.2, success criterion 1.4.3).
const READABLE: f64 = 4.5;

/// The path of the style sheets.
pub(super) const PATH: &str = "/assets/colors/{name}";

/// How a portal looks.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// Its colour.
    pub color: Option<Rgb>,
    /// The address of its logo.
    pub logo: Option<String>,
}

/// Red, green and blue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rgb(u8, u8, u8);

impl Rgb {
    /// White.
    pub const WHITE: Self = Self(0xff, 0xff, 0xff);
    const BLACK: Self = Self(0, 0, 0);
    /// `--bg`, `--surface` and `--surface-2` of `tokens.css`, in the light.
    const LIGHT: [Self; 3] = [Self(0xf5, 0xf7, 0xf8), Self::WHITE, Self(0xef, 0xf3, 0xf4)];
    /// The same in the dark.
    const DARK: [Self; 3] =
        [Self(0x0e, 0x14, 0x17), Self(0x15, 0x1d, 0x21), Self(0x1e, 0x28, 0x2d)];

    /// The colour with these six digits.
    pub fn read(digits: &str) -> Option<Self> {
        let is_hex = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        is_hex.then_some(Self(red, green, blue))
    }

    /// The contrast with another colour, from 1 to 21 (WCAG 2.2, *contrast ratio*).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// This colour with `percent` of another one.
    fn mix(self, other: Self, percent: u16) -> Self {
        let part = |own: u8, other: u8| {
            let sum = u16::from(own) * (100 - percent) + u16::from(other) * percent;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// The nearest colour on the way to another one that is readable on or below all of these.
    fn readable_on(self, grounds: &[Self], toward: Self) -> Self {
        let is_readable =
            |color: &Self| grounds.iter().all(|ground| color.contrast(*ground) >= READABLE);
        (0..=100).map(|percent| self.mix(toward, percent)).find(is_readable).unwrap_or(toward)
    }

    /// The nearest darker colour on which white text is readable, or itself.
    #[must_use]
    pub fn behind_white_text(self) -> Self {
        self.readable_on(&[Self::WHITE], Self::BLACK)
    }

    /// The address of its style sheet.
    pub(super) fn style_sheet(self) -> String {
        PATH.replace("{name}", &format!("{self}.css"))
    }

    /// The tokens of `tokens.css` that have to do with the accent, in the light and in the dark.
    fn tokens(self) -> [Tokens; 2] {
        let accent = self.behind_white_text();
        let soft = accent.mix(Self::WHITE, 88);
        let [bg, surface, surface_2] = Self::LIGHT;
        let light = Tokens {
            accent,
            hover: accent.mix(Self::BLACK, 20),
            on: Self::WHITE,
            text: accent.readable_on(&[bg, surface, surface_2, soft], Self::BLACK),
            soft,
            line: accent.mix(Self::WHITE, 60),
        };
        let [bg, surface, surface_2] = Self::DARK;
        let soft = accent.mix(surface, 75);
        let on = bg.mix(Self::BLACK, 40);
        let accent = accent.readable_on(&[on, surface_2], Self::WHITE);
        let dark = Tokens {
            accent,
            hover: accent.mix(Self::WHITE, 25),
            on,
            text: accent.readable_on(&[bg, surface, surface_2, soft], Self::WHITE),
            soft,
            line: soft.mix(accent, 30),
        };
        [light, dark]
    }

    fn css(self) -> String {
        let [light, dark] = self.tokens();
        format!(":root {{{light}}}\n@media (prefers-color-scheme: dark) {{ :root {{{dark}}} }}\n")
    }
}

/// Six digits.
impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The colours that come of an accent.
struct Tokens {
    accent: Rgb,
    hover: Rgb,
    on: Rgb,
    text: Rgb,
    soft: Rgb,
    line: Rgb,
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accent, hover, on, text, soft, line } = self;
        write!(
            f,
            " --accent: #{accent}; --accent-hover: #{hover}; --on-accent: #{on}; --accent-text: #{text}; \
             --accent-soft: #{soft}; --accent-line: #{line}; "
        )
    }
}

/// The style sheet of a colour.
pub(super) async fn serve(Path(name): Path<String>) -> Response {
    match name.strip_suffix(".css").and_then(Rgb::read) {
        // One address for each colour.
        Some(color) if name == format!("{color}.css") => {
            let headers = [
                (header::CONTENT_TYPE, "text/css; charset=utf-8"),
                (header::CACHE_CONTROL, "public, max-age=86400"),
            ];
            (headers, color.css()).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_readable(color: Rgb) {
        for (tokens, grounds) in color.tokens().iter().zip([Rgb::LIGHT, Rgb::DARK]) {
            for (text, ground) in grounds.map(|ground| (tokens.text, ground)).into_iter().chain([
                (tokens.text, tokens.soft),
                (tokens.on, tokens.accent),
                (tokens.on, tokens.hover),
            ]) {
                assert!(text.contrast(ground) >= READABLE, "{color}: {text} on {ground}");
            }
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((Rgb::WHITE.contrast(Rgb::BLACK) - 21.0).abs() < 0.001);
        let grey = Rgb::read("777777").unwrap();
        assert!((grey.contrast(Rgb::WHITE) - 4.478).abs() < 0.001, "{}", grey.contrast(Rgb::WHITE));
    }

    #[test]
    fn the_extremes_are_readable() {
        for color in ["000000", "ffffff", "ff0000", "00ff00", "0000ff", "ffff00", "777777"] {
            assert_readable(Rgb::read(color).unwrap());
        }
    }

    #[test]
    fn a_colour_has_six_digits() {
        for wrong in ["", "12345", "1234567", "+12345", "12 456", "é1234"] {
            assert_eq!(Rgb::read(wrong), None, "{wrong}");
        }
        assert_eq!(Rgb::read("0b6b7a").unwrap().to_string(), "0b6b7a");
    }

    #[tokio::test]
    async fn only_colours_have_style_sheets() {
        let sheet = serve(Path("0b6b7a.css".to_owned())).await;
        assert_eq!(
            (sheet.status(), &sheet.headers()[header::CONTENT_TYPE]),
            (StatusCode::OK, &"text/css; charset=utf-8".parse().unwrap())
        );
        for wrong in ["0B6B7A.css", "0b6b7a", "red.css", "}body{.css", "000000.css.css"] {
            assert_eq!(
                serve(Path(wrong.to_owned())).await.status(),
                StatusCode::NOT_FOUND,
                "{wrong}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_colour_gives_readable_texts(red: u8, green: u8, blue: u8) {
            assert_readable(Rgb(red, green, blue));
        }
    }
}
