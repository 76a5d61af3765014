//! The search of everything in a portal, its commands, and the page about shortcuts.

use klantportaal::accounts::{Organisation, Role};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Browser, Page};

/// What the palette is given.
async fn found(browser: &Browser, text: &str) -> Vec<Value> {
    let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let answer = browser.get(&format!("/manage/search/results?q={text}")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer}");
    answer.expect(200).as_array().unwrap().clone()
}

/// The labels in a group.
fn labels(groups: &[Value], title: &str) -> Vec<String> {
    let group = groups.iter().find(|group| group["title"] == title);
    let items = group.map(|group| group["items"].as_array().unwrap().clone()).unwrap_or_default();
    items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

both_engines! {
    async fn rows_are_found_by_resource_and_only_the_portals_own(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let (neighbours, neighbour) = server.portal_and_browser().await;
        let (key, other) = (portal.key().await, neighbours.key().await);
        let mut ids = Vec::new();
        for number in 0..7 {
            let made = key.post("/v1/customers", fields(&format!("Café Zonneschijn {number}"))).await.expect(200);
            ids.push(made["id"].as_str().unwrap().to_owned());
        }
        key.post("/v1/customer-groups", json!({ "name": "Zonnige zaken" })).await.expect(200);
        other.post("/v1/customers", fields("Zonnebloem van de buren")).await.expect(200);
        let groups = found(&owner, "ZONNE cafe").await;
        assert_eq!(labels(&groups, "Klanten"), [6, 5, 4, 3, 2].map(|number| format!("Café Zonneschijn {number}")));
        assert_eq!(groups[0]["items"][0]["path"], format!("/manage/customers/{}", ids[6]));
        assert_eq!(groups[0]["all"], "/manage/customers?search=ZONNE+cafe");
        let groups = found(&owner, "zonn").await;
        assert_eq!(labels(&groups, "Klantgroepen"), ["Zonnige zaken"]);
        assert!(!groups.iter().any(|group| group.to_string().contains("buren")));
        assert_eq!(labels(&found(&neighbour, "zonn").await, "Klanten"), ["Zonnebloem van de buren"]);
        // The page shows the same.
        let page = owner.page("/manage/search?q=zonn").await;
        assert!(page.says("Zonnige zaken") && page.says("Café Zonneschijn 6") && page.says("value=\"zonn\""), "{}", page.html);
        assert!(page.links().contains(&"/manage/customers?search=zonn".to_owned()));
    }

    async fn commands_are_those_that_the_person_may_open(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let (account, email) = server.person("Lid").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &account, Role::Member).await;
        let member = Browser::logged_in(&server.url, &email).await;
        let commands = "Pagina's en acties";
        let (all, some) = (labels(&found(&owner, "").await, commands), labels(&found(&member, "").await, commands));
        for own in ["API-sleutels", "Bedrijf", "Nieuwe klant", "Sneltoetsen"] {
            assert!(all.contains(&own.to_owned()), "{own} in {all:?}");
        }
        assert!(some.contains(&"Nieuwe klant".to_owned()) && some.contains(&"Klanten".to_owned()), "{some:?}");
        assert!(!some.iter().any(|label| label.contains("API") || label == "Bedrijf"), "{some:?}");
        assert_eq!(labels(&found(&owner, "nieuwe KLANT").await, commands), ["Nieuwe klant"]);
        let page = member.page("/manage/shortcuts").await;
        assert!(page.says("<kbd>g</kbd> <kbd>c</kbd>") && !page.says("<kbd>g</kbd> <kbd>k</kbd>"), "{}", page.html);
    }

    async fn each_shortcut_opens_one_section(server: &Server) {
        let (_, owner) = server.portal_and_browser().await;
        let page = owner.page("/manage/shortcuts").await;
        let mut keys: Vec<char> = page.html.split("<kbd>g</kbd> <kbd>").skip(1).filter_map(|rest| rest.chars().next()).collect();
        assert!(keys.len() > 10, "{keys:?}");
        keys.sort_unstable();
        let all = keys.clone();
        keys.dedup();
        assert_eq!(keys, all);
    }

    async fn whatever_is_searched_for_is_text(server: &Server) {
        let (_, owner) = server.portal_and_browser().await;
        for strange in ["%", "_", "\\", "\"><script>", "\u{301}", "x'--", &"a".repeat(5000), "\0"] {
            let query: String = url::form_urlencoded::byte_serialize(strange.as_bytes()).collect();
            let answer = owner.get(&format!("/manage/search?q={query}")).await;
            assert_eq!(answer.status, 200, "{strange:?} {answer}");
            assert!(!Page::of(&answer).says("<script>"), "{answer}");
        }
        assert!(owner.page("/manage/search?q=bestaatechtniet").await.says("Niets gevonden"));
        let stranger = Browser::new(&server.url);
        assert_eq!(stranger.get("/manage/search/results?q=a").await.status, 303);
    }
}
