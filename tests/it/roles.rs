//! What each role can open and send: every registered route of the two sites. A new route is
//! forbidden to members, or is listed here.

use std::collections::BTreeSet;

use klantportaal::accounts::{Organisation, Role};
use klantportaal::web::{Admission, Page as Registered};

use crate::support::pages::{PageRoute, Party, fill, page_routes, registered};
use crate::support::{Answer, Browser, PASSWORD, Page, Server};

/// The routes that every member may use: themselves and what lies below them.
const FOR_EVERYBODY: &[&str] = &[
    "/manage/login",
    "/manage/logout",
    "/manage/register",
    "/manage/verify",
    "/manage/forgot-password",
    "/manage/reset-password",
    "/manage/reauthenticate",
    "/manage/account",
    "/manage/passkeys",
    "/manage/invitation",
    "/manage/undo-email-change",
    "/manage/restore",
    "/manage/restore-account",
    "/manage/portals",
    "/manage/first-steps",
    "/manage/search",
    "/manage/shortcuts",
    "/manage/customers",
    "/manage/device",
    "/manage/customer-groups",
    "/manage/appointments",
    "/manage/tickets",
    "/manage/punch-cards",
    "/manage/files",
    "/manage/file-requests",
    "/manage/file-shares",
    "/manage/settings/team/leave",
    "/developers/login",
    "/developers/logout",
    "/developers/register",
    "/developers/verify",
    "/developers/forgot-password",
    "/developers/reset-password",
    "/developers/reauthenticate",
    "/developers/account",
    "/developers/passkeys",
    "/developers/invitation",
    "/developers/undo-email-change",
    "/developers/restore",
    "/developers/restore-account",
    "/developers/welcome",
    "/developers/organisations",
    "/developers/apps/{id}/usage",
    "/developers/apps/{id}/logo",
    "/developers/receiver",
    "/developers/team/leave",
];

/// The same, but not what lies below them.
const ALONE: &[&str] = &[
    "/manage",
    "/manage/settings/team",
    "/developers",
    "/developers/apps",
    "/developers/apps/{id}",
    "/developers/sandboxes",
    "/developers/team",
];

/// Routes that admins may not use either, with what lies below them.
const FOR_OWNERS: &[&str] = &["/manage/settings/portal", "/developers/settings"];

fn is_for_owners(template: &str) -> bool {
    FOR_OWNERS.iter().any(|route| template.starts_with(route))
}

