//! What holds for every page, in both languages.

use std::collections::BTreeSet;

use serde_json::Value;

use super::library::Library;
use super::openapi::{self, Operation, operations};
use super::page::Page;
use super::places::Places;
use super::search;
use crate::auth::Scope;
use crate::i18n::Lang;

/// All pages in all languages: the path, a name for messages, and the page.
fn pages() -> Vec<(String, String, String)> {
    let library = Library::new(Places::for_tests());
    let mut all = Vec::new();
    for lang in Lang::ALL {
        let mut add = |path: &str, html: Vec<u8>| {
            let name = format!("{path} in {}", lang.tag());
            all.push((path.to_owned(), name, String::from_utf8(html).unwrap()));
        };
        for page in Page::ALL {
            add(page.path(), library.page(page, lang).to_vec());
        }
        for path in library.paths_of_reference() {
            add(&path, library.page_of_reference(&path, lang).unwrap().to_vec());
        }
        let found = library.search("token", lang, search::PATH).into_string();
        add(search::PATH, found.into_bytes());
    }
    all
}

/// One of them.
fn page(path: &str, lang: Lang) -> String {
    let pages = pages().into_iter();
    let mut found = pages.filter(|(known, name, _)| known == path && name.ends_with(lang.tag()));
    found.next().unwrap_or_else(|| panic!("{path}")).2
}

/// The values of an attribute in a page.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    html.split(&format!(" {attribute}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// What stands within tags.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|rest| rest.split('>').next())
}

#[test]
fn every_link_leads_to_a_page_and_a_heading_that_exist() {
    let pages = pages();
    for (page, name, html) in &pages {
        let lang = &name[name.len() - 2..];
        for href in values(html, "href") {
            if !href.starts_with("/docs") && !href.starts_with('#') {
                let known = ["https://", "/assets/", "/language/"]
                    .iter()
                    .any(|start| href.starts_with(start));
                assert!(known, "{name} links to {href}");
                continue;
            }
            let (path, anchor) =
                href.split_once('#').map_or((href, None), |(path, anchor)| (path, Some(anchor)));
            let path = if path.is_empty() { page.as_str() } else { path };
            if path.ends_with(".json") {
                continue;
            }
            let target =
                pages.iter().find(|(target, other, _)| target == path && other.ends_with(lang));
            let (_, _, target) = target.unwrap_or_else(|| panic!("{name} links to {href}"));
            if let Some(anchor) = anchor {
                assert!(values(target, "id").contains(&anchor), "{name} links to {href}");
            }
        }
    }
}

#[test]
fn every_page_leads_to_every_other() {
    for (_, name, html) in pages() {
        let links = values(&html, "href");
        for page in Page::ALL {
            assert!(links.contains(&page.path()), "{name} has no link to {}", page.path());
        }
    }
}

#[test]
fn a_heading_has_the_same_id_in_each_language() {
    let ids =
        |html: &str| -> Vec<String> { values(html, "id").into_iter().map(str::to_owned).collect() };
    let pages = pages();
    for (path, _, one) in &pages {
        let mut of_page = pages.iter().filter(|(other, ..)| other == path);
        assert!(of_page.all(|(_, _, html)| ids(html) == ids(one)), "{path}");
    }
}

#[test]
fn an_id_is_on_a_page_once() {
    for (_, name, html) in pages() {
        let ids = values(&html, "id");
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len(), "{name}: {ids:?}");
    }
}

#[test]
fn every_place_and_every_text_is_filled_in() {
    for (_, name, html) in pages() {
        assert!(!html.contains("{{") && !html.contains("}}"), "{name}");
        assert!(
            !html.contains("docs.reference.")
                && !html.contains("docs.sample.")
                && !html.contains("docs.search.")
                && !html.contains("docs.try.")
                && !html.contains("docs.start.")
                && !html.contains("ui."),
            "{name} misses a text"
        );
        assert!(html.contains("https://developers.example.test/developers"), "{name}");
    }
}

