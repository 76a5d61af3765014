//! The saved views of a list: the links above it, and the pages to rename and delete them.

use axum::response::Response;
use maud::{Markup, html};
use url::form_urlencoded;

use super::member::Member;
use super::name_page::NamePage;
use super::page_list::{PageList, table};
use super::trashed::OfSection;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::{ListRequest, Path};
use crate::i18n::tr;
use crate::ids::SavedViewId;
use crate::lists::{Listed, NewView, SavedView, Views};
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{Name, Value};
use crate::web::{Form, Pages, see_other};

/// The field of the name.
const NAME: &str = "view_name";

/// The box for everybody.
const SHARED: &str = "view_shared";

/// Adds the pages of a list's saved views to those of its section.
pub fn view_pages<L: OfSection + Listed>(pages: Pages) -> Pages {
    pages
        .form("/views", show_views::<L>, save::<L>)
        .form("/views/{id}", show_rename::<L>, rename::<L>)
        .post("/views/{id}/delete", delete::<L>)
}

fn path<L: OfSection>() -> String {
    format!("{}/views", L::SECTION.path)
}

fn views_of<L: Listed>(member: &Member) -> Views<'_> {
    Views { list: L::LIST.kind, account: &member.session.account_id }
}

/// The saved views as links, and a form that saves the list as it is now.
pub async fn saved_views<L: OfSection + Listed>(
    member: &Member,
    request: &ListRequest<L>,
) -> Result<Markup> {
    let (lang, views) = (member.lang(), views_of::<L>(member).all(&member.store).await?);
    let query = query_of(request);
    let is_saved = views.iter().any(|view| view.query == query);
    Ok(html! {
        @if !views.is_empty() {
            nav.views aria-label=(tr!(lang, "views.title")) {
                ul {
                    @for view in &views {
                        li {
                            a href={ (L::SECTION.path) "?" (view.query) }
                                aria-current=[(view.query == query).then_some("true")] { (ui::name(&view.name)) }
                        }
                    }
                    li { a.views-manage href=(path::<L>()) { (tr!(lang, "views.manage")) } }
                }
            }
        }
        @if !query.is_empty() && !is_saved { (save_form(member, request)) }
    })
}

/// The list's parameters, without the page.
fn query_of<L: Listed>(request: &ListRequest<L>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(request.pairs()).finish()
}

fn save_form<L: OfSection + Listed>(member: &Member, request: &ListRequest<L>) -> Markup {
    let (lang, typed) = (member.lang(), member.visit.typed().unwrap_or_else(Fields::none));
    let errors = typed.errors().list(lang);
    let action = format!("{}?{}", path::<L>(), query_of(request));
    let form = ui::form(
        &action,
        &member.visit.mark,
        html! {
            (name_field(member, typed.sent(NAME), &errors).required(true).autocomplete("off"))
            (ui::checkbox(SHARED, "1", &tr!(lang, "views.shared"), None, typed.has(SHARED)))
            (ui::actions(ui::submit(&tr!(lang, "views.save"), ButtonStyle::Secondary)))
        },
    );
    let is_begun = !typed.sent(NAME).is_empty() || typed.has(SHARED) || !errors.is_empty();
    html! { div.views-save { (ui::disclosure(&tr!(lang, "views.save_this"), is_begun, form)) } }
}

fn name_field<'a>(member: &Member, name: &'a str, errors: &'a [(String, String)]) -> Field<'a> {
    let lang = member.lang();
    Field::text(lang, NAME, tr!(lang, "views.name"))
        .value(name)
        .errors_from(errors)
        .maxlength(Name::LONGEST)
}

