//! The part of a list that is asked for.

use std::borrow::Cow;
use std::marker::PhantomData;

use jiff::tz::TimeZone;

use super::declared::{KeyKind, Listed, Sort};
use super::direction::Direction;
use super::filter::{Filter, FilterKind, FilterValue};
use super::parameters::{SEARCH_LENGTH, noted, read_number, read_search, read_sort, write_sort};
use super::position::{Key, Position};
use crate::db::Param;
use crate::error::{FieldErrors, Message};
use crate::search::Words;

/// Rows per page of the API, as its contract says.
pub const PER_PAGE: i64 = 15;
/// The maximum number of rows per page.
const MAX_PER_PAGE: i64 = 100;

/// The parameters that every list has.
const COMMON: [&str; 5] = ["page", "search", "sort", "per_page", "after"];

/// A part of the list of `L`: some of its rows, in one of its orders.
#[derive(Debug)]
pub struct Part<L> {
    page: i64,
    per_page: i64,
    default_per_page: i64,
    search: Option<String>,
    sort: &'static Sort,
    direction: Direction,
    after: Option<Position>,
    /// What was asked of each filter, as they are declared.
    filters: Vec<Option<FilterValue>>,
    list: PhantomData<fn() -> L>,
}

/// An order that the list doesn't have was asked for, so it is in its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(pub Message);

/// A part, and what was passed over in asking for it.
pub type Parts<L> = (Part<L>, Option<Unknown>);

impl<L: Listed> Part<L> {
    /// The first page of the whole list.
    pub fn first(per_page: i64) -> Self {
        Self {
            page: 1,
            per_page,
            default_per_page: per_page,
            search: None,
            sort: &L::LIST.sorts[0],
            direction: Direction::Descending,
            after: None,
            filters: vec![None; L::LIST.filters.len()],
            list: PhantomData,
        }
    }

    /// The first rows that contain all words of a text; of a long one, of its start.
    pub fn matching(text: &str, per_page: i64) -> Self {
        let start: String = text.chars().filter(|c| *c != '\0').take(SEARCH_LENGTH).collect();
        let search = Some(start.trim().to_owned()).filter(|text| !text.is_empty());
        Self { search, ..Self::first(per_page) }
    }

