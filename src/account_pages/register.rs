//! Registering: a business on the manage portal, a developer on the developer portal.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::check_mail::{Sent, to_check_mail};
use super::{mails, registration_is_open};
use crate::accounts::{
    Account, MailKind, NewAccount, Site, add_portal, create_developer, link_for_visitor, record_for,
};
use crate::audit::{Action, Actor};
use crate::auth::{Line, Password};
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{EmailAddress, Name, Value};
use crate::web::next::{Next, with_next};
use crate::web::{Form, Visit, plain_chrome};

/// The registration form.
struct Registration {
    organisation: Name,
    name: Name,
    email: String,
    password: Password,
}

impl Registration {
    /// Reads the form. Use the result only if there were no errors.
    async fn read(fields: &mut Fields) -> Result<Self> {
        let (organisation, name) =
            (Name::from_field(fields, "organisation"), Name::from_field(fields, "name"));
        let email = EmailAddress::from_field(fields, "email").0;
        let about = [organisation.as_str(), &name, &email];
        let password = chosen_password(fields, &about, Line::Strangers).await?;
        Ok(Self { organisation, name, email, password })
    }
}

/// A new password from the field `password`; `about` as in [`Password::chosen`]. The visitor is
/// throttled first.
///
/// # Errors
/// [`Error::Unavailable`] when this line is full.
pub(super) async fn chosen_password(
    fields: &mut Fields,
    about: &[&str],
    line: Line,
) -> Result<Password> {
    let text = fields.sent("password").to_owned();
    Ok(match Password::chosen(text, about, line).await? {
        Ok(password) => password,
        Err(fault) => {
            fields.fault("password", Message::new(fault.key()));
            Password::typed(String::new())
        }
    })
}

pub(super) async fn show(
    visit: Visit,
    State(server): State<Server>,
    Query(Next { next }): Query<Next>,
) -> Response {
    if let Err(closed) = registration_is_open(&server, &visit) {
        return closed;
    }
    page(&visit, &visit.fields(|| vec![("next".into(), next)]))
}

pub(super) async fn submit(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    if let Err(closed) = registration_is_open(&server, &visit) {
        return Ok(closed);
    }
    server
        .mail_limits
        .request(caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let registration = Registration::read(&mut fields).await?;
    fields.expect_none_wrong()?;
    // The same answer whether the address was known or not: the mail tells its owner.
    add(&server, &visit, &caller, registration).await?;
    Ok(to_check_mail(&server, &visit, &fields, Sent::Verification))
}

async fn add(
    server: &WritingServer,
    visit: &Visit,
    caller: &Caller,
    registration: Registration,
) -> Result<()> {
    let Registration { organisation, name, email, password } = registration;
    let account = NewAccount::new(name, email.clone(), password, false, Line::Strangers).await?;
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    let Some(id) = account.insert(&mut tx, now).await? else {
        // The account may have come in this very moment: the mail is about what is in the database.
        tx.commit().await?;
        mails::send_known(server, visit, caller, &email);
        return Ok(());
    };
    match visit.site {
        Site::Manage => {
            add_portal(&mut tx, &organisation, &id, now).await?;
        }
        Site::Developers => {
            create_developer(&mut tx, &organisation, &id, now).await?;
        }
    }
    Account::set_language(&mut tx, &id, visit.lang).await?;
    let token = link_for_visitor(&mut tx, &id, &visit.mark.csrf, now).await?;
    record_for(&mut tx, &id, Actor::Person(&id, &email), Action::Registered, caller, now).await?;
    tx.commit().await?;
    // The first mail is always sent, and counts.
    let _ = server.mail_limits.allow(MailKind::Verify, &email);
    mails::send_verification(server, visit, &email, &token);
    Ok(())
}

fn page(visit: &Visit, fields: &Fields) -> Response {
    let (lang, base) = (visit.lang, visit.site.path());
    let (title, intro, organisation, hint) = match visit.site {
        Site::Manage => (
            "account.register.title",
            "account.register.intro",
            "account.portal_name",
            "account.portal_name_hint",
        ),
        Site::Developers => (
            "account.register.title_developers",
            "account.register.intro_developers",
            "account.developer_name",
            "account.developer_name_hint",
        ),
    };
    let errors = fields.errors().list(lang);
    let field = |name: &'static str, label: &'static str| {
        Field::text(lang, name, tr!(lang, label))
            .value(fields.sent(name))
            .errors_from(&errors)
            .required(true)
    };
    let labels = [
        ("organisation", tr!(lang, organisation)),
        ("name", tr!(lang, "account.name")),
        ("email", tr!(lang, "account.email")),
        ("password", tr!(lang, "account.password")),
    ];
    let (title, next) = (tr!(lang, title), fields.sent("next"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, intro)), html! {}))
        (ui::form(&format!("{base}/register"), &visit.mark, html! {
            @if !next.is_empty() { (ui::hidden("next", next)) }
            (field("organisation", organisation).hint(tr!(lang, hint)).autocomplete("organization"))
            (field("name", "account.name").autocomplete("name"))
            (field("email", "account.email").kind("email").autocomplete("username"))
            (field("password", "account.password").kind("password").value("").hint(tr!(lang, "account.password_hint")).autocomplete("new-password"))
            (ui::actions(ui::submit(&tr!(lang, "account.register.submit"), ButtonStyle::Primary)))
        }))
        p { (tr!(lang, "account.register.have_account")) " " a href=(with_next(&format!("{base}/login"), next)) { (tr!(lang, "account.login.submit")) } }
    };
    plain_chrome(visit).with_labels(&labels).narrow(&title, body).into_response()
}
