//! What the page of an import shows in each of its states.

use maud::{Markup, html};

use super::faults::{self, Fault};
use super::import::{Duplicates, Import, State};
use super::imported::{Imported, RowReader, label};
use super::intake::rows_of_piece;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::manage::{Member, table};
use crate::ui::{self, BadgeKind, ButtonStyle, Choice, ChoiceKind, Field, FlashKind};
use crate::values::Record;

/// How many rows the preview has.
const PREVIEW: usize = 10;

/// How many faults the page shows.
const SHOWN_FAULTS: i64 = 100;

/// The form's field of a column.
pub(super) fn column_name(place: usize) -> String {
    format!("column-{place}")
}

/// The state in words.
pub(super) fn badge(lang: Lang, state: State) -> Markup {
    let kind = match state {
        State::Done => BadgeKind::Success,
        State::Checked | State::Uploaded | State::Stopped => BadgeKind::Warning,
        _ => BadgeKind::Neutral,
    };
    ui::badge(&state.label(lang), kind)
}

fn head(lang: Lang, import: &Import, list: &str, section: (&str, &str)) -> Markup {
    let title = tr!(lang, "transfer.import.title");
    let (section, href) = section;
    html! {
        (ui::breadcrumbs(lang, &[(section, Some(href)), (&title, Some(list)), (&import.file_name, None)]))
        (ui::header(&import.file_name, None, badge(lang, import.state)))
    }
}

/// The page on which the columns are chosen.
pub(super) async fn columns<R: Imported>(
    member: &Member,
    import: &Import,
    path: &str,
    list: &str,
) -> Result<Markup> {
    let (lang, heads) = (member.lang(), import.heads());
    let chosen = || {
        let fields = import.fields().into_iter().enumerate();
        fields.map(|(place, field)| (column_name(place), field)).collect()
    };
    let (fields, errors) = (member.visit.fields(chosen), member.visit.errors());
    let rows = rows_of_piece(&import.first_piece(&member.store).await?);
    let sample = |place: usize| {
        let mut cells = rows.iter().filter_map(|(_, cells)| cells.get(place));
        cells.find(|cell| !cell.trim().is_empty()).map(|cell| cell.chars().take(60).collect())
    };
    let mut options = vec![("", tr!(lang, "transfer.import.no_field").into_owned())];
    options.extend(super::imported::columns::<R>().map(|field| {
        let star = if field.is_required { " *" } else { "" };
        (field.name, format!("{}{star}", label::<R>(lang, field.name)))
    }));
    let more = R::more_columns(&member.store).await?;
    options.extend(more.iter().map(|more| (more.name.as_str(), more.label.clone())));
    let names: Vec<String> = (0..heads.len()).map(column_name).collect();
    let shown: Vec<String> = heads
        .iter()
        .enumerate()
        .map(|(place, head)| match head.as_str() {
            "" => tr!(lang, "transfer.import.column", number = place + 1).into_owned(),
            head => head.to_owned(),
        })
        .collect();
    let section = tr!(lang, R::SECTION.title);
    let body = html! {
        (head(lang, import, list, (&section, R::SECTION.path)))
        p { (tr!(lang, "transfer.import.columns_text", count = lang.number(import.row_count))) }
        (ui::form(&format!("{path}/columns"), &member.visit.mark, html! {
            @for (place, name) in names.iter().enumerate() {
                @let sample: Option<String> = sample(place);
                @let field = Field::select(lang, name.as_str(), shown[place].as_str(), &options, fields.sent(name))
                    .autocomplete("off").errors_from(&errors);
                @match sample {
                    Some(sample) => { (field.hint(tr!(lang, "transfer.import.sample", text = sample))) }
                    None => { (field) }
                }
            }
            (ui::actions(ui::submit(&tr!(lang, "transfer.import.check"), ButtonStyle::Primary)))
        }))
        (cancel_button(member, path, &tr!(lang, "transfer.import.discard")))
    };
    let labels: Vec<_> = names
        .iter()
        .zip(&shown)
        .map(|(name, head)| (name.as_str(), head.as_str().into()))
        .collect();
    Ok(member.chrome(&R::SECTION).with_labels(&labels).page(&import.file_name, body))
}

fn cancel_button(member: &Member, path: &str, label: &str) -> Markup {
    ui::button_form(&format!("{path}/cancel"), &member.visit.mark, label, ButtonStyle::Secondary)
}

