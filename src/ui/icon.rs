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
    /// A house: the start page.
    Home,
    /// A person: customers.
    Person,
    /// Several persons: groups.
    People,
    /// A card with holes: punch cards.
    Card,
    /// A sheet of a calendar: appointments.
    Calendar,
    /// A speech bubble: tickets.
    Conversation,
    /// A folder: files.
    Folder,
    /// An arrow out of a box: file shares.
    Share,
    /// An arrow into a box: file requests.
    Inbox,
    /// A key.
    Key,
    /// Two links of a chain: connected apps.
    Link,
    /// An identity card: the people who work there.
    Badge,
    /// Lines with bullets: a log.
    Log,
    /// A building: the portal or developer itself.
    Building,
    /// Four squares: apps.
    Apps,
    /// A flask: test portals.
    Flask,
    /// A book: documentation.
    Book,
    /// Two sliders: settings.
    Settings,
    /// A paper plane: webhooks.
    Send,
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
            Self::Calendar => {
                "M4 4.5h12a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-10a1 1 0 0 1 1-1zM3 8.5h14M7 2.5v4M13 2.5v4"
            }
            Self::Conversation => {
                "M4 4h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H9l-4 3v-3H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM6.5 7.5h7M6.5 10.5h4"
            }
            Self::Folder => {
                "M2.5 5.5a1 1 0 0 1 1-1h4l1.8 2h7.2a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1z"
            }
            Self::Home => {
                "M3.5 9 10 3.5 16.5 9v7a.8.8 0 0 1-.8.8H4.3a.8.8 0 0 1-.8-.8zM8 16.8v-5h4v5"
            }
            Self::Person => {
                "M12.8 6.5a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0zM4.5 16.5c.4-2.9 2.6-4.5 5.5-4.5s5.1 1.6 5.5 4.5"
            }
            Self::People => {
                "M10 7a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM2.5 16c.3-2.6 2.2-4 5-4s4.7 1.4 5 4M12.5 4.7a2.5 2.5 0 0 1 0 4.6M14.5 12.4c1.8.5 2.8 1.7 3 3.6"
            }
            Self::Card => {
                "M3.5 5h13a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM6 8.5h.1M10 8.5h.1M14 8.5h.1M6 11.5h.1M10 11.5h.1M14 11.5h.1"
            }
            Self::Share => {
                "M10 12.5V3M6.5 6.2 10 2.8l3.5 3.4M5.5 9H4.3a.8.8 0 0 0-.8.8v6.2a.8.8 0 0 0 .8.8h11.4a.8.8 0 0 0 .8-.8V9.8a.8.8 0 0 0-.8-.8h-1.2"
            }
            Self::Inbox => {
                "M10 3v9.5M6.5 9.3 10 12.7l3.5-3.4M3.5 12v4a.8.8 0 0 0 .8.8h11.4a.8.8 0 0 0 .8-.8v-4"
            }
            Self::Key => {
                "M10.5 12.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM9.5 10 16 3.5M13 6.5l2.5 2.5"
            }
            Self::Link => {
                "M8.3 11.7a3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2l-1 1M11.7 8.3a3 3 0 0 0-4.2 0l-3 3a3 3 0 0 0 4.2 4.2l1-1"
            }
            Self::Badge => {
                "M4 4h12a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM8.7 8.2a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0zM5 13c.3-1.3 1.1-1.9 2.2-1.9s1.9.6 2.2 1.9M12 8.5h2.5M12 11.5h2.5"
            }
            Self::Log => "M7.5 5.5h9M7.5 10h9M7.5 14.5h9M3.7 5.5h.1M3.7 10h.1M3.7 14.5h.1",
            Self::Building => {
                "M5 16.8V4a.8.8 0 0 1 .8-.8h8.4a.8.8 0 0 1 .8.8v12.8M3 16.8h14M8 6.8h.1M12 6.8h.1M8 10h.1M12 10h.1M8.5 16.8v-3h3v3"
            }
            Self::Apps => "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z",
            Self::Flask => {
                "M8 3.5v4.5L4 15a1.2 1.2 0 0 0 1 1.8h10a1.2 1.2 0 0 0 1-1.8l-4-7V3.5M7 3.5h6M6 12.5h8"
            }
            Self::Book => {
                "M10 5.5C8.5 4.3 6.5 4 3.5 4v11c3 0 5 .3 6.5 1.5 1.5-1.2 3.5-1.5 6.5-1.5V4c-3 0-5 .3-6.5 1.5zM10 5.5v11"
            }
            Self::Send => "M17 3 2.8 8.4l6 2.8 2.8 6zM17 3l-8.2 8.2",
            Self::Settings => "M3 6.5h7M14 6.5h3M3 13.5h3M10 13.5h7M10 4.5h4v4h-4zM6 11.5h4v4H6z",
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
