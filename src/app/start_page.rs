//! The start page: overview, first steps, and the newest customers.

use axum::extract::State;
use maud::{Markup, html};

use crate::api_keys::ApiKey;
use crate::error::Result;
use crate::i18n::tr;
use crate::lists::{Part, Positioned};
use crate::manage::{API_KEYS, CONNECTED_APPS, Member, table};
use crate::oauth::ConnectedApp;
use crate::public_urls::Surface;
use crate::resources;
use crate::resources::customers::{self, Customer, customer_link, new_customer_button};
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Icon};
use crate::web::{MenuGroup, Pages, Section};

/// The section of the start page.
const START: Section = Section {
    path: "/manage",
    title: "manage.nav.start",
    icon: Icon::Home,
    group: MenuGroup::Work,
};

/// The number of newest customers shown.
const NEWEST: i64 = 5;

/// Its route, to nest under the manage portal's path.
pub(super) fn pages() -> Pages {
    Pages::of(START).get("/", show)
}

async fn show(member: Member, State(server): State<Server>) -> Result<Markup> {
    let (lang, store) = (member.lang(), &member.store);
    let mut counts = Vec::new();
    for resource in resources::ALL {
        counts.push((resource.section, resource.quota.count(store).await?));
    }
    let (keys, apps) = (
        ApiKey::list(store, server.clock.now()).await?.len(),
        ConnectedApp::list(store).await?.len(),
    );
    let no_connections =
        keys + apps == 0 && member.may_open(&API_KEYS) && member.may_open(&CONNECTED_APPS);
    let newest = customers::queries::list(store, &Part::first(NEWEST), member.time_zone()).await?;
    let no_customers = newest.is_empty();
    let docs = server.sites.url(Surface::Docs, "/docs");
    counts.extend([(API_KEYS, keys as i64), (CONNECTED_APPS, apps as i64)]);
    let shown = counts.iter().filter(|(section, _)| member.may_open(section));
    let stats = shown.map(|(section, count)| {
        ui::stat(&tr!(lang, section.title), &count.to_string(), Some(section.path))
    });
    let title = tr!(lang, "manage.start.title");
    let body = html! {
        (ui::header(&title, None, new_customer_button(lang)))
        (ui::grid(stats.collect()))
        @if no_customers || no_connections { (first_steps(&member, no_customers, no_connections)) }
        @if !newest.is_empty() { (newest_customers(&member, &newest)) }
        (ui::section(&tr!(lang, "manage.start.docs_title"), Some(&tr!(lang, "manage.start.docs_text")), html! {},
            html! { p { (ui::link_button(&tr!(lang, "manage.docs"), &docs, ButtonStyle::Secondary)) } }))
    };
    Ok(member.chrome(&START).page(&title, body))
}

/// The first steps in a new portal, without those already done.
fn first_steps(member: &Member, no_customers: bool, no_connections: bool) -> Markup {
    let lang = member.lang();
    let step = |title: &'static str, text: &'static str, button: Markup| {
        ui::card(Some(&tr!(lang, title)), html! { p { (tr!(lang, text)) } p { (button) } })
    };
    let button = |label: &'static str, href: String| {
        ui::link_button(&tr!(lang, label), &href, ButtonStyle::Secondary)
    };
    let mut steps = Vec::new();
    if no_customers {
        let new = button("customers.new", format!("{}/new", customers::SECTION.path));
        steps.push(step("manage.start.customers_title", "manage.start.customers_text", new));
    }
    if no_connections {
        let new = button("manage.api_keys.create", format!("{}/new", API_KEYS.path));
        steps.push(step("manage.start.keys_title", "manage.start.keys_text", new));
        let apps = button("manage.nav.connected_apps", CONNECTED_APPS.path.to_owned());
        steps.push(step("manage.start.apps_title", "manage.start.apps_text", apps));
    }
    ui::section(&tr!(lang, "manage.start.first_steps"), None, html! {}, ui::grid(steps))
}

fn newest_customers(member: &Member, newest: &[Positioned<Customer>]) -> Markup {
    let lang = member.lang();
    let rows = newest.iter().map(|Positioned { row: customer, .. }| {
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
