//! One's passkeys: the list, adding one, removing one.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::layout::Section;
use super::second_factor::codes_page;
use crate::account_pages::RecentlyAuthenticated;
use crate::account_pages::passkey_form::{origin, relying_party};
use crate::account_pages::person::Person;
use crate::accounts::factors::{FactorRequirement, Factors, Passkey, RecoveryCodes, RelyingParty};
use crate::audit::Action;
use crate::caller::{Caller, readable_user_agent};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::{Json, Path};
use crate::i18n::tr;
use crate::ids::PasskeyId;
use crate::quotas::PASSKEYS;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field, FlashKind, PasskeyAction, PasskeyForm};
use crate::values::{Name, Value};
use crate::web::{Form, Next, see_other, with_next};

const PAGE: &str = Section::Passkeys.page();

pub(super) async fn show(person: Person, State(server): State<Server>) -> Result<Markup> {
    let passkeys = Passkey::list(&server.db, &person.session.account_id).await?;
    let (lang, title) = (person.lang(), tr!(person.lang(), Section::Passkeys.label()));
    let party = relying_party(&server, person.visit.site);
    let add = html! {
        @if party.is_some() {
            (ui::link_button(&tr!(lang, "account.passkeys.add"), &person.path("account/passkeys/new"), ButtonStyle::Primary))
        }
    };
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.passkeys.intro")), add))
        @if party.is_none() { (unavailable(&server, &person)) }
        @if !passkeys.is_empty() {
            (table(&person, &passkeys))
        } @else if party.is_some() {
            (ui::empty_state(&tr!(lang, "account.passkeys.empty_title"), &tr!(lang, "account.passkeys.empty_text"), None))
        }
    };
    Ok(person.chrome(Section::Passkeys).page(&title, body))
}

fn unavailable(server: &Server, person: &Person) -> Markup {
    let text = tr!(
        person.lang(),
        "account.passkeys.unavailable",
        origin = origin(server, person.visit.site)
    );
    ui::notice(FlashKind::Info, None, html! { p { (text) } })
}

fn table(person: &Person, passkeys: &[Passkey]) -> Markup {
    let lang = person.lang();
    let heads = ["name", "host", "created", "last_used"]
        .map(|head| lang.text(&format!("account.passkeys.column.{head}")).into_owned());
    let heads: Vec<&str> = heads.iter().map(String::as_str).chain([""]).collect();
    let rows = passkeys.iter().map(|passkey| {
        let remove = person.path(&format!("{PAGE}/{}/remove", passkey.id));
        vec![
            ui::name(&passkey.name),
            html! { (passkey.rp_id) },
            person.day(passkey.created_at),
            passkey.last_used_at.map_or_else(
                || ui::muted(&tr!(lang, "account.passkeys.never")),
                |moment| person.moment(moment),
            ),
            ui::link_button_about(
                &tr!(lang, "account.passkeys.remove"),
                &passkey.name,
                &remove,
                ButtonStyle::Quiet,
            ),
        ]
    });
    ui::table(&tr!(lang, Section::Passkeys.label()), &heads, rows.collect())
}

pub(super) async fn show_new(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    _: RecentlyAuthenticated,
    Query(Next { next }): Query<Next>,
) -> Markup {
    let lang = person.lang();
    let device = if caller.user_agent.is_empty() {
        tr!(lang, "account.passkeys.default_name").into_owned()
    } else {
        readable_user_agent(lang, &caller.user_agent)
    };
    let name = Name::nearest(&device).to_string();
    let fields = vec![("name".to_owned(), name), ("next".to_owned(), next)];
    new_page(&server, &person, &person.visit.fields(|| fields))
}

fn new_page(server: &Server, person: &Person, fields: &Fields) -> Markup {
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.passkeys.add"));
    let (errors, next) = (fields.errors().list(lang), fields.sent("next"));
    let form = |party: &RelyingParty| {
        html! {
            (ui::card(None, html! {
                (PasskeyForm {
                    lang,
                    action: PasskeyAction::Create,
                    post_to: &person.path("account/passkeys/new"),
                    challenge: &person.path("account/passkeys/challenge"),
                    host: party.id(),
                    at_home: &party.url(&person.path("account/passkeys/new")),
                    mark: &person.visit.mark,
                    button: (&title, ButtonStyle::Primary),
                    fields: html! {
                        @if !next.is_empty() { (ui::hidden("next", next)) }
                        (Field::text(lang, "name", tr!(lang, "account.passkeys.name")).value(fields.sent("name")).errors_from(&errors)
                            .hint(tr!(lang, "account.passkeys.name_hint")).required(true).maxlength(100))
                    },
                    explain: true,
                })
            }))
        }
    };
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, Section::Passkeys.label()), Some(&person.path(PAGE))), (&title, None)]))
        (ui::header(&title, Some(&tr!(lang, "account.passkeys.add_text")), html! {}))
        @match relying_party(server, person.visit.site) {
            Some(party) => (form(&party)),
            None => (unavailable(server, person)),
        }
    };
    person.chrome(Section::Passkeys).page(&title, body)
}

