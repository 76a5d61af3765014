//! Lists on pages: what is asked for, and what stands around the rows.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use maud::{Markup, html};

use crate::error::{Error, Message};
use crate::http::{ListRequest, Listing};
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

/// Which part of a list a page shows; its links are paths of this site.
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

/// A table whose heads are keys of texts; as [`ui::table`] else.
pub fn table(lang: Lang, caption: &str, heads: &[&'static str], rows: Vec<Vec<Markup>>) -> Markup {
    let heads: Vec<_> =
        heads.iter().map(|key| if key.is_empty() { "".into() } else { tr!(lang, *key) }).collect();
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    ui::table(caption, &heads, rows)
}

/// Whether there is nothing to list, rather than nothing on this page or nothing that was searched
/// for.
pub fn is_empty<T>(request: &ListRequest, listing: &Listing<T>) -> bool {
    listing.data.is_empty() && request.search().is_none() && listing.prev_page_url.is_none()
}

/// A page of a list: the search box, the `table` of its rows, and the links to the pages before and
/// after.
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
            // After the last page; the one before this may be after the last as well.
            p.muted { (tr!(lang, "manage.list.no_such_page")) }
            p { (ui::link_button(&tr!(lang, "manage.list.first_page"), &listing.first_page_url, ButtonStyle::Secondary)) }
        } @else {
            p.muted { (tr!(lang, "manage.list.nothing_found")) }
        }
    }
}
