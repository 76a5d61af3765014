//! Deleting a portal or a developer: the owner enters its name, and all owners get a link to
//! restore it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::record;
use crate::account_pages::{RecentlyAuthenticated, mails};
use crate::accounts::{GRACE, Site, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::mail::{Mail, Speaker};
use crate::server::Server;
use crate::time::{amsterdam, readable_day};
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Allowed, Form, Membership, see_other};

pub async fn show<M: Membership>(
    member: Allowed<M, may::ManageOrganisation>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
) -> Response {
    page(&server, &*member, &member.visit().fields(Vec::new))
}

pub async fn submit<M: Membership>(
    member: Allowed<M, may::ManageOrganisation>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response> {
    let name = member.organisation_name().to_owned();
    if fields.sent("name").split_whitespace().ne(name.split_whitespace()) {
        let message = Message::with("organisation.delete.other_name", &name);
        return Err(Error::invalid("name", message));
    }
    let (organisation, now, visit) = (member.organisation(), server.clock.now(), member.visit());
    let mut tx = server.begin(&member).await?;
    let (_, token) = organisation.delete(&mut tx, now).await?;
    let action = match visit.site {
        Site::Manage => Action::PortalDeleted,
        Site::Developers => Action::DeveloperDeleted,
    };
    record(&mut tx, &*member, action, &name, &caller, now).await?;
    tx.commit().await?;
    let link = mails::link(&server, visit.site, "restore", &token);
    let day = readable_day(now + GRACE, &amsterdam(), visit.lang);
    for owner in organisation.owners(&server.db).await? {
        let text = tr!(
            visit.lang,
            "mail.organisation_deleted.text",
            name = owner.name,
            organisation = name,
            by = member.session().email,
            day = day,
            link = link
        );
        let subject = tr!(visit.lang, "mail.organisation_deleted.subject").into_owned();
        let speaker = Speaker::Organisation(member.mail_sender().unwrap_or(&name));
        let mail = Mail::new(&owner.email, speaker, visit.lang, subject, &text);
        server.mailer.send(mail.sent_as(member.mail_sender()));
    }
    Ok(see_other(&format!("{}/restore", visit.site.path()), Some("flash.organisation_deleted")))
}

fn page(server: &Server, member: &impl Membership, fields: &Fields) -> Response {
    let visit = member.visit();
    let (lang, path) = (visit.lang, visit.site.organisation_path());
    let text = |what: &str| lang.text(&visit.site.organisation_text(what)).into_owned();
    let title = text("delete");
    let errors = fields.errors().list(lang);
    let label = tr!(lang, "organisation.delete.type_name", name = member.organisation_name());
    let body = html! {
        (ui::breadcrumbs(lang, &[(&text("title"), Some(path)), (&title, None)]))
        (ui::header(&title, None, html! {}))
        (ui::warning(&text("delete_warning")))
        ul {
            li { (text("delete_at_once")) }
            li { (tr!(lang, "organisation.delete.week")) }
            li {
                @match server.config.audit_days {
                    0 => (tr!(lang, "organisation.delete.kept_forever")),
                    days => (tr!(lang, "organisation.delete.kept", days = days)),
                }
            }
        }
        (ui::form(&format!("{path}/delete"), &visit.mark, html! {
            (Field::text(lang, "name", label).value(fields.sent("name")).errors_from(&errors).required(true).autocomplete("off"))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Danger))
                (ui::link_button(&tr!(lang, "ui.cancel"), path, ButtonStyle::Secondary))
            }))
        }))
    };
    member.organisation_chrome().page(&title, body).into_response()
}
