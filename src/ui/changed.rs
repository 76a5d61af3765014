//! The notice above a form when somebody else has changed its data in the meantime.

use maud::{Markup, html};

use super::button::{ButtonStyle, link_button};
use super::feedback::{FlashKind, notice};
use super::layout::muted;
use super::table::table;
use crate::i18n::{Lang, tr};

/// Both versions (each field with its label, the saved value and the sent one), and a link to the
/// saved one at `saved_path`.
pub fn changed_notice(lang: Lang, differences: Vec<[String; 3]>, saved_path: &str) -> Markup {
    let heads =
        ["manage.form.column.field", "manage.form.column.saved", "manage.form.column.yours"];
    let heads = heads.map(|key| tr!(lang, key));
    let cell = |text: String| html! { @if text.is_empty() { (muted("–")) } @else { (text) } };
    let rows = differences.into_iter().map(|row| row.map(cell).into()).collect();
    let title = tr!(lang, "manage.form.changed_title");
    html! {
        div role="alert" {
            (notice(FlashKind::Error, Some(&title), html! { p { (tr!(lang, "manage.form.changed_text")) } }))
        }
        (table(&title, &heads.each_ref().map(AsRef::as_ref), rows))
        p { (link_button(&tr!(lang, "manage.form.keep_saved"), saved_path, ButtonStyle::Secondary)) }
    }
}