#[test]
fn no_page_has_inline_styles_or_scripts() {
    for (_, name, html) in pages() {
        for tag in tags(&html) {
            let attributes = tag.split('"').step_by(2).flat_map(str::split_whitespace);
            for attribute in attributes.skip(1) {
                assert!(
                    !attribute.starts_with("style=") && !attribute.starts_with("on"),
                    "{name}: <{tag}>"
                );
            }
            assert!(
                !tag.starts_with("style")
                    && (!tag.starts_with("script") || tag.contains("src=\"/assets/")),
                "{name}: <{tag}>"
            );
        }
    }
}

#[test]
fn both_languages_say_the_same() {
    let shape = |page: Page, lang| -> Option<Vec<String>> {
        let text: &str = page.text(lang)?;
        let of_interest =
            |line: &&str| line.starts_with(['#', '|', '{', '`']) || line.starts_with("- ");
        let place = |line: &str| {
            if line.starts_with('{') {
                line.to_owned()
            } else {
                line.chars().take_while(|c| !c.is_alphabetic() && *c != ' ').collect()
            }
        };
        Some(text.lines().filter(of_interest).map(place).collect())
    };
    for page in Page::ALL {
        assert_eq!(shape(page, Lang::Nl), shape(page, Lang::En), "{page:?}");
    }
}

#[test]
fn the_scopes_page_says_what_there_is_of_the_api() {
    let html = page(Page::Scopes.path(), Lang::En);
    let row = |scope: Scope| {
        html.split("<tr>").find(|row| row.contains(&format!("<td><code>{scope}</code>"))).unwrap()
    };
    // The areas that have operations.
    let available = [
        "appointments",
        "customers",
        "filerequest",
        "files",
        "fileshare",
        "punchcards",
        "tickets",
        "webhooks",
    ];
    for scope in Scope::BUILT_IN {
        let later = row(*scope).contains("not yet available");
        let area = scope.name().split('.').next().unwrap();
        assert_eq!(later, !available.contains(&area), "{scope}");
    }
}

#[test]
fn the_document_names_each_operation_once_with_its_scope_and_area() {
    let document = openapi::document(&Places::for_tests());
    let areas: Vec<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut ids = BTreeSet::new();
    for operation in operations(&document) {
        let name = format!("{} {}", operation.method, operation.path);
        assert!(!operation.id().is_empty() && ids.insert(operation.id()), "{name}");
        match operation.scope() {
            Some(scope) => assert!(scope.parse::<Scope>().is_ok(), "{name}"),
            None => assert_eq!(operation.id(), "getPortal", "{name} needs no scope"),
        }
        assert!(areas.contains(&operation.tag()) && !operation.summary().is_empty(), "{name}");
    }
    assert!(ids.contains("listCustomers") && document["openapi"] == "3.1.0");
    assert_eq!(document["servers"][0]["url"], "https://api.example.test/v1");
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

#[test]
fn every_event_is_in_the_document_and_the_reference_with_its_schema_and_an_example() {
    let document = openapi::document(&Places::for_tests());
    let events: Vec<&str> = openapi::webhooks(&document).map(|event| event.name).collect();
    assert_eq!(
        events,
        [
            "customer-created",
            "customer-deleted",
            "appointment-created",
            "appointment-canceled",
            "ticket-created",
            "ticket-reply-customer",
            "ticket-reply-employee",
        ]
    );
    let schema = &document["components"]["schemas"]["CustomerCreatedEvent"];
    assert_eq!(schema["properties"]["type"]["enum"], serde_json::json!(["customer-created"]));
    assert_eq!(schema["properties"]["data"]["$ref"], "#/components/schemas/Customer");
    for lang in Lang::ALL {
        let overview = page(Page::Reference.path(), lang);
        for event in &events {
            assert!(values(&overview, "id").contains(event), "{event}");
            let example = format!("&quot;type&quot;: &quot;{event}&quot;");
            assert!(page(&format!("/docs/reference/events/{event}"), lang).contains(&example));
        }
    }
    let older = openapi::in_version_3_0(&document);
    assert!(older.get("webhooks").is_none() && !older.to_string().contains("CustomerCreatedEvent"));
    assert!(older["components"]["schemas"]["Customer"].is_object());
}

#[test]
fn an_event_needs_the_scope_of_the_route_that_reads_what_it_is_about() {
    let document = openapi::document(&Places::for_tests());
    for event in crate::resources::events() {
        let schema = openapi::webhooks(&document)
            .find(|webhook| webhook.name == event.name)
            .and_then(|webhook| {
                let name = webhook.schema()["$ref"].as_str()?.rsplit('/').next()?;
                let data = &document["components"]["schemas"][name]["properties"]["data"]["$ref"];
                data.as_str().map(str::to_owned)
            })
            .unwrap_or_else(|| panic!("{} has no data", event.name));
        let reads = |operation: &Operation<'_>| {
            let answer = &operation.value["responses"]["200"]["content"]["application/json"];
            operation.method == "get" && answer["schema"]["$ref"] == schema.as_str()
        };
        let scopes: BTreeSet<_> =
            operations(&document).filter(reads).map(|operation| operation.scope()).collect();
        assert_eq!(scopes, BTreeSet::from([Some(event.scope.name())]), "{}", event.name);
    }
}

