//! The start page: what asks for attention, the requests of thirty days, and the first steps.

use jiff::{SignedDuration, Timestamp};
use klantportaal::accounts::{Organisation, Role};
use klantportaal::api_keys::NewApiKey;
use klantportaal::auth::AddressList;
use klantportaal::db::{Single, ToParam};
use klantportaal::request_log::{Failing, PortalDay};

use crate::customers::fields;
use crate::support::{Browser, InProcess, Page};

fn key_until(end: Timestamp, name: &str) -> NewApiKey {
    NewApiKey {
        name: name.parse().unwrap(),
        scopes: "customers.read customers.write".parse().unwrap(),
        expires_at: Some(end),
        rate_limit: Some(0),
        allowed_addresses: AddressList::default(),
    }
}

/// The texts of a list with this class.
fn items(page: &Page, class: &str) -> Vec<String> {
    let Some((_, rest)) = page.html.split_once(&format!("<ul class=\"{class}\"")) else {
        return Vec::new();
    };
    let list = rest.split("</ul>").next().unwrap();
    let text = |item: &str| {
        let texts = item.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
        texts.collect::<String>().trim().to_owned()
    };
    list.split("<li").skip(1).map(|item| text(&format!("<li{item}"))).collect()
}

both_engines! {
    async fn the_five_newest_customers_are_shown(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, owner) = server.portal_and_browser().await;
        let key = portal.key().await;
        for number in 1..=7 {
            key.post("/v1/customers", fields(&format!("Klant {number}"))).await.expect(200);
            server.clock.advance(SignedDuration::from_secs(1));
        }
        let page = owner.page("/manage").await;
        let shown = (1..=7).filter(|number| page.says(&format!("Klant {number}")));
        assert_eq!(shown.collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
    }

    async fn what_asks_for_attention_comes_first_with_its_link(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, owner) = server.portal_and_browser().await;
        let (_, neighbour) = server.portal_and_browser().await;
        let now = server.clock.now();
        let page = owner.page("/manage").await;
        assert_eq!(items(&page, "attention"), ["1 persoon heeft nog geen tweede factor"]);
        let soon = portal.make_key(key_until(now + SignedDuration::from_hours(5 * 24), "Kassa")).await;
        portal.make_key(key_until(now + SignedDuration::from_hours(60 * 24), "Webwinkel")).await;
        soon.get("/v1/customers").await.expect(200);
        soon.get("/v1/customers/cst_bestaatniet").await.expect(404);
        let app = server.app().await;
        app.connect(&owner).await;
        let invite = owner.page("/manage/settings/team/invite").await.form();
        invite.with("email", "nieuw@example.nl").with("role", "member").send(&owner).await;
        let page = owner.page("/manage").await;
        let shown = items(&page, "attention");
        assert_eq!(shown.len(), 5, "{shown:?}");
        assert_eq!(shown[0], "Kassa: 1 mislukte API-verzoeken vandaag");
        assert!(shown[1].starts_with("API-sleutel Kassa verloopt op "), "{shown:?}");
        assert!(shown[2].contains("kreeg toegang op"), "{shown:?}");
        assert_eq!(shown[3], "Er wacht 1 uitnodiging op antwoord");
        let key = format!("/manage/settings/api-keys/{}", soon.id);
        for link in [format!("{key}#requests"), key, "/manage/settings/team".to_owned(), "/manage/settings/portal/second-factor".to_owned()] {
            assert!(page.links().contains(&link), "{link} in {:?}", page.links());
        }
        assert!(page.says("2 verzoeken in 30 dagen, waarvan 1 mislukt.") && page.says("chart-part"), "{}", page.html);
        // Nothing of it is the neighbour's.
        let other = neighbour.page("/manage").await;
        assert!(!other.says("Kassa") && !other.says("chart-bar"), "{}", other.html);
        // A week later the connection isn't news any more, and the key has ended.
        server.clock.advance(SignedDuration::from_hours(8 * 24));
        let later = Browser::logged_in(&server.url, &portal.owner_email).await.page("/manage").await;
        let shown = items(&later, "attention");
        assert!(!shown.iter().any(|item| item.contains("toegang") || item.contains("Kassa") || item.contains("uitnodiging")), "{shown:?}");
    }

    async fn a_member_sees_only_what_members_may_know(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let key = portal.key().await;
        key.get("/v1/customers/cst_bestaatniet").await.expect(404);
        let (account, email) = server.person("Lid").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &account, Role::Member).await;
        let member = Browser::logged_in(&server.url, &email).await;
        let page = member.page("/manage").await;
        assert!(items(&page, "attention").is_empty() && page.says("Niets op dit moment"), "{}", page.html);
        assert!(!page.says("chart") && !page.says("/manage/settings/api-keys"), "{}", page.html);
        assert_eq!(items(&page, "tasks"), ["Voeg je eerste klant toe", "Beveilig je account met een tweede factor"]);
        assert!(items(&owner.page("/manage").await, "attention").len() == 2, "failing, and no second factor");
    }

    async fn first_steps_are_ticked_off_and_can_be_hidden_by_each_person(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let page = owner.page("/manage").await;
        assert!(page.says("0 van 5 gedaan"), "{}", page.html);
        let key = portal.key().await;
        key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let business = owner.page("/manage/settings/business").await.form();
        assert_eq!(business.with("city", "Ede").send(&owner).await.status, 303);
        let (account, email) = server.person("Collega").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &account, Role::Admin).await;
        let page = owner.page("/manage").await;
        assert!(page.says("4 van 5 gedaan"), "{}", page.html);
        let tasks = items(&page, "tasks");
        assert!(tasks[0].starts_with("Gedaan:") && !tasks[4].starts_with("Gedaan:"), "{tasks:?}");
        let answer = page.form_to("/manage/first-steps").send(&owner).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/manage")), "{answer}");
        assert!(items(&owner.page("/manage").await, "tasks").is_empty());
        let colleague = Browser::logged_in(&server.url, &email).await;
        assert_eq!(items(&colleague.page("/manage").await, "tasks").len(), 5, "the colleague still sees them");
    }

    async fn requests_are_counted_by_portal_day_and_key_for_thirty_days(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, other) = (server.portal().await, server.portal().await);
        let (first, second, foreign) = (portal.key().await, portal.key().await, other.key().await);
        for key in [&first, &first, &second, &foreign] {
            key.get("/v1/customers").await.expect(200);
        }
        second.get("/v1/customers/cst_bestaatniet").await.expect(404);
        server.server.write_down_usage().await;
        // The same rows once more.
        first.get("/v1/customers/cst_bestaatniet").await.expect(404);
        first.get("/v1/customers/cst_bestaatniet").await.expect(404);
        server.server.write_down_usage().await;
        let now = server.clock.now();
        let store = portal.store.reading();
        let days = PortalDay::list(&store, now).await.unwrap();
        let today = days.last().unwrap();
        assert_eq!((days.len(), today.requests, today.errors), (30, 6, 3), "{days:?}");
        assert!(days[..29].iter().all(|day| day.requests == 0));
        let failing = Failing::today(&store, now).await.unwrap();
        let failing: Vec<_> = failing.iter().map(|one| (one.subject.as_str(), one.errors)).collect();
        assert_eq!(failing, [(first.id.as_str(), 2), (second.id.as_str(), 1)]);
        let count = async || {
            let sql = "SELECT COUNT(*) AS value FROM portal_usage_days WHERE portal_id = ?1";
            let count: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
            count.unwrap().0
        };
        PortalDay::clean_up(&server.cleaner(), now + SignedDuration::from_hours(29 * 24)).await.unwrap();
        assert_eq!(count().await, 2);
        PortalDay::clean_up(&server.cleaner(), now + SignedDuration::from_hours(31 * 24)).await.unwrap();
        assert_eq!(count().await, 0);
    }
}
