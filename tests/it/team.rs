//! The people of a portal: inviting, joining, roles, removing. Tests for developers are in
//! `team_developers.rs`.

use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use klantportaal::accounts::{Account, Organisation, Role, TeamMember, portals_of};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::AccountId;

use crate::support::{Answer, Back, Browser, InProcess, Instance, PASSWORD, Page, Portal};

const TEAM: &str = "/manage/settings/team";
const INVITE: &str = "/manage/settings/team/invite";

/// Somebody else in the portal, logged in.
async fn colleague(server: &Instance, portal: &Portal, role: Role) -> (AccountId, String, Browser) {
    let (id, email) = server.person("Collega").await;
    server.let_in(&organisation(portal), &id, role).await;
    let browser = Browser::logged_in(&server.url, &email).await;
    (id, email, browser)
}

fn organisation(portal: &Portal) -> Organisation {
    Organisation::Portal(portal.id.clone())
}

fn new_email() -> String {
    format!("nieuw-{:016x}@example.nl", rand::random::<u64>())
}

async fn invite(browser: &Browser, email: &str, role: &str) -> Answer {
    browser.page(INVITE).await.form().with("email", email).with("role", role).send(browser).await
}

async fn set_role(browser: &Browser, id: &AccountId, role: &str) -> Answer {
    browser.page(&format!("{TEAM}/{id}/role")).await.form().with("role", role).send(browser).await
}

async fn remove(browser: &Browser, id: &AccountId) -> Answer {
    browser.page(&format!("{TEAM}/{id}/remove")).await.form().send(browser).await
}

async fn role_of(server: &Instance, portal: &Portal, id: &AccountId) -> Option<Role> {
    TeamMember::find(&server.db, &organisation(portal), id).await.ok().map(|person| person.role)
}

/// What is written in the portal's log, the newest last.
async fn told(server: &Instance, portal: &Portal) -> Vec<String> {
    let sql = "SELECT action || ' ' || subject AS value FROM audit_events WHERE portal_id = ?1 ORDER BY created_at, id";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(text)| text).collect()
}

async fn told_of(server: &Instance, portal: &Portal, action: &str) -> Vec<String> {
    let mut told: Vec<String> = told(server, portal)
        .await
        .into_iter()
        .filter(|event| event.starts_with(&format!("{action} ")))
        .collect();
    told.sort();
    told
}

#[track_caller]
fn expect_dead(page: &Page) {
    assert!(page.says("Deze uitnodiging is verlopen, gebruikt of ingetrokken"), "{}", page.html);
}

