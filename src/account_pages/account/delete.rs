//! Deleting one's own account.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::Section;
use crate::account_pages::person::Person;
use crate::account_pages::{RecentlyAuthenticated, mails};
use crate::accounts::{Account, GRACE, Organisation, SoleOwned};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::Result;
use crate::i18n::tr;
use crate::public_urls::Surface;
use crate::server::Server;
use crate::time::{amsterdam, readable_day};
use crate::ui::{self, ButtonStyle, FlashKind};
use crate::web::{Form, forget_session, page_again, see_other};

const PAGE: &str = "account/delete";

/// The section of the profile page that leads here.
pub(super) fn zone(person: &Person) -> Markup {
    let lang = person.lang();
    ui::danger_zone(
        &tr!(lang, "account.delete.title"),
        html! {
            p { (tr!(lang, "account.delete.zone")) }
            (ui::actions(ui::link_button(&tr!(lang, "account.delete.title"), &person.path(PAGE), ButtonStyle::Danger)))
        },
    )
}

pub(super) async fn show(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
) -> Result<Markup> {
    let in_the_way = SoleOwned::list(&server.db, &person.session.account_id).await?;
    Ok(page(&server, &person, &in_the_way))
}

pub(super) async fn submit(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let (now, mut tx) = (server.clock.now(), person.begin(&server).await?);
    let token = match Account::delete(&mut tx, &person.session.account_id, now).await? {
        Ok(token) => token,
        // The page says what is in the way.
        Err(_) => return Ok(page_again(&person.visit)),
    };
    person.record(&mut tx, &caller, Action::AccountDeleted, "", now).await?;
    tx.commit().await?;
    let (visit, session) = (&person.visit, &person.session);
    let day = readable_day(now + GRACE, &amsterdam(), visit.lang);
    let link = mails::link(&server, visit.site, "restore-account", &token);
    let text =
        tr!(visit.lang, "mail.account_deleted.text", name = session.name, day = day, link = link);
    mails::send(&server, visit.lang, &session.email, "mail.account_deleted.subject", &text);
    let mut response =
        see_other(&format!("{}/login", visit.site.path()), Some("flash.account_deleted"));
    forget_session(response.headers_mut(), &server, visit.site);
    Ok(response)
}

fn page(server: &Server, person: &Person, in_the_way: &[SoleOwned]) -> Markup {
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.delete.title"));
    let profile = person.path(Section::Profile.page());
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, Section::Profile.label()), Some(&profile)), (&title, None)]))
        (ui::header(&title, None, html! {}))
        @if in_the_way.is_empty() {
            p { (tr!(lang, "account.delete.text")) }
            p {
                @match server.config.audit_days {
                    0 => (tr!(lang, "account.delete.kept_forever")),
                    days => (tr!(lang, "account.delete.kept", days = days)),
                }
            }
            (ui::form(&person.path(PAGE), &person.visit.mark, ui::actions(html! {
                (ui::submit(&tr!(lang, "account.delete.submit"), ButtonStyle::Danger))
                (ui::link_button(&tr!(lang, "ui.cancel"), &profile, ButtonStyle::Secondary))
            })))
        } @else {
            (ui::notice(FlashKind::Info, Some(&tr!(lang, "account.delete.sole_owner")), html! {
                p { (tr!(lang, "account.delete.what_to_do")) }
                ul { @for owned in in_the_way { li { (owned_name(server, person, owned)) } } }
            }))
            (ui::actions(ui::link_button(&tr!(lang, "account.delete.back"), &profile, ButtonStyle::Secondary)))
        }
    };
    person.chrome(Section::Profile).page(&title, body)
}

/// The name and its site.
fn owned_name(server: &Server, person: &Person, owned: &SoleOwned) -> Markup {
    let (kind, surface, path) = match owned.organisation {
        Organisation::Portal(_) => ("ui.site_manage", Surface::Manage, "/manage/portals"),
        Organisation::Developer(_) => {
            ("ui.site_developers", Surface::Developers, "/developers/organisations")
        }
    };
    html! { (owned.name) " (" a href=(server.public_urls.url(surface, path)) { (tr!(person.lang(), kind)) } ")" }
}
