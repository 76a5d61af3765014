//! Lists on pages: the query, and the controls around the rows. They come of the list's declaration.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use maud::{Markup, html};
use url::form_urlencoded;

use super::Member;
use crate::error::{Error, Message, Result};
use crate::http::{ListRequest, Listing};
use crate::i18n::{Lang, tr};
use crate::lists::{
    Direction, Filter, FilterKind, FilterValue, Listed, MAX_COUNTED, Part, Positioned, Sort,
};
use crate::server::Server;
use crate::time::{readable, readable_date};
use crate::ui::{self, ButtonStyle, Head, HeadSort, Pagination, Sorted};

/// The numbers of rows per page to choose from; the first is the default.
const SIZES: [i64; 3] = [25, 50, 100];

/// The part of a list that a page shows; its links are paths on this site.
pub struct PageList<L>(pub ListRequest<L>);

impl<L: Listed> FromRequestParts<Server> for PageList<L> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        // The form of the filters sends all of its fields.
        // A later one counts.
        let own = L::PAGE_ORDER.map(|order| ("sort".into(), order.into()));
        let query = own.into_iter().chain(query.filter(|(_, value)| !value.is_empty()));
        let part = Part::read(query, SIZES[0]);
        let part = part.map_err(|_| Error::BadRequest(Message::new("manage.list.invalid")))?.0;
        Ok(Self(ListRequest::new(uri.path().to_owned(), part)))
    }
}

