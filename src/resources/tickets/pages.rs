//! `/manage/tickets`: the lists of tickets.

use maud::{Markup, html};

use super::links::{PATH, SECTION, assignee, customer_link, new_button, status_badge, ticket_link};
use super::{
    Ticket, TicketsOfAssignee, UnreadTickets, change, detail, download, messages, new, queries,
    revision, write,
};
use crate::error::Result;
use crate::http::ListRequest;
use crate::i18n::tr;
use crate::ids::AccountId;
use crate::lists::{Listed, Statements};
use crate::manage::{
    Member, PageList, PageOf, bin_button, bin_pages, bulk_table, delete_ticked_pages, list_table,
    saved_views, view_pages,
};
use crate::ui::{self, ButtonStyle};
use crate::web::Pages;

/// Up to how many unread tickets are counted.
const MOST_COUNTED: i64 = 100;

/// The heads of the tables, and the orders that they stand for.
const HEADS: [(&str, Option<&str>); 5] = [
    ("tickets.field.title", Some("title")),
    ("tickets.customer", None),
    ("tickets.assignee", None),
    ("tickets.column.updated", Some("updatedAt")),
    ("tickets.state", None),
];

/// The pages' routes.
pub(super) fn pages() -> Pages {
    let pages = Pages::of(SECTION)
        .get("/", list)
        .get("/mine", list_mine)
        .get("/unread", list_unread)
        .form("/new", new::show, new::create)
        .form("/with/{customer}", new::show_with, new::create_with)
        .get("/{id}", detail::show)
        .background("/{id}/revision", revision::show)
        .get("/{id}/history", detail::history)
        .get("/{id}/attachments/{attachment}", download::download)
        .post("/{id}/reply", write::reply)
        .form("/{id}/note", write::show_note, write::note)
        .post("/{id}/status", change::set_status)
        .form("/{id}/assign", change::show_assign, change::assign)
        .form("/{id}/delete", change::ask_to_delete, change::delete);
    let pages = view_pages::<Ticket>(delete_ticked_pages::<Ticket>(pages));
    bin_pages::<Ticket>(pages)
}

/// Which of the lists a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    Mine,
    Unread,
}

async fn list(member: Member, PageList(request): PageList<Ticket>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "tickets.title"));
    let rows =
        page.rows().iter().map(|row| (row.id.to_string(), row.title.clone(), cells(&member, row)));
    let table = bulk_table(&member, &request, &title, &HEADS, rows.collect(), html! {});
    let views = saved_views(&member, &request).await?;
    let body = html! {
        (ui::header(&title, None, html! { (new_button(lang)) (bin_button::<Ticket>(lang)) }))
        (others(&member, Shown::All).await?)
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "tickets.empty_title"), &tr!(lang, "tickets.empty_text"), None))
        } @else {
            (views)
            (page.show(&member, &request, &tr!(lang, "tickets.search"), &[], table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

async fn list_mine(
    member: Member,
    PageList(request): PageList<TicketsOfAssignee>,
) -> Result<Markup> {
    own_list(&member, &request, queries::of_assignee(), Shown::Mine).await
}

async fn list_unread(member: Member, PageList(request): PageList<UnreadTickets>) -> Result<Markup> {
    own_list(&member, &request, queries::unread(), Shown::Unread).await
}

/// A page with those of the tickets that are something to the member.
async fn own_list<L: Listed<Parent = AccountId>>(
    member: &Member,
    request: &ListRequest<L>,
    statements: &Statements<L>,
    shown: Shown,
) -> Result<Markup> {
    let (store, zone, account) = (&member.store, member.time_zone(), &member.session.account_id);
    let rows = statements.page_within(store, account, request, zone).await?;
    let count = async |most| statements.count_within(store, account, request, zone, most).await;
    let page = PageOf::<Ticket>::of(request, rows, count).await?;
    let lang = member.lang();
    let (title, empty) = match shown {
        Shown::Unread => (tr!(lang, "tickets.unread"), tr!(lang, "tickets.all_read")),
        _ => (tr!(lang, "tickets.mine"), tr!(lang, "tickets.none_mine")),
    };
    let rows = page.rows().iter().map(|row| cells(member, row)).collect();
    let table = list_table(lang, request, &title, &HEADS, rows);
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, None, new_button(lang)))
        (others(member, shown).await?)
        @if page.is_empty_list(request) { p.muted { (empty) } }
        @else { (page.show(member, request, &tr!(lang, "tickets.search"), &[], table)) }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn cells(member: &Member, row: &Ticket) -> Vec<Markup> {
    let lang = member.lang();
    vec![
        ticket_link(row),
        customer_link(row),
        assignee(lang, row),
        member.moment(row.updated_at),
        status_badge(lang, row.status),
    ]
}

/// The links to the other lists.
async fn others(member: &Member, shown: Shown) -> Result<Markup> {
    let (lang, account) = (member.lang(), &member.session.account_id);
    let count = messages::count_unread(&member.store, account, MOST_COUNTED).await?;
    let unread = match count {
        0 => tr!(lang, "tickets.unread"),
        MOST_COUNTED.. => tr!(lang, "tickets.unread_many", count = MOST_COUNTED - 1),
        count => tr!(lang, "tickets.unread_count", count = count),
    };
    let links = [
        (Shown::All, tr!(lang, "tickets.all"), PATH.to_owned()),
        (Shown::Mine, tr!(lang, "tickets.mine"), format!("{PATH}/mine")),
        (Shown::Unread, unread, format!("{PATH}/unread")),
    ];
    let links = links.iter().filter(|(list, ..)| *list != shown);
    Ok(html! {
        nav aria-label=(tr!(lang, "tickets.title")) {
            (ui::actions(html! {
                @for (_, label, path) in links { (ui::link_button(label, path, ButtonStyle::Secondary)) }
            }))
        }
    })
}
