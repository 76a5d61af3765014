//! `/manage/customer-groups`: list, create, rename and delete groups, and view their customers.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::{CustomerGroup, CustomerGroupCreate, CustomerGroupPatch, queries};
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::{Expected, ListRequest, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerGroupId, CustomerId, DeletionId};
use crate::lists::{Listed, Numbers};
use crate::manage::{
    Member, NamePage, Options, PageList, PageOf, bin_button, bin_pages, bulk_table,
    delete_ticked_pages, list_table, saved_views, view_pages,
};
use crate::resources::customers::{self, Customer, CustomersOfGroup, customer_link, email_text};
use crate::trash;
use crate::ui::{self, ButtonStyle, Field, FlashKind, Icon};
use crate::values::{Name, Value};
use crate::web::{
    ANYWAY, FlashMessage, Form, MenuGroup, Pages, Saved, Section, Sent, ask_again,
    expected_revision, filled_from_field, see_other, see_other_with, shown_at, verbatim,
};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/customer-groups",
    title: "manage.nav.customer_groups",
    icon: Icon::People,
    group: MenuGroup::Work,
    key: Some('g'),
};

const PATH: &str = SECTION.path;

/// The field with the ids of the customers that are ticked.
const TICKED: &str = "customers";

/// The pages' routes.
pub(super) fn pages() -> Pages {
    let pages = Pages::of(SECTION)
        .get("/", list)
        .form("/new", show_new, create)
        .get("/{id}", show)
        .form("/{id}/rename", show_rename, rename)
        .form("/{id}/delete", ask_to_delete, delete)
        .form("/{id}/add", show_add, add)
        .post("/{id}/remove", remove);
    let pages = view_pages::<CustomerGroup>(delete_ticked_pages::<CustomerGroup>(pages));
    bin_pages::<CustomerGroup>(pages)
}

fn new_group_button(lang: Lang) -> Markup {
    ui::link_button(&tr!(lang, "groups.new"), &format!("{PATH}/new"), ButtonStyle::Primary)
}

async fn list(member: Member, PageList(request): PageList<CustomerGroup>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "groups.title"));
    let ids: Vec<&str> = page.rows().iter().map(|group| group.id.as_str()).collect();
    let sizes = queries::MEMBERS.numbers(store, &ids).await?;
    let table = group_table(&member, &request, page.rows(), &sizes);
    let views = saved_views(&member, &request).await?;
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "groups.intro")), html! { (new_group_button(lang)) (bin_button::<CustomerGroup>(lang)) }))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "groups.empty_title"), &tr!(lang, "groups.empty_text"), Some(new_group_button(lang))))
        } @else {
            (views)
            (page.show(&member, &request, &tr!(lang, "groups.search"), &[], table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn group_table(
    member: &Member,
    request: &ListRequest<CustomerGroup>,
    groups: &[CustomerGroup],
    sizes: &Numbers,
) -> Markup {
    let lang = member.lang();
    let rows = groups.iter().map(|group| {
        let cells = vec![
            html! { a href={ (PATH) "/" (group.id) } { (ui::name(&group.name)) } },
            html! { (lang.number(sizes.of(group.id.as_str()))) },
            member.day(group.created_at),
        ];
        (group.id.to_string(), group.name.clone(), cells)
    });
    let heads = [
        ("groups.column.name", Some("name")),
        ("groups.column.size", None),
        ("groups.column.created", Some("createdAt")),
    ];
    bulk_table(member, request, &tr!(lang, "groups.title"), &heads, rows.collect(), html! {})
}

async fn show_new(member: Member) -> Result<Markup> {
    let fields = member.visit.fields(Vec::new);
    let namesake = Namesake::find(&member, None, &fields).await?;
    Ok(new_page(&member, &fields, namesake.as_ref()))
}

/// Another group with the name in a form.
struct Namesake {
    group: CustomerGroup,
    size: i64,
}

impl Namesake {
    /// Another group than `id` with the name in a form that was sent, unless something is wrong with it.
    async fn find(
        member: &Member,
        id: Option<&CustomerGroupId>,
        fields: &Fields,
    ) -> Result<Option<Self>> {
        let name = Name::read(fields.sent("name").trim());
        let Some(name) = name.ok().filter(|_| fields.errors().is_empty()) else { return Ok(None) };
        let Some(group) = queries::namesake(&member.store, id, &name).await? else {
            return Ok(None);
        };
        let size = queries::MEMBERS.number(&member.store, group.id.as_str()).await?;
        Ok(Some(Self { group, size }))
    }
}

async fn create(member: Member, Form(mut fields): Form) -> Result<Response> {
    let new: CustomerGroupCreate = fields.read()?;
    let mut tx = member.begin().await?;
    // Of two who create the same group at once the second finds the first.
    if !fields.has(ANYWAY) && queries::namesake_in(&mut tx, None, &new.name).await?.is_some() {
        return Ok(ask_again(&member.visit));
    }
    let group = queries::create(&mut tx, &member.change(), member.quotas(), new).await?;
    tx.commit().await?;
    Ok(see_other(&format!("{PATH}/{}", group.id), Some("flash.group_added")))
}

fn new_page(member: &Member, fields: &Fields, namesake: Option<&Namesake>) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "groups.new"));
    let crumbs = SECTION.trail(lang, &[], &title);
    let paths = (&*format!("{PATH}/new"), PATH);
    name_page(member, (&title, crumbs), paths, fields, html! {}, namesake)
}

