//! The few icons, drawn in place so that they take the colour of the text beside them.

use maud::{Markup, html};

/// An icon of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Three lines: opens the navigation.
    Menu,
    /// Two sheets: copies a value.
    Copy,
    /// A tick.
    Check,
    /// A triangle with an exclamation mark.
    Warning,
    /// A circle with an exclamation mark.
    Error,
    /// A circle with an i.
    Info,
    /// An angle pointing down: opens a menu; the highest first.
    Down,
    /// An angle pointing up: the lowest first.
    Up,
    /// A cross: removes.
    Close,
    /// A magnifying glass.
    Search,
    /// An arrow to the left.
    Left,
    /// An arrow to the right.
    Right,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Menu => "M3 5.5h14M3 10h14M3 14.5h14",
            Self::Copy => {
                "M7.5 7.5h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-8a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM3.9 12.5H3.5a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1h8a1 1 0 0 1 1 1v.4"
            }
            Self::Check => "m4 10.5 4 4 8-9",
            Self::Warning => {
                "M10 7.5v3.6M10 14v.1M8.7 3.6 2.2 14.9a1.5 1.5 0 0 0 1.3 2.2h13a1.5 1.5 0 0 0 1.3-2.2L11.3 3.6a1.5 1.5 0 0 0-2.6 0z"
            }
            Self::Error => "M10 6.2v4.4M10 13.6v.1M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0z",
            Self::Info => "M10 9.4v4.2M10 6.5v.1M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0z",
            Self::Down => "m5.5 8 4.5 4.5L14.5 8",
            Self::Up => "m5.5 12.5 4.5-4.5 4.5 4.5",
            Self::Close => "m5 5 10 10M15 5 5 15",
            Self::Search => {
                "M14 8.75a5.25 5.25 0 1 1-10.5 0 5.25 5.25 0 0 1 10.5 0zM12.6 12.6 17 17"
            }
            Self::Left => "M16 10H4.5m4.5-5-5 5 5 5",
            Self::Right => "M4 10h11.5M11 5l5 5-5 5",
        }
    }
}

/// Draws an icon; it is decoration, so assistive technology skips it.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor"
            stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
            path d=(icon.path()) {}
        }
    }
}
