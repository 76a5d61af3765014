//! The developer's apps.

use axum::extract::State;
use maud::{Markup, html};

use super::{logo, recommended};
use crate::accounts::Permission;
use crate::clients::App;
use crate::developers::DeveloperMember;
use crate::developers::moments::day;
use crate::error::Result;
use crate::i18n::tr;
use crate::oauth::Recommendation;
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

pub(super) async fn show(member: DeveloperMember, State(server): State<Server>) -> Result<Markup> {
    let lang = member.lang();
    let apps = App::list(&server.db, &member.developer.id).await?;
    let title = tr!(lang, "developers.nav.apps");
    let create = ui::link_button(
        &tr!(lang, "developers.create_app"),
        "/developers/apps/new",
        ButtonStyle::Primary,
    );
    let create = html! { @if member.may(Permission::ManageApps) { (create) } };
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "developers.list.intro")), create))
        @if apps.is_empty() { (nothing_yet(&member)) } @else { (table(&server, &member, &apps)) }
    };
    Ok(member.chrome().page(&title, body))
}

fn table(server: &Server, member: &DeveloperMember, apps: &[App]) -> Markup {
    let lang = member.lang();
    let open: Vec<Vec<Recommendation>> =
        apps.iter().map(|app| Recommendation::open_for(app, &server.config)).collect();
    let marked: Vec<Recommendation> = Recommendation::ALL
        .into_iter()
        .filter(|one| open.iter().any(|open| open.contains(one)))
        .collect();
    let (name, app_id) = (tr!(lang, "developers.list.name"), tr!(lang, "developers.app_id"));
    let (scopes, created) = (tr!(lang, "developers.list.scopes"), tr!(lang, "developers.created"));
    let recommended = tr!(lang, "developers.recommended.column");
    let rows = apps.iter().zip(&open).map(|(app, open)| {
        vec![
            html! { a.app-name href={ "/developers/apps/" (app.id) } { (logo::mark(app)) span { (ui::name(&app.name)) } } },
            ui::copyable(lang, &app_id, app.id.as_str()),
            html! { (app.scopes.iter().count()) },
            recommended::badges(lang, open),
            html! { time datetime=(app.created_at) { (day(lang, app.created_at)) } },
        ]
    });
    html! {
        (ui::table(
            &tr!(lang, "developers.nav.apps"),
            &[&name, &app_id, &scopes, &recommended, &created],
            rows.collect(),
        ))
        (recommended::legend(lang, &marked))
    }
}

fn nothing_yet(member: &DeveloperMember) -> Markup {
    let lang = member.lang();
    let step = |title: &'static str, text: &'static str| {
        (tr!(lang, title).into_owned(), html! { p { (tr!(lang, text)) } })
    };
    let steps = vec![
        step("developers.list.step1", "developers.list.step1_text"),
        step("developers.list.step2", "developers.list.step2_text"),
        step("developers.list.step3", "developers.list.step3_text"),
    ];
    html! {
        (ui::empty_state(&tr!(lang, "developers.list.empty"), &tr!(lang, "developers.list.empty_text"), None))
        (ui::section(&tr!(lang, "developers.list.steps"), None, html! {}, ui::card(None, ui::steps(steps))))
    }
}
