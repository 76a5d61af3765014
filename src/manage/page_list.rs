//! Lists on pages: the query, and the elements around the rows.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use maud::{Markup, html};

use crate::error::{Error, Message, Result};
use crate::http::{ListRequest, Listing, Positioned};
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

/// The part of a list that a page shows; its links are paths on this site.
pub struct PageList(pub ListRequest);

impl FromRequestParts<Server> for PageList {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self> {
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

/// A page of a list, and if it is beyond the end of the list, which page is the last.
pub struct PageOf<T> {
    /// The rows, and the URLs of the pages around them.
    pub listing: Listing<T>,
    /// The last page with rows, if this one has none.
    last_page: Option<i64>,
}

impl<T: Positioned> PageOf<T> {
    /// The requested page with these rows. `count_before` counts the rows of the pages before it; it
    /// is only awaited when the page is beyond the end.
    ///
    /// # Errors
    /// Those of `count_before`.
    pub async fn of(
        request: &ListRequest,
        rows: Vec<T>,
        count_before: impl Future<Output = Result<i64>>,
    ) -> Result<Self> {
        let is_beyond = rows.is_empty() && request.rows_before() > 0;
        let last_page = if is_beyond { ListRequest::last_page(count_before.await?) } else { None };
        Ok(Self { listing: request.listing(rows), last_page })
    }

    /// The rows.
    pub fn rows(&self) -> &[T] {
        &self.listing.data
    }

    /// Whether the list itself is empty, not just this page or the search results.
    pub fn is_empty_list(&self, request: &ListRequest) -> bool {
        self.rows().is_empty() && request.search().is_none() && self.last_page.is_none()
    }

    /// The search box, and a form of the rows with buttons to other pages, so that what is ticked can
    /// travel along: `form` gets those buttons.
    pub fn show_form(
        &self,
        lang: Lang,
        request: &ListRequest,
        search_label: &str,
        form: impl FnOnce(Markup) -> Markup,
    ) -> Markup {
        let listing = &self.listing;
        if listing.data.is_empty() {
            return self.show(lang, request, search_label, html! {});
        }
        let (prev, next) = (listing.prev_page_url.as_deref(), listing.next_page_url.as_deref());
        let pages = ui::pagination_in_form(lang, prev, next, self.shown());
        html! {
            (self.search_box(lang, request, search_label))
            (form(pages))
        }
    }

    /// The numbers of the first and the last row, if there are other pages.
    fn shown(&self) -> Option<(i64, i64)> {
        let listing = &self.listing;
        let has_others = listing.prev_page_url.is_some() || listing.next_page_url.is_some();
        listing.from.zip(listing.to).filter(|_| has_others)
    }

    fn search_box(&self, lang: Lang, request: &ListRequest, label: &str) -> Markup {
        let search = request.search().unwrap_or_default();
        ui::toolbar(ui::search(lang, &self.listing.path, search, label), html! {})
    }

    /// The search box, the `table` of the rows, and the links to other pages.
    pub fn show(
        &self,
        lang: Lang,
        request: &ListRequest,
        search_label: &str,
        table: Markup,
    ) -> Markup {
        let listing = &self.listing;
        let (prev, next) = (listing.prev_page_url.as_deref(), listing.next_page_url.as_deref());
        html! {
            (self.search_box(lang, request, search_label))
            @if !listing.data.is_empty() {
                (table)
                (ui::pagination(lang, prev, next, self.shown()))
            } @else if let Some(last) = self.last_page {
                (beyond_the_end(lang, request, last))
            } @else {
                p.muted { (tr!(lang, "manage.list.nothing_found")) }
            }
        }
    }
}

/// Shown instead of rows on a page after the last one, for instance when rows were deleted.
fn beyond_the_end(lang: Lang, request: &ListRequest, last: i64) -> Markup {
    let page = |label: &'static str, page: i64| {
        ui::link_button(&tr!(lang, label), &request.page_url(page), ButtonStyle::Secondary)
    };
    html! {
        p.muted { (tr!(lang, "manage.list.no_such_page")) }
        (ui::actions(html! {
            @if last > 1 { (page("manage.list.last_page", last)) }
            (page("manage.list.first_page", 1))
        }))
    }
}