both_engines! {
    async fn somebody_without_an_account_registers_by_the_invitation_and_is_in(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let email = new_email();
        let answer = invite(&owner, &email.to_uppercase(), "admin").await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(TEAM)), "{answer}");
        assert!(owner.page(TEAM).await.says(&email));
        let link = server.mailbox(&email).link(1).await;
        assert!(server.mailbox(&email).texts()[0].contains("Bakkerij Jansen") && link.starts_with("/manage/invitation?token=kpm_"), "{link}");

        let browser = Browser::new(&server.url);
        let page = browser.page(&link).await;
        assert!(page.says("Deelnemen aan Bakkerij Jansen?") && page.says("Beheerder"), "{}", page.html);
        let weak = page.form().with("name", "Noor").with("password", "geheim").send(&browser).await;
        assert!(weak.status == 200 && Page::of(&weak).says("field-password-error") && Page::of(&weak).says("value=\"Noor\""), "{weak}");
        let joined = page.form().with("name", "Noor").with("password", PASSWORD).send(&browser).await;
        assert_eq!((joined.status, joined.header("location")), (303, Some("/manage")), "{joined}");
        assert!(browser.page("/manage").await.says("Bakkerij Jansen"));
        assert_eq!(browser.get("/manage/settings/api-keys").await.status, 200, "an admin");

        let account = Account::by_email(&server.db, &email).await.unwrap().unwrap();
        assert!(account.is_verified(), "the mailed link proves the address");
        assert_eq!(role_of(server, &portal, &account.id).await, Some(Role::Admin));
        expect_dead(&browser.page(&link).await);
        let again = page.form().with("csrf", &browser.csrf("manage").await).with("name", "Nog een").with("password", PASSWORD);
        expect_dead(&again.send_to_page(&browser).await);
        Browser::logged_in(&server.url, &email).await;
        assert_eq!(told_of(server, &portal, "person_invited").await, [format!("person_invited {email} (admin)")]);
        assert_eq!(told_of(server, &portal, "invitation_accepted").await, [format!("invitation_accepted {email} (admin)")]);
    }

    async fn somebody_with_an_account_logs_in_and_accepts_and_nobody_else_can(server: &Server) {
        let ((portal, owner), (id, email)) = (server.portal_and_browser().await, server.person("Bekende").await);
        invite(&owner, &email, "member").await;
        let link = server.mailbox(&email).link(1).await;
        let browser = Browser::new(&server.url);
        let page = browser.page(&link).await;
        assert!(!page.says("name=\"password\""), "no second account");
        let log_in = page.links().into_iter().find(|link| link.starts_with("/manage/login?next=")).unwrap();
        let answer = browser.page(&log_in).await.form().with("email", &email).with("password", PASSWORD).send(&browser).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(link.as_str())), "{answer}");
        assert_eq!(role_of(server, &portal, &id).await, None, "opening the link is not accepting");

        let (_, stranger_email, stranger) = colleague(server, &server.portal().await, Role::Owner).await;
        let told = stranger.page(&link).await;
        assert!(told.says(&stranger_email) && told.says(&email) && told.says("/manage/logout"), "{}", told.html);
        let token = link.split('=').nth(1).unwrap().to_owned();
        for path in ["/manage/invitation", "/manage/invitation/register"] {
            let fields = [("csrf", stranger.csrf("manage").await), ("token", token.clone()), ("name", "X".into()), ("password", PASSWORD.into())];
            let answer = stranger.post(path, &fields.map(|(name, value)| (name.to_owned(), value))).await;
            assert!(answer.header("location") == Some(path), "{answer}");
        }

        let form = browser.page(&link).await.form();
        assert_eq!(form.clone().without("csrf").send(&browser).await.status, 403);
        let answers = join_all((0..4).map(|_| form.send(&browser))).await;
        assert_eq!(answers.iter().filter(|answer| answer.header("location") == Some("/manage")).count(), 1, "it works once");
        assert_eq!(role_of(server, &portal, &id).await, Some(Role::Member));
        assert!(browser.page("/manage").await.says("Bakkerij Jansen"));
        assert_eq!(told_of(server, &portal, "invitation_accepted").await.len(), 1);
        let again = invite(&owner, &email, "admin").await;
        assert!(again.status == 200 && Page::of(&again).says("zit al in het team"), "{again}");
    }

    async fn the_inviter_learns_nothing_of_accounts(server: &Server) {
        let ((_, owner), (_, known)) = (server.portal_and_browser().await, server.person("Bekende").await);
        let unknown = new_email();
        let mut seen = Vec::new();
        for email in [&known, &unknown] {
            let answer = invite(&owner, email, "member").await;
            let mail = server.mailbox(email).wait_for(1).await;
            let link = server.mailbox(email).link(1).await;
            let page = owner.page(TEAM).await.html.replace(email, "…");
            seen.push((answer.status, answer.header("location").map(str::to_owned), mail.replace(link.split('=').nth(1).unwrap(), "…"), page.matches("…").count()));
        }
        // The second time the list holds the first one too.
        assert_eq!(seen[0], seen[1]);
    }

    async fn an_invitation_ends_when_it_is_old_withdrawn_or_sent_again(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, owner) = server.portal_and_browser().await;
        let (email, stranger) = (new_email(), Browser::new(&server.url));
        invite(&owner, &email, "member").await;
        let first = server.mailbox(&email).link(1).await;
        let again = owner.page(TEAM).await.links().into_iter().find(|link| link.contains("?again=ivt_")).unwrap();
        let form = owner.page(&again).await.form();
        assert_eq!(form.with("email", &email).send(&owner).await.status, 303);
        let second = server.mailbox(&email).link(2).await;
        expect_dead(&stranger.page(&first).await);
        let form = stranger.page(&second).await.form();
        server.clock.advance(SignedDuration::from_hours(7 * 24));
        expect_dead(&stranger.page(&second).await);
        expect_dead(&form.with("name", "Noor").with("password", PASSWORD).send_to_page(&stranger).await);

        let owner = Browser::logged_in(&server.url, &portal.owner_email).await;
        let page = owner.page(TEAM).await;
        assert!(page.says("verlopen"));
        let again = page.links().into_iter().find(|link| link.contains("?again=ivt_")).unwrap();
        assert_eq!(owner.page(&again).await.form().field("role"), Some("member"));
        assert_eq!(invite(&owner, &email, "member").await.status, 303);
        let third = server.mailbox(&email).link(3).await;
        let withdraw = owner.page(TEAM).await.forms().into_iter().find(|form| form.action.ends_with("/withdraw")).unwrap();
        assert_eq!(withdraw.send(&owner).await.status, 303);
        expect_dead(&stranger.page(&third).await);
        assert_eq!(withdraw.send(&owner).await.status, 404);
        assert!(!owner.page(TEAM).await.says(&email));
        // The first ended by the second, the second by itself.
        assert_eq!(told_of(&server, &portal, "invitation_withdrawn").await, [format!("invitation_withdrawn {email}"), format!("invitation_withdrawn {email}")]);
        assert!(Account::by_email(&server.db, &email).await.unwrap().is_none());
    }

    async fn forged_addresses_roles_and_links_do_nothing(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        for email in ["", "geen adres", "a@b.nl\r\nBcc: c@d.nl", "a@b.nl, c@d.nl", "<a@b.nl>", &format!("{}@b.nl", "a".repeat(300))] {
            let answer = invite(&owner, email, "member").await;
            assert!(answer.status == 200 && Page::of(&answer).says("field-email-error"), "{email:?} {answer}");
        }
        for role in ["", "root", "OWNER", "owner,admin"] {
            let email = new_email();
            let answer = invite(&owner, &email, role).await;
            assert!(answer.status == 200 && Page::of(&answer).says("field-role-error") && Page::of(&answer).says(&email), "{answer}");
        }
        assert!(told(server, &portal).await.iter().all(|event| !event.starts_with("person_invited")));
        for token in ["", "x", "kpm_", &format!("kpm_{}", "a".repeat(49)), &portal.key().await.token] {
            expect_dead(&owner.page(&format!("/manage/invitation?token={token}")).await);
        }
        let email = new_email();
        invite(&owner, &email, "owner").await;
        let link = server.mailbox(&email).link(1).await;
        expect_dead(&Browser::new(&server.url).page(&link.replace("/manage/", "/developers/")).await);
    }

    async fn an_admin_neither_makes_nor_changes_owners(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let (admin_id, _, admin) = colleague(server, &portal, Role::Admin).await;
        let (member_id, _, _) = colleague(server, &portal, Role::Member).await;
        let owner_id = server.owner(&portal).await.id;
        assert!(!admin.page(INVITE).await.says("value=\"owner\""));
        assert_eq!(invite(&admin, &new_email(), "owner").await.status, 403);
        for id in [&admin_id, &member_id] {
            assert_eq!(set_role(&admin, id, "owner").await.status, 403);
        }
        let csrf = admin.csrf("manage").await;
        for page in ["role", "remove"] {
            let path = format!("{TEAM}/{owner_id}/{page}");
            assert_eq!(admin.get(&path).await.status, 403);
            assert_eq!(admin.post(&path, &[("csrf".into(), csrf.clone()), ("role".into(), "member".into())]).await.status, 403);
        }
        let email = new_email();
        invite(&owner, &email, "owner").await;
        let withdraw = owner.page(TEAM).await.forms().into_iter().find(|form| form.action.ends_with("/withdraw")).unwrap();
        assert_eq!(admin.post(&withdraw.action, &[("csrf".into(), csrf)]).await.status, 403);
        // Nor by sending another one in its place.
        assert_eq!(invite(&admin, &email, "member").await.status, 403);
        let link = server.mailbox(&email).link(1).await;
        assert!(Browser::new(&server.url).page(&link).await.says("Eigenaar"), "the owner's invitation is still there");
        assert_eq!(invite(&owner, &email, "admin").await.status, 303);
        assert_eq!(told_of(server, &portal, "invitation_withdrawn").await, [format!("invitation_withdrawn {email}")]);
        assert_eq!(role_of(server, &portal, &owner_id).await, Some(Role::Owner));
        // What an admin may.
        assert_eq!(set_role(&admin, &member_id, "admin").await.status, 303);
        assert_eq!(remove(&admin, &member_id).await.status, 303);
        assert_eq!(set_role(&admin, &admin_id, "member").await.status, 303);
        assert_eq!(admin.get(INVITE).await.status, 403, "at once");
        assert_eq!(told_of(server, &portal, "role_changed").await.len(), 2);
    }

    async fn the_last_owner_stays(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let id = server.owner(&portal).await.id;
        colleague(server, &portal, Role::Admin).await;
        let demoted = set_role(&owner, &id, "admin").await;
        assert!(demoted.status == 200 && Page::of(&demoted).says("Er moet een eigenaar overblijven"), "{demoted}");
        assert_eq!(remove(&owner, &id).await.status, 409);
        let page = owner.page(&format!("{TEAM}/leave")).await;
        assert!(page.says("Er moet een eigenaar overblijven"), "{}", page.html);
        let csrf = owner.csrf("manage").await;
        assert_eq!(owner.post(&format!("{TEAM}/leave"), &[("csrf".into(), csrf)]).await.status, 409);
        assert_eq!(role_of(server, &portal, &id).await, Some(Role::Owner));

        let (other, _, _) = colleague(server, &portal, Role::Owner).await;
        assert_eq!(owner.page(&format!("{TEAM}/leave")).await.form().send(&owner).await.status, 303);
        assert_eq!((role_of(server, &portal, &id).await, role_of(server, &portal, &other).await), (None, Some(Role::Owner)));
        assert_eq!(told_of(server, &portal, "person_left").await.len(), 1);
    }

    async fn of_two_owners_who_demote_or_leave_at_once_one_remains(server: &Server) {
        for round in 0..12 {
            let (portal, first) = server.portal_and_browser().await;
            let first_id = server.owner(&portal).await.id;
            let (second_id, _, second) = colleague(server, &portal, Role::Owner).await;
            let paths = match round % 3 {
                0 => [format!("{TEAM}/{second_id}/role"), format!("{TEAM}/{first_id}/role")],
                1 => [format!("{TEAM}/{second_id}/remove"), format!("{TEAM}/{first_id}/remove")],
                _ => [format!("{TEAM}/leave"), format!("{TEAM}/leave")],
            };
            let forms = [first.page(&paths[0]).await.form().with("role", "member"), second.page(&paths[1]).await.form().with("role", "member")];
            let (one, two) = join(forms[0].send(&first), forms[1].send(&second)).await;
            // Who was removed meanwhile is sent to make a portal of their own.
            let won = |answer: &&&Answer| answer.status == 303 && answer.header("location") != Some("/manage/portals/new");
            assert_eq!([&one, &two].iter().filter(won).count(), 1, "{one} {two}");
            let owners = organisation(&portal).owners(&server.db).await.unwrap();
            assert_eq!(owners.len(), 1, "round {round}");
        }
    }

    async fn who_is_removed_can_do_nothing_there_from_the_next_request_on(server: &Server) {
        let ((portal, owner), app) = (server.portal_and_browser().await, server.app().await);
        let (id, email, admin) = colleague(server, &portal, Role::Admin).await;
        let accomplice = new_email();
        invite(&admin, &accomplice, "admin").await;
        let link = server.mailbox(&accomplice).link(1).await;
        let key = portal.key().await;
        let token = app.connect(&admin).await.access;
        let form = admin.page(INVITE).await.form().with("email", &new_email()).with("role", "member");
        let page = owner.page(&format!("{TEAM}/{id}/remove")).await;
        assert!(page.says("API-sleutels en verbonden apps zijn van het portaal en blijven werken"), "{}", page.html);
        assert_eq!(page.form().send(&owner).await.status, 303);

        let answer = admin.get("/manage/customers").await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/manage/portals/new")), "{answer}");
        assert_eq!(form.send(&admin).await.status, 303);
        assert_eq!(admin.get(TEAM).await.header("location"), Some("/manage/portals/new"));
        assert!(portals_of(&server.db, &id).await.unwrap().is_empty());
        let asked = app.ask().page(&admin).await;
        assert!(!asked.says("name=\"decision\""), "no consent without asking either");
        expect_dead(&Browser::new(&server.url).page(&link).await);
        key.get("/v1/customers").await.expect(200);
        server.bearer(&token).get("/v1/customers").await.expect(200);
        assert_eq!(told_of(server, &portal, "person_removed").await, [format!("person_removed {email}")]);
        assert_eq!(told_of(server, &portal, "invitation_withdrawn").await, [format!("invitation_withdrawn {accomplice}")]);
    }

    async fn only_portals_in_which_one_may_connect_apps_are_offered(server: &Server) {
        let ((portal, owner), app) = (server.portal_and_browser().await, server.app().await);
        let (id, _, member) = colleague(server, &portal, Role::Member).await;
        app.connect(&owner).await;
        let page = app.ask().page(&member).await;
        assert!(!page.says("name=\"decision\"") && page.says("Bakkerij Jansen: Eigenaar") && !page.says("/manage/portals/new"), "{}", page.html);
        let form = app.ask().form(&owner).await.with("decision", "allow");
        let forged = form.with("csrf", &member.csrf("manage").await).send(&member).await;
        assert_eq!((forged.status, forged.header("location")), (404, None), "{forged}");

        let own = server.portal().await;
        server.let_in(&organisation(&own), &id, Role::Admin).await;
        let page = app.ask().page(&member).await;
        assert_eq!(page.choices("portal"), [own.id.as_str()]);
        Back::of(&page.form().with("decision", "allow").send(&member).await).code();
    }

    async fn a_strangers_invitation_cannot_be_looked_at_or_sent_again(server: &Server) {
        let ((_, owner), (_, stranger)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        invite(&owner, &new_email(), "member").await;
        let again = owner.page(TEAM).await.links().into_iter().find(|link| link.contains("?again=ivt_")).unwrap();
        assert_eq!(stranger.get(&again).await.status, 404);
    }

    async fn nobody_is_flooded_with_invitations_whoever_sends_them(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let email = new_email();
        for _ in 0..3 {
            let (_, owner) = server.portal_and_browser().await;
            assert_eq!(invite(&owner, &email, "member").await.status, 303);
        }
        let (portal, owner) = server.portal_and_browser().await;
        let refused = invite(&owner, &email.to_uppercase(), "member").await;
        // A third of an hour, less what the test has taken since the first.
        assert!(refused.status == 429 && (1140..=1200).contains(&refused.number("retry-after")), "{refused}");
        assert!(told_of(&server, &portal, "person_invited").await.is_empty());
        assert_eq!(invite(&owner, &new_email(), "member").await.status, 303);
        for _ in 0..56 {
            server.server.mail_limits.invitation(&AccountId::random(), [127, 0, 0, 1].into(), &new_email()).unwrap();
        }
        let refused = invite(&owner, &new_email(), "member").await;
        assert!(refused.status == 429 && (1..=60).contains(&refused.number("retry-after")), "so many from one network: {refused}");
        server.mailbox(&email).wait_for(3).await;
    }

    async fn before_people_are_changed_the_password_is_asked_and_mail_is_bounded(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, owner) = server.portal_and_browser().await;
        let (id, ..) = colleague(&server, &portal, Role::Member).await;
        for _ in 0..30 {
            assert_eq!(invite(&owner, &new_email(), "member").await.status, 303);
        }
        assert_eq!(invite(&owner, &new_email(), "member").await.status, 429);
        server.clock.advance(SignedDuration::from_mins(21));
        for path in [INVITE.to_owned(), format!("{TEAM}/{id}/role"), format!("{TEAM}/{id}/remove")] {
            let csrf = owner.csrf("manage").await;
            for answer in [owner.get(&path).await, owner.post(&path, &[("csrf".into(), csrf)]).await] {
                assert!(answer.header("location").is_some_and(|to| to.starts_with("/manage/reauthenticate?")), "{answer}");
            }
        }
        assert_eq!(role_of(&server, &portal, &id).await, Some(Role::Member));
    }
}
