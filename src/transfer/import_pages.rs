//! The pages that import rows: upload, columns, preview and faults, progress, undo.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::faults;
use super::import::{Duplicates, Import, State};
use super::import_page::{self, column_name};
use super::imported::{Imported, MoreColumn, columns, label};
use super::upload::{self, FILE};
use super::work::ImportJob;
use crate::audit::Action;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::ImportId;
use crate::manage::{Member, table};
use crate::quotas::at_most;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Form, Pages, StreamedForm, see_other};

/// The pages below those of the section.
pub fn pages<R: Imported>() -> Pages {
    Pages::of_part(R::SECTION, "/imports")
        .form("/", list::<R>, upload::<R>)
        .get("/{id}", show::<R>)
        .get("/{id}/faults", download_faults::<R>)
        .form("/{id}/columns", show_columns::<R>, set_columns::<R>)
        .post("/{id}/start", start::<R>)
        .post("/{id}/cancel", cancel::<R>)
        .form("/{id}/undo", ask_to_undo::<R>, undo::<R>)
}

/// The path of the list of imports.
pub(super) fn list_path<R: Imported>() -> String {
    format!("{}/imports", R::SECTION.path)
}

/// The path of an import.
pub(super) fn path<R: Imported>(id: &ImportId) -> String {
    format!("{}/{id}", list_path::<R>())
}

/// The import of this kind with this id.
async fn find<R: Imported>(member: &Member, id: &ImportId) -> Result<Import> {
    let import = Import::find(&member.store, id).await?;
    if import.kind == R::KIND { Ok(import) } else { Err(Error::NotFound) }
}

async fn list<R: Imported>(member: Member) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "transfer.import.title"));
    let imports = Import::list(&member.store, R::KIND).await?;
    let errors = member.visit.errors();
    let row = |import: &Import| {
        vec![
            html! { a href=(path::<R>(&import.id)) { (ui::name(&import.file_name)) } },
            import_page::badge(lang, import.state),
            html! { (lang.number(import.row_count)) },
            member.moment(import.created_at),
        ]
    };
    let heads = ["transfer.file", "transfer.state", "transfer.rows", "transfer.when"];
    let body = html! {
        (R::SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "transfer.import.intro")), html! {}))
        (ui::multipart_form(&list_path::<R>(), &member.visit.mark, html! {
            (Field::file(lang, FILE, tr!(lang, "transfer.import.file"), Some(".csv,text/csv"))
                .hint(tr!(lang, "transfer.import.file_hint")).required(true).errors_from(&errors))
            (ui::actions(ui::submit(&tr!(lang, "transfer.import.upload"), ButtonStyle::Primary)))
        }))
        @if !imports.is_empty() {
            (ui::section(&tr!(lang, "transfer.import.earlier"), Some(&tr!(lang, "transfer.import.kept")), html! {},
                table(lang, &tr!(lang, "transfer.import.earlier"), &heads, imports.iter().map(row).collect())))
        }
    };
    let labels = [(FILE, tr!(lang, "transfer.import.file"))];
    Ok(member.chrome(&R::SECTION).with_labels(&labels).page(&title, body))
}

async fn upload<R: Imported>(
    member: Member,
    StreamedForm(_, file): StreamedForm,
) -> Result<Response> {
    let file = file.filter(|file| !file.file_name.is_empty()).ok_or_else(|| {
        Error::Invalid(FieldErrors::one(FILE, Message::new("transfer.import.no_file")))
    })?;
    let id = upload::store::<R>(&member, file).await?;
    Ok(see_other(&format!("{}/columns", path::<R>(&id)), None))
}

async fn show<R: Imported>(member: Member, Path(id): Path<ImportId>) -> Result<Markup> {
    let import = find::<R>(&member, &id).await?;
    import_page::show::<R>(&member, &import, &path::<R>(&id), &list_path::<R>()).await
}

async fn download_faults<R: Imported>(
    member: Member,
    Path(id): Path<ImportId>,
) -> Result<Response> {
    let import = find::<R>(&member, &id).await?;
    faults::file::<R>(&member.store, &import, member.lang()).await
}

async fn show_columns<R: Imported>(member: Member, Path(id): Path<ImportId>) -> Result<Response> {
    let import = find::<R>(&member, &id).await?;
    if !matches!(import.state, State::Uploaded | State::Checked) {
        return Ok(see_other(&path::<R>(&id), None));
    }
    let (path, list) = (path::<R>(&id), list_path::<R>());
    Ok(import_page::columns::<R>(&member, &import, &path, &list).await?.into_response())
}

