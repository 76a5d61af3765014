//! Ids of another portal or developer, in every place of every page and form. The API's routes are tried in
//! `access.rs`; there and here a stranger's id is answered like one that does not exist.

use crate::support::operations::Ids;
use crate::support::pages::{PageRoute, Party, fill, page_routes, places};
use crate::support::{Answer, Browser};

/// The routes with ids, except what everybody may see.
fn routes() -> Vec<PageRoute> {
    page_routes().into_iter().filter(|route| !places(&route.template).is_empty() && !route.template.starts_with("/oauth/apps/")).collect()
}

/// What a visitor is told, without what differs by itself.
fn told(answer: &Answer, ids: &Ids) -> (u16, String) {
    let mut text = answer.text().replace(answer.header("x-request-id").unwrap_or("-"), "…");
    for (kind, id) in ids {
        text = text.replace(id, kind);
    }
    (answer.status, without_random(&text))
}

/// Without what is made anew for each page: the mark of a form, the state and the challenge of an example.
fn without_random(text: &str) -> String {
    let is_random = |word: &str| word.len() >= 16 && [char::is_uppercase, char::is_lowercase].iter().all(|kind| word.contains(kind));
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    words.filter(|word| !is_random(word)).collect::<Vec<_>>().join(" ")
}

async fn call(browser: &Browser, route: &PageRoute, ids: &Ids, csrf: &str) -> Vec<Answer> {
    let path = fill(&route.template, ids);
    let mut answers = Vec::new();
    if route.get {
        answers.push(browser.get(&path).await);
    }
    if route.post {
        let form = browser.post(&path, &[("csrf".into(), csrf.into()), ("name".into(), "Gekaapt".into())]).await;
        let body = format!("--grens\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--grens--\r\n");
        answers.push(if form.status == 400 { browser.post_raw(&path, "multipart/form-data; boundary=grens", body, &[]).await } else { form });
    }
    answers
}

/// Whatever the party sees of its own on pages with ids.
async fn everything(party: &Party) -> Vec<(String, u16, String)> {
    let mut all = Vec::new();
    for route in routes().iter().filter(|route| route.get) {
        let answer = party.browser.get(&party.path(route)).await;
        assert!(matches!(answer.status, 200 | 303), "{answer}");
        let (status, text) = told(&answer, &party.ids);
        all.push((route.template.clone(), status, text));
    }
    all
}

both_engines! {
    async fn a_strangers_id_is_answered_as_one_that_does_not_exist(server: &Server) {
        let (owner, stranger) = (Party::new(server).await, Party::new(server).await);
        let before = everything(&owner).await;
        let csrf = [stranger.browser.csrf("manage").await, stranger.browser.csrf("developers").await];
        let mut checked = 0;
        for route in routes() {
            let csrf = &csrf[usize::from(route.template.starts_with("/developers"))];
            let kinds: Vec<&str> = places(&route.template).iter().map(|(_, kind)| *kind).collect();
            // Each choice of which ids are the owner's; the others are the stranger's own.
            for choice in 1_u32..1 << kinds.len() {
                let (mut foreign, mut absent) = (stranger.ids.clone(), stranger.ids.clone());
                for (_, kind) in kinds.iter().enumerate().filter(|(index, _)| choice & (1 << index) != 0) {
                    let key = *owner.ids.get_key_value(*kind).unwrap().0;
                    foreign.insert(key, owner.ids[key].clone());
                    absent.insert(key, stranger.missing_ids()[key].clone());
                }
                let (refused, unknown) = (call(&stranger.browser, &route, &foreign, csrf).await, call(&stranger.browser, &route, &absent, csrf).await);
                for (refused, unknown) in refused.iter().zip(&unknown) {
                    assert_eq!(refused.status, 404, "{refused}");
                    assert_eq!(told(refused, &foreign), told(unknown, &absent), "{route:?}");
                    checked += 1;
                }
            }
        }
        assert!(checked >= 25, "only {checked}");
        assert_eq!(everything(&owner).await, before, "a stranger changed something");
    }
}
