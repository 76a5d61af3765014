//! Lists on pages: the query, and the elements around the rows.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use maud::{Markup, html};

use crate::error::{Error, Message};
use crate::http::{ListRequest, Listing};
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

/// The part of a list that a page shows; its links are paths on this site.
pub struct PageList(pub ListRequest);

impl FromRequestParts<Server> for PageList {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Error> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let request =
            ListRequest::from_query(uri.path().to_owned(), uri.query().unwrap_or_default());
        request.map(Self).map_err(|_| Error::BadRequest(Message::new("manage.list.invalid")))
    }
}

/// A table with text keys as heads; otherwise like [`ui::table`].
pub fn table(lang: Lang, caption: &str, heads: &[&'static str], rows: Vec<Vec<Markup>>) -> Markup {
    let heads: Vec<_> =
        heads.iter().map(|key| if key.is_empty() { "".into() } else { tr!(lang, *key) }).collect();
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    ui::table(caption, &heads, rows)
}

/// Whether the list itself is empty, not just this page or the search results.
pub fn is_empty<T>(request: &ListRequest, listing: &Listing<T>) -> bool {
    listing.data.is_empty() && request.search().is_none() && listing.prev_page_url.is_none()
}

/// A page of a list: the search box, the `table` of its rows, and the links to the previous and
/// next pages.
pub fn list_page<T>(
    lang: Lang,
    request: &ListRequest,
    listing: &Listing<T>,
    search_label: &str,
    table: Markup,
) -> Markup {
    let (prev, next) = (listing.prev_page_url.as_deref(), listing.next_page_url.as_deref());
    let shown = listing.from.zip(listing.to).filter(|_| prev.is_some() || next.is_some());
    html! {
        (ui::toolbar(ui::search(lang, &listing.path, request.search().unwrap_or_default(), search_label), html! {}))
        @if !listing.data.is_empty() {
            (table)
            (ui::pagination(lang, prev, next, shown))
        } @else if prev.is_some() {
            // Beyond the last page; the previous one may be too.
            p.muted { (tr!(lang, "manage.list.no_such_page")) }
            p { (ui::link_button(&tr!(lang, "manage.list.first_page"), &listing.first_page_url, ButtonStyle::Secondary)) }
        } @else {
            p.muted { (tr!(lang, "manage.list.nothing_found")) }
        }
    }
}
