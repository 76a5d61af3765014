//! Settings → Fields of customers: the fields that a portal adds to its customers.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::custom_field_queries::{self as queries, FieldDetails};
use super::custom_fields::{CustomField, FieldKind, LONGEST_CHOICE, MAX_CHOICES};
use super::custom_values::MAX_FIELDS;
use super::remove_values::delete_field;
use crate::accounts::may;
use crate::error::{Message, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::ui::{self, BadgeKind, ButtonStyle, Field, Icon};
use crate::unicode::isolated;
use crate::values::{Name, Value};
use crate::web::{
    Allowed, Form, MenuGroup, Pages, Saved, Section, SingleUse, expected_revision,
    filled_from_field, see_other, single_use_field, verbatim,
};

/// The section of these pages.
const SECTION: Section = Section {
    path: "/manage/settings/customer-fields",
    title: "custom_fields.nav",
    icon: Icon::Person,
    group: MenuGroup::Settings,
    key: Some('v'),
};

const PATH: &str = SECTION.path;

/// A member who may change what the portal knows of its customers.
type Manager = Allowed<Member, may::ManageBusiness>;

/// The pages' routes.
pub(super) fn pages() -> Pages {
    Pages::of(SECTION)
        .get("/", list)
        .form("/new", show_new, create)
        .form("/{id}", show, update)
        .post("/{id}/up", move_up)
        .form("/{id}/delete", ask_to_delete, delete)
}

fn page_path(key: &str) -> String {
    format!("{PATH}/{key}")
}

async fn list(member: Manager) -> Result<Markup> {
    let known = queries::all(&member.store).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "custom_fields.title"));
    let button = ui::link_button(
        &tr!(lang, "custom_fields.new"),
        &format!("{PATH}/new"),
        ButtonStyle::Primary,
    );
    let rows = known.0.iter().enumerate().map(|(place, field)| {
        let up = html! {
            @if place > 0 {
                (ui::button_form_about(&format!("{}/up", page_path(&field.key)), &member.visit.mark,
                    &tr!(lang, "custom_fields.up"), &field.name, ButtonStyle::Quiet))
            }
        };
        vec![
            html! {
                a href=(page_path(&field.key)) { (ui::name(&field.name)) }
                @if field.is_required {
                    " " (ui::badge(&tr!(lang, "custom_fields.required"), BadgeKind::Neutral))
                }
            },
            html! { (field.kind.label(lang)) },
            html! { (ui::mono(&field.key)) },
            up,
        ]
    });
    let heads = ["custom_fields.name", "custom_fields.kind", "custom_fields.key", ""]
        .map(|key| if key.is_empty() { Cow::Borrowed("") } else { lang.text(key) });
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "custom_fields.intro")), html! { @if known.0.len() < MAX_FIELDS { (button) } }))
        @if known.0.is_empty() {
            (ui::empty_state(&tr!(lang, "custom_fields.empty_title"), &tr!(lang, "custom_fields.empty_text"), Some(button)))
        } @else {
            (ui::table(&title, &heads, rows.collect()))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

/// The labels of the form's fields.
fn labels(lang: Lang) -> [(&'static str, Cow<'static, str>); 4] {
    [
        ("name", tr!(lang, "custom_fields.name")),
        ("kind", tr!(lang, "custom_fields.kind")),
        ("choices", tr!(lang, "custom_fields.choices")),
        ("required", tr!(lang, "custom_fields.required_label")),
    ]
}

/// Reads the form of a field of this kind.
fn read(fields: &mut Fields, kind: Option<FieldKind>) -> FieldDetails {
    let name = Name::from_field(fields, "name");
    let choices =
        if kind == Some(FieldKind::Choice) { read_choices(fields) } else { String::new() };
    FieldDetails { name: name.to_string(), choices, is_required: fields.has("required") }
}

/// The texts to choose from, each once.
fn read_choices(fields: &mut Fields) -> String {
    let text = fields.text("choices", MAX_CHOICES * (LONGEST_CHOICE + 2));
    let mut choices: Vec<&str> = Vec::new();
    for choice in text.lines().map(str::trim).filter(|choice| !choice.is_empty()) {
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    if choices.len() > MAX_CHOICES {
        fields.fault("choices", Message::with("field.too_many_items", MAX_CHOICES));
    }
    if choices.iter().any(|choice| choice.chars().count() > LONGEST_CHOICE) {
        fields.fault("choices", Message::with("custom_fields.long_choice", LONGEST_CHOICE));
    }
    choices.join("\n")
}

async fn show_new(member: Manager) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "custom_fields.new"));
    let fields = member.visit.fields(Vec::new);
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, None, html! {}))
        (form(&member, &fields, None))
    };
    member.chrome(&SECTION).with_labels(&labels(lang)).page(&title, body)
}

