//! Creating an app.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::form::{self, AppForm};
use super::{client, receiver};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::audit::Action;
use crate::auth::{ScopeSet, Token};
use crate::caller::Caller;
use crate::clients::{App, ClientType, Credential};
use crate::developers::DeveloperMember;
use crate::error::Result;
use crate::fields::Fields;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::quotas;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, ShownOnce};
use crate::values::LogoChange;
use crate::web::{Allowed, FormWithFile, SingleUse, see_other};

pub(super) async fn show(
    member: Allowed<DeveloperMember, may::ManageApps>,
    _: RecentlyAuthenticated,
) -> Markup {
    let client_type = ("client_type".to_owned(), ClientType::Confidential.name().to_owned());
    page(&member, &member.visit.fields(|| vec![client_type]))
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    SingleUse(FormWithFile(mut fields, file), claim): SingleUse<FormWithFile>,
) -> Result<Response> {
    let client_type = client::read_type(&mut fields);
    let AppForm { details, protection, logo } =
        form::read(&mut fields, file.as_ref(), ScopeSet::default())?;
    let developer = &member.developer.id;
    let now = server.clock.now();
    let mut tx = server.begin(&member).await?;
    if !claim.is_first(&mut tx, &member.session, now).await? {
        return Ok(see_other("/developers/apps", Some("flash.note.form_used")));
    }
    server.count_creation(&member.session.account_id)?;
    quotas::APPS.lock(&mut tx, developer).await?;
    let credential = match client_type {
        ClientType::Confidential => Credential::Secret,
        ClientType::Public => Credential::Nothing,
    };
    let (id, secret) = details.create_in(&mut tx, developer, credential, now).await?;
    let quotas = &server.config.quotas;
    quotas::APPS.check(&mut tx, developer, quotas.max_apps_per_developer).await?;
    protection.save_in(&mut tx, developer, &id).await?;
    if let LogoChange::Replace(logo) = logo {
        App::set_logo_in(&mut tx, developer, &id, Some(&logo)).await?;
        quotas::LOGOS.check(&mut tx, developer, quotas.max_logo_kilobytes_per_developer).await?;
    }
    member.event(Action::AppCreated, &details.name, &caller).record(&mut tx, now).await?;
    tx.commit().await?;
    Ok(created(&member, &details.name, &id, secret.as_ref()).into_response())
}

fn page(member: &DeveloperMember, fields: &Fields) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.create_app"));
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "developers.nav.apps"), Some("/developers/apps")), (&title, None)]))
        (ui::header(&title, Some(&tr!(lang, "developers.create.intro")), html! {}))
        (form::form(member, fields, None))
    };
    member.chrome().with_labels(&form::labels(lang)).page(&title, body)
}

/// The only page that ever shows the first secret, if the app has one.
fn created(member: &DeveloperMember, name: &str, id: &AppId, secret: Option<&Token>) -> ShownOnce {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.create.done", app = name));
    let app_id = tr!(lang, "developers.app_id");
    let text = if secret.is_some() {
        tr!(lang, "developers.create.done_text")
    } else {
        tr!(lang, "developers.create.done_public")
    };
    member.chrome().page_once(&title, |once| html! {
        (ui::header(&title, Some(&text), html! {}))
        (ui::card(None, html! {
            (ui::definition_list(vec![(&*app_id, ui::copyable(lang, &app_id, id.as_str()))]))
            @if let Some(secret) = secret {
                (ui::secret_once(once, lang, &tr!(lang, "developers.app_secret"), secret.reveal(), &tr!(lang, "developers.secret_once")))
            }
            (ui::actions(html! {
                (ui::link_button(&tr!(lang, "developers.to_app"), &format!("/developers/apps/{id}"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "developers.receiver.title"), &receiver::path_of(id), ButtonStyle::Secondary))
            }))
        }))
    })
}
