//! Logos in forms, and as responses.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::sent::UploadedFile;
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, Field};
use crate::values::{Logo, LogoChange};

/// The field with the file.
const FILE: &str = "logo";

/// The checkbox that removes the logo.
const REMOVE: &str = "remove_logo";

/// Reads what a form does with a logo. Call it after all other fields: browsers don't keep a chosen
/// file, so a form with errors asks for it again.
pub fn read_logo(fields: &mut Fields, file: Option<&UploadedFile>) -> LogoChange {
    let Some(file) = file else {
        return if fields.has(REMOVE) { LogoChange::Remove } else { LogoChange::Keep };
    };
    match Logo::read(&file.bytes) {
        Ok(_) if !fields.errors().is_empty() => {
            fields.fault(FILE, Message::new("field.logo_again"));
            LogoChange::Keep
        }
        Ok(logo) => LogoChange::Replace(logo),
        Err(fault) => {
            fields.fault(FILE, fault);
            LogoChange::Keep
        }
    }
}

/// The inputs; `current` shows the present logo, if there is one.
pub fn logo_field(lang: Lang, current: Option<Markup>, errors: &[(String, String)]) -> Markup {
    let label =
        if current.is_some() { tr!(lang, "ui.logo.replace") } else { tr!(lang, "ui.logo.choose") };
    html! {
        @if let Some(current) = current {
            (current)
            (ui::checkbox(REMOVE, "1", &tr!(lang, "ui.logo.remove"), None, false))
        }
        (Field::file(lang, FILE, label, Some(Logo::ACCEPTED)).hint(tr!(lang, "ui.logo.hint")).errors_from(errors))
    }
}

impl Logo {
    /// The response with the image.
    pub fn into_answer(self, cache_control: &'static str) -> Response {
        let headers = [(CONTENT_TYPE, self.logo_type), (CACHE_CONTROL, cache_control.to_owned())];
        (headers, self.logo).into_response()
    }
}