/// A table with text keys as heads; otherwise like [`ui::table`].
pub fn table(lang: Lang, caption: &str, heads: &[&'static str], rows: Vec<Vec<Markup>>) -> Markup {
    let heads: Vec<_> =
        heads.iter().map(|key| if key.is_empty() { "".into() } else { tr!(lang, *key) }).collect();
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    ui::table(caption, &heads, rows)
}

/// A table of a list's rows. Each head is a text key, and the field of the order that it stands for.
pub fn list_table<L: Listed>(
    lang: Lang,
    request: &ListRequest<L>,
    caption: &str,
    heads: &[(&'static str, Option<&str>)],
    rows: Vec<Vec<Markup>>,
) -> Markup {
    ui::sortable_table(caption, &heads_of(lang, request, heads), rows)
}

pub(super) fn heads_of<L: Listed>(
    lang: Lang,
    request: &ListRequest<L>,
    heads: &[(&'static str, Option<&str>)],
) -> Vec<Head<'static>> {
    let head = |(key, field): &(&'static str, Option<&str>)| {
        let sort = field.and_then(|field| L::LIST.sorts.iter().find(|sort| sort.field == field));
        Head { label: tr!(lang, *key), sort: sort.map(|sort| head_sort(request, sort)) }
    };
    heads.iter().map(head).collect()
}

/// The link that sorts by a column, or turns its order round.
fn head_sort<L: Listed>(request: &ListRequest<L>, sort: &'static Sort) -> HeadSort {
    let (own, direction) = request.order();
    let current = (own == sort).then_some(direction);
    let next = current.map_or_else(|| sort.first_direction(), Direction::reversed);
    let parameter = Part::<L>::order_parameter(sort, next);
    HeadSort {
        href: request.url_with("sort", parameter.as_deref()),
        current: current.map(|current| match current {
            Direction::Ascending => Sorted::Ascending,
            Direction::Descending => Sorted::Descending,
        }),
    }
}

/// A page of a list, and if it is beyond the end of the list, which page is the last.
pub struct PageOf<T> {
    /// The rows, and the URLs of the pages around them.
    pub listing: Listing<T>,
    /// The number of rows on all pages; if there are more than [`MAX_COUNTED`], it is larger.
    total: i64,
    /// The last page with rows, if this one has none.
    last_page: Option<i64>,
}

/// What the filters of a list by ids can say: the name of the filter, and ids with names.
pub type Options<'a> = &'a [(&'static str, Vec<(String, String)>)];

impl<T> PageOf<T> {
    /// The requested page with these rows. `count` counts the rows of all pages up to a number.
    ///
    /// # Errors
    /// Those of `count`.
    pub async fn of<L: Listed>(
        request: &ListRequest<L>,
        rows: Vec<Positioned<T>>,
        count: impl AsyncFnOnce(i64) -> Result<i64>,
    ) -> Result<Self> {
        let listing = request.listing(rows);
        let is_beyond = listing.data.is_empty() && request.rows_before() > 0;
        let shown = listing.to.filter(|_| listing.next_page_url.is_none());
        let total = match shown {
            // The end of the list is on this page.
            Some(last) if !request.has_position() => last,
            None if listing.data.is_empty() && !is_beyond => 0,
            _ => count((MAX_COUNTED + 1).max(request.rows_before())).await?,
        };
        let last_page = if is_beyond { request.last_page(total) } else { None };
        Ok(Self { listing, total, last_page })
    }

    /// The rows.
    pub fn rows(&self) -> &[T] {
        &self.listing.data
    }

    /// Whether the list itself is empty, not just this page or the results of a search.
    pub fn is_empty_list<L: Listed>(&self, request: &ListRequest<L>) -> bool {
        self.rows().is_empty() && !request.is_narrowed() && self.last_page.is_none()
    }

    /// The controls, and a form of the rows with buttons to other pages, so that what is ticked can
    /// travel along: `form` gets those buttons.
    pub fn show_form<L: Listed>(
        &self,
        member: &Member,
        request: &ListRequest<L>,
        search_label: &str,
        options: Options<'_>,
        form: impl FnOnce(Markup) -> Markup,
    ) -> Markup {
        if self.listing.data.is_empty() {
            return self.show(member, request, search_label, options, html! {});
        }
        let lang = member.lang();
        html! {
            (Controls { member, request, options }.show(search_label))
            (form(ui::pagination_in_form(lang, self.pagination(lang, request))))
        }
    }

    /// The search box and the filters, the `table` of the rows, and the links to other pages.
    pub fn show<L: Listed>(
        &self,
        member: &Member,
        request: &ListRequest<L>,
        search_label: &str,
        options: Options<'_>,
        table: Markup,
    ) -> Markup {
        let lang = member.lang();
        html! {
            (Controls { member, request, options }.show(search_label))
            @if !self.listing.data.is_empty() {
                (table)
                (ui::pagination(lang, self.pagination(lang, request)))
            } @else if let Some(last) = self.last_page {
                (beyond_the_end(lang, request, last))
            } @else {
                p.muted { (tr!(lang, "manage.list.nothing_found")) }
            }
        }
    }

    fn pagination<L: Listed>(&self, lang: Lang, request: &ListRequest<L>) -> Pagination<'_> {
        let listing = &self.listing;
        let shown = listing.from.zip(listing.to).map(|(first, last)| {
            let [first, last] = [first, last].map(|number| lang.number(number));
            let total = if self.total > MAX_COUNTED && request.is_narrowed() {
                tr!(lang, "ui.more_than", count = lang.number(MAX_COUNTED)).into_owned()
            } else {
                // Rows may have been added since this page was reached.
                lang.number(self.total.max(listing.to.unwrap_or_default()))
            };
            tr!(lang, "ui.shown_of", first = first, last = last, total = total).into_owned()
        });
        let size = |size: i64| {
            let parameter = (size != SIZES[0]).then(|| size.to_string());
            let href = request.url_with("per_page", parameter.as_deref());
            (size, (size != request.per_page()).then_some(href))
        };
        let has_choice = self.total > SIZES[0] || request.per_page() != SIZES[0];
        Pagination {
            prev: listing.prev_page_url.as_deref(),
            next: listing.next_page_url.as_deref(),
            shown,
            sizes: if has_choice { SIZES.map(size).into() } else { Vec::new() },
        }
    }
}

/// The controls above a list.
struct Controls<'a, L> {
    member: &'a Member,
    request: &'a ListRequest<L>,
    options: Options<'a>,
}

impl<L: Listed> Controls<'_, L> {
    fn show(&self, search_label: &str) -> Markup {
        html! {
            (ui::toolbar(self.search(search_label), html! {}))
            (self.chips())
        }
    }

    /// The search box, and the fields of the filters.
    fn search(&self, label: &str) -> Markup {
        let (lang, request) = (self.member.lang(), self.request);
        let fields: Vec<(&str, Markup)> = L::LIST
            .filters
            .iter()
            .filter_map(|filter| Some((filter.name, self.field(filter)?)))
            .collect();
        // What the form has no field for stays as it is.
        let is_hidden = |name: &str| name != "search" && fields.iter().all(|(own, _)| *own != name);
        let hidden = request.pairs().into_iter().filter(|(name, _)| is_hidden(name));
        let more = html! {
            @for (name, value) in hidden { (ui::hidden(name, &value)) }
            @if !fields.is_empty() {
                (ui::list_filters(&tr!(lang, "list.filters"), &tr!(lang, "list.apply"), false, html! {
                    @for (_, field) in &fields { (field) }
                }))
            }
        };
        let clear = request.url_with("search", None);
        let search = request.search().unwrap_or_default();
        ui::search_in(lang, request.path(), search, label, &clear, more)
    }

    /// The field of a filter; none for ids without a name.
    fn field(&self, filter: &Filter) -> Option<Markup> {
        let (lang, zone) = (self.member.lang(), self.member.time_zone());
        let (label, value) = (tr!(lang, filter.label), self.request.value_of(filter));
        let text = value.map_or("", |value| &value.text);
        let select = |options: Vec<(String, String)>| {
            ui::filter_select(filter.name, &label, &tr!(lang, "list.all"), options, text)
        };
        match filter.kind {
            FilterKind::Choice { choices, .. } => {
                let options = choices(lang).into_iter();
                Some(select(options.map(|(value, name)| (value.to_owned(), name)).collect()))
            }
            FilterKind::Id { .. } => {
                self.options_of(filter).filter(|options| !options.is_empty()).map(select)
            }
            FilterKind::From(_) | FilterKind::To(_) => {
                let day = value.and_then(|value| value.day(zone));
                Some(ui::filter_date(filter.name, &label, day))
            }
        }
    }

    fn options_of(&self, filter: &Filter) -> Option<Vec<(String, String)>> {
        let options = self.options.iter().find(|(name, _)| *name == filter.name);
        options.map(|(_, options)| options.clone())
    }

    /// The filters in use, each with a link without it.
    fn chips(&self) -> Markup {
        let (lang, request) = (self.member.lang(), self.request);
        let chips: Vec<(String, String)> = request
            .asked()
            .map(|(filter, value)| {
                let label = tr!(lang, filter.label);
                (
                    format!("{label}: {}", self.shown(filter, value)),
                    request.url_with(filter.name, None),
                )
            })
            .collect();
        if chips.is_empty() {
            return html! {};
        }
        let (clear, all) = (tr!(lang, "list.clear"), request.url_without_filters());
        let clear = (chips.len() > 1).then_some((clear.as_ref(), all.as_str()));
        ui::chips(&tr!(lang, "list.filters"), chips, &tr!(lang, "list.remove"), clear)
    }

    /// What a filter says, for people.
    fn shown(&self, filter: &Filter, value: &FilterValue) -> String {
        let (lang, zone) = (self.member.lang(), self.member.time_zone());
        let named = match filter.kind {
            FilterKind::Choice { choices, .. } => choices(lang)
                .into_iter()
                .find(|(known, _)| *known == value.text)
                .map(|(_, name)| name),
            FilterKind::Id { .. } => self
                .options_of(filter)
                .and_then(|options| options.into_iter().find(|(id, _)| *id == value.text))
                .map(|(_, name)| name),
            FilterKind::From(_) | FilterKind::To(_) => match value.exact(zone) {
                Some(moment) => Some(readable(moment, zone, lang)),
                None => value.day(zone).map(|day| readable_date(day, lang)),
            },
        };
        named.unwrap_or_else(|| value.text.clone())
    }
}

/// Shown instead of rows on a page after the last one, for instance when rows were deleted.
fn beyond_the_end<L: Listed>(lang: Lang, request: &ListRequest<L>, last: i64) -> Markup {
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
