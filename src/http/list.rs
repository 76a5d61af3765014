//! Lists: the request parameters and the response envelope.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use url::form_urlencoded;

use super::document::error_response;
use super::schema::{always_complete, null_is_refused};
use super::{Json, query};
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::ignored::IgnoredFields;
use crate::search::Words;
use crate::server::Server;

/// Rows per page.
pub const PER_PAGE: i64 = 15;

/// The maximum length of a search text.
const SEARCH_LENGTH: usize = 200;

/// The parameters of every list.
const PARAMETERS: [&str; 3] = ["page", "search", "after"];

/// The requested part of a list.
pub struct ListRequest {
    page: i64,
    after: Option<Position>,
    search: Option<String>,
    /// The list's URL, without a query.
    path: String,
}

/// A row's position in a list, newest first. It doesn't change when other rows are added or
/// deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// When the row was created, in milliseconds since 1970.
    pub at: i64,
    /// Its id, which orders rows created at the same time.
    pub id: String,
}

/// A row with a position in such a list.
pub trait Positioned {
    /// Its position.
    fn position(&self) -> Position;
}

impl Position {
    /// The position of a row with this creation time and id.
    pub fn of(created_at: Timestamp, id: &str) -> Self {
        Self { at: created_at.as_millisecond(), id: id.to_owned() }
    }

    /// The position before the newest row.
    pub const fn start() -> Self {
        Self { at: i64::MAX, id: String::new() }
    }

    /// Parses the output of [`Position::fmt`](std::fmt::Display).
    fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        let at = at.parse().ok().filter(|at| *at >= 0)?;
        let valid = (1..=48).contains(&id.len())
            && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        valid.then(|| Self { at, id: id.to_owned() })
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

/// The query parameters, for the API reference.
#[derive(JsonSchema)]
#[schemars(transform = null_is_refused)]
#[allow(dead_code)]
struct ListQuery {
    /// Page number, starting at 1 (default 1)
    #[schemars(range(min = 1))]
    page: Option<i64>,
    /// Only items that contain all of these words, in any order (ignores case and accents)
    #[schemars(length(max = 200))]
    search: Option<String>,
    /// The position after which the page starts. Don't set it yourself: follow `next_page_url`,
    /// which contains it, to neither miss nor repeat items when others are added or deleted
    #[schemars(length(max = 80))]
    after: Option<String>,
}

impl ListRequest {
    /// Reads `page`, `search` and `after`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page isn't a positive number, the search is too long, or the
    /// position is malformed.
    pub fn from_query(path: String, query: &str) -> Result<Self> {
        let (mut page, mut search, mut after) = (1, None, None);
        let mut errors = FieldErrors::default();
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
                "after" => match Position::parse(&value) {
                    Some(position) => after = Some(position),
                    None => errors.add("after", Message::new("field.position")),
                },
                _ => {}
            }
        }
        if errors.is_empty() {
            Ok(Self { page, after, search, path })
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// The words to search for.
    pub fn words(&self) -> Words {
        Words::of(self.search.as_deref().unwrap_or_default())
    }

    /// The search text.
    pub fn search(&self) -> Option<&str> {
        self.search.as_deref()
    }

    /// The value for `LIMIT`: one more row than shown, to know whether there is a next page.
    pub const fn limit(&self) -> i64 {
        PER_PAGE + 1
    }

    /// The position after which the rows start; the start of the list if only a page number was
    /// given.
    pub fn after(&self) -> Position {
        self.after.clone().unwrap_or_else(Position::start)
    }

    /// Whether the rows start after a position instead of after a number of rows.
    pub const fn has_position(&self) -> bool {
        self.after.is_some()
    }

    /// The value for `OFFSET`, from [`after`](Self::after) on.
    pub const fn offset(&self) -> i64 {
        if self.after.is_some() { 0 } else { self.rows_before() }
    }

    /// How many rows are on the pages before this one.
    pub const fn rows_before(&self) -> i64 {
        (self.page - 1) * PER_PAGE
    }

    /// The same part of the list as the query of a link, so that a page can link back to it.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.search.as_ref().map(|search| ("search", search)));
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
            query.extend_pairs(self.after.as_ref().map(|after| ("after", after.to_string())));
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }

    /// The envelope around the rows that [`limit`](Self::limit) and [`offset`](Self::offset) gave.
    pub fn listing<T: Positioned>(&self, mut rows: Vec<T>) -> Listing<T> {
        let more = rows.len() as i64 > PER_PAGE;
        rows.truncate(PER_PAGE as usize);
        let (count, last) = (rows.len() as i64, rows.last().filter(|_| more).map(T::position));
        Listing {
            current_page: self.page,
            first_page_url: self.url(1, None),
            from: (count > 0).then_some(self.rows_before() + 1),
            next_page_url: last.map(|last| self.url(self.page + 1, Some(&last))),
            path: self.path.clone(),
            per_page: PER_PAGE,
            prev_page_url: (self.page > 1).then(|| self.url(self.page - 1, None)),
            to: (count > 0).then_some(self.rows_before() + count),
            data: rows,
        }
    }

