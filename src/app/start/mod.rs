//! The start page: what asks for attention, the first steps, the requests of thirty days, and the
//! newest customers.

mod attention;
mod first_steps;
mod found;
mod requests;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use self::found::Found;
use crate::accounts::{are_first_steps_hidden, hide_first_steps};
use crate::error::Result;
use crate::i18n::tr;
use crate::lists::{Part, Positioned};
use crate::manage::{API_KEYS, CONNECTED_APPS, Member, table};
use crate::public_urls::Surface;
use crate::resources;
use crate::resources::customers::{self, Customer, customer_link, new_customer_button};
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Icon};
use crate::web::{Form, MenuGroup, Pages, Section, see_other};

/// The section of the start page.
const START: Section = Section {
    path: "/manage",
    title: "manage.nav.start",
    icon: Icon::Home,
    group: MenuGroup::Work,
    key: Some('h'),
};

/// The number of newest customers shown.
const NEWEST: i64 = 5;

/// Its routes, to nest under the manage portal's path.
pub(super) fn pages() -> Pages {
    Pages::of(START).get("/", show).post("/first-steps", hide)
}

async fn show(member: Member, State(server): State<Server>) -> Result<Markup> {
    let (lang, store) = (member.lang(), &member.store);
    let mut counts = Vec::new();
    for resource in resources::ALL {
        counts.push((resource.section, resource.quota.count(store).await?));
    }
    let newest = customers::queries::list(store, &Part::first(NEWEST), member.time_zone()).await?;
    let found = Found::of(&member, &server, !newest.is_empty()).await?;
    let are_hidden = are_first_steps_hidden(store, &member.session.account_id).await?;
    let docs = server.public_urls.url(Surface::Docs, "/docs");
    let sizes = [(API_KEYS, found.keys.len()), (CONNECTED_APPS, found.apps.len())];
    let sizes = sizes.map(|(section, size)| (section, i64::try_from(size).unwrap_or(i64::MAX)));
    counts.extend(sizes);
    let shown = counts.iter().filter(|(section, _)| member.may_open(section));
    let stats = shown.map(|(section, count)| {
        ui::stat(&tr!(lang, section.title), &lang.number(*count), Some(section.path))
    });
    let title = tr!(lang, "manage.start.title");
    let body = html! {
        (ui::header(&title, None, new_customer_button(lang)))
        (attention::list(&member, &found))
        @if !are_hidden { (first_steps::card(&member, &found)) }
        (ui::grid(stats.collect()))
        (requests::section(&member, &found))
        @if !newest.is_empty() { (newest_customers(&member, &newest)) }
        (ui::section(&tr!(lang, "manage.start.docs_title"), Some(&tr!(lang, "manage.start.docs_text")), html! {},
            html! { p { (ui::link_button(&tr!(lang, "manage.docs"), &docs, ButtonStyle::Secondary)) } }))
    };
    Ok(member.chrome(&START).page(&title, body))
}

async fn hide(member: Member, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    hide_first_steps(&mut tx, &member.session.account_id, member.now()).await?;
    tx.commit().await?;
    Ok(see_other(START.path, Some("flash.first_steps_hidden")))
}

fn newest_customers(member: &Member, newest: &[Positioned<Customer>]) -> Markup {
    let lang = member.lang();
    // A part has one row more, which tells whether there is a next page.
    let rows = newest.iter().take(NEWEST as usize).map(|Positioned { row: customer, .. }| {
        vec![
            customer_link(customer),
            html! { (customer.details.city) },
            member.day(customer.created_at),
        ]
    });
    let heads = ["customers.column.name", "customers.column.city", "customers.column.created"];
    let title = tr!(lang, "manage.start.newest");
    let all = ui::link_button(
        &tr!(lang, "manage.start.all_customers"),
        customers::SECTION.path,
        ButtonStyle::Quiet,
    );
    ui::section(&title, None, all, table(lang, &title, &heads, rows.collect()))
}
