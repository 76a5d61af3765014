//! The people of a developer: several organisations of one person, what members see, and test
//! portals of people who leave.

use std::time::Duration;

use klantportaal::accounts::{HeldTeam, Organisation, Role, Sandbox};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::{AccountId, DeveloperId};

use crate::support::pages::Party;
use crate::support::{Browser, Instance, PASSWORD};

/// Somebody in these developers, logged in there.
async fn somebody(server: &Instance, developers: &[(&DeveloperId, Role)]) -> (AccountId, Browser) {
    let (id, email) = server.person("Bouwer").await;
    for (developer, role) in developers {
        server.let_in(&Organisation::Developer((*developer).clone()), &id, *role).await;
        // The one that was joined first comes first.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let browser = logged_in(server, &email).await;
    (id, browser)
}

async fn logged_in(server: &Instance, email: &str) -> Browser {
    let browser = Browser::new(&server.url);
    let form = browser
        .page("/developers/login")
        .await
        .form()
        .with("email", email)
        .with("password", PASSWORD);
    assert_eq!(form.send(&browser).await.status, 303);
    browser
}

both_engines! {
    async fn one_may_belong_to_several_and_opens_one_of_them(server: &Server) {
        let (first, second, other) = (Party::new(server).await, Party::new(server).await, Party::new(server).await);
        let (id, browser) = somebody(server, &[(&first.developer, Role::Member), (&second.developer, Role::Admin)]).await;
        assert_eq!(browser.get("/developers/apps/new").await.status, 403, "a member in the first");
        assert!(browser.page("/developers/apps").await.says("/developers/organisations"));
        let form = browser.page("/developers/organisations").await.form();
        for id in [other.developer.as_str(), "", "dev_00000000000000", "'"] {
            assert_eq!(form.clone().with("developer", id).send(&browser).await.status, 404, "{id}");
        }
        assert_eq!(form.with("developer", second.developer.as_str()).send(&browser).await.status, 303);
        assert_eq!(browser.get("/developers/apps/new").await.status, 200, "an admin in the second");
        assert!(browser.page("/developers/apps").await.says(&second.ids["app"]));
        assert_eq!(browser.get(&format!("/developers/apps/{}", first.ids["app"])).await.status, 404, "the other one is closed meanwhile");
        // Removed there, the first is open again.
        let remove = format!("/developers/team/{}/remove", id);
        assert_eq!(second.browser.page(&remove).await.form().send(&second.browser).await.status, 303);
        assert!(browser.page("/developers/apps").await.says(&first.ids["app"]));
        assert_eq!(browser.get(&format!("/developers/apps/{}", second.ids["app"])).await.status, 404);
    }

    async fn a_member_sees_apps_and_usage_without_buttons_to_change_them(server: &Server) {
        let party = Party::new(server).await;
        let (_, browser) = somebody(server, &[(&party.developer, Role::Member)]).await;
        let app = format!("/developers/apps/{}", party.ids["app"]);
        let page = browser.page(&app).await;
        assert!(page.links().contains(&format!("{app}/usage")));
        for gone in ["edit", "rotate", "delete"] {
            assert!(!page.says(&format!("{app}/{gone}")), "{gone}");
        }
        assert!(!browser.page("/developers/apps").await.says("/developers/apps/new"));
        assert!(browser.page("/developers/sandboxes").await.forms().iter().all(|form| !form.action.contains("sandboxes")));
    }

    async fn joining_by_invitation_opens_the_developer_and_leaving_passes_test_portals_on(server: &Server) {
        let party = Party::new(server).await;
        let (id, email) = server.person("Bouwer").await;
        let form = party.browser.page("/developers/team/invite").await.form().with("email", &email).with("role", "admin");
        assert_eq!(form.send(&party.browser).await.status, 303);
        let link = server.mailbox(&email).link(1).await;
        assert!(link.starts_with("/developers/invitation?"), "{link}");
        let browser = logged_in(server, &email).await;
        assert_eq!(browser.page(&link).await.form().send(&browser).await.header("location"), Some("/developers"));
        assert!(browser.page("/developers/apps").await.says(&party.ids["app"]));
        assert_eq!(browser.page("/developers/sandboxes").await.form().send(&browser).await.status, 303);
        let owner_of = async || {
            let sql = "SELECT m.account_id AS value FROM portal_members m JOIN portals p ON p.id = m.portal_id WHERE p.sandbox_of = ?1 AND m.role = 'owner'";
            let rows: Vec<Single<String>> = server.db.rows(sql, &[party.developer.to_param()]).await.unwrap();
            rows.into_iter().map(|Single(id)| id).collect::<Vec<_>>()
        };
        assert!(owner_of().await.iter().any(|owner| owner == id.as_str()));
        assert_eq!(browser.page("/developers/team/leave").await.form().send(&browser).await.status, 303);
        assert_eq!(browser.get("/developers/apps").await.header("location"), Some("/developers/welcome"));
        let owners = Organisation::Developer(party.developer.clone()).owners(&server.db).await.unwrap();
        assert_eq!(owner_of().await, [owners[0].account_id.as_str(); 2], "theirs, and the one that was made now");
        let told: Vec<Single<String>> = server.db.rows(
            "SELECT action AS value FROM audit_events WHERE developer_id = ?1 AND action IN ('person_left', 'invitation_accepted') ORDER BY action",
            &[party.developer.to_param()],
        ).await.unwrap();
        assert_eq!(told.into_iter().map(|Single(action)| action).collect::<Vec<_>>(), ["invitation_accepted", "person_left"]);
    }

    async fn test_portals_pass_on_only_when_nobody_else_changes_their_people(server: &Server) {
        let party = Party::new(server).await;
        let (id, _) = somebody(server, &[(&party.developer, Role::Owner)]).await;
        let (developer, now) = (Organisation::Developer(party.developer.clone()), jiff::Timestamp::now());
        let mut tx = server.db.begin().await.unwrap();
        let portal = Sandbox::create(&mut tx, &party.developer, &id, &"Proef".parse().unwrap(), now).await.unwrap();
        tx.commit().await.unwrap();
        let portal = Organisation::Portal(portal);
        let changing = HeldTeam::hold(server.db.begin().await.unwrap(), &portal, &id).await.unwrap();
        let (db, leaver, from) = (server.db.clone(), id.clone(), developer.clone());
        let mut leaving = tokio::spawn(async move {
            let mut team = HeldTeam::hold(db.begin().await.unwrap(), &from, &leaver).await.unwrap();
            team.leave(now).await.unwrap();
            team.tx.commit().await.unwrap();
        });
        assert!(tokio::time::timeout(Duration::from_millis(500), &mut leaving).await.is_err(), "it waits");
        changing.tx.commit().await.unwrap();
        leaving.await.unwrap();
        let owners = portal.owners(&server.db).await.unwrap();
        assert!(owners.len() == 1 && owners[0].account_id != id, "{owners:?}");
    }
}
