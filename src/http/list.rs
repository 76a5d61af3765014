//! Lists: the request parameters and the response envelope.

use std::convert::Infallible;
use std::ops::Deref;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::document::{add_query_parameters, invalid_parameter};
use super::schema::always_complete;
use super::{Json, query};
use crate::error::{Error, FieldErrors, Result};
use crate::fields::ignored::IgnoredFields;
use crate::lists::{Listed, PER_PAGE, Part, Position, Positioned, Unknown};
use crate::server::Server;

/// The requested part of the list of `L`.
pub struct ListRequest<L> {
    part: Part<L>,
    /// The list's URL, without a query.
    path: String,
}

impl<L> Deref for ListRequest<L> {
    type Target = Part<L>;

    fn deref(&self) -> &Part<L> {
        &self.part
    }
}

impl<L: Listed> ListRequest<L> {
    /// A part of the list at this URL.
    pub const fn new(path: String, part: Part<L>) -> Self {
        Self { part, path }
    }

    /// The part.
    pub fn into_part(self) -> Part<L> {
        self.part
    }

    /// The same part of the list as the query of a link, so that a page can link back to it.
    pub fn query(&self) -> String {
        match self.part.pairs_of_page() {
            pairs if pairs.is_empty() => String::new(),
            pairs => format!(
                "?{}",
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
            ),
        }
    }

    /// The envelope around the rows that the [limit](Part::limit) and offset gave.
    pub fn listing<T>(&self, mut rows: Vec<Positioned<T>>) -> Listing<T> {
        let (page, per_page) = (self.page(), self.per_page());
        let more = rows.len() as i64 > per_page;
        rows.truncate(usize::try_from(per_page).unwrap_or(usize::MAX));
        let count = rows.len() as i64;
        let last =
            rows.last().filter(|_| more).map(|last| self.url(page + 1, Some(&last.position)));
        Listing {
            current_page: page,
            first_page_url: self.url(1, None),
            from: (count > 0).then_some(self.rows_before() + 1),
            next_page_url: last,
            path: self.path.clone(),
            per_page,
            prev_page_url: (page > 1).then(|| self.url(page - 1, None)),
            to: (count > 0).then_some(self.rows_before() + count),
            data: rows.into_iter().map(|positioned| positioned.row).collect(),
        }
    }

    /// The list's URL, without a query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The URL of a page of the same rows in the same order.
    pub fn page_url(&self, page: i64) -> String {
        self.url(page, None)
    }

    /// The URL of the first page, with one parameter different; without it if there is no value.
    pub fn url_with(&self, name: &str, value: Option<&str>) -> String {
        self.first_page(&|known: &str| known != name, value.map(|value| (name, value)))
    }

    fn first_page(&self, keeps: &dyn Fn(&str) -> bool, more: Option<(&str, &str)>) -> String {
        let mut pairs = self.part.pairs();
        pairs.retain(|(name, _)| keeps(name));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs).extend_pairs(more);
        match query.finish() {
            query if query.is_empty() => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// The URL of the first page without the filters.
    pub fn url_without_filters(&self) -> String {
        let filters: Vec<&str> = self.part.asked().map(|(filter, _)| filter.name).collect();
        self.first_page(&|name: &str| !filters.contains(&name), None)
    }

    fn url(&self, page: i64, after: Option<&Position>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.part.pairs()).append_pair("page", &page.to_string());
        query.extend_pairs(after.map(|after| ("after", self.part.write(after))));
        format!("{}?{}", self.path, query.finish())
    }
}

impl<L: Listed> FromRequestParts<Server> for ListRequest<L> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let ignored = IgnoredFields::within(&parts.extensions);
        let mut errors = FieldErrors::default();
        let known: Vec<&str> = Part::<L>::parameters().collect();
        query::note_unread(query, &known, &ignored, &mut errors);
        let read = Part::read(form_urlencoded::parse(query.as_bytes()), PER_PAGE);
        match read {
            Ok((part, unknown)) => {
                if let Some(Unknown(message)) = unknown {
                    ignored.take_value("sort", message, &mut errors);
                }
                if errors.is_empty() {
                    return Ok(Self::new(server.public_urls.api(parts.uri.path()), part));
                }
            }
            Err(faults) => errors.extend(faults),
        }
        Err(Error::Invalid(errors))
    }
}

