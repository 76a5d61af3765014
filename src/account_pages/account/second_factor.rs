//! Two-step verification: the authenticator app and the recovery codes.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::layout::Section;
use crate::account_pages::RecentlyAuthenticated;
use crate::account_pages::person::Person;
use crate::accounts::factors::{FactorRequirement, Factors, RecoveryCodes, TotpFactor, TotpSecret};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::Server;
use crate::time::{amsterdam, readable_day};
use crate::ui::{self, BadgeKind, ButtonStyle, Field, ShownOnce};
use crate::web::{Form, Next, SingleUse, see_other, single_use_field};

const PAGE: &str = Section::SecondFactor.page();

pub(super) async fn show(person: Person, State(server): State<Server>) -> Result<Markup> {
    let factors = Factors::of(&server.db, &person.session.account_id).await?;
    let (lang, title) = (person.lang(), tr!(person.lang(), Section::SecondFactor.label()));
    let intro = if factors.any() {
        tr!(lang, "account.factors.intro")
    } else {
        tr!(lang, "account.factors.intro_none")
    };
    let body = html! {
        (ui::header(&title, Some(&intro), html! {}))
        (app_card(&person, &factors))
        (recovery_card(&person, &factors))
    };
    Ok(person.chrome(Section::SecondFactor).page(&title, body))
}

fn app_card(person: &Person, factors: &Factors) -> Markup {
    let lang = person.lang();
    let app = person.path("account/second-factor/app");
    ui::card(
        Some(&tr!(lang, "account.factors.app")),
        html! {
            p { (tr!(lang, "account.factors.app_text")) }
            @match factors.app_since {
                Some(since) => {
                    p {
                        (ui::badge(&tr!(lang, "account.factors.on"), BadgeKind::Success)) " "
                        (tr!(lang, "account.factors.app_since", day = readable_day(since, &amsterdam(), lang)))
                    }
                    (ui::actions(ui::link_button(&tr!(lang, "account.factors.app_remove"), &format!("{app}/remove"), ButtonStyle::Secondary)))
                }
                None => {
                    p { (ui::badge(&tr!(lang, "account.factors.off"), BadgeKind::Neutral)) }
                    (ui::actions(ui::link_button(&tr!(lang, "account.factors.app_add"), &app, ButtonStyle::Primary)))
                }
            }
        },
    )
}

fn recovery_card(person: &Person, factors: &Factors) -> Markup {
    let lang = person.lang();
    let renew = person.path("account/second-factor/recovery-codes");
    ui::card(
        Some(&tr!(lang, "account.factors.recovery")),
        html! {
            p { (tr!(lang, "account.factors.recovery_text")) }
            @if factors.any() {
                p { (tr!(lang, "account.factors.recovery_left", count = factors.recovery_codes)) }
                (ui::actions(ui::link_button(&tr!(lang, "account.factors.recovery_renew"), &renew, ButtonStyle::Secondary)))
            } @else {
                p.muted { (tr!(lang, "account.factors.recovery_none")) }
            }
        },
    )
}

pub(super) async fn show_app(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Query(Next { next }): Query<Next>,
) -> Result<Response> {
    if Factors::of(&server.db, &person.session.account_id).await?.app_since.is_some() {
        return Ok(see_other(&person.after_factor(PAGE, &next), None));
    }
    let fields = person.visit.fields(|| vec![("next".to_owned(), next)]);
    // After a wrong code it is still the secret that was scanned.
    let secret = match TotpSecret::read(fields.sent("secret"), &person.session.email) {
        Some(secret) => secret,
        None => TotpSecret::random(&person.session.email)?,
    };
    app_page(&person, &secret, &fields)
}

pub(super) async fn add_app(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    _: RecentlyAuthenticated,
    Form(fields): Form,
) -> Result<Response> {
    let (now, account) = (server.clock.now(), &person.session.account_id);
    let bad = || Error::BadRequest(Message::new("error.bad_request"));
    let secret = TotpSecret::read(fields.sent("secret"), &person.session.email).ok_or_else(bad)?;
    let Some(step) = secret.step_of(fields.sent("code"), now) else {
        return Err(Error::invalid("code", Message::new("account.factors.wrong_code")));
    };
    let mut tx = person.begin(&server).await?;
    TotpFactor::add(&mut tx, &server.sealing_keys, account, &secret, step, now).await?;
    person.session.second_factor_given(&mut tx, now).await?;
    person.session.factors_changed(&mut tx).await?;
    let codes = RecoveryCodes::first(&mut tx, account).await?;
    person.record(&mut tx, &caller, Action::AuthenticatorAdded, "", now).await?;
    tx.commit().await?;
    person.tell(&server, "authenticator_added");
    Ok(match codes {
        Some(codes) => codes_page(&person, &codes, fields.sent("next")).into_response(),
        None => see_other(&person.after_factor(PAGE, fields.sent("next")), None),
    })
}

