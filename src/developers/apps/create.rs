//! A new app.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::form::{self, AppForm, LogoChange};
use crate::accounts::pages::RecentlyAuthenticated;
use crate::developers::DeveloperMember;
use crate::error::Result;
use crate::http::Fields;
use crate::http::site::FormWithFile;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::oauth::App;
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

pub(super) async fn show(member: DeveloperMember, _: RecentlyAuthenticated) -> Markup {
    page(&member, &Fields::pairs(Vec::new()))
}

pub(super) async fn submit(
    State(server): State<Server>,
    member: DeveloperMember,
    _: RecentlyAuthenticated,
    FormWithFile(mut fields, file): FormWithFile,
) -> Result<Response> {
    let Some(AppForm { details, protection, logo }) = form::read(&mut fields, file.as_ref()) else {
        return Ok(page(&member, &fields).into_response());
    };
    let developer = &member.developer.id;
    let (id, secret) = details.create(&server.db, developer, server.clock.now()).await?;
    protection.save(&server.db, developer, &id).await?;
    if let LogoChange::Replace(logo) = logo {
        App::set_logo(&server.db, developer, &id, Some(&logo)).await?;
    }
    Ok(created(&member, &details.name, &id, secret.reveal()).into_response())
}

fn page(member: &DeveloperMember, fields: &Fields) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.create_app"));
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "developers.nav.apps"), Some("/developers/apps")), (&title, None)]))
        (ui::header(&title, Some(&tr!(lang, "developers.create.intro")), html! {}))
        (form::form(member, fields, None))
    };
    member.chrome().page(&title, body)
}

/// The only page that ever shows the first secret.
fn created(member: &DeveloperMember, name: &str, id: &AppId, secret: &str) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.create.done", app = name));
    let app_id = tr!(lang, "developers.app_id");
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "developers.create.done_text")), html! {}))
        (ui::card(None, html! {
            (ui::definition_list(vec![(&*app_id, ui::copyable(lang, &app_id, id.as_str()))]))
            (ui::secret_once(lang, &tr!(lang, "developers.app_secret"), secret, &tr!(lang, "developers.secret_once")))
            (ui::actions(ui::link_button(&tr!(lang, "developers.to_app"), &format!("/developers/apps/{id}"), ButtonStyle::Primary)))
        }))
    };
    member.chrome().page(&title, body)
}
