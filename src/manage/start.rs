//! The start page: where things are and what to do first.

use maud::{Markup, html};

use super::member::{Member, Section};
use crate::error::Result;
use crate::i18n::tr;
use crate::ui;

pub(super) async fn show(member: Member) -> Result<Markup> {
    let title = tr!(member.lang(), "manage.start.title");
    let body = html! { (ui::header(&title, None, html! {})) };
    Ok(member.chrome(Section::Start).page(&title, body))
}