    /// The last page of `count` rows; `None` if there are none.
    pub const fn last_page(count: i64) -> Option<i64> {
        if count > 0 { Some((count - 1) / PER_PAGE + 1) } else { None }
    }

    /// The URL of a page of the same list and search.
    pub fn page_url(&self, page: i64) -> String {
        self.url(page, None)
    }

    fn url(&self, page: i64, after: Option<&Position>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(search) = &self.search {
            query.append_pair("search", search);
        }
        query.append_pair("page", &page.to_string());
        query.extend_pairs(after.map(|after| ("after", after.to_string())));
        format!("{}?{}", self.path, query.finish())
    }
}

impl FromRequestParts<Server> for ListRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let mut errors = FieldErrors::default();
        let ignored = IgnoredFields::within(&parts.extensions);
        query::note_unread(query, &PARAMETERS, &ignored, &mut errors);
        match Self::from_query(server.sites.api(parts.uri.path()), query) {
            Ok(request) if errors.is_empty() => return Ok(request),
            Err(Error::Invalid(faults)) => errors.extend(faults),
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        Err(Error::Invalid(errors))
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
        vec![(
            Some(422),
            error_response(ctx, "A parameter is invalid; `errors` says which and why"),
        )]
    }
}

/// A page of a list. There is no total count: ask for the next page while there is one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page", transform = always_complete)]
pub struct Listing<T> {
    /// Page number
    pub current_page: i64,
    /// The items on this page
    pub data: Vec<T>,
    /// URL of the first page
    pub first_page_url: String,
    /// Position in the whole list of the first item on this page; null if the page is empty
    pub from: Option<i64>,
    /// URL of the next page; null on the last page
    pub next_page_url: Option<String>,
    /// URL of the list, without page or search
    pub path: String,
    /// Number of items per page
    pub per_page: i64,
    /// URL of the previous page; null on the first page
    pub prev_page_url: Option<String>,
    /// Position in the whole list of the last item on this page; null if the page is empty
    pub to: Option<i64>,
}

impl<T> Listing<T> {
    /// The same page, with each row converted for the client.
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

    /// The page as a response.
    pub const fn json(self) -> Json<Self> {
        Json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Positioned for i64 {
        fn position(&self) -> Position {
            Position { at: 1000 - self, id: format!("cst_{self}") }
        }
    }

    #[test]
    fn a_page_tells_its_neighbours_and_keeps_the_search() {
        let request =
            ListRequest::from_query("http://x/v1/customers".into(), "page=2&search=a%26b").unwrap();
        let listing = request.listing((0..16).collect());
        assert_eq!((listing.from, listing.to, listing.data.len()), (Some(16), Some(30), 15));
        assert_eq!(
            listing.next_page_url.as_deref(),
            Some("http://x/v1/customers?search=a%26b&page=3&after=986-cst_14")
        );
        assert_eq!(
            listing.prev_page_url.as_deref(),
            Some("http://x/v1/customers?search=a%26b&page=1")
        );
        let empty = request.listing(Vec::<i64>::new());
        assert_eq!((empty.from, empty.to, empty.next_page_url), (None, None, None));
    }

    #[test]
    fn a_position_stands_in_the_place_of_the_rows_before_it() {
        let request =
            ListRequest::from_query(String::new(), "page=3&after=986-cst_14&search=a").unwrap();
        assert_eq!((request.after(), request.offset()), (14_i64.position(), 0));
        assert_eq!(request.query(), "?search=a&page=3&after=986-cst_14");
        let listing = request.listing(vec![15, 16]);
        assert_eq!((listing.from, listing.to), (Some(31), Some(32)));
        let plain = ListRequest::from_query(String::new(), "page=3").unwrap();
        assert_eq!((plain.after(), plain.offset()), (Position::start(), 30));
        assert_eq!(ListRequest::from_query(String::new(), "").unwrap().query(), "");
    }

    #[test]
    fn the_last_page_is_the_last_with_rows() {
        for (count, page) in [(0, None), (1, Some(1)), (15, Some(1)), (16, Some(2)), (30, Some(2))]
        {
            assert_eq!(ListRequest::last_page(count), page, "{count}");
        }
    }

    #[test]
    fn a_page_is_a_number_from_one_and_a_position_one_of_ours() {
        for query in ["page=0", "page=-1", "page=x", "page=", "page=99999999999"] {
            assert!(ListRequest::from_query(String::new(), query).is_err(), "{query}");
        }
        for after in
            ["", "-", "5", "5-", "x-cst_a", "-5-cst_a", "5-cst_%25", "99999999999999999999-a"]
        {
            let query = format!("after={after}");
            assert!(ListRequest::from_query(String::new(), &query).is_err(), "{query}");
        }
    }
}