/// Reads which field each column fills.
fn read_columns<R: Imported>(
    import: &Import,
    sent: &Fields,
    more: &[MoreColumn],
) -> Result<Vec<String>> {
    let mut errors = FieldErrors::default();
    let mut fields: Vec<String> = Vec::new();
    for place in 0..import.heads().len() {
        let name = column_name(place);
        let field = sent.sent(&name).to_owned();
        let is_known = columns::<R>().any(|known| known.name == field)
            || more.iter().any(|known| known.name == field);
        if !field.is_empty() && !is_known {
            errors.add(&name, Message::new("transfer.import.unknown_field"));
        } else if !field.is_empty() && fields.contains(&field) {
            errors.add(&name, Message::new("transfer.import.field_twice"));
        }
        fields.push(field);
    }
    let missing = columns::<R>()
        .filter(|field| field.is_required && !fields.iter().any(|known| known == field.name));
    let missing: Vec<String> = missing.map(|field| label::<R>(import.lang(), field.name)).collect();
    if !missing.is_empty() {
        errors.add("", Message::with("transfer.import.missing_fields", missing.join("; ")));
    }
    if errors.is_empty() { Ok(fields) } else { Err(Error::Invalid(errors)) }
}

async fn set_columns<R: Imported>(
    member: Member,
    Path(id): Path<ImportId>,
    Form(sent): Form,
) -> Result<Response> {
    let import = find::<R>(&member, &id).await?;
    let more = R::more_columns(&member.store).await?;
    let fields = read_columns::<R>(&import, &sent, &more)?;
    let mut tx = member.begin().await?;
    Import::expect_no_other(&mut tx, &id).await?;
    let import = Import::find_in(&mut tx, &id).await?;
    if matches!(import.state, State::Uploaded | State::Checked) {
        Import::set_fields(&mut tx, &id, &fields).await?;
        let states = (import.state, State::Checking);
        Import::change_state(&mut tx, &id, states, true, None).await?;
        tx.enqueue(&ImportJob::<R>::new(&member.portal.id, &id), member.now()).await?;
        tx.commit().await?;
    }
    Ok(see_other(&path::<R>(&id), None))
}

async fn start<R: Imported>(
    member: Member,
    Path(id): Path<ImportId>,
    Form(sent): Form,
) -> Result<Response> {
    find::<R>(&member, &id).await?;
    let duplicates = Duplicates::from_name(sent.sent("duplicates")).unwrap_or(Duplicates::Skip);
    let count = R::QUOTA.count(&member.store).await?;
    let mut tx = member.begin().await?;
    Import::expect_no_other(&mut tx, &id).await?;
    let import = Import::find_in(&mut tx, &id).await?;
    if import.state == State::Checked {
        let good = import.row_count - import.faulty;
        let new = match duplicates {
            Duplicates::Create => good,
            _ => good - import.known - import.repeated,
        };
        let most = R::most(member.quotas());
        at_most(count + new, most, "transfer.import.no_room", R::QUOTA.setting())?;
        Import::choose(&mut tx, &id, duplicates).await?;
        Import::change_state(&mut tx, &id, (State::Checked, State::Running), true, None).await?;
        let numbers = format!("{} !{}", import.row_count, import.faulty);
        import.tell(&mut tx, Action::ImportStarted, &numbers, member.now()).await?;
        tx.enqueue(&ImportJob::<R>::new(&member.portal.id, &id), member.now()).await?;
        tx.commit().await?;
    }
    Ok(see_other(&path::<R>(&id), None))
}

async fn cancel<R: Imported>(
    member: Member,
    Path(id): Path<ImportId>,
    _: Form,
) -> Result<Response> {
    find::<R>(&member, &id).await?;
    upload::give_up(&member, &id).await?;
    Ok(see_other(&path::<R>(&id), Some("flash.import_cancelled")))
}

async fn ask_to_undo<R: Imported>(member: Member, Path(id): Path<ImportId>) -> Result<Response> {
    let import = find::<R>(&member, &id).await?;
    if !import.state.can_be_undone() {
        return Ok(see_other(&path::<R>(&id), None));
    }
    let (lang, title) = (member.lang(), tr!(member.lang(), "transfer.undo.title"));
    let text = tr!(lang, "transfer.undo.text", count = lang.number(import.created));
    let (action, back) = (format!("{}/undo", path::<R>(&id)), path::<R>(&id));
    let button = tr!(lang, "transfer.undo.button");
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &back);
    Ok(member.chrome(&R::SECTION).page(&title, body).into_response())
}

async fn undo<R: Imported>(member: Member, Path(id): Path<ImportId>, _: Form) -> Result<Response> {
    find::<R>(&member, &id).await?;
    let mut tx = member.begin().await?;
    Import::expect_no_other(&mut tx, &id).await?;
    let import = Import::find_in(&mut tx, &id).await?;
    if import.state.can_be_undone() {
        let states = (import.state, State::Undoing);
        Import::change_state(&mut tx, &id, states, true, None).await?;
        tx.enqueue(&ImportJob::<R>::new(&member.portal.id, &id), member.now()).await?;
        tx.commit().await?;
    }
    Ok(see_other(&path::<R>(&id), None))
}