async fn save<L: OfSection + Listed>(
    member: Member,
    PageList(request): PageList<L>,
    Form(mut fields): Form,
) -> Result<Response> {
    let name = Name::from_field(&mut fields, NAME);
    fields.expect_none_wrong()?;
    let query = query_of(&request);
    if query.is_empty() {
        return Err(Error::invalid("", Message::new("views.nothing_to_save")));
    }
    let list = format!("{}?{query}", L::SECTION.path);
    let new = NewView { name, query, is_shared: fields.has(SHARED) };
    let mut tx = member.begin().await?;
    views_of::<L>(&member).save(&mut tx, new, member.now()).await?;
    tx.commit().await?;
    Ok(see_other(&list, Some("flash.view_saved")))
}

async fn show_views<L: OfSection + Listed>(member: Member) -> Result<Markup> {
    let views = views_of::<L>(&member).all(&member.store).await?;
    let (lang, title, path) = (member.lang(), tr!(member.lang(), "views.title"), path::<L>());
    let rows = views.iter().map(|view| {
        let rename = ui::link_button_about(
            &tr!(lang, "views.rename"),
            &view.name,
            &format!("{path}/{}", view.id),
            ButtonStyle::Quiet,
        );
        let delete = ui::button_form_about(
            &format!("{path}/{}/delete", view.id),
            &member.visit.mark,
            &tr!(lang, "manage.delete"),
            &view.name,
            ButtonStyle::Quiet,
        );
        let who = if view.is_shared { "views.for_everybody" } else { "views.for_me" };
        vec![
            html! { a href={ (L::SECTION.path) "?" (view.query) } { (ui::name(&view.name)) } },
            html! { (lang.text(who)) },
            html! { (rename) " " (delete) },
        ]
    });
    let heads = ["views.name", "views.who", ""];
    let body = html! {
        (L::SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "views.intro")), html! {}))
        @if views.is_empty() {
            (ui::empty_state(&tr!(lang, "views.empty_title"), &tr!(lang, "views.empty_text"), None))
        } @else {
            (table(lang, &title, &heads, rows.collect()))
        }
    };
    Ok(member.chrome(&L::SECTION).page(&title, body))
}

/// A view that the person sees.
async fn find<L: Listed>(member: &Member, id: &SavedViewId) -> Result<SavedView> {
    let views = views_of::<L>(member).all(&member.store).await?;
    views.into_iter().find(|view| view.id == *id).ok_or(Error::NotFound)
}

async fn show_rename<L: OfSection + Listed>(
    member: Member,
    Path(id): Path<SavedViewId>,
) -> Result<Markup> {
    let view = find::<L>(&member, &id).await?;
    let (lang, path) = (member.lang(), path::<L>());
    let fields = member.visit.fields(|| vec![(NAME.to_owned(), view.name.clone())]);
    let errors = fields.errors().list(lang);
    let title = tr!(lang, "views.rename");
    let page = NamePage {
        section: &L::SECTION,
        title: &title,
        crumbs: L::SECTION.trail(lang, &[(&tr!(lang, "views.title"), &path)], &title),
        above: html! {},
        action: &format!("{path}/{id}"),
        cancel: &path,
        field: name_field(&member, fields.sent(NAME), &errors),
        hidden: html! {},
        save: None,
    };
    Ok(page.show(&member))
}

async fn rename<L: OfSection + Listed>(
    member: Member,
    Path(id): Path<SavedViewId>,
    Form(mut fields): Form,
) -> Result<Response> {
    find::<L>(&member, &id).await?;
    let name = Name::from_field(&mut fields, NAME);
    fields.expect_none_wrong()?;
    let mut tx = member.begin().await?;
    views_of::<L>(&member).rename(&mut tx, &id, &name).await?;
    tx.commit().await?;
    Ok(see_other(&path::<L>(), Some("flash.view_renamed")))
}

async fn delete<L: OfSection + Listed>(
    member: Member,
    Path(id): Path<SavedViewId>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    views_of::<L>(&member).delete(&mut tx, &id).await?;
    tx.commit().await?;
    Ok(see_other(&path::<L>(), Some("flash.view_deleted")))
}
