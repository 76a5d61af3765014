//! The forms of a new customer, and of one who is there.

use axum::response::Response;
use maud::{Markup, html};

use super::custom_field_queries;
use super::custom_fields::CustomFields;
use super::custom_values::CustomValues;
use super::form::{self, Warning};
use super::links::{PATH, SECTION, edit_path, list_path, page_path, trail};
use super::{Customer, CustomerCreate, CustomerDetails, CustomerPatch, queries};
use crate::error::{Error, Result};
use crate::fields::{Fields, FromFields};
use crate::http::{ListRequest, Path};
use crate::i18n::tr;
use crate::ids::CustomerId;
use crate::manage::{Member, PageList};
use crate::resources::customer_groups;
use crate::ui;
use crate::unicode::isolated;
use crate::web::{ANYWAY, Form, Sent, ask_again, expected_revision, see_other};

pub(super) async fn show_new(
    member: Member,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let Some(typed) = member.visit.typed() else {
        let country = ("countryCode".to_owned(), "NL".to_owned());
        let fields = Fields::pairs(vec![country]);
        return new_page(&member, &request, &fields, Warning::default()).await;
    };
    let details = form::details(&typed);
    let warning = match &details {
        Some(details) => alike(&member, None, details).await?,
        None => None,
    };
    new_page(&member, &request, &typed, warning.unwrap_or_default()).await
}

pub(super) async fn create(
    member: Member,
    PageList(request): PageList<Customer>,
    Form(mut fields): Form,
) -> Result<Response> {
    let groups = fields.ids("groups");
    let custom = custom_field_queries::all(&member.store).await?;
    custom.check_form(&CustomValues::default(), &mut fields);
    let CustomerCreate(details) = fields.read()?;
    let mut tx = member.begin().await?;
    // Of two who add the same customer at once the second finds the first.
    if !fields.has(ANYWAY) && !queries::alike_in(&mut tx, None, &details).await?.is_empty() {
        return Ok(ask_again(&member.visit));
    }
    let customer = queries::create(&mut tx, &member.change(), member.quotas(), details).await?;
    let change = member.change();
    customer_groups::queries::set_groups(&mut tx, &change, &customer.id, &groups).await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&customer.id, &request.query()), Some("flash.customer_added")))
}

/// A warning of customers that may be the same.
async fn alike(
    member: &Member,
    id: Option<&CustomerId>,
    details: &CustomerDetails,
) -> Result<Option<Warning>> {
    let others = queries::alike(&member.store, id, details).await?;
    Ok((!others.is_empty()).then(|| Warning::alike(member.lang(), &others)))
}

async fn new_page(
    member: &Member,
    request: &ListRequest<Customer>,
    fields: &Fields,
    warning: Warning,
) -> Result<Markup> {
    let (lang, title, list) =
        (member.lang(), tr!(member.lang(), "customers.new"), list_path(&request.query()));
    let action = format!("{PATH}/new{}", request.query());
    let custom = custom_field_queries::all(&member.store).await?;
    let body = html! {
        (SECTION.trail_from(&request.query(), lang, &[], &title))
        (ui::header(&title, None, html! {}))
        (form::form(member, &action, &list, (fields, &custom), warning).await?)
    };
    Ok(member.chrome(&SECTION).with_labels(&form::labels(lang, &custom)).page(&title, body))
}

/// The form of a customer who is there.
pub(super) async fn show(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let custom = custom_field_queries::all(&member.store).await?;
    let saved = form::saved(&member, &customer, &custom);
    let Some(typed) = member.visit.typed().map(|typed| saved.merge(typed)) else {
        let fields = (&saved.form(), &custom);
        return edit_page(&member, &request, &customer, fields, Warning::default()).await;
    };
    let labels = form::labels(member.lang(), &custom);
    let shown = form::shown(&member, &custom).await?;
    let sent = Sent { fields: &typed, labels: &labels, shown };
    let warning = match saved.notice(member.lang(), &sent, &page_path(&id, &request.query())) {
        Some(notice) => Some(Warning::changed(member.lang(), notice)),
        None => match form::details(&typed) {
            Some(details) => alike_now(&member, &customer, &details).await?,
            None => None,
        },
    };
    let fields = saved.form_again(typed);
    let fields = (&fields, &custom);
    edit_page(&member, &request, &customer, fields, warning.unwrap_or_default()).await
}

/// A warning of customers that may be the same as this one since it was changed.
async fn alike_now(
    member: &Member,
    customer: &Customer,
    changed: &CustomerDetails,
) -> Result<Option<Warning>> {
    if changed.identity() == customer.details.identity() {
        return Ok(None);
    }
    alike(member, Some(&customer.id), changed).await
}

pub(super) async fn update(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
    Form(sent): Form,
) -> Result<Response> {
    let saved = || see_other(&page_path(&id, &request.query()), Some("flash.customer_saved"));
    // Once more for a person who saved in between.
    for _ in 0..2 {
        let customer = queries::find(&member.store, &id).await?;
        let custom = custom_field_queries::all(&member.store).await?;
        let now = form::saved(&member, &customer, &custom);
        let fields = now.merge(sent.again().unwrap_or_else(Fields::none));
        let labels = form::labels(member.lang(), &custom);
        let shown = form::shown(&member, &custom).await?;
        let same = Sent { fields: &fields, labels: &labels, shown };
        if !now.is_origin_of(&sent) && now.differences(&same).is_empty() {
            return Ok(saved());
        }
        match save(&member, &customer, fields, &custom).await {
            Ok(true) => return Ok(saved()),
            Ok(false) => return Ok(ask_again(&member.visit)),
            Err(Error::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Changed)
}

/// Saves the form of a customer; false if it may be a duplicate since it was changed, and nobody has
/// confirmed that.
async fn save(
    member: &Member,
    customer: &Customer,
    mut fields: Fields,
    custom: &CustomFields,
) -> Result<bool> {
    let groups = fields.ids("groups");
    let expected = expected_revision(&fields);
    let patch = CustomerPatch::from_fields(&mut fields);
    let mut changed = customer.details.clone();
    patch.clone().apply(&mut changed);
    changed.check_change(&customer.details, &mut fields);
    custom.check_form(&customer.details.custom_fields, &mut fields);
    fields.expect_none_wrong()?;
    let is_renamed = changed.identity() != customer.details.identity();
    let (id, mut tx) = (&customer.id, member.begin().await?);
    if is_renamed
        && !fields.has(ANYWAY)
        && !queries::alike_in(&mut tx, Some(id), &changed).await?.is_empty()
    {
        return Ok(false);
    }
    queries::update(&mut tx, &member.change(), id, expected, patch).await?;
    customer_groups::queries::set_groups(&mut tx, &member.change(), id, &groups).await?;
    tx.commit().await?;
    Ok(true)
}

async fn edit_page(
    member: &Member,
    request: &ListRequest<Customer>,
    customer: &Customer,
    (fields, custom): (&Fields, &CustomFields),
    notice: Warning,
) -> Result<Markup> {
    let (lang, query) = (member.lang(), request.query());
    let page = page_path(&customer.id, &query);
    let title = tr!(lang, "customers.edit_title", name = isolated(customer.details.name()));
    let body = html! {
        (trail(lang, customer, &query, Some(&tr!(lang, "manage.edit"))))
        (ui::header(&title, None, html! {}))
        (form::form(member, &edit_path(&customer.id, &query), &page, (fields, custom), notice).await?)
    };
    Ok(member.chrome(&SECTION).with_labels(&form::labels(lang, custom)).page(&title, body))
}
