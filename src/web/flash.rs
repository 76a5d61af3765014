//! A message that is shown once, after a redirect. The cookie only contains the key of its text, a
//! number, and the id of a deletion that can be undone.

use std::borrow::Cow;

use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Section, cookies};
use crate::accounts::Site;
use crate::i18n::{Lang, tr};
use crate::ids::DeletionId;
use crate::server::Server;
use crate::ui::{Flash, FlashKind, FlashUndo};

/// The prefix of the keys of all flash messages.
const PREFIX: &str = "flash.";

/// The prefix of those that ask for something instead of reporting success.
const NOTE: &str = "flash.note.";

/// The path below a section's to which [`DELETION`] is posted, to restore what was deleted.
pub const RESTORE: &str = "/bin/restore";

/// The field with the id of a deletion.
pub const DELETION: &str = "deletion";

/// A message to show after a redirect. It is on its way from the handler to the site's layer, which
/// knows the attributes of the site's cookies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlashMessage {
    /// The key of its text, which begins with `flash.`.
    key: Cow<'static, str>,
    /// The value for `%{count}`.
    count: Option<u32>,
    /// What its button restores.
    undo: Option<Undo>,
}

/// A deletion that can be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Undo {
    /// The path of the section with the bin.
    section: Cow<'static, str>,
    deletion: DeletionId,
}

impl FlashMessage {
    /// A message with this text key.
    pub const fn new(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), count: None, undo: None }
    }

    /// About one or several: the keys of both texts, of which the second has a `%{count}`.
    pub fn counted([one, several]: [&'static str; 2], count: usize) -> Self {
        match count {
            1 => Self::new(one),
            count => Self { count: u32::try_from(count).ok(), ..Self::new(several) },
        }
    }

    /// The same, with a button that restores what was deleted in a section.
    #[must_use]
    pub fn with_undo(self, section: &Section, deletion: DeletionId) -> Self {
        Self { undo: Some(Undo { section: Cow::Borrowed(section.path), deletion }), ..self }
    }

    /// The value of the cookie.
    fn write(&self) -> String {
        let count = self.count.map(|count| count.to_string()).unwrap_or_default();
        match &self.undo {
            None if count.is_empty() => self.key.to_string(),
            None => format!("{}:{count}", self.key),
            Some(Undo { section, deletion }) => {
                format!("{}:{count}:{section}:{deletion}", self.key)
            }
        }
    }

    /// Reads the value of the cookie, which only contains what [`Self::write`] writes.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let key = parts.next().filter(|key| {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_');
            key.starts_with(PREFIX) && key.bytes().all(is_plain)
        })?;
        let count = match parts.next() {
            None | Some("") => None,
            Some(count) => Some(count.parse().ok()?),
        };
        let undo = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => None,
            (Some(section), Some(deletion), None) if is_section(section) => {
                let section = Cow::Owned(section.to_owned());
                Some(Undo { section, deletion: deletion.parse().ok()? })
            }
            _ => return None,
        };
        Some(Self { key: Cow::Owned(key.to_owned()), count, undo })
    }

    fn show(self, lang: Lang) -> Option<Flash> {
        let key = self.key.as_ref();
        let text = match self.count {
            Some(count) => tr!(lang, key, count = lang.number(count.into())),
            None => tr!(lang, key),
        };
        if text.starts_with(PREFIX) {
            return None;
        }
        let kind = if key.starts_with(NOTE) { FlashKind::Info } else { FlashKind::Success };
        let undo = self.undo.map(|Undo { section, deletion }| FlashUndo {
            label: tr!(lang, "bin.undo").into_owned(),
            action: format!("{section}{RESTORE}"),
            field: (DELETION, deletion.to_string()),
        });
        Some(Flash { kind, text: text.into_owned(), undo })
    }
}

/// Whether a text is the path of a section, and of no other host.
fn is_section(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'/' | b'-');
    text.starts_with('/') && !text.contains("//") && text.bytes().all(is_plain)
}

/// Redirects with `303 See Other`, with a message to show there: a key that begins with `flash.`.
pub fn see_other(path: &str, flash: Option<&'static str>) -> Response {
    redirect(path, flash.map(FlashMessage::new))
}

/// The same with any message.
pub fn see_other_with(path: &str, message: FlashMessage) -> Response {
    redirect(path, Some(message))
}

fn redirect(path: &str, message: Option<FlashMessage>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response
        .headers_mut()
        .insert(LOCATION, HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/")));
    if let Some(message) = message {
        response.extensions_mut().insert(message);
    }
    response
}

/// Sets the cookie with the message of a handler's response.
pub(super) fn send(response: &mut Response, server: &Server, site: Site) {
    if let Some(message) = response.extensions_mut().remove::<FlashMessage>() {
        cookies::set_flash(response.headers_mut(), server, site, &message.write());
    }
}

/// The request's message.
pub(super) fn read(headers: &HeaderMap, server: &Server, site: Site, lang: Lang) -> Option<Flash> {
    FlashMessage::read(&cookies::flash(server, site, headers)?)?.show(lang)
}

/// Deletes the message once a page has shown it.
pub(super) fn forget(headers: &mut HeaderMap, server: &Server, site: Site) {
    cookies::forget_flash(headers, server, site);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Icon;
    use crate::web::MenuGroup;

    const SECTION: Section = Section {
        path: "/manage/customers",
        title: "manage.nav.customers",
        icon: Icon::Person,
        group: MenuGroup::Work,
        key: None,
    };

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let keys = ["flash.customer_deleted", "flash.customers_deleted"];
        let deletion: DeletionId = "dlt_a1".parse().unwrap();
        for (message, cookie) in [
            (FlashMessage::new("flash.group_saved"), "flash.group_saved"),
            (FlashMessage::counted(keys, 1), "flash.customer_deleted"),
            (FlashMessage::counted(keys, 12), "flash.customers_deleted:12"),
            (
                FlashMessage::counted(keys, 1).with_undo(&SECTION, deletion.clone()),
                "flash.customer_deleted::/manage/customers:dlt_a1",
            ),
            (
                FlashMessage::counted(keys, 3).with_undo(&SECTION, deletion),
                "flash.customers_deleted:3:/manage/customers:dlt_a1",
            ),
        ] {
            assert_eq!(message.write(), cookie);
            assert_eq!(FlashMessage::read(cookie), Some(message));
        }
    }

    #[test]
    fn what_another_wrote_into_the_cookie_is_no_message() {
        for cookie in [
            "",
            "customers.title",
            "flash.X",
            "flash.<b>",
            "flash.x:-1",
            "flash.x:many",
            "flash.x:1:/manage/customers",
            "flash.x:1://evil.example:dlt_a",
            "flash.x:1:/manage//evil:dlt_a",
            "flash.x:1:https://evil:dlt_a",
            "flash.x:1:/manage/customers:cst_a",
            "flash.x:1:/manage/customers:dlt_a:more",
        ] {
            assert_eq!(FlashMessage::read(cookie), None, "{cookie}");
        }
        let unknown = FlashMessage::read("flash.there_is_no_such_text:1").unwrap();
        assert!(unknown.show(Lang::Nl).is_none());
    }
}
