//! A call that can be made any number of times, and what its answer says in short.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use reqwest::Method;
use serde_json::Value;

use crate::support::{Answer, Browser, Caller, FilledForm};

/// Routes that add and remove no row and send no mail, with the reason.
const NO_COUNT: [(&str, &str); 20] = [
    ("/manage/files/{id}/rename", "it only renames"),
    ("/manage/settings/customer-fields/{id}", "it only renames"),
    ("/manage/settings/customer-fields/{id}/up", "it only moves"),
    ("/manage/settings/appointments/types/{id}", "it only renames"),
    ("/manage/customer-groups/ticked", "it only leads to the question whether to delete"),
    ("/manage/appointments/ticked", "the same"),
    ("/manage/tickets/ticked", "the same"),
    ("/manage/punch-cards/ticked", "the same"),
    ("/manage/tickets/{id}/assign", "nobody takes care of the ticket, before and after"),
    ("/manage/punch-cards/views/{id}", "it only renames a saved view"),
    ("/manage/appointments/views/{id}", "the same"),
    ("/manage/tickets/views/{id}", "the same"),
    ("/manage/customers/views/{id}", "it only renames a saved view"),
    ("/manage/customer-groups/views/{id}", "the same"),
    ("/manage/customers/imports/{id}/columns", "the check replaces the faults of the one before"),
    ("/shares/{link}/download", "it counts in a row that is there"),
    ("/shares/{link}/password", "it only leads to the page if there is no password"),
    ("/oauth/introspect", "it only looks; a POST because its parameter is a secret"),
    ("/manage/reauthenticate", "it only notes when somebody proved who they are"),
    ("/manage/first-steps", "notes the time in a row that is there"),
];

/// Routes that come to something else when they are called twice at once, with the reason.
const DIFFERENT: [(&str, &str); 3] = [
    (
        "/manage/customers/imports",
        "in turn the second file takes the place of the first; at once both wait",
    ),
    ("/manage/login", "two log-ins are two sessions; in turn the second form is no longer valid"),
    ("/manage/login/second-factor", "that a code is used up is told in the log; in turn, as above"),
];

pub fn changes_no_count(name: &str) -> bool {
    NO_COUNT.iter().any(|(known, _)| *known == name)
}

pub fn may_differ(name: &str) -> bool {
    DIFFERENT.iter().any(|(known, _)| *known == name)
}

pub struct Shot {
    pub name: String,
    /// Whether a password is hashed on the way.
    pub hashes: bool,
    send: Box<dyn Fn() -> LocalBoxFuture<'static, Answer>>,
}

impl Shot {
    pub fn new<F: Future<Output = Answer> + 'static>(
        name: &str,
        send: impl Fn() -> F + 'static,
    ) -> Self {
        let send = Box::new(move || send().boxed_local());
        Self { name: name.to_owned(), hashes: false, send }
    }

    /// A form, sent by a browser.
    pub fn form(name: &str, browser: Browser, form: FilledForm) -> Self {
        let browser = Arc::new(browser);
        Self::new(name, move || {
            let (browser, form) = (Arc::clone(&browser), form.clone());
            async move { form.send(&browser).await }
        })
    }

    /// A form with a file, sent by a browser.
    pub fn upload(name: &str, browser: Browser, form: FilledForm) -> Self {
        let browser = Arc::new(browser);
        Self::new(name, move || {
            let (browser, form) = (Arc::clone(&browser), form.clone());
            async move { form.send_with(&browser, &[("Offerte.txt", b"Een offerte")]).await }
        })
    }

    /// A call of the API.
    pub fn call(
        name: &str,
        caller: &Caller,
        method: &Method,
        path: String,
        body: Option<Value>,
    ) -> Self {
        let (caller, method) = (caller.clone(), method.clone());
        Self::new(name, move || {
            let (caller, method, path, body) =
                (caller.clone(), method.clone(), path.clone(), body.clone());
            async move { caller.call(method, &path, body.as_ref()).await }
        })
    }

    pub fn hashing(self) -> Self {
        Self { hashes: true, ..self }
    }

    pub async fn fire(&self) -> Answer {
        (self.send)().await
    }
}

/// Whether a part of a path is an id, or the secret of a link to a file.
fn is_own(part: &str) -> bool {
    part.contains('_') || part.len() > 60
}

/// What an answer says, without what is different each time.
pub fn told(answer: &Answer) -> String {
    let text = answer.text();
    let mut told = answer.status.to_string();
    if let Some(location) = answer.header("location") {
        let path = location.split('?').next().unwrap();
        let parts = path.split('/').map(|part| if is_own(part) { "…" } else { part });
        told = format!("{told} {}", parts.collect::<Vec<_>>().join("/"));
        let error = location.split(['?', '&']).find(|pair| pair.starts_with("error="));
        told.extend(error.into_iter().flat_map(|error| [" ", error]));
    } else if text.contains("error-summary") || text.contains("role=\"alert\"") {
        told.push_str(" refused");
    } else if let Ok(Value::Object(body)) = serde_json::from_str(&text)
        && let Some(error) = body.get("error")
    {
        told = format!("{told} {error}");
    }
    told
}
