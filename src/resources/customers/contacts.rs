//! The contacts of a customer on pages. Each has a form of its own, which knows the contact by what it
//! was filled in with: people who change different contacts at once don't get in each other's way.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, page_path, trail};
use super::model::MAX_CONTACTS;
use super::{Contact, Customer, queries};
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::{Expected, ListRequest, Path};
use crate::i18n::{Lang, tr};
use crate::ids::CustomerId;
use crate::manage::{Member, PageList, table};
use crate::ui::{self, ButtonStyle, Field};
use crate::unicode::isolated;
use crate::values::{EmailAddress, Phone, Value};
use crate::web::{Form, Saved, filled_from_field, see_other, verbatim};

/// The path of a page about contacts, below the customer's.
fn path_of(id: &CustomerId, rest: &str, query: &str) -> String {
    format!("{PATH}/{id}/contacts/{rest}{query}")
}

/// The section of a customer's page.
pub(super) fn section(member: &Member, customer: &Customer, query: &str) -> Markup {
    let (lang, contacts) = (member.lang(), &customer.details.contacts.0);
    let add = html! {
        @if contacts.len() < MAX_CONTACTS {
            (ui::link_button(&tr!(lang, "customers.contacts.add"), &path_of(&customer.id, "new", query), ButtonStyle::Secondary))
        }
    };
    let title = tr!(lang, "customers.field.contacts");
    let rows = contacts.iter().zip(1..).map(|(contact, number)| {
        let (name, edit) = (contact.name.as_str(), number.to_string());
        let remove = format!("{number}/remove");
        let link = |key: &'static str, rest: &str| {
            let href = path_of(&customer.id, rest, query);
            ui::link_button_about(&tr!(lang, key), name, &href, ButtonStyle::Quiet)
        };
        vec![
            ui::name(name),
            html! { @if let Some(role) = &contact.role { (ui::name(role.as_str())) } },
            html! { @if let Some(email) = &contact.email { (ui::mail_link(email.as_str())) } },
            html! { @if let Some(phone) = &contact.phone { (ui::phone_link(phone.as_str())) } },
            html! { (link("manage.edit", &edit)) (link("manage.delete", &remove)) },
        ]
    });
    let heads = [
        "customers.contact.name",
        "customers.contact.role",
        "customers.contact.email",
        "customers.contact.phone",
        "",
    ];
    let body = if contacts.is_empty() {
        html! { p.muted { (tr!(lang, "customers.contacts.empty")) } }
    } else {
        table(lang, &title, &heads, rows.collect())
    };
    ui::section(&title, None, add, body)
}

/// The names and labels of the fields.
fn labels(lang: Lang) -> [(&'static str, Cow<'static, str>); 4] {
    [
        ("name", tr!(lang, "customers.contact.name")),
        ("role", tr!(lang, "customers.contact.role")),
        ("email", tr!(lang, "customers.contact.email")),
        ("phone", tr!(lang, "customers.contact.phone")),
    ]
}

/// What is saved of a contact, for the form.
fn saved(contact: &Contact) -> Saved {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Saved::of(vec![
        ("name".to_owned(), contact.name.to_string()),
        ("role".to_owned(), text(contact.role.as_ref().map(|role| role.as_str()))),
        ("email".to_owned(), text(contact.email.as_ref().map(EmailAddress::as_str))),
        ("phone".to_owned(), text(contact.phone.as_ref().map(Phone::as_str))),
    ])
}

/// The index of the contact that a form was filled in from: at its number, unless others were removed
/// in the meantime.
fn index_of(contacts: &[Contact], number: usize, sent: &Fields) -> Option<usize> {
    let is_it = |contact: &Contact| saved(contact).is_origin_of(sent);
    let own = number.checked_sub(1).filter(|index| contacts.get(*index).is_some_and(is_it));
    own.or_else(|| contacts.iter().position(is_it))
}

/// The contact with a number.
fn numbered(customer: &Customer, number: usize) -> Result<&Contact> {
    let index = number.checked_sub(1).ok_or(Error::NotFound)?;
    customer.details.contacts.0.get(index).ok_or(Error::NotFound)
}

pub(super) async fn show_new(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let title = tr!(member.lang(), "customers.contacts.add");
    let fields = member.visit.fields(Vec::new);
    Ok(form_page(&member, &request, &customer, (&title, "new"), &fields, html! {}))
}

