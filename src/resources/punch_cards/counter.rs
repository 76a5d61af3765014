//! The page at the counter: the code of a card is typed or scanned, which leads to the card.

use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use maud::html;
use serde::Deserialize;

use super::links::{SECTION, counter_path, issued_path};
use super::{code, issued_queries};
use crate::error::Result;
use crate::http::headers::{CAMERA, PERMISSIONS_POLICY};
use crate::i18n::tr;
use crate::manage::Member;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::see_other;

/// The field of the code.
const CODE: &str = "code";

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Asked {
    code: Option<String>,
}

pub(super) async fn show(member: Member, Query(asked): Query<Asked>) -> Result<Response> {
    let asked = asked.code.unwrap_or_default();
    let typed = asked.chars().filter(|c| !c.is_control()).take(code::LONGEST).collect::<String>();
    let found = match code::read(&typed) {
        Some(code) => issued_queries::by_code(&member.store, &code).await?,
        None => None,
    };
    if let Some(issued) = found {
        return Ok(see_other(&issued_path(&issued), None));
    }
    let (lang, title) = (member.lang(), tr!(member.lang(), "punch_cards.counter"));
    let unknown = || (CODE.to_owned(), tr!(lang, "punch_cards.no_such_code").into_owned());
    let errors: Vec<_> = (!asked.trim().is_empty()).then(unknown).into_iter().collect();
    let label = tr!(lang, "punch_cards.code");
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "punch_cards.counter_intro")), html! {}))
        form.form method="get" action=(counter_path()) novalidate {
            (Field::text(lang, CODE, &*label).value(typed).mono().required(true).autocomplete("off").autofocus()
                .maxlength(code::LONGEST).placeholder("K7MN-4XQP").errors_from(&errors))
            (ui::scanner(lang))
            (ui::actions(ui::submit(&tr!(lang, "punch_cards.find"), ButtonStyle::Primary)))
        }
    };
    let labels = [(CODE, label.clone())];
    let chrome = member.chrome(&SECTION).with_errors(errors).with_labels(&labels);
    let mut response = chrome.page(&title, body).into_response();
    response.headers_mut().insert(PERMISSIONS_POLICY, CAMERA);
    Ok(response)
}