/// The page of an import.
pub(super) async fn show<R: Imported>(
    member: &Member,
    import: &Import,
    path: &str,
    list: &str,
) -> Result<Markup> {
    let (lang, section) = (member.lang(), tr!(member.lang(), R::SECTION.title));
    let content = match import.state {
        State::Uploading => html! { p { (tr!(lang, "transfer.import.arriving")) } },
        State::Uploaded => html! {
            (ui::actions(ui::link_button(&tr!(lang, "transfer.import.choose_columns"), &format!("{path}/columns"), ButtonStyle::Primary)))
        },
        State::Checking | State::Running | State::Undoing => progress(member, import, path),
        State::Checked => checked::<R>(member, import, path).await?,
        State::Done | State::Cancelled | State::Stopped | State::Undone => {
            result::<R>(member, import, path).await?
        }
    };
    let body = html! {
        (head(lang, import, list, (&section, R::SECTION.path)))
        (content)
    };
    // A form that was refused leads here: its message is shown above, and it sends nothing to keep.
    let _ = member.visit.typed();
    Ok(member.chrome(&R::SECTION).page(&import.file_name, body))
}

/// How far the work is. A script reloads it; without one there is a link.
fn progress(member: &Member, import: &Import, path: &str) -> Markup {
    let lang = member.lang();
    let text = match import.state {
        State::Checking => tr!(lang, "transfer.progress.checking"),
        State::Undoing => tr!(lang, "transfer.progress.undoing"),
        _ => tr!(lang, "transfer.progress.running"),
    };
    let (done, all) = if import.state == State::Undoing {
        (import.removed, import.created)
    } else {
        (import.position, import.piece_count)
    };
    let percent = if all > 0 { (100 * done / all).min(100) } else { 0 };
    html! {
        section.import-progress data-refresh {
            p { (text) " " (percent) "%" }
            progress max="100" value=(percent) aria-label=(text) {}
            (ui::actions(ui::link_button(&tr!(lang, "transfer.progress.refresh"), path, ButtonStyle::Secondary)))
        }
        p.muted { (tr!(lang, "transfer.progress.leave")) }
        (cancel_button(member, path, &tr!(lang, "transfer.import.cancel")))
    }
}

