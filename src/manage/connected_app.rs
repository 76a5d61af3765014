//! A connected app's own page: what it may do, and every consent as it was given.

use axum::extract::State;
use maud::{Markup, html};

use super::connected_apps::{PATH, app_name};
use super::member::{Member, Section};
use super::page_list::table;
use super::scope_summary;
use crate::auth::ScopeSet;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::GrantId;
use crate::oauth::{ConnectedApp, Consent};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

pub(super) async fn show(State(server): State<Server>, member: Member, Path(id): Path<GrantId>) -> Result<Markup> {
    server.write_down_usage().await;
    let app = ConnectedApp::find(&member.store, &id).await?;
    let consents = Consent::list(&member.store, &id).await?;
    let lang = member.lang();
    let names = ["may", "since", "last_used"].map(|column| lang.text(&format!("manage.apps.column.{column}")).into_owned());
    let revoke = ui::link_button(&tr!(lang, "manage.revoke"), &format!("{PATH}/{id}/revoke"), ButtonStyle::Danger);
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "manage.nav.connected_apps"), Some(PATH)), (&app.app_name, None)]))
        (ui::header(&app.app_name, None, revoke))
        (ui::card(None, html! {
            (app_name(&member, &app, None))
            (ui::definition_list(vec![
                (&*names[0], explained(&member, app.scopes)),
                (&*names[1], member.day(app.created_at)),
                (&*names[2], member.moment_or_never(app.last_used_at)),
            ]))
        }))
        (ui::section(&tr!(lang, "manage.consents.title"), Some(&tr!(lang, "manage.consents.intro")), html! {}, history(&member, &consents)))
    };
    Ok(member.chrome(Section::ConnectedApps).page(&app.app_name, body))
}

fn explained(member: &Member, scopes: ScopeSet) -> Markup {
    html! { ul.plain-list { @for scope in scopes.iter() { li { (scope.explanation(member.lang())) } } } }
}

fn history(member: &Member, consents: &[Consent]) -> Markup {
    let lang = member.lang();
    if consents.is_empty() {
        return ui::empty_state(&tr!(lang, "manage.consents.empty_title"), &tr!(lang, "manage.consents.empty_text"), None);
    }
    let rows = consents.iter().map(|consent| {
        let left_out = consent.left_out();
        vec![
            member.moment(consent.created_at),
            html! { (consent.email) },
            scope_summary(lang, consent.allowed),
            if left_out.is_empty() { ui::muted(&tr!(lang, "manage.consents.nothing")) } else { scope_summary(lang, left_out) },
            html! { (consent.address) @if !consent.user_agent.is_empty() { br; (ui::muted(&consent.user_agent)) } },
        ]
    });
    let heads = [
        "manage.consents.column.when",
        "manage.consents.column.who",
        "manage.consents.column.allowed",
        "manage.consents.column.left_out",
        "manage.consents.column.from",
    ];
    table(lang, &tr!(lang, "manage.consents.title"), &heads, rows.collect())
}
