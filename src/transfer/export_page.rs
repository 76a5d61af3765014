//! The page that exports a list, and the files that it leads to.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::html;
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::export::{Export, Exported, Format, Source};
use crate::audit::Action;
use crate::error::{Error, Message, Result};
use crate::http::ListRequest;
use crate::http::headers::extended_value;
use crate::i18n::{Lang, tr};
use crate::manage::{MOST_TICKED, Member};
use crate::tenant::Store;
use crate::ui::{self, ButtonStyle};
use crate::unicode::fold;
use crate::web::{Section, see_other};

/// What of the query isn't the list's.
#[derive(Debug, Deserialize)]
pub struct Asked {
    format: Option<String>,
    /// The ids of the ticked rows, with commas between them; all of the list without it.
    ticked: Option<String>,
}

impl Asked {
    /// The ids of the ticked rows, if it is about those.
    fn ids(&self) -> Result<Option<Vec<&str>>> {
        let Some(ticked) = &self.ticked else { return Ok(None) };
        let ids: Vec<&str> = ticked.split(',').collect();
        if ids.len() > MOST_TICKED {
            return Err(Error::BadRequest(Message::with("bulk.too_many", MOST_TICKED)));
        }
        Ok(Some(ids))
    }
}

/// Leads to the page that exports ticked rows of the part of a list with this query.
pub fn export_ticked(section: &Section, query: &str, ids: &[&str]) -> Response {
    let more = if query.is_empty() { '?' } else { '&' };
    see_other(&format!("{}/export{query}{more}ticked={}", section.path, encoded(ids)), None)
}

/// The parameter with these ids.
fn encoded(ids: &[&str]) -> String {
    byte_serialize(ids.join(",").as_bytes()).collect()
}

/// The page that offers to export this part of the list of a section, or what is ticked of it; with a
/// `format`, the file.
///
/// # Errors
/// [`Error::BadRequest`] when there is no such format, or too many rows are ticked.
pub async fn export<L: Exported>(
    member: Member,
    section: &Section,
    request: ListRequest<L>,
    asked: Asked,
) -> Result<Response> {
    let ids = asked.ids()?;
    let Some(name) = &asked.format else {
        return Ok(page(&member, section, &request, ids.as_deref()));
    };
    let format = Format::from_name(name)
        .ok_or_else(|| Error::BadRequest(Message::new("transfer.export.unknown_format")))?;
    let (lang, title) = (member.lang(), tr!(member.lang(), section.title));
    // What narrowed the list is part of what was exported.
    let (narrowing, source) = match ids {
        None => (narrowing(&request), Source::List(request.into_part())),
        Some(ids) => {
            let rows = rows::<L>(&member.store, &ids).await?;
            (format!(", {}", ticked(lang, rows.len())), Source::Rows(rows))
        }
    };
    let subject = format!("{title}{narrowing}");
    let mut tx = member.begin().await?;
    member.change().tell(&mut tx, Action::RowsExported, &subject, format.name()).await?;
    tx.commit().await?;
    let day = member.time_zone().to_datetime(member.now()).date();
    let name = format!("{} {} {day}", member.portal.name, title.to_lowercase());
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, disposition(&name, format.name())),
    ];
    let (store, zone) = (member.store.clone(), member.time_zone().clone());
    let more = L::more(&store).await?;
    let export = Export::new((store, more), source, format, lang, zone);
    Ok((headers, export.into_body()).into_response())
}

/// What leaves rows out, as it stands in addresses.
fn narrowing<L: Exported>(request: &ListRequest<L>) -> String {
    let pairs = request.asked().map(|(filter, value)| (filter.name, value.text.as_str()));
    let search = request.search().map(|search| ("search", search));
    search.into_iter().chain(pairs).map(|(name, value)| format!(", {name}={value}")).collect()
}

/// How many rows are ticked.
fn ticked(lang: Lang, count: usize) -> String {
    match count {
        1 => tr!(lang, "transfer.export.one_ticked").into_owned(),
        count => tr!(lang, "transfer.export.several_ticked", count = count).into_owned(),
    }
}

/// What is still there of the ticked rows, in their order.
async fn rows<L: Exported>(store: &Store, ids: &[&str]) -> Result<Vec<L>> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(L::row(store, id).await?);
    }
    Ok(rows)
}

fn page<L: Exported>(
    member: &Member,
    section: &Section,
    request: &ListRequest<L>,
    ids: Option<&[&str]>,
) -> Response {
    let (lang, title) = (member.lang(), tr!(member.lang(), "transfer.export.title"));
    let text = match ids {
        Some(ids) => tr!(lang, "transfer.export.ticked", rows = ticked(lang, ids.len())),
        None if request.is_narrowed() => tr!(lang, "transfer.export.some"),
        None => tr!(lang, "transfer.export.all"),
    };
    let only = ids.map(|ids| format!("&ticked={}", encoded(ids))).unwrap_or_default();
    let link = |format: Format, label: &'static str, style| {
        let file = request.url_with("format", Some(format.name()));
        ui::link_button(&tr!(lang, label), &format!("{file}{only}"), style)
    };
    let body = html! {
        (section.trail_from(&request.query(), lang, &[], &title))
        (ui::header(&title, Some(&text), html! {}))
        (ui::card(Some(&tr!(lang, "transfer.export.csv_title")), html! {
            p { (tr!(lang, "transfer.export.csv_text")) }
            (ui::actions(link(Format::Csv, "transfer.export.csv", ButtonStyle::Primary)))
        }))
        (ui::card(Some(&tr!(lang, "transfer.export.ndjson_title")), html! {
            p { (tr!(lang, "transfer.export.ndjson_text")) }
            (ui::actions(link(Format::Ndjson, "transfer.export.ndjson", ButtonStyle::Secondary)))
        }))
    };
    member.chrome(section).page(&title, body).into_response()
}

/// A `Content-Disposition` with the file's name in ASCII (RFC 6266), and in its own letters (RFC 8187).
fn disposition(name: &str, ending: &str) -> String {
    let mut plain = String::new();
    for letter in fold(name).chars() {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let allowed = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let own = extended_value(&name.chars().filter(allowed).collect::<String>());
    let plain = plain.trim_end_matches('-');
    format!("attachment; filename=\"{plain}.{ending}\"; filename*={own}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_the_portal_and_the_day() {
        for (name, expected) in [
            (
                "Bakkerij De Korenaar klanten 2026-11-26",
                "attachment; filename=\"bakkerij-de-korenaar-klanten-2026-11-26.csv\"; \
                 filename*=UTF-8''Bakkerij%20De%20Korenaar%20klanten%202026-11-26.csv",
            ),
            (
                "Café \"Ü\"/../x; klanten",
                "attachment; filename=\"cafe-u-x-klanten.csv\"; \
                 filename*=UTF-8''Caf%C3%A9%20%C3%9Cx%20klanten.csv",
            ),
        ] {
            assert_eq!(disposition(name, "csv"), expected);
        }
    }
}