async fn show_rename(member: Member, Path(id): Path<CustomerGroupId>) -> Result<Markup> {
    let group = queries::find(&member.store, &id).await?;
    let saved = saved(&group);
    let Some(typed) = member.visit.typed() else {
        return Ok(rename_page(&member, &group, &saved.form(), html! {}, None));
    };
    // Beside the name that somebody else has given meanwhile.
    let labels = [("name", tr!(member.lang(), "groups.name"))];
    let sent = Sent { fields: &typed, labels: &labels, shown: verbatim };
    let notice = saved.notice(member.lang(), &sent, &format!("{PATH}/{id}"));
    let namesake = match &notice {
        Some(_) => None,
        None => Namesake::find(&member, Some(&id), &typed).await?,
    };
    let fields = saved.form_again(typed);
    Ok(rename_page(&member, &group, &fields, notice.unwrap_or_default(), namesake.as_ref()))
}

/// What is saved of a group, for the form.
fn saved(group: &CustomerGroup) -> Saved {
    Saved::at_revision(group.revision, vec![("name".to_owned(), group.name.clone())])
}

async fn rename(
    member: Member,
    Path(id): Path<CustomerGroupId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let patch: CustomerGroupPatch = fields.read()?;
    let mut tx = member.begin().await?;
    if !fields.has(ANYWAY) && queries::namesake_in(&mut tx, Some(&id), &patch.name).await?.is_some()
    {
        return Ok(ask_again(&member.visit));
    }
    match queries::rename(&mut tx, &member.change(), &id, expected_revision(&fields), patch).await {
        Ok(_) => tx.commit().await?,
        Err(Error::Changed) => {
            drop(tx);
            // Unless somebody else did the same.
            if queries::find(&member.store, &id).await?.name != fields.sent("name").trim() {
                return Err(Error::Changed);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(see_other(&format!("{PATH}/{id}"), Some("flash.group_saved")))
}

fn rename_page(
    member: &Member,
    group: &CustomerGroup,
    fields: &Fields,
    notice: Markup,
    namesake: Option<&Namesake>,
) -> Markup {
    let (lang, title, path) =
        (member.lang(), tr!(member.lang(), "groups.rename"), format!("{PATH}/{}", group.id));
    let crumbs = SECTION.trail(lang, &[(&group.name, &path)], &title);
    let paths = (&*format!("{path}/rename"), &*path);
    name_page(member, (&title, crumbs), paths, fields, notice, namesake)
}

/// The page with the form for a group's name, with a warning if another group has it.
fn name_page(
    member: &Member,
    (title, crumbs): (&str, Markup),
    (action, cancel): (&str, &str),
    fields: &Fields,
    notice: Markup,
    namesake: Option<&Namesake>,
) -> Markup {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let anyway = tr!(lang, "customers.save_anyway");
    let above = html! {
        (notice)
        @if let Some(Namesake { group: other, size }) = namesake {
            div role="alert" {
                (ui::notice(FlashKind::Info, Some(&tr!(lang, "groups.alike_title")), html! {
                    p { a href={ (PATH) "/" (other.id) } { (ui::name(&other.name)) } " (" (size_text(lang, *size)) ")" }
                }))
            }
        }
    };
    let page = NamePage {
        section: &SECTION,
        title,
        crumbs,
        above,
        action,
        cancel,
        field: Field::text(lang, "name", tr!(lang, "groups.name"))
            .value(fields.sent("name"))
            .errors_from(&errors)
            .hint(tr!(lang, "groups.name_hint"))
            .maxlength(Name::LONGEST),
        hidden: filled_from_field(fields),
        save: namesake.map(|_| ui::submit_named(ANYWAY, "1", &anyway, ButtonStyle::Primary)),
    };
    page.show(member)
}

async fn show(
    member: Member,
    Path(id): Path<CustomerGroupId>,
    PageList(request): PageList<CustomersOfGroup>,
) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let group = queries::find(store, &id).await?;
    let size = queries::MEMBERS.number(store, id.as_str()).await?;
    let rows = customers::queries::list_in_group(store, &id, &request, zone).await?;
    let count = async |most| {
        if request.is_narrowed() {
            customers::queries::count_listed_in_group(store, &id, &request, zone, most).await
        } else {
            Ok(size)
        }
    };
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, path) = (member.lang(), format!("{PATH}/{id}"));
    let add = ui::link_button(
        &tr!(lang, "groups.add_customers"),
        &format!("{path}/add"),
        ButtonStyle::Primary,
    );
    let actions = html! {
        @if size > 0 { (add) }
        (ui::link_button(&tr!(lang, "groups.rename"), &format!("{path}/rename"), ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "manage.delete"), &format!("{path}/delete"), ButtonStyle::Secondary))
    };
    let subtitle = size_text(lang, size);
    let body = html! {
        (SECTION.trail(lang, &[], &group.name))
        (ui::header(&group.name, Some(&subtitle), actions))
        @if size == 0 {
            (ui::empty_state(&tr!(lang, "groups.nobody_title"), &tr!(lang, "groups.nobody_text"), Some(add)))
        } @else {
            (members(&member, &path, &request, &page))
        }
    };
    Ok(member.chrome(&SECTION).page(&group.name, body))
}