/// The secret is in the form itself, because the person sees it anyway.
fn app_page(person: &Person, secret: &TotpSecret, fields: &Fields) -> Result<Response> {
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.factors.app_set_up"));
    let errors = fields.errors().list(lang);
    let (base32, key) = (secret.base32(), tr!(lang, "account.factors.key"));
    let next = fields.sent("next");
    let qr_code = ui::qr_code(&secret.uri()?, &tr!(lang, "account.factors.scan_label"));
    let scan = html! {
        p { (tr!(lang, "account.factors.scan_text")) }
        p { (ui::copyable(lang, &key, &base32)) }
        (qr_code)
    };
    let confirm = html! {
        (ui::hidden("secret", &base32))
        @if !next.is_empty() { (ui::hidden("next", next)) }
        (Field::text(lang, "code", tr!(lang, "account.second_factor.code")).mono().errors_from(&errors).required(true)
            .inputmode("numeric").autocomplete("one-time-code").maxlength(10))
        (ui::actions(html! {
            (ui::submit(&tr!(lang, "account.factors.confirm"), ButtonStyle::Primary))
            (ui::link_button(&tr!(lang, "ui.cancel"), &person.before_factor(PAGE, next), ButtonStyle::Secondary))
        }))
    };
    let body = html! {
        (trail(person, &title))
        (ui::header(&title, None, html! {}))
        (ui::card(Some(&tr!(lang, "account.factors.scan_title")), scan))
        (ui::card(Some(&tr!(lang, "account.factors.confirm_title")), ui::form(&person.path("account/second-factor/app"), &person.visit.mark, confirm)))
    };
    // In another language it would be another secret.
    Ok(person.chrome(Section::SecondFactor).page_once(&title, |_| body).into_response())
}

fn trail(person: &Person, title: &str) -> Markup {
    ui::breadcrumbs(
        person.lang(),
        &[
            (&tr!(person.lang(), Section::SecondFactor.label()), Some(&person.path(PAGE))),
            (title, None),
        ],
    )
}

/// The only page that ever shows the codes; it continues to `next`, if that is one of our paths.
pub(super) fn codes_page(person: &Person, codes: &RecoveryCodes, next: &str) -> ShownOnce {
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.factors.codes_title"));
    let done = person.after_factor(PAGE, next);
    person.chrome(Section::SecondFactor).page_once(&title, |once| html! {
        (ui::header(&title, Some(&tr!(lang, "account.factors.codes_text")), html! {}))
        (ui::card(None, html! {
            (ui::warning(&tr!(lang, "account.factors.codes_once")))
            (ui::secret_block(once, lang, &tr!(lang, "account.factors.recovery"), &codes.reveal()))
            (ui::actions(ui::link_button(&tr!(lang, "account.factors.codes_done"), &done, ButtonStyle::Primary)))
        }))
    })
}

/// A confirmation page that posts to `page`; its text keys begin with `key`, and its form has
/// `fields`.
fn confirm_page(person: &Person, page: &str, key: &str, fields: Markup) -> Markup {
    let lang = person.lang();
    let (title, text, submit) = (
        lang.text(&format!("{key}_title")).into_owned(),
        lang.text(&format!("{key}_text")).into_owned(),
        lang.text(key).into_owned(),
    );
    let body = ui::confirm_with(
        lang,
        &title,
        &text,
        &person.path(page),
        &person.visit.mark,
        (&submit, fields),
        &person.path(PAGE),
    );
    person.chrome(Section::SecondFactor).page(&title, body)
}

pub(super) async fn ask_to_remove_app(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
) -> Result<Markup> {
    if Factors::of(&server.db, &person.session.account_id).await?.passkeys == 0 {
        person.required_factor(&server).await?.refuse_last()?;
    }
    Ok(confirm_page(
        &person,
        "account/second-factor/app/remove",
        "account.factors.app_remove",
        html! {},
    ))
}

pub(super) async fn remove_app(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    _: RecentlyAuthenticated,
    _: Form,
) -> Result<Response> {
    let mut tx = person.begin(&server).await?;
    let (account, by_operator) =
        (&person.session.account_id, server.config.accounts.second_factor_is_required());
    TotpFactor::remove(&mut tx, account).await?;
    FactorRequirement::check_left(&mut tx, account, by_operator).await?;
    person.session.factors_changed(&mut tx).await?;
    person.record(&mut tx, &caller, Action::AuthenticatorRemoved, "", server.clock.now()).await?;
    tx.commit().await?;
    person.tell(&server, "authenticator_removed");
    Ok(see_other(&person.path(PAGE), Some("flash.app_removed")))
}

pub(super) async fn ask_to_renew_codes(person: Person, _: RecentlyAuthenticated) -> Markup {
    confirm_page(
        &person,
        "account/second-factor/recovery-codes",
        "account.factors.recovery_renew",
        single_use_field(),
    )
}

pub(super) async fn renew_codes(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    _: RecentlyAuthenticated,
    SingleUse(Form(_), claim): SingleUse<Form>,
) -> Result<Response> {
    let account = &person.session.account_id;
    if !Factors::of(&server.db, account).await?.any() {
        return Err(Error::NotFound);
    }
    let mut tx = person.begin(&server).await?;
    if !claim.is_first(&mut tx, &person.session, server.clock.now()).await? {
        return Ok(see_other(&person.path(PAGE), Some("flash.note.form_used")));
    }
    let codes = RecoveryCodes::renew(&mut tx, account).await?;
    person.session.factors_changed(&mut tx).await?;
    person.record(&mut tx, &caller, Action::RecoveryCodesRenewed, "", server.clock.now()).await?;
    tx.commit().await?;
    person.tell(&server, "recovery_codes_renewed");
    Ok(codes_page(&person, &codes, "").into_response())
}