pub(super) async fn challenge(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    _: Form,
) -> Result<Response> {
    let party = relying_party(&server, person.visit.site).ok_or(Error::NotFound)?;
    let mut tx = person.begin(&server).await?;
    let asked = party.ask_for_new(&mut tx, &person.session, server.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(asked).into_response())
}

pub(super) async fn add(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    _: RecentlyAuthenticated,
    Form(mut fields): Form,
) -> Result<Response> {
    let (now, account) = (server.clock.now(), &person.session.account_id);
    let name = Name::from_field(&mut fields, "name");
    fields.expect_none_wrong()?;
    let party = relying_party(&server, person.visit.site).ok_or(Error::NotFound)?;
    let mut tx = person.begin(&server).await?;
    let Some(new) = party
        .read_new(
            &mut tx,
            &person.session,
            fields.sent("challenge"),
            fields.sent("credential"),
            now,
        )
        .await?
    else {
        // A wrong response uses up the challenge too.
        tx.commit().await?;
        return Ok(see_other(
            &with_next(&person.path("account/passkeys/new"), fields.sent("next")),
            Some("flash.note.passkey_failed"),
        ));
    };
    new.add(&mut tx, account, &name, now).await?;
    // The session holds the account.
    PASSKEYS.check(&mut tx, account, server.config.quotas.max_passkeys_per_account).await?;
    person.session.second_factor_given(&mut tx, now).await?;
    person.session.factors_changed(&mut tx).await?;
    let codes = RecoveryCodes::first(&mut tx, account).await?;
    person.record(&mut tx, &caller, Action::PasskeyAdded, &name, now).await?;
    tx.commit().await?;
    person.tell(&server, "passkey_added");
    Ok(match codes {
        Some(codes) => codes_page(&person, &codes, fields.sent("next")).into_response(),
        None => {
            see_other(&person.after_factor(PAGE, fields.sent("next")), Some("flash.passkey_added"))
        }
    })
}

pub(super) async fn ask_to_remove(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<PasskeyId>,
) -> Result<Markup> {
    let account = &person.session.account_id;
    let passkey = Passkey::find(&server.db, account, &id).await?;
    let factors = Factors::of(&server.db, account).await?;
    if factors.app_since.is_none() && factors.passkeys == 1 {
        person.required_factor(&server).await?.refuse_last()?;
    }
    let (lang, title) =
        (person.lang(), tr!(person.lang(), "account.passkeys.remove_title", name = passkey.name));
    let action = person.path(&format!("{PAGE}/{id}/remove"));
    let (text, remove) =
        (tr!(lang, "account.passkeys.remove_text"), tr!(lang, "account.passkeys.remove"));
    let body =
        ui::confirm(lang, &title, &text, &action, &person.visit.mark, &remove, &person.path(PAGE));
    Ok(person.chrome(Section::Passkeys).page(&title, body))
}

pub(super) async fn remove(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    _: RecentlyAuthenticated,
    Path(id): Path<PasskeyId>,
    _: Form,
) -> Result<Response> {
    let account = &person.session.account_id;
    let passkey = Passkey::find(&server.db, account, &id).await?;
    let mut tx = person.begin(&server).await?;
    Passkey::remove(&mut tx, account, &id).await?;
    let by_operator = server.config.accounts.second_factor_is_required();
    FactorRequirement::check_left(&mut tx, account, by_operator).await?;
    person.session.factors_changed(&mut tx).await?;
    person
        .record(&mut tx, &caller, Action::PasskeyRemoved, &passkey.name, server.clock.now())
        .await?;
    tx.commit().await?;
    person.tell(&server, "passkey_removed");
    Ok(see_other(&person.path(PAGE), Some("flash.passkey_removed")))
}
