//! `/developers/sandboxes`: test portals with example data.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::DeveloperMember;
use super::moments::day;
use super::sections::SANDBOXES;
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::{MOST_SANDBOXES, Permission, Sandbox, may};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::db::Tx;
use crate::demo;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::PortalId;
use crate::public_urls::Surface;
use crate::server::Server;
use crate::tenant::StoreTx;
use crate::ui::{self, ButtonStyle};
use crate::values::Name;
use crate::web::{Allowed, Form, Pages, see_other};

const PATH: &str = SANDBOXES.path;

pub(super) fn pages() -> Pages {
    Pages::of(SANDBOXES).get("/", list).post("/new", create).form(
        "/{id}/delete",
        ask_to_delete,
        delete,
    )
}

async fn list(member: DeveloperMember, State(server): State<Server>) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.nav.sandboxes"));
    let sandboxes = Sandbox::list(&server.db, &member.developer.id).await?;
    let may_manage = member.may(Permission::ManageSandboxes);
    let is_full = sandboxes.len() as i64 >= MOST_SANDBOXES;
    let create = || {
        ui::button_form(
            &format!("{PATH}/new"),
            &member.visit.mark,
            &tr!(lang, "developers.sandboxes.create"),
            ButtonStyle::Primary,
        )
    };
    let manage = server.public_urls.url(Surface::Manage, "/manage");
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "developers.sandboxes.intro")), html! { @if may_manage && !is_full { (create()) } }))
        @if sandboxes.is_empty() {
            (ui::empty_state(&tr!(lang, "developers.sandboxes.empty"), &tr!(lang, "developers.sandboxes.empty_text"), None))
        } @else {
            (table(&member, &sandboxes))
            p { (tr!(lang, "developers.sandboxes.open_text")) " " a href=(manage) { (tr!(lang, "developers.sandboxes.open")) } "." }
        }
        @if may_manage && is_full { p.muted { (tr!(lang, "developers.sandboxes.too_many", value = MOST_SANDBOXES)) } }
    };
    Ok(member.chrome().page(&title, body))
}

fn table(member: &DeveloperMember, sandboxes: &[Sandbox]) -> Markup {
    let lang = member.lang();
    let rows = sandboxes.iter().map(|sandbox| {
        let delete = format!("{PATH}/{}/delete", sandbox.id);
        vec![
            ui::name(&sandbox.name),
            html! { (ui::mono(sandbox.id.as_str())) },
            html! { (day(lang, sandbox.created_at)) },
            html! { @if member.may(Permission::ManageSandboxes) { (ui::link_button_about(&tr!(lang, "developers.delete_app"), &sandbox.name, &delete, ButtonStyle::Quiet)) } },
        ]
    });
    let heads = [
        tr!(lang, "developers.usage.portal"),
        tr!(lang, "developers.usage.portal_id"),
        tr!(lang, "developers.created"),
    ];
    ui::table(
        &tr!(lang, "developers.nav.sandboxes"),
        &[&heads[0], &heads[1], &heads[2], ""],
        rows.collect(),
    )
}

async fn create(
    member: Allowed<DeveloperMember, may::ManageSandboxes>,
    State(server): State<Server>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    add(&server, &member, &caller).await?;
    Ok(see_other(PATH, Some("flash.sandbox_created")))
}

/// Adds a test portal with the demo's examples, owned by the person who asks for it.
///
/// # Errors
/// [`Error::Conflict`](crate::error::Error::Conflict) when the developer already has the maximum number.
pub(super) async fn add(
    server: &Server,
    member: &Allowed<DeveloperMember, may::ManageSandboxes>,
    caller: &Caller,
) -> Result<()> {
    let now = server.clock.now();
    server.count_creation(&member.session.account_id)?;
    let name = tr!(member.lang(), "developers.sandboxes.name", developer = member.developer.name);
    let name = Name::nearest(&name);
    let mut tx = server.begin(member).await?;
    let portal =
        Sandbox::create(&mut tx, &member.developer.id, &member.session.account_id, &name, now)
            .await?;
    record(&mut tx, member, Action::SandboxCreated, &name, caller, server).await?;
    let mut tx = StoreTx::within(tx, portal);
    demo::add_examples(&mut tx, (&server.objects, &server.sealing_keys), now).await?;
    Ok(tx.commit().await?)
}

async fn ask_to_delete(
    member: Allowed<DeveloperMember, may::ManageSandboxes>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<PortalId>,
) -> Result<Markup> {
    let sandbox = Sandbox::find(&server.db, &member.developer.id, &id).await?;
    let (lang, title) = (
        member.lang(),
        tr!(member.lang(), "developers.sandboxes.delete_title", name = sandbox.name),
    );
    let (text, delete) =
        (tr!(lang, "developers.sandboxes.delete_text"), tr!(lang, "developers.delete_app"));
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &format!("{PATH}/{id}/delete"),
        &member.visit.mark,
        &delete,
        PATH,
    );
    Ok(member.chrome().page(&title, body))
}

async fn delete(
    member: Allowed<DeveloperMember, may::ManageSandboxes>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<PortalId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let sandbox = Sandbox::find(&server.db, &member.developer.id, &id).await?;
    let mut tx = server.begin(&member).await?;
    Sandbox::delete(&mut tx, &member.developer.id, &id, server.clock.now()).await?;
    record(&mut tx, &member, Action::SandboxDeleted, &sandbox.name, &caller, &server).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.sandbox_deleted")))
}

async fn record(
    tx: &mut Tx,
    member: &DeveloperMember,
    action: Action,
    subject: &str,
    caller: &Caller,
    server: &Server,
) -> Result<()> {
    let actor = Actor::Person(&member.session.account_id, &member.session.email);
    let event = Event {
        action,
        actor,
        subject,
        portal: None,
        developer: Some(&member.developer.id),
        caller: Some(caller),
    };
    event.record(tx, server.clock.now()).await
}