pub(super) async fn add(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
    Form(mut fields): Form,
) -> Result<Response> {
    let contact: Contact = fields.read()?;
    let (mut tx, mut is_new) = (member.begin().await?, true);
    queries::update_with(&mut tx, &member.change(), &id, Expected::Any, |details| {
        let contacts = &mut details.contacts.0;
        // A form that is sent twice adds one.
        is_new = !contacts.contains(&contact);
        if is_new && contacts.len() >= MAX_CONTACTS {
            let message = Message::with("customers.contacts.too_many", MAX_CONTACTS);
            return Err(Error::Conflict(message));
        }
        contacts.extend(is_new.then_some(contact));
        Ok(())
    })
    .await?;
    if is_new {
        tx.commit().await?;
    }
    Ok(see_other(&page_path(&id, &request.query()), Some("flash.contact_saved")))
}

pub(super) async fn show(
    member: Member,
    Path((id, number)): Path<(CustomerId, usize)>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let (lang, typed) = (member.lang(), member.visit.typed());
    let contacts = &customer.details.contacts.0;
    let index = typed.as_ref().and_then(|typed| index_of(contacts, number, typed));
    let number = index.map_or(number, |index| index + 1);
    let saved = saved(numbered(&customer, number)?);
    let title = tr!(lang, "customers.contacts.edit");
    let (labels, path) = (labels(lang), page_path(&id, &request.query()));
    let (notice, fields) = saved.form_or_unmerged(lang, typed, &labels, verbatim, &path);
    let (place, notice) = (number.to_string(), notice.unwrap_or_default());
    Ok(form_page(&member, &request, &customer, (&title, &place), &fields, notice))
}

pub(super) async fn change(
    member: Member,
    Path((id, number)): Path<(CustomerId, usize)>,
    PageList(request): PageList<Customer>,
    Form(mut fields): Form,
) -> Result<Response> {
    let contact: Contact = fields.read()?;
    let mut tx = member.begin().await?;
    queries::update_with(&mut tx, &member.change(), &id, Expected::Any, |details| {
        let contacts = &mut details.contacts.0;
        match index_of(contacts, number, &fields) {
            Some(index) => contacts[index] = contact,
            // Unless somebody else did the same.
            None if contacts.contains(&contact) => {}
            None => return Err(Error::Changed),
        }
        Ok(())
    })
    .await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&id, &request.query()), Some("flash.contact_saved")))
}

/// The page with the form of a contact, which is sent to `place` below the customer's contacts.
fn form_page(
    member: &Member,
    request: &ListRequest<Customer>,
    customer: &Customer,
    (title, place): (&str, &str),
    fields: &Fields,
    notice: Markup,
) -> Markup {
    let (lang, query) = (member.lang(), request.query());
    let page = page_path(&customer.id, &query);
    let errors = fields.errors().list(lang);
    let labels = labels(lang);
    let input = |index: usize, longest: usize| {
        let (name, label) = (labels[index].0, labels[index].1.as_ref());
        Field::text(lang, name, label)
            .value(fields.sent(name))
            .maxlength(longest)
            .autocomplete("off")
            .errors_from(&errors)
    };
    let body = html! {
        (trail(lang, customer, &query, Some(title)))
        (ui::header(title, None, html! {}))
        (notice)
        (ui::form(&path_of(&customer.id, place, &query), &member.visit.mark, html! {
            (filled_from_field(fields))
            (input(0, 200).required(true))
            (input(1, 100))
            (input(2, EmailAddress::LONGEST).kind("email"))
            (input(3, Phone::LONGEST).kind("tel").inputmode("tel"))
            (ui::save_or_cancel(lang, &page))
        }))
    };
    member.chrome(&SECTION).with_labels(&labels).page(title, body)
}

pub(super) async fn ask_to_remove(
    member: Member,
    Path((id, number)): Path<(CustomerId, usize)>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let contact = numbered(&customer, number)?;
    let (lang, query) = (member.lang(), request.query());
    let title = tr!(lang, "customers.confirm_title", name = isolated(contact.name.as_str()));
    let body = ui::confirm_with(
        lang,
        &title,
        &tr!(lang, "customers.contacts.remove_text", name = isolated(customer.details.name())),
        &path_of(&id, &format!("{number}/remove"), &query),
        &member.visit.mark,
        (&tr!(lang, "manage.delete"), filled_from_field(&saved(contact).form())),
        &page_path(&id, &query),
    );
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn remove(
    member: Member,
    Path((id, number)): Path<(CustomerId, usize)>,
    PageList(request): PageList<Customer>,
    Form(fields): Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    let mut is_removed = false;
    queries::update_with(&mut tx, &member.change(), &id, Expected::Any, |details| {
        let contacts = &mut details.contacts.0;
        if let Some(index) = index_of(contacts, number, &fields) {
            contacts.remove(index);
            is_removed = true;
        }
        Ok(())
    })
    .await?;
    if is_removed {
        tx.commit().await?;
    }
    let flash = if is_removed { "flash.contact_removed" } else { "flash.note.contact_changed" };
    Ok(see_other(&page_path(&id, &request.query()), Some(flash)))
}
