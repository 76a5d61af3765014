//! Changing the settings of a business.

use axum::response::Response;
use maud::{Markup, html};

use super::form::{self, BusinessForm};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::{BusinessDetails, PortalLogo, PortalSettings, may};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::i18n::tr;
use crate::manage::Member;
use crate::manage::sections::BUSINESS;
use crate::ui::{self, ButtonStyle};
use crate::values::LogoChange;
use crate::web::{Allowed, FormWithFile, filled_from_field, logo_field, see_other};

pub(super) async fn show(
    member: Allowed<Member, may::ManageBusiness>,
    _: RecentlyAuthenticated,
) -> Result<Markup> {
    let settings = PortalSettings::find(&member.store).await?;
    let (lang, saved) = (member.lang(), form::saved(&member, &settings));
    let labels = form::labels(lang);
    let typed = member.visit.typed();
    let (notice, fields) =
        saved.form_or_sent(lang, typed, &labels, form::shown(lang), BUSINESS.path);
    let errors = fields.errors().list(lang);
    let title = tr!(lang, "business.title");
    let logo = member.portal.brand().logo;
    let logo = logo.map(|src| ui::app_mark(&member.portal.name, Some(&src)));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "business.intro", portal = member.portal.name)), html! {}))
        (notice.unwrap_or_default())
        (ui::multipart_form(BUSINESS.path, &member.visit.mark, html! {
            (filled_from_field(&fields))
            (ui::card(Some(&tr!(lang, "business.legal")), html! {
                p.muted { (tr!(lang, "business.legal_text")) }
                (form::legal(lang, &fields, &errors))
            }))
            (ui::card(Some(&tr!(lang, "business.look")), html! {
                p.muted { (tr!(lang, "business.look_text")) }
                (logo_field(lang, logo, &errors))
                (form::look(lang, &fields, &errors))
            }))
            (ui::card(Some(&tr!(lang, "business.language")), form::language(lang, &fields, &errors, &settings.time_zone)))
            (ui::actions(ui::submit(&tr!(lang, "manage.save"), ButtonStyle::Primary)))
        }))
    };
    Ok(member.chrome(&BUSINESS).with_labels(&labels).page(&title, body))
}

pub(super) async fn submit(
    member: Allowed<Member, may::ManageBusiness>,
    _: RecentlyAuthenticated,
    caller: Caller,
    FormWithFile(fields, file): FormWithFile,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    let before = PortalSettings::hold(&mut tx).await?;
    let saved = form::saved(&member, &before);
    let mut fields = saved.merge(fields);
    let has_origin = saved.is_origin_of(&fields);
    let BusinessForm { details, zone, logo, is_darkened } =
        form::read(&mut fields, file.as_ref(), &before)?;
    let changed = changed(&before, &details, zone.as_str(), &logo);
    if changed.is_empty() {
        return Ok(see_other(BUSINESS.path, Some("flash.business_saved")));
    }
    if !has_origin {
        return Err(Error::Changed);
    }
    PortalSettings::update(&mut tx, &details, &zone).await?;
    match &logo {
        LogoChange::Keep => {}
        LogoChange::Remove => PortalLogo::set(&mut tx, None).await?,
        LogoChange::Replace(logo) => PortalLogo::set(&mut tx, Some(logo)).await?,
    }
    let subject = changed.join(", ");
    let event = member.event(Action::PortalSettingsChanged, &subject, &caller);
    tx.record(event, member.now()).await?;
    tx.commit().await?;
    let done = if is_darkened { "flash.note.business_darkened" } else { "flash.business_saved" };
    Ok(see_other(BUSINESS.path, Some(done)))
}

/// The names of the fields that a form changes.
fn changed(
    before: &PortalSettings,
    details: &BusinessDetails,
    zone: &str,
    logo: &LogoChange,
) -> Vec<&'static str> {
    let mut changed = details.differing(&before.details);
    if before.time_zone != zone {
        changed.push(form::ZONE);
    }
    let replaces_logo = match logo {
        LogoChange::Keep => false,
        LogoChange::Remove => before.logo_version.is_some(),
        LogoChange::Replace(_) => true,
    };
    if replaces_logo {
        changed.push("logo");
    }
    changed
}