/// How many customers are in a group.
fn size_text(lang: Lang, size: i64) -> Cow<'static, str> {
    match size {
        1 => tr!(lang, "groups.size_one"),
        size => tr!(lang, "groups.size", count = lang.number(size)),
    }
}

/// The customers in a group, to tick and remove.
fn members(
    member: &Member,
    path: &str,
    request: &ListRequest<CustomersOfGroup>,
    page: &PageOf<Customer>,
) -> Markup {
    let (lang, action) = (member.lang(), format!("{path}/remove{}", request.query()));
    let button = ui::submit(&tr!(lang, "groups.remove_ticked"), ButtonStyle::Secondary);
    choose(member, &action, (request, page, &[]), button, |_| false)
}

/// Customers to tick, in a form with one button. What is ticked stays so from page to page. Customers
/// that are `settled` can't be ticked.
fn choose<L: Listed>(
    member: &Member,
    action: &str,
    (request, page, options): (&ListRequest<L>, &PageOf<Customer>, Options<'_>),
    button: Markup,
    is_settled: impl Fn(&Customer) -> bool,
) -> Markup {
    let (lang, typed) = (member.lang(), member.visit.typed());
    let ticked = typed.as_ref().map(|typed| typed.all(TICKED)).unwrap_or_default();
    let is_here = |id: &str| page.rows().iter().any(|customer| customer.id.as_str() == id);
    let elsewhere: Vec<&str> = ticked.iter().copied().filter(|id| !is_here(id)).collect();
    let rows = page.rows().iter().map(|customer| {
        let name = customer.details.name();
        let choice = if is_settled(customer) {
            ui::muted(&tr!(lang, "groups.is_in"))
        } else {
            let id = customer.id.as_str();
            ui::row_choice(
                TICKED,
                id,
                &tr!(lang, "groups.choose", name = name),
                ticked.contains(&id),
            )
        };
        vec![
            customer_link(customer),
            html! { (customer.details.city) },
            email_text(customer),
            choice,
        ]
    });
    let heads = [
        ("customers.column.name", Some("companyName")),
        ("customers.column.city", None),
        ("customers.column.email", None),
        ("groups.column.choose", None),
    ];
    let table = list_table(lang, request, &tr!(lang, "customers.title"), &heads, rows.collect());
    let form = |pages: Markup| {
        ui::form(
            action,
            &member.visit.mark,
            html! {
                (table)
                @for id in &elsewhere { (ui::hidden(TICKED, id)) }
                @match elsewhere.len() {
                    0 => {}
                    1 => { p.muted { (tr!(lang, "groups.ticked_elsewhere_one")) } }
                    count => { p.muted { (tr!(lang, "groups.ticked_elsewhere", count = count)) } }
                }
                (ui::actions(button))
                (pages)
            },
        )
    };
    page.show_form(member, request, &tr!(lang, "customers.search"), options, form)
}

/// The redirect to the page of the list that a button of the form leads to, if it was one of those:
/// to `path` or below. What is ticked is kept.
fn to_page(fields: &Fields, path: &str) -> Option<Response> {
    let page = fields.sent(ui::TO_PAGE);
    let own = page.split('?').next()?;
    (own == path).then(|| shown_at(page, &[TICKED]))
}

async fn show_add(
    member: Member,
    Path(id): Path<CustomerGroupId>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    add_page(&member, &id, &request).await
}

/// All customers, to be ticked and put into a group.
async fn add_page(
    member: &Member,
    id: &CustomerGroupId,
    request: &ListRequest<Customer>,
) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let group = queries::find(store, id).await?;
    let rows = customers::queries::list(store, request, zone).await?;
    let count = async |most| customers::queries::count_listed(store, request, zone, most).await;
    let page = PageOf::of(request, rows, count).await?;
    let (lang, path) = (member.lang(), format!("{PATH}/{id}"));
    let title = tr!(lang, "groups.add_title", name = group.name);
    let is_in = |customer: &Customer| customer.group_ids().any(|own| own == id.as_str());
    let button = ui::submit(&tr!(lang, "groups.add_ticked"), ButtonStyle::Primary);
    let action = format!("{path}/add{}", request.query());
    let options = [("customerGroupId", CustomerGroup::options(&queries::all(store).await?))];
    let table = choose(member, &action, (request, &page, &options), button, is_in);
    let done = ui::link_button(&tr!(lang, "groups.done"), &path, ButtonStyle::Secondary);
    let body = html! {
        (SECTION.trail(lang, &[(&group.name, &path)], &tr!(lang, "groups.add_customers")))
        (ui::header(&title, None, done))
        (table)
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

async fn add(
    member: Member,
    Path(id): Path<CustomerGroupId>,
    PageList(request): PageList<Customer>,
    Form(mut fields): Form,
) -> Result<Response> {
    if let Some(response) = to_page(&fields, &format!("{PATH}/{id}/add")) {
        return Ok(response);
    }
    let ticked: Vec<CustomerId> = fields.ids(TICKED);
    if ticked.is_empty() {
        return Err(Error::invalid("", Message::new("groups.nobody_ticked")));
    }
    let mut tx = member.begin().await?;
    queries::add_members(&mut tx, &member.change(), &id, &ticked).await?;
    tx.commit().await?;
    let path = format!("{PATH}/{id}/add{}", request.query());
    Ok(see_other(&path, Some("flash.group_filled")))
}

async fn remove(
    member: Member,
    Path(id): Path<CustomerGroupId>,
    PageList(request): PageList<CustomersOfGroup>,
    Form(mut fields): Form,
) -> Result<Response> {
    if let Some(response) = to_page(&fields, &format!("{PATH}/{id}")) {
        return Ok(response);
    }
    let ticked: Vec<CustomerId> = fields.ids(TICKED);
    let mut tx = member.begin().await?;
    queries::remove_members(&mut tx, &member.change(), &id, &ticked).await?;
    tx.commit().await?;
    let flash = if ticked.is_empty() { "flash.note.nobody_ticked" } else { "flash.group_left" };
    Ok(see_other(&format!("{PATH}/{id}{}", request.query()), Some(flash)))
}

async fn ask_to_delete(member: Member, Path(id): Path<CustomerGroupId>) -> Result<Markup> {
    let group = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), format!("{PATH}/{id}"));
    let title = tr!(lang, "groups.confirm_title", name = group.name);
    let size = queries::MEMBERS.number(&member.store, id.as_str()).await?;
    let text = if size > trash::MOST_DEPENDENT {
        tr!(lang, "groups.delete_text_large")
    } else {
        tr!(lang, "groups.delete_text")
    };
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &format!("{path}/delete"),
        &member.visit.mark,
        &tr!(lang, "manage.delete"),
        &path,
    );
    Ok(member.chrome(&SECTION).page(&title, body))
}

async fn delete(member: Member, Path(id): Path<CustomerGroupId>, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    let deletion = DeletionId::random();
    queries::delete(&mut tx, &member.change(), &id, &Expected::Any, &deletion).await?;
    tx.commit().await?;
    let message = FlashMessage::new("flash.group_deleted").with_undo(&SECTION, deletion);
    Ok(see_other_with(PATH, message))
}