async fn create(
    member: Manager,
    SingleUse(Form(mut fields), claim): SingleUse<Form>,
) -> Result<Response> {
    let kind = FieldKind::from_name(fields.sent("kind"));
    let details = read(&mut fields, kind);
    if kind.is_none() {
        fields.fault("kind", Message::new("field.required"));
    }
    fields.expect_none_wrong()?;
    let Some(mut tx) = member.begin_once(&claim).await? else {
        return Ok(see_other(PATH, Some("flash.note.form_used")));
    };
    if let Some(kind) = kind {
        queries::create(&mut tx, &member.change(), kind, &details).await?;
    }
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.custom_field_added")))
}

/// What is saved of a field, for its form.
fn saved(field: &CustomField) -> Saved {
    let mut pairs = vec![
        ("name".to_owned(), field.name.clone()),
        ("choices".to_owned(), field.choices.clone()),
    ];
    pairs.extend(field.is_required.then(|| ("required".to_owned(), "1".to_owned())));
    Saved::at_revision(field.revision, pairs)
}

async fn show(member: Manager, Path(key): Path<String>) -> Result<Markup> {
    let field = queries::find(&member.store, &key).await?;
    let (lang, saved, path) = (member.lang(), saved(&field), page_path(&key));
    let labels = labels(lang);
    let typed = member.visit.typed();
    let (notice, fields) = saved.form_or_sent(lang, typed, &labels, verbatim, &path);
    let delete = ui::link_button(
        &tr!(lang, "manage.delete"),
        &format!("{path}/delete"),
        ButtonStyle::Secondary,
    );
    let body = html! {
        (SECTION.trail(lang, &[], &field.name))
        (ui::header(&field.name, Some(&field.kind.label(lang)), delete))
        (notice.unwrap_or_default())
        (form(&member, &fields, Some(&field)))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&field.name, body))
}

async fn update(member: Manager, Path(key): Path<String>, Form(sent): Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    // Of two at once, the second is compared with what the first saved.
    let field = queries::hold_one(&mut tx, &key).await?;
    let mut fields = saved(&field).merge(sent);
    let details = read(&mut fields, Some(field.kind));
    fields.expect_none_wrong()?;
    let expected = expected_revision(&fields);
    queries::update(&mut tx, &member.change(), &field, &expected, &details).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.custom_field_saved")))
}

/// The form, for a new field or an existing one, whose kind stays.
fn form(member: &Member, fields: &Fields, field: Option<&CustomField>) -> Markup {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let [name, kind, choices, required] = labels(lang);
    let action = field.map_or_else(|| format!("{PATH}/new"), |field| page_path(&field.key));
    let kinds = FieldKind::ALL.map(|kind| (kind.name(), kind.label(lang)));
    let has_choices = field.is_none_or(|field| field.kind == FieldKind::Choice);
    let button = if field.is_some() { "manage.save" } else { "custom_fields.add" };
    ui::form(
        &action,
        &member.visit.mark,
        html! {
            @if field.is_none() { (single_use_field()) } @else { (filled_from_field(fields)) }
            (Field::text(lang, "name", name.1).value(fields.sent("name")).errors_from(&errors)
                .required(true).maxlength(Name::LONGEST).autocomplete("off"))
            @if field.is_none() {
                (Field::select(lang, "kind", kind.1, &kinds, fields.sent("kind")).errors_from(&errors)
                    .hint(tr!(lang, "custom_fields.kind_hint")).required(true))
            }
            @if has_choices {
                (Field::textarea(lang, "choices", choices.1).value(fields.sent("choices")).errors_from(&errors)
                    .hint(tr!(lang, "custom_fields.choices_hint")).required(field.is_some()))
            }
            (ui::checkbox("required", "1", &required.1, Some(&tr!(lang, "custom_fields.required_hint")), fields.has("required")))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, button), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), PATH, ButtonStyle::Secondary))
            }))
        },
    )
}

async fn move_up(member: Manager, Path(key): Path<String>, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::move_up(&mut tx, &member.change(), &key).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.custom_field_moved")))
}

async fn ask_to_delete(member: Manager, Path(key): Path<String>) -> Result<Markup> {
    let field = queries::find(&member.store, &key).await?;
    let lang = member.lang();
    let title = tr!(lang, "custom_fields.confirm_title", name = isolated(&field.name));
    let text = match queries::count_values(&member.store, &key).await? {
        0 => tr!(lang, "custom_fields.delete_unused"),
        1 => tr!(lang, "custom_fields.delete_one"),
        count => tr!(lang, "custom_fields.delete_several", count = lang.number(count)),
    };
    let path = page_path(&key);
    let delete = tr!(lang, "manage.delete");
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &format!("{path}/delete"),
        &member.visit.mark,
        &delete,
        &path,
    );
    Ok(member.chrome(&SECTION).page(&title, body))
}

async fn delete(member: Manager, Path(key): Path<String>, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    delete_field(&mut tx, &member.change(), &key).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.custom_field_deleted")))
}
