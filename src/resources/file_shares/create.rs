//! The forms that share files: chosen from a list, or one file or directory from its page.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, share_path, with_path};
use super::model::SHORTEST_PASSWORD;
use super::{FileShareCreate, NewFileShare, queries};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, FileShareId};
use crate::lists::Part;
use crate::manage::Member;
use crate::resources::customers;
use crate::resources::files::{self, Entry, EntryId};
use crate::ui::{self, ButtonStyle, Choice, Field};
use crate::web::{Form, new_id, new_id_field, see_other};

/// The most files and directories to choose from; others are shared from their own pages.
const OFFERED: i64 = 200;

/// The checkbox of a mail at the first download.
const TELL: &str = "tell";

/// What the path of a form says, rather than its fields.
enum Given {
    /// Nothing.
    Nothing,
    /// What is shared.
    Entry(Box<Entry>),
    /// With whom.
    Customer(CustomerId, String),
}

impl Given {
    async fn entry(member: &Member, id: &EntryId) -> Result<Self> {
        Ok(Self::Entry(Box::new(files::queries::find(&member.store, id).await?)))
    }

    async fn customer(member: &Member, id: CustomerId) -> Result<Self> {
        let customer = customers::queries::find(&member.store, &id).await?;
        Ok(Self::Customer(id, customer.details.name().to_owned()))
    }

    /// The path of the form, and of the page that it comes from.
    fn paths(&self) -> (String, String) {
        match self {
            Self::Nothing => (format!("{PATH}/new"), PATH.to_owned()),
            Self::Entry(entry) => (files::share_path(&entry.id), files::page_path(&entry.id)),
            Self::Customer(id, _) => (with_path(id), customers::customer_path(id)),
        }
    }

    fn title(&self, lang: Lang) -> Cow<'static, str> {
        match self {
            Self::Nothing => tr!(lang, "file_shares.new"),
            Self::Entry(entry) => tr!(lang, "file_shares.new_of", name = entry.name),
            Self::Customer(_, name) => tr!(lang, "file_shares.new_with", name = name),
        }
    }

    /// The fields, with what the path says.
    fn fill(&self, fields: Fields) -> Fields {
        match self {
            Self::Nothing => fields.with("customerId", String::new()),
            Self::Entry(entry) => {
                fields.with("customerId", String::new()).with("content", entry.id.to_string())
            }
            Self::Customer(id, _) => fields.with("customerId", id.to_string()),
        }
    }
}

pub(super) async fn show_new(member: Member) -> Result<Markup> {
    page(&member, &Given::Nothing).await
}

pub(super) async fn create(member: Member, Form(fields): Form) -> Result<Response> {
    add(&member, &Given::Nothing, fields).await
}

pub(super) async fn show_of_entry(member: Member, Path(id): Path<EntryId>) -> Result<Markup> {
    page(&member, &Given::entry(&member, &id).await?).await
}

pub(super) async fn create_of_entry(
    member: Member,
    Path(id): Path<EntryId>,
    Form(fields): Form,
) -> Result<Response> {
    add(&member, &Given::entry(&member, &id).await?, fields).await
}

pub(super) async fn show_with(member: Member, Path(id): Path<CustomerId>) -> Result<Markup> {
    page(&member, &Given::customer(&member, id).await?).await
}

pub(super) async fn create_with(
    member: Member,
    Path(id): Path<CustomerId>,
    Form(fields): Form,
) -> Result<Response> {
    add(&member, &Given::customer(&member, id).await?, fields).await
}

async fn add(member: &Member, given: &Given, fields: Fields) -> Result<Response> {
    let mut fields = given.fill(fields).in_zone(member.time_zone());
    let id: FileShareId = new_id(&fields);
    let new: FileShareCreate = fields.read()?;
    let new = NewFileShare::of(id, new).await?;
    let new = if fields.has(TELL) { new.telling(&member.session.account_id) } else { new };
    let (mut tx, change) = (member.begin().await?, member.change());
    tx.hold_portal().await?;
    let (quotas, keys) = (member.quotas(), member.sealing_keys());
    let share = queries::create(&mut tx, &change, quotas, keys, new).await?;
    tx.commit().await?;
    Ok(see_other(&share_path(&share.id), Some("flash.file_share_created")))
}

async fn page(member: &Member, given: &Given) -> Result<Markup> {
    let (lang, title) = (member.lang(), given.title(member.lang()));
    let fields = member.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let content = match given {
        Given::Entry(_) => html! {},
        _ => choose(member, &fields, &errors).await?,
    };
    let (action, cancel) = given.paths();
    let id: FileShareId = new_id(&fields);
    let labels = ["content", "name", "expiresAt", "password"].map(|name| (name, label(lang, name)));
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "file_shares.new_intro")), html! {}))
        (ui::form(&action, &member.visit.mark, html! {
            (new_id_field(&id))
            (content)
            (Field::text(lang, "name", label(lang, "name")).value(fields.sent("name"))
                .hint(tr!(lang, "file_shares.name_hint")).maxlength(200).errors_from(&errors))
            (Field::text(lang, "expiresAt", label(lang, "expiresAt")).kind("datetime-local")
                .value(fields.sent("expiresAt")).hint(tr!(lang, "file_shares.expires_hint")).errors_from(&errors))
            (Field::text(lang, "password", label(lang, "password")).kind("password").autocomplete("new-password")
                .hint(tr!(lang, "file_shares.password_hint", count = SHORTEST_PASSWORD)).maxlength(100).errors_from(&errors))
            (ui::checkbox(TELL, "true", &tr!(lang, "file_shares.tell"), Some(&tr!(lang, "file_shares.tell_hint")), fields.has(TELL)))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "file_shares.create"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &cancel, ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&title, body))
}

fn label(lang: Lang, name: &str) -> Cow<'static, str> {
    Cow::Owned(lang.text(&format!("file_shares.field.{name}")).into_owned())
}

/// The newest files and directories, to choose from.
async fn choose(member: &Member, fields: &Fields, errors: &[(String, String)]) -> Result<Markup> {
    let lang = member.lang();
    let rows =
        files::queries::list(&member.store, &Part::first(OFFERED), member.time_zone()).await?;
    let ticked = fields.all("content");
    let choice = |entry: &Entry| Choice {
        value: entry.id.to_string().into(),
        label: entry.name.clone().into(),
        hint: entry.id.is_directory().then(|| tr!(lang, "files.directory")),
        checked: ticked.contains(&entry.id.as_str()),
    };
    let choices: Vec<Choice<'_>> = rows.iter().map(|row| choice(&row.row)).collect();
    if choices.is_empty() {
        return Ok(html! {
            p { (tr!(lang, "file_shares.no_files")) }
            p { (ui::link_button(&tr!(lang, "files.title"), files::SECTION.path, ButtonStyle::Secondary)) }
        });
    }
    let error = errors.iter().find(|(name, _)| name == "content").map(|(_, text)| text.as_str());
    let (legend, search) = (label(lang, "content"), tr!(lang, "file_shares.search_files"));
    Ok(html! {
        (ui::long_choice_group("content", &legend, choices, &search, error))
        p.muted { (tr!(lang, "file_shares.other_files")) }
    })
}