/// Numbers with their meaning; those that are zero are left out, except the first.
fn numbers(lang: Lang, items: &[(&'static str, i64)]) -> Markup {
    let shown = items.iter().enumerate().filter(|(place, (_, count))| *place == 0 || *count > 0);
    let stats =
        shown.map(|(_, (key, count))| ui::stat(&tr!(lang, *key), &lang.number(*count), None));
    ui::grid(stats.collect())
}

async fn checked<R: Imported>(member: &Member, import: &Import, path: &str) -> Result<Markup> {
    let lang = member.lang();
    let good = import.row_count - import.faulty;
    let choices = Duplicates::ALL.map(|choice| Choice {
        value: choice.name().into(),
        label: choice.label(lang),
        hint: None,
        checked: choice == Duplicates::Skip,
    });
    let has_duplicates = import.known + import.repeated > 0;
    let button = tr!(lang, "transfer.import.start", count = lang.number(good));
    Ok(html! {
        (numbers(lang, &[
            ("transfer.count.rows", import.row_count), ("transfer.count.faulty", import.faulty),
            ("transfer.count.known", import.known), ("transfer.count.repeated", import.repeated),
        ]))
        (preview::<R>(member, import).await?)
        (faults_of::<R>(member, import, path).await?)
        @if good > 0 {
            (ui::form(&format!("{path}/start"), &member.visit.mark, html! {
                @if has_duplicates {
                    (ui::choice_group(ChoiceKind::One, "duplicates", &tr!(lang, "transfer.duplicates.legend"), &choices, None))
                }
                (ui::actions(html! {
                    (ui::submit(&button, ButtonStyle::Primary))
                    (ui::link_button(&tr!(lang, "transfer.import.other_columns"), &format!("{path}/columns"), ButtonStyle::Secondary))
                }))
            }))
        } @else {
            (ui::actions(ui::link_button(&tr!(lang, "transfer.import.other_columns"), &format!("{path}/columns"), ButtonStyle::Primary)))
        }
        (cancel_button(member, path, &tr!(lang, "transfer.import.discard")))
    })
}

/// The first rows as they will be.
async fn preview<R: Imported>(member: &Member, import: &Import) -> Result<Markup> {
    let (lang, fields) = (member.lang(), import.fields());
    let zone = member.time_zone();
    let mut more = R::more_columns(&member.store).await?;
    more.retain(|more| fields.contains(&more.name));
    let others: Vec<(String, String)> =
        more.iter().map(|more| (more.name.clone(), more.label.clone())).collect();
    let reader = RowReader::<R>::new(fields.clone(), more, import.lang(), zone.clone());
    let rows = rows_of_piece(&import.first_piece(&member.store).await?);
    let shown: Vec<_> = R::Details::FIELDS
        .iter()
        .enumerate()
        .filter(|(_, field)| fields.iter().any(|known| known == field.name))
        .collect();
    let row = |(number, cells): &(i64, Vec<String>)| {
        let number = html! { (number) };
        match reader.read(cells) {
            Ok(row) => {
                let texts = row.details.texts(lang, zone);
                let cells = shown.iter().map(|(place, _)| html! { (texts[*place]) });
                let others = others.iter().map(|(name, _)| html! { (row.cell(name)) });
                [number].into_iter().chain(cells).chain(others).collect()
            }
            Err(_) => {
                let empty = (1..shown.len() + others.len()).map(|_| html! {});
                let fault = html! { (ui::badge(&tr!(lang, "transfer.count.faulty_row"), BadgeKind::Danger)) };
                [number, fault].into_iter().chain(empty).collect()
            }
        }
    };
    let labels = shown.iter().map(|(_, field)| label::<R>(lang, field.name));
    let labels = labels.chain(others.iter().map(|(_, label)| label.clone()));
    let heads: Vec<String> =
        [tr!(lang, "transfer.fault.row").into_owned()].into_iter().chain(labels).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let title = tr!(lang, "transfer.preview");
    let rows = rows.iter().take(PREVIEW).map(row).collect();
    Ok(ui::section(&title, None, html! {}, ui::wide_table(&title, &heads, rows)))
}

/// The first faults, and a link to all.
async fn faults_of<R: Imported>(member: &Member, import: &Import, path: &str) -> Result<Markup> {
    if import.faulty == 0 {
        return Ok(html! {});
    }
    let lang = member.lang();
    let faults = faults::first::<R>(&member.store, import, SHOWN_FAULTS, lang).await?;
    let row = |Fault { row, column, text }: Fault| {
        vec![html! { (row) }, html! { (column) }, html! { (text) }]
    };
    let title = tr!(lang, "transfer.fault.title");
    let link = ui::link_button(
        &tr!(lang, "transfer.fault.download"),
        &format!("{path}/faults"),
        ButtonStyle::Secondary,
    );
    let heads = ["transfer.fault.row", "transfer.fault.column", "transfer.fault.text"];
    let rows = faults.into_iter().map(row).collect();
    let text = tr!(lang, "transfer.fault.intro");
    Ok(ui::section(&title, Some(&text), link, table(lang, &title, &heads, rows)))
}

/// What came of it.
async fn result<R: Imported>(member: &Member, import: &Import, path: &str) -> Result<Markup> {
    let lang = member.lang();
    let is_undone = import.state == State::Undone;
    let kept = if is_undone { import.created - import.removed } else { 0 };
    Ok(html! {
        @if let Some(message) = import.message() {
            div role="alert" { (ui::notice(FlashKind::Error, None, html! { p { (message.text(lang)) } })) }
        }
        (numbers(lang, &[
            ("transfer.count.created", import.created), ("transfer.count.updated", import.updated),
            ("transfer.count.skipped", import.skipped), ("transfer.count.faulty", import.faulty),
            ("transfer.count.removed", import.removed), ("transfer.count.kept", kept),
        ]))
        (faults_of::<R>(member, import, path).await?)
        @if import.state.can_be_undone() && import.created > 0 {
            (ui::danger_zone(&tr!(lang, "transfer.undo.title"), html! {
                p { (tr!(lang, "transfer.undo.text", count = lang.number(import.created))) }
                (ui::link_button(&tr!(lang, "transfer.undo.button"), &format!("{path}/undo"), ButtonStyle::Danger))
            }))
        }
    })
}
