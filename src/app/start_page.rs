//! The start page: overview, first steps, and the newest customers.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use maud::{Markup, html};

use crate::api_keys::ApiKey;
use crate::error::Result;
use crate::i18n::tr;
use crate::lists::{Part, Positioned};
use crate::manage::{Member, Section, table};
use crate::oauth::ConnectedApp;
use crate::public_urls::Surface;
use crate::resources::customers::{Customer, customer_link, new_customer_button};
use crate::resources::{customer_groups, customers};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

/// The number of newest customers shown.
const NEWEST: i64 = 5;

/// Its route, to nest under the manage portal's path.
pub(super) fn routes() -> Router<Server> {
    Router::new().route("/", get(show))
}

async fn show(State(server): State<Server>, member: Member) -> Result<Markup> {
    let (lang, store) = (member.lang(), &member.store);
    let customers = customers::queries::count(store).await?;
    let groups = customer_groups::queries::count(store).await?;
    let (keys, apps) = (
        ApiKey::list(store, server.clock.now()).await?.len(),
        ConnectedApp::list(store).await?.len(),
    );
    let no_connections = keys + apps == 0
        && member.may_open(Section::ApiKeys)
        && member.may_open(Section::ConnectedApps);
    let newest = customers::queries::list(store, &Part::first(NEWEST), &member.time_zone()).await?;
    let docs = server.sites.url(Surface::Docs, "/docs");
    let stat = |section: Section, count: String| {
        ui::stat(&tr!(lang, section.label()), &count, Some(section.path()))
    };
    let connections = [(Section::ApiKeys, keys), (Section::ConnectedApps, apps)]
        .into_iter()
        .filter(|(section, _)| member.may_open(*section));
    let connections = connections.map(|(section, count)| stat(section, count.to_string()));
    let title = tr!(lang, "manage.start.title");
    let body = html! {
        (ui::header(&title, None, new_customer_button(lang)))
        (ui::grid(vec![
            stat(Section::Customers, customers.to_string()),
            stat(Section::CustomerGroups, groups.to_string()),
        ].into_iter().chain(connections).collect()))
        @if customers == 0 || no_connections { (first_steps(&member, customers == 0, no_connections)) }
        @if !newest.is_empty() { (newest_customers(&member, &newest)) }
        (ui::section(&tr!(lang, "manage.start.docs_title"), Some(&tr!(lang, "manage.start.docs_text")), html! {},
            html! { p { (ui::link_button(&tr!(lang, "manage.docs"), &docs, ButtonStyle::Secondary)) } }))
    };
    Ok(member.chrome(Section::Start).page(&title, body))
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
        let new = button("customers.new", format!("{}/new", Section::Customers.path()));
        steps.push(step("manage.start.customers_title", "manage.start.customers_text", new));
    }
    if no_connections {
        let new = button("manage.api_keys.create", format!("{}/new", Section::ApiKeys.path()));
        steps.push(step("manage.start.keys_title", "manage.start.keys_text", new));
        let apps = button("manage.nav.connected_apps", Section::ConnectedApps.path().to_owned());
        steps.push(step("manage.start.apps_title", "manage.start.apps_text", apps));
    }
    ui::section(&tr!(lang, "manage.start.first_steps"), None, html! {}, ui::grid(steps))
}

fn newest_customers(member: &Member, newest: &[Positioned<Customer>]) -> Markup {
    let lang = member.lang();
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
        Section::Customers.path(),
        ButtonStyle::Quiet,
    );
    ui::section(&title, None, all, table(lang, &title, &heads, rows.collect()))
}