    /// The parameters of the list.
    pub fn parameters() -> impl Iterator<Item = &'static str> {
        COMMON.into_iter().chain(L::LIST.filters.iter().map(|filter| filter.name))
    }

    /// Reads the parameters of a query; others are passed over. An order that the list doesn't have
    /// is passed over too, because it changes nothing about which rows there are.
    ///
    /// # Errors
    /// The faulty parameters.
    pub fn read<'a>(
        pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
        per_page: i64,
    ) -> Result<Parts<L>, FieldErrors> {
        let mut part = Self::first(per_page);
        let (mut errors, mut after, mut unknown) = (FieldErrors::default(), None, None);
        for (name, value) in pairs {
            match name.as_ref() {
                "page" => {
                    let page = read_number(&value, u32::MAX.into(), "field.page");
                    part.page = noted(&mut errors, "page", page).unwrap_or(part.page);
                }
                "per_page" => {
                    let number = read_number(&value, MAX_PER_PAGE, "field.per_page");
                    part.per_page = noted(&mut errors, "per_page", number).unwrap_or(part.per_page);
                }
                "search" => {
                    part.search = noted(&mut errors, "search", read_search(&value)).flatten();
                }
                "sort" => match read_sort::<L>(&value) {
                    Some(order) => (part.sort, part.direction) = order,
                    None => {
                        let fields: Vec<_> = L::LIST.sorts.iter().map(|sort| sort.field).collect();
                        unknown = Some(Unknown(Message::with("field.sort", fields.join(", "))));
                    }
                },
                "after" => after = Some(value),
                name => {
                    let place = L::LIST.filters.iter().position(|filter| filter.name == name);
                    if let Some(place) = place {
                        let read = L::LIST.filters[place].read(&value);
                        part.filters[place] = noted(&mut errors, name, read);
                    }
                }
            }
        }
        if let Some(text) = after {
            let position = Position::read(&text, part.sort, part.is_by_age());
            let read = position.ok_or_else(|| Message::new("field.position"));
            part.after = noted(&mut errors, "after", read);
        }
        if errors.is_empty() { Ok((part, unknown)) } else { Err(errors) }
    }

    /// The same rows in the same order from the first one on, so many on a page.
    #[must_use]
    pub fn from_start(self, per_page: i64) -> Self {
        Self { page: 1, per_page, after: None, ..self }
    }

    /// The page of those after a position.
    #[must_use]
    pub fn beyond(self, position: Position) -> Self {
        Self { after: Some(position), ..self }
    }

    /// The same part of those rows that also meet a filter. What the filter can't say changes nothing.
    #[must_use]
    pub fn filtered(&self, name: &str, text: &str) -> Self {
        let mut filters = self.filters.clone();
        let place = L::LIST.filters.iter().position(|filter| filter.name == name);
        if let Some(place) = place
            && let Ok(value) = L::LIST.filters[place].read(text)
        {
            filters[place] = Some(value);
        }
        Self { filters, search: self.search.clone(), after: self.after.clone(), ..*self }
    }

    /// The page number, from 1.
    pub const fn page(&self) -> i64 {
        self.page
    }

    /// Rows per page.
    pub const fn per_page(&self) -> i64 {
        self.per_page
    }

    /// The words to search for.
    pub fn words(&self) -> Words {
        Words::of(self.search.as_deref().unwrap_or_default())
    }

    /// The search text.
    pub fn search(&self) -> Option<&str> {
        self.search.as_deref()
    }

    /// The order.
    pub const fn order(&self) -> (&'static Sort, Direction) {
        (self.sort, self.direction)
    }

    /// Whether the order is that of age, in either direction.
    fn is_by_age(&self) -> bool {
        *self.sort == L::LIST.sorts[0]
    }

    /// Whether the list is in the order that it has without a choice.
    pub(super) fn is_newest_first(&self) -> bool {
        self.is_by_age() && self.direction == Direction::Descending
    }

    /// The place of the order among those of the list, in both directions.
    pub(super) fn order_place(&self) -> usize {
        let sort = L::LIST.sorts.iter().position(|sort| sort == self.sort).unwrap_or(0);
        sort * 2 + usize::from(self.direction == Direction::Descending)
    }

    /// The filters with what was asked of them.
    pub fn asked(&self) -> impl Iterator<Item = (&'static Filter, &FilterValue)> {
        let pairs = L::LIST.filters.iter().zip(&self.filters);
        pairs.filter_map(|(filter, value)| Some((filter, value.as_ref()?)))
    }

    /// What was asked of a filter.
    pub fn value_of(&self, filter: &Filter) -> Option<&FilterValue> {
        self.asked().find(|(asked, _)| asked.name == filter.name).map(|(_, value)| value)
    }

    /// Whether some rows are left out.
    pub fn is_narrowed(&self) -> bool {
        self.search.is_some() || self.is_filtered()
    }

    /// Whether a filter leaves rows out.
    pub fn is_filtered(&self) -> bool {
        self.filters.iter().any(Option::is_some)
    }

    /// The parameters of the filters' conditions.
    pub(super) fn filter_params(&self, zone: &TimeZone) -> Vec<Param<'static>> {
        let pairs = L::LIST.filters.iter().zip(&self.filters);
        pairs.map(|(filter, value)| filter.param(value.as_ref(), zone)).collect()
    }

    /// The value for `LIMIT`: one more row than shown, to know whether there is a next page.
    pub const fn limit(&self) -> i64 {
        self.per_page + 1
    }

    /// The position after which the rows start.
    pub(super) fn start(&self, zone: &TimeZone) -> Position {
        self.after.clone().unwrap_or_else(|| self.beginning(zone))
    }

    /// The position before the first row. Where a filter limits what the rows are ordered by, that is
    /// where it begins, so that no others are read.
    pub(super) fn beginning(&self, zone: &TimeZone) -> Position {
        let id = String::new();
        let bound = |is_bound: fn(&FilterKind) -> bool| {
            self.asked()
                .filter(|(filter, _)| filter.column == self.sort.key && is_bound(&filter.kind))
                .find_map(|(filter, value)| match filter.param(Some(value), zone) {
                    Param::Int(at) => Some(at),
                    _ => None,
                })
        };
        let key = match (self.sort.kind, self.direction) {
            (KeyKind::Number, Direction::Ascending) => {
                let from = bound(|kind| matches!(kind, FilterKind::From(_)));
                Key::Number(from.unwrap_or(i64::MIN))
            }
            (KeyKind::Number, Direction::Descending) => {
                let to = bound(|kind| matches!(kind, FilterKind::To(_)));
                Key::Number(to.unwrap_or(i64::MAX))
            }
            (KeyKind::Text, Direction::Ascending) => Key::Text(String::new()),
            (KeyKind::Text, Direction::Descending) => Key::Text(char::MAX.to_string()),
        };
        Position { key, id }
    }

    /// Whether the rows start after a position instead of after a number of rows.
    pub const fn has_position(&self) -> bool {
        self.after.is_some()
    }

    /// The value for `OFFSET`, from the position on.
    pub const fn offset(&self) -> i64 {
        if self.after.is_some() { 0 } else { self.rows_before() }
    }

    /// How many rows are on the pages before this one.
    pub const fn rows_before(&self) -> i64 {
        (self.page - 1) * self.per_page
    }

    /// The last page of `count` rows; `None` if there are none.
    pub const fn last_page(&self, count: i64) -> Option<i64> {
        if count > 0 { Some((count - 1) / self.per_page + 1) } else { None }
    }

    /// The parameters that say which rows, in which order, and how many on a page; those that say
    /// what goes without saying are left out.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        pairs.extend(self.search.clone().map(|search| ("search", search)));
        pairs.extend(self.asked().map(|(filter, value)| (filter.name, value.text.clone())));
        pairs.extend(Self::order_parameter(self.sort, self.direction).map(|order| ("sort", order)));
        if self.per_page != self.default_per_page {
            pairs.push(("per_page", self.per_page.to_string()));
        }
        pairs
    }

    /// The same, and the page with its position.
    pub fn pairs_of_page(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs();
        if self.page > 1 {
            pairs.push(("page", self.page.to_string()));
            pairs.extend(self.after.as_ref().map(|after| ("after", self.write(after))));
        }
        pairs
    }

    /// A position in this order, as the parameter `after`.
    pub fn write(&self, position: &Position) -> String {
        position.write(self.sort, self.is_by_age())
    }

    /// The parameter `sort` of another order; none for the list's own.
    pub fn order_parameter(sort: &Sort, direction: Direction) -> Option<String> {
        let is_own = *sort == L::LIST.sorts[0] && direction == Direction::Descending;
        (!is_own).then(|| write_sort(sort, direction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::declared::List;
    use crate::lists::filter::Span;

    struct Thing;

    impl Listed for Thing {
        type Parent = ();

        const LIST: &'static List = &List {
            kind: "thing",
            table: "things",
            within: None,
            sorts: &[
                Sort::by_number("createdAt", "c.created_at"),
                Sort::by_text("name", "c.name_key"),
            ],
            filters: &[
                Filter::from("createdFrom", Span::Moments, "c.created_at", "", ""),
                Filter::to("createdTo", Span::Moments, "c.created_at", "", ""),
            ],
        };
    }

    fn read(query: &str) -> Result<Parts<Thing>, FieldErrors> {
        Part::read(url::form_urlencoded::parse(query.as_bytes()), 15)
    }

    fn part(query: &str) -> Part<Thing> {
        read(query).unwrap().0
    }

    fn query(part: &Part<Thing>) -> String {
        let pairs = part.pairs_of_page();
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    #[test]
    fn a_part_is_written_as_it_was_asked_for() {
        for query_text in [
            "",
            "search=a%26b&page=2",
            "createdFrom=2026-11-24&createdTo=2026-11-24T02%3A48%3A00%2B01%3A00&sort=name",
            "sort=-name&per_page=100&page=3&after=name.YQ-cst_a",
            "sort=createdAt&page=3&after=986-cst_14",
        ] {
            assert_eq!(query(&part(query_text)), query_text);
        }
        // What goes without saying.
        assert_eq!(query(&part("sort=-createdAt&per_page=15&page=1&unknown=1")), "");
    }

    #[test]
    fn a_position_stands_in_the_place_of_the_rows_before_it() {
        let zone = TimeZone::UTC;
        let request = part("page=3&after=986-cst_14");
        let position = Position { key: Key::Number(986), id: "cst_14".to_owned() };
        assert_eq!((request.start(&zone), request.offset()), (position, 0));
        let plain = part("page=3&per_page=10");
        assert_eq!((plain.start(&zone).key, plain.offset()), (Key::Number(i64::MAX), 20));
    }

    #[test]
    fn a_list_begins_where_its_filter_does() {
        let zone = TimeZone::UTC;
        let key = |query: &str| part(query).start(&zone).key;
        let range = "createdFrom=1970-01-02&createdTo=1970-01-02";
        assert_eq!(key(range), Key::Number(2 * 86_400_000));
        assert_eq!(key(&format!("{range}&sort=createdAt")), Key::Number(86_400_000));
        assert_eq!(key(&format!("{range}&sort=name")), Key::Text(String::new()));
        assert_eq!(key("sort=createdAt"), Key::Number(i64::MIN));
    }

    #[test]
    fn what_is_faulty_is_named_and_an_unknown_order_passed_over() {
        let faulty = |query: &str| {
            let errors = read(query).err().unwrap_or_default();
            errors.to_json().keys().map(|name| (*name).to_owned()).collect::<Vec<_>>()
        };
        for page in ["0", "-1", "x", "", "99999999999"] {
            assert_eq!(faulty(&format!("page={page}")), ["page"], "{page}");
        }
        for number in ["0", "101", "x", "", "-1", "4294967296"] {
            assert_eq!(faulty(&format!("per_page={number}")), ["per_page"], "{number}");
        }
        assert_eq!(faulty("createdFrom=&createdTo=2026-02-30"), ["createdFrom", "createdTo"]);
        // A position belongs to the order in which it was given.
        for query in ["after=5", "after=name.YQ-cst_a", "sort=name&after=986-cst_14", "after="] {
            assert_eq!(faulty(query), ["after"], "{query}");
        }
        for sort in ["id", "-", "", "Name", "name,createdAt", "--name"] {
            let (part, unknown) = read(&format!("sort={sort}")).unwrap();
            assert!(part.is_newest_first() && unknown.is_some(), "{sort}");
        }
        assert_eq!(read("sort=-name").unwrap().1, None);
    }

    #[test]
    fn the_last_page_is_the_last_with_rows() {
        for (count, page) in [(0, None), (1, Some(1)), (15, Some(1)), (16, Some(2)), (30, Some(2))]
        {
            assert_eq!(part("").last_page(count), page, "{count}");
        }
        assert_eq!(part("per_page=100").last_page(101), Some(2));
    }
}