/// The query parameters, for the API reference.
fn parameters<L: Listed>() -> Map<String, Value> {
    let fields: Vec<&str> = L::LIST.sorts.iter().map(|sort| sort.field).collect();
    let mut parameters = Map::new();
    let mut add = |name: &str, schema: Value| parameters.insert(name.to_owned(), schema);
    add(
        "page",
        json!({
            "type": "integer", "format": "int64", "minimum": 1,
            "description": "Page number, starting at 1 (default 1)",
        }),
    );
    add(
        "per_page",
        json!({
            "type": "integer", "format": "int64", "minimum": 1, "maximum": 100,
            "description": "Number of items per page (default 15)",
        }),
    );
    add(
        "search",
        json!({
            "type": "string", "maxLength": 200,
            "description": "Only items that contain all of these words, in any order (ignores case and accents)",
        }),
    );
    add(
        "sort",
        json!({
            "type": "string", "pattern": format!("^-?({})$", fields.join("|")),
            "description": format!(
                "The field to sort by, with a `-` before it for the highest first: {}. The default is `-{}`, the newest first",
                fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", "),
                fields[0],
            ),
        }),
    );
    for filter in L::LIST.filters {
        add(filter.name, filter.schema());
    }
    add(
        "after",
        json!({
            "type": "string", "maxLength": 600,
            "description": "The position after which the page starts. Don't set it yourself: follow `next_page_url`, which contains it, to neither miss nor repeat items when others are added or deleted",
        }),
    );
    parameters
}

impl<L: Listed> OperationInput for ListRequest<L> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        add_query_parameters(ctx, operation, &parameters::<L>().into());
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![invalid_parameter(ctx)]
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
    pub fn map<U>(self, mut view: impl FnMut(T) -> U) -> Listing<U> {
        let Ok(listing) = self.try_map(|row| Ok::<U, Infallible>(view(row)));
        listing
    }

    /// The same, if each row has a view.
    ///
    /// # Errors
    /// The first that `view` returns.
    pub fn try_map<U, E>(self, view: impl FnMut(T) -> Result<U, E>) -> Result<Listing<U>, E> {
        Ok(Listing {
            current_page: self.current_page,
            data: self.data.into_iter().map(view).collect::<Result<_, E>>()?,
            first_page_url: self.first_page_url,
            from: self.from,
            next_page_url: self.next_page_url,
            path: self.path,
            per_page: self.per_page,
            prev_page_url: self.prev_page_url,
            to: self.to,
        })
    }

    /// The only page of the list at `path`, with one item.
    pub fn of_one(path: String, item: T) -> Self {
        Self {
            current_page: 1,
            data: vec![item],
            first_page_url: format!("{path}?page=1"),
            from: Some(1),
            next_page_url: None,
            path,
            per_page: PER_PAGE,
            prev_page_url: None,
            to: Some(1),
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
    use crate::lists::{Key, Link, List, Sort};

    struct Thing;

    impl Listed for Thing {
        type Parent = ();

        const LIST: &'static List = &List {
            kind: "thing",
            table: "things",
            within: None::<Link>,
            sorts: &[
                Sort::by_number("createdAt", "c.created_at"),
                Sort::by_text("name", "c.name_key"),
            ],
            filters: &[],
        };
    }

    fn request(query: &str) -> ListRequest<Thing> {
        let read = Part::read(form_urlencoded::parse(query.as_bytes()), PER_PAGE);
        ListRequest::new("http://x/v1/things".to_owned(), read.unwrap().0)
    }

    fn row(number: i64) -> Positioned<i64> {
        let key = Key::Number(1000 - number);
        Positioned { position: Position { key, id: format!("cst_{number}") }, row: number }
    }

    #[test]
    fn a_page_tells_its_neighbours_and_keeps_the_search() {
        let part = request("page=2&search=a%26b");
        let listing = part.listing((0..16).map(row).collect());
        assert_eq!((listing.from, listing.to, listing.data.len()), (Some(16), Some(30), 15));
        assert_eq!(
            listing.next_page_url.as_deref(),
            Some("http://x/v1/things?search=a%26b&page=3&after=986-cst_14")
        );
        assert_eq!(
            listing.prev_page_url.as_deref(),
            Some("http://x/v1/things?search=a%26b&page=1")
        );
        let empty = part.listing(Vec::<Positioned<i64>>::new());
        assert_eq!((empty.from, empty.to, empty.next_page_url), (None, None, None));
    }

    #[test]
    fn a_page_keeps_its_order_and_its_size() {
        let part = request("page=3&after=986-cst_14&search=a&sort=createdAt&per_page=2");
        assert_eq!(part.query(), "?search=a&sort=createdAt&per_page=2&page=3&after=986-cst_14");
        let listing = part.listing(vec![row(15), row(16), row(17)]);
        assert_eq!((listing.from, listing.to, listing.per_page), (Some(5), Some(6), 2));
        let all = "search=a&sort=createdAt&per_page=2";
        assert_eq!(listing.first_page_url, format!("http://x/v1/things?{all}&page=1"));
        assert_eq!(
            listing.next_page_url,
            Some(format!("http://x/v1/things?{all}&page=4&after=984-cst_16"))
        );
        assert_eq!(part.url_with("sort", None), "http://x/v1/things?search=a&per_page=2");
        assert_eq!(
            part.url_with("sort", Some("-name")),
            "http://x/v1/things?search=a&per_page=2&sort=-name"
        );
        assert_eq!(request("search=a&page=2").url_with("search", None), "http://x/v1/things");
        assert_eq!(request("").query(), "");
    }
}
