//! Lists: what a client asks for and the envelope that it gets.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::Serialize;
use url::form_urlencoded;

use super::Json;
use super::routes::validation_response;
use super::schema::{always_complete, null_is_refused};
use crate::db::like;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::server::Server;

/// Rows on a page.
pub const PER_PAGE: i64 = 15;

/// The longest text to search for.
const SEARCH_LENGTH: usize = 200;

/// Which part of a list is asked for.
pub struct ListRequest {
    page: i64,
    search: Option<String>,
    /// The list's own address, without a query.
    path: String,
}

/// The query, as the reference shows it.
#[derive(JsonSchema)]
#[schemars(transform = null_is_refused)]
#[allow(dead_code)]
struct ListQuery {
    /// The page, from 1; the first when absent
    #[schemars(range(min = 1))]
    page: Option<i64>,
    /// Only what holds this text, in capitals or not
    #[schemars(length(max = 200))]
    search: Option<String>,
}

impl ListRequest {
    /// Reads `page` and `search`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page is no number from 1, or the search is too long.
    pub fn from_query(path: String, query: &str) -> Result<Self> {
        let (mut page, mut search, mut errors) = (1, None, FieldErrors::default());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "page" => match value.parse::<u32>() {
                    Ok(number) if number > 0 => page = number.into(),
                    _ => errors.add("page", Message::new("field.page")),
                },
                "search" if value.contains('\0') => {
                    errors.add("search", Message::new("field.control_character"))
                }
                "search" if value.chars().count() > SEARCH_LENGTH => {
                    errors.add("search", Message::with("field.too_long", SEARCH_LENGTH))
                }
                "search" => search = Some(value.trim().to_owned()).filter(|text| !text.is_empty()),
                _ => {}
            }
        }
        if errors.is_empty() {
            Ok(Self { page, search, path })
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// The value for `LIKE … ESCAPE '\'` on a column of lower-cased text.
    pub fn like(&self) -> String {
        like(self.search.as_deref().unwrap_or_default())
    }

    /// What is searched for.
    pub fn search(&self) -> Option<&str> {
        self.search.as_deref()
    }

    /// The value for `LIMIT`: one row more than is shown, which tells whether there is a next page.
    pub const fn limit(&self) -> i64 {
        PER_PAGE + 1
    }

    /// The value for `OFFSET`.
    pub const fn offset(&self) -> i64 {
        (self.page - 1) * PER_PAGE
    }

    /// The envelope around the rows that [`limit`](Self::limit) and [`offset`](Self::offset) gave.
    pub fn listing<T>(&self, mut rows: Vec<T>) -> Listing<T> {
        let more = rows.len() as i64 > PER_PAGE;
        rows.truncate(PER_PAGE as usize);
        let count = rows.len() as i64;
        Listing {
            current_page: self.page,
            first_page_url: self.url(1),
            from: (count > 0).then_some(self.offset() + 1),
            next_page_url: more.then(|| self.url(self.page + 1)),
            path: self.path.clone(),
            per_page: PER_PAGE,
            prev_page_url: (self.page > 1).then(|| self.url(self.page - 1)),
            to: (count > 0).then_some(self.offset() + count),
            data: rows,
        }
    }

    fn url(&self, page: i64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(search) = &self.search {
            query.append_pair("search", search);
        }
        query.append_pair("page", &page.to_string());
        format!("{}?{}", self.path, query.finish())
    }
}

impl FromRequestParts<Server> for ListRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self> {
        let original = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or(&parts.uri, |original| &original.0);
        Self::from_query(server.sites.api(original.path()), parts.uri.query().unwrap_or_default())
    }
}

impl OperationInput for ListRequest {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::extract::Query::<ListQuery>::operation_input(ctx, operation);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![(Some(422), validation_response(ctx))]
    }
}

/// A page of a list. There is no total count: ask for the next page while there is one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline, transform = always_complete)]
pub struct Listing<T> {
    /// This page's number
    pub current_page: i64,
    /// What is on this page
    pub data: Vec<T>,
    /// Address of the first page
    pub first_page_url: String,
    /// Place in the whole list of the first on this page; null when the page is empty
    pub from: Option<i64>,
    /// Address of the next page; null on the last
    pub next_page_url: Option<String>,
    /// Address of the list, without page or search
    pub path: String,
    /// How many fit on a page
    pub per_page: i64,
    /// Address of the page before this; null on the first
    pub prev_page_url: Option<String>,
    /// Place in the whole list of the last on this page; null when the page is empty
    pub to: Option<i64>,
}

impl<T> Listing<T> {
    /// The same page with each row as the client sees it.
    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            current_page: self.current_page,
            data: self.data.into_iter().map(view).collect(),
            first_page_url: self.first_page_url,
            from: self.from,
            next_page_url: self.next_page_url,
            path: self.path,
            per_page: self.per_page,
            prev_page_url: self.prev_page_url,
            to: self.to,
        }
    }

    /// The page as an answer.
    pub const fn json(self) -> Json<Self> {
        Json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_its_neighbours_and_keeps_the_search() {
        let request =
            ListRequest::from_query("http://x/v1/customers".into(), "page=2&search=a%26b").unwrap();
        let listing = request.listing((0..16).collect());
        assert_eq!((listing.from, listing.to, listing.data.len()), (Some(16), Some(30), 15));
        assert_eq!(
            listing.next_page_url.as_deref(),
            Some("http://x/v1/customers?search=a%26b&page=3")
        );
        assert_eq!(
            listing.prev_page_url.as_deref(),
            Some("http://x/v1/customers?search=a%26b&page=1")
        );
        let empty = request.listing(Vec::<i32>::new());
        assert_eq!((empty.from, empty.to, empty.next_page_url), (None, None, None));
    }

    #[test]
    fn a_page_is_a_number_from_one() {
        for query in ["page=0", "page=-1", "page=x", "page=", "page=99999999999"] {
            assert!(ListRequest::from_query(String::new(), query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_search_takes_wildcards_literally() {
        let request = ListRequest::from_query(String::new(), "search=50%25_A").unwrap();
        assert_eq!(request.like(), r"%50\%\_a%");
    }
}