fn is_for_everybody(template: &str) -> bool {
    let below = |route: &str| {
        template.strip_prefix(route).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ALONE.contains(&template) || FOR_EVERYBODY.iter().any(|route| below(route))
}

fn is_of_a_site(path: &str) -> bool {
    path.starts_with("/manage") || path.starts_with("/developers")
}

/// The routes of the two sites.
fn routes() -> Vec<PageRoute> {
    page_routes().into_iter().filter(|route| is_of_a_site(&route.template)).collect()
}

/// The same with what their handlers state.
fn stated() -> Vec<Registered> {
    registered().into_iter().filter(|page| is_of_a_site(&page.path)).collect()
}

#[test]
fn handlers_state_who_may_open_their_page() {
    for page in stated() {
        let restricted = matches!(page.admission, Admission::MembersWith(_));
        assert_eq!(restricted, !is_for_everybody(&page.path), "{page:?}");
        assert_eq!(!page.admission.admits(Role::Admin), is_for_owners(&page.path), "{page:?}");
        assert!(page.admission.admits(Role::Owner), "{page:?}");
        assert_eq!(page.admission.admits(Role::Member), !restricted, "{page:?}");
    }
}

#[test]
fn forms_that_show_a_secret_are_single_use() {
    let mut found: Vec<String> = registered()
        .into_iter()
        .filter(|page| page.form.is_some_and(|form| form.single_use_field == Some("form")))
        .map(|page| page.path)
        .collect();
    found.sort();
    let expected = [
        "/developers/account/second-factor/recovery-codes",
        "/developers/apps/new",
        "/developers/apps/{id}/receiver/code",
        "/developers/apps/{id}/rotate",
        // As for the webhooks of portals.
        "/developers/apps/{id}/webhooks/{webhook}/rotate",
        "/manage/account/second-factor/recovery-codes",
        "/manage/settings/api-keys/new",
        "/manage/settings/api-keys/{id}/rotate",
        // It shows none, but sent twice it would add two fields.
        "/manage/settings/customer-fields/new",
        // It shows none, but a second rotation would end the secret that the first one kept.
        "/manage/settings/webhooks/{id}/rotate",
    ];
    assert_eq!(found, expected);
}

/// Somebody of a role in the party's portal and developer, logged in on both sites.
async fn somebody(server: &Server, party: &Party, role: Role) -> Browser {
    let (account, email) = server.person("Iemand").await;
    for organisation in [
        Organisation::Portal(party.portal.clone()),
        Organisation::Developer(party.developer.clone()),
    ] {
        server.let_in(&organisation, &account, role).await;
    }
    let browser = Browser::logged_in(&server.url, &email).await;
    let form = browser
        .page("/developers/login")
        .await
        .form()
        .with("email", &email)
        .with("password", PASSWORD);
    assert_eq!(form.send(&browser).await.status, 303);
    browser
}

async fn post(browser: &Browser, path: &str) -> Answer {
    let csrf = browser.csrf(path.split('/').nth(1).unwrap()).await;
    browser.post(path, &[("csrf".to_owned(), csrf)]).await
}

both_engines! {
    async fn a_member_is_refused_whatever_is_not_for_everybody(server: &Server) {
        let party = Party::new(server).await;
        let browser = somebody(server, &party, Role::Member).await;
        let (mut refused, mut open) = (0, 0);
        for route in routes() {
            let (path, restricted) = (party.path(&route), !is_for_everybody(&route.template));
            if route.get {
                let answer = browser.get(&path).await;
                assert_eq!(answer.status == 403, restricted, "{route:?} {answer}");
                if restricted {
                    assert!(Page::of(&answer).says("Een eigenaar kan je meer rechten geven: Eigenaar."), "{answer}");
                }
            }
            if route.post && restricted {
                let answer = post(&browser, &path).await;
                assert_eq!(answer.status, 403, "{route:?} {answer}");
                assert!(Page::of(&answer).says("Een eigenaar kan je meer rechten geven"), "{answer}");
            }
            *(if restricted { &mut refused } else { &mut open }) += 1;
        }
        assert!(refused >= 22 && open >= 40, "{refused} {open}");
        // Nothing of it happened.
        for route in routes().iter().filter(|route| route.get && route.template.contains("{id}")) {
            let answer = party.browser.get(&party.path(route)).await;
            assert!(matches!(answer.status, 200 | 303), "{answer}");
        }
    }

    async fn a_stranger_logs_in_before_whatever_is_not_for_everybody(server: &Server) {
        let (party, stranger) = (Party::new(server).await, Browser::new(&server.url));
        let mut asked = 0;
        for page in stated().iter().filter(|page| page.admission != Admission::Everybody) {
            let path = fill(&page.path, &party.ids);
            let answer =
                if page.changes_state() { post(&stranger, &path).await } else { stranger.get(&path).await };
            let site = path.split('/').nth(1).unwrap();
            let leads_to_log_in = answer.header("location").is_some_and(|page| page.starts_with(&format!("/{site}/login")));
            assert!(answer.status == 303 && leads_to_log_in, "{page:?} {answer}");
            asked += 1;
        }
        assert!(asked > 120, "{asked}");
    }

    async fn owners_are_refused_nothing_and_admins_what_is_the_owners(server: &Server) {
        for role in [Role::Owner, Role::Admin] {
            let party = Party::new(server).await;
            let browser = somebody(server, &party, role).await;
            for route in routes() {
                if route.get {
                    let answer = browser.get(&party.path(&route)).await;
                    let refused = role == Role::Admin && is_for_owners(&route.template);
                    assert_eq!(answer.status == 403, refused, "{role:?} {route:?} {answer}");
                }
            }
            for route in routes().iter().filter(|route| route.post && !is_for_everybody(&route.template)) {
                let answer = post(&browser, &party.path(route)).await;
                let refused = role == Role::Admin && is_for_owners(&route.template);
                assert_eq!(answer.status == 403, refused, "{role:?} {route:?} {answer}");
            }
        }
    }

    async fn pages_lead_only_to_what_one_may_open(server: &Server) {
        let party = Party::new(server).await;
        for role in Role::ALL {
            let browser = somebody(server, &party, role).await;
            let mut links = BTreeSet::new();
            for route in routes().iter().filter(|route| route.get && !route.template.contains("/account")) {
                let answer = browser.get(&party.path(route)).await;
                if answer.status != 200 || !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                    continue;
                }
                let page = Page::of(&answer);
                for link in page.links().into_iter().filter(|link| ["/manage", "/developers"].iter().any(|site| link.starts_with(site))) {
                    if links.insert(link.clone()) {
                        let answer = browser.get(&link).await;
                        assert_ne!(answer.status, 403, "{role:?}: {} leads to {link}", route.template);
                    }
                }
                for form in page.forms() {
                    let known = routes().into_iter().find(|known| fill(&known.template, &party.ids) == form.action);
                    let restricted = known.is_some_and(|known| !is_for_everybody(&known.template));
                    assert!(role != Role::Member || !restricted, "{}: {}", route.template, form.action);
                }
            }
            assert!(links.len() > 100, "only {links:?}");
        }
    }
}