#[test]
fn the_document_says_how_an_app_gets_which_scopes() {
    let document = openapi::document(&Places::for_tests());
    let flow = &document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"];
    assert_eq!(flow["authorizationUrl"], "https://manage.example.test/oauth/authorize");
    assert_eq!(flow["tokenUrl"], "https://manage.example.test/oauth/tokens");
    for operation in operations(&document) {
        let security = &operation.value["security"];
        assert_eq!(security[0], serde_json::json!({ "bearer": [] }), "{}", operation.id());
        if let Some(scope) = operation.scope() {
            assert!(flow["scopes"][scope].is_string(), "{}", operation.id());
        }
    }
}

#[test]
fn each_operation_tells_every_error_in_one_schema_and_the_headers_of_its_answers() {
    let document = openapi::document(&Places::for_tests());
    for operation in operations(&document) {
        let responses = operation.value["responses"].as_object().unwrap();
        let (id, takes_body) = (operation.id(), operation.value["requestBody"].is_object());
        for status in ["400", "401", "403", "405", "408", "429", "500", "503", "507"] {
            assert!(responses.contains_key(status), "{id} lacks {status}");
        }
        let takes_key = operation.method == "post";
        let parameters = operation.value["parameters"].as_array().into_iter().flatten();
        let keys = parameters.filter(|parameter| parameter["name"] == "Idempotency-Key").count();
        assert_eq!(keys, usize::from(takes_key), "{id}");
        for status in ["409", "422"] {
            assert!(
                !takes_key || responses[status].to_string().contains("Idempotency-Key"),
                "{id}"
            );
        }
        for status in ["413", "415", "422"] {
            let is_told = responses.contains_key(status);
            assert!(is_told || !takes_body, "{id} lacks {status}");
        }
        for (status, response) in responses {
            let headers = response["headers"].as_object().unwrap();
            // The ETag is said by the operations that have one.
            for (name, header) in headers.iter().filter(|(name, _)| *name != "ETag") {
                assert_eq!(header["$ref"], format!("#/components/headers/{name}"));
                assert!(document["components"]["headers"][name]["schema"].is_object(), "{name}");
            }
            let has = |name: &str| headers.contains_key(name);
            assert_eq!(has("Idempotent-Replayed"), takes_key && status.starts_with('2'), "{id}");
            assert!(has("X-Request-Id") && (status == "401" || has("X-RateLimit-Limit")), "{id}");
            let about = response["description"].as_str().unwrap();
            let waits = status == "409" && (takes_key || about.contains("`Retry-After`"));
            assert_eq!(
                has("Retry-After"),
                matches!(status.as_str(), "429" | "503" | "507") || waits,
                "{id}"
            );
            if status == "304" {
                assert!(response["content"].is_null(), "{id}: it has no body");
            } else if !status.starts_with('2') {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Error", "{id} {status}");
            }
        }
        let description = operation.value["description"].as_str().unwrap();
        let is_said = match operation.scope() {
            Some(scope) => description.ends_with(&format!("Requires the scope `{scope}`.")),
            None => description.contains("every valid key or token"),
        };
        assert!(is_said, "{id}: {description}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["CustomerPage", "CustomerGroupPage", "Error"] {
        assert!(schemas.contains_key(name), "{name} is not among {:?}", schemas.keys());
    }
}

#[test]
fn what_a_client_sends_is_null_only_where_an_answer_can_be_and_every_field_is_described() {
    let document = openapi::document(&Places::for_tests());
    let shown = document["components"]["schemas"]["Customer"]["properties"].as_object().unwrap();
    let can_be_null: BTreeSet<&String> =
        shown.iter().filter(|(_, field)| field["type"].is_array()).map(|(name, _)| name).collect();
    assert!(can_be_null.iter().any(|name| *name == "phone"));
    for operation in operations(&document) {
        let Some(body) =
            operation.value["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                .as_str()
        else {
            continue;
        };
        let schema = &document["components"]["schemas"][body.rsplit('/').next().unwrap()];
        for (name, field) in schema["properties"].as_object().unwrap() {
            let can_be_empty = can_be_null.contains(name);
            // The contract names no type for it: a number, or a text with one.
            let is_any = name == "expiryValue" && field["type"].is_null();
            assert!(
                field["type"].is_string() || can_be_empty || is_any,
                "{name} of {}: {field}",
                operation.id()
            );
        }
    }
    for (object, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (name, field) in schema["properties"].as_object().unwrap() {
            assert!(
                field["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{object}.{name}"
            );
        }
    }
}

#[test]
fn an_example_of_the_reference_fits_its_schema() {
    let pages = pages().into_iter().filter(|(path, ..)| path.starts_with("/docs/reference"));
    let html: String = pages.map(|(_, _, html)| html).collect();
    let blocks = html
        .split("<code>")
        .filter_map(|rest| rest.split("</code>").next())
        .filter(|code| code.starts_with('{'));
    let mut count = 0;
    for block in blocks {
        let example: Value = serde_json::from_str(&block.replace("&quot;", "\""))
            .unwrap_or_else(|error| panic!("{error}: {block}"));
        assert!(
            example.get("data").is_some()
                || example["link"].as_str().is_some_and(|link| link.starts_with("https://"))
                || example["id"].as_str().is_some_and(|id| id.ends_with("_abc12345def678")),
            "{block}"
        );
        count += 1;
    }
    assert!(count >= 8, "{count} examples");
    assert!(html.contains("https://api.example.test/v1/customer-groups?page=1"));
    assert!(html.contains("&quot;kind&quot;: &quot;api_key&quot;"), "an object within another one");
}

#[test]
fn each_operation_has_a_page_with_request_and_answer_side_by_side() {
    let document = openapi::document(&Places::for_tests());
    let overview = page(Page::Reference.path(), Lang::Nl);
    let links = values(&overview, "href");
    for operation in operations(&document) {
        let end = format!("/{}", operation.id());
        let path =
            links.iter().find(|link| link.ends_with(&end)).unwrap_or_else(|| panic!("{end}"));
        let html = page(path, Lang::En);
        let (_, code) = html.split_once("beside-code").unwrap();
        for program in ["curl", "Python", "JavaScript", "Rust"] {
            assert!(code.contains(&format!("<span>{program}</span>")), "{program} of {path}");
        }
        assert!(code.contains("HTTP 2") || code.contains("<code>204</code>"), "{path}");
        // A file can't be sent from there.
        let try_it = (!operation.is_upload()).then_some("try-it");
        for id in ["responses", "errors", "request"].into_iter().chain(try_it) {
            assert!(values(&html, "id").contains(&id), "{id} of {path}");
        }
        assert!(html.contains("X-Request-Id"), "{path}");
    }
}
