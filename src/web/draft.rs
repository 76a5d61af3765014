//! The contents of a form that wasn't accepted, kept until its page shows them again
//! (redirect after POST, also for errors).
//!
//! With an account, they are kept in the database, for that account only; without one, in a sealed
//! cookie, so that strangers can't fill the disk. The draft's id is in the URL of the form's page, so
//! forms in two tabs don't mix. Secrets are never kept, and a draft is never submitted by itself.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use rand::distr::{Alphanumeric, SampleString};
use serde::{Deserialize, Serialize};

use super::hidden_fields::{CSRF, ORIGIN, SINGLE_USE, SWITCH_LANGUAGE};
use crate::accounts::{FormDraft, Session};
use crate::db::Queryable;
use crate::error::{FieldErrors, Result};
use crate::fields::Fields;
use crate::ids::AccountId;
use crate::server::Server;

/// The query parameter with the draft's id.
const PARAMETER: &str = "draft";

/// The length of an id, in letters and digits.
const ID_LENGTH: usize = 22;

/// The cookie's lifetime.
pub(super) const IN_BROWSER: SignedDuration = SignedDuration::from_hours(1);

/// The maximum length of the cookie, in bytes: browsers drop cookies of more than 4 kB.
const LONGEST_COOKIE: usize = 3 * 1024;

/// The hidden fields that every form has.
const MARKS: [&str; 4] = [CSRF, ORIGIN, SINGLE_USE, SWITCH_LANGUAGE];

/// Fields that are never kept: passwords, codes, and the secrets of mailed links and passkeys.
const SECRETS: [&str; 7] =
    ["password", "current_password", "code", "recovery_code", "token", "credential", "app_secret"];

/// Whether a field is never kept. Inputs for passwords and codes only have these names.
pub fn is_secret(field: &str) -> bool {
    SECRETS.contains(&field)
}

/// Whether a text contains a private key, in PEM or as a JWK (RFC 7518 section 6), pasted by mistake.
fn holds_private_key(text: &str) -> bool {
    let without_spaces = || text.split_whitespace().collect::<String>();
    text.contains("PRIVATE KEY")
        || text.contains('{')
            && [r#""d":"#, r#""k":"#].iter().any(|member| without_spaces().contains(member))
}

/// The kept contents of a form.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Draft {
    /// The page with the form.
    pub(super) page: String,
    /// The submitted values.
    pairs: Vec<(String, String)>,
    /// The errors.
    #[serde(default)]
    pub(super) errors: FieldErrors,
    /// The text key of a message above the form.
    #[serde(default)]
    pub(super) note: Option<String>,
    /// Whether it conflicts with the current state.
    #[serde(default)]
    is_clash: bool,
    /// The earliest time to submit it again, in milliseconds since 1970.
    #[serde(default)]
    wait_until: Option<i64>,
    /// The id of the portal or developer that the form belongs to.
    #[serde(default)]
    pub(super) organisation: Option<String>,
}

/// The draft of the current request.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) draft: Draft,
    is_shown: AtomicBool,
}

/// Where a draft is kept.
#[derive(Clone, Copy)]
pub(super) enum Keeper<'a> {
    /// In the database, for an account.
    Account(&'a AccountId),
    /// In the browser with this form secret, without an account.
    Browser(&'a str),
}

impl Draft {
    /// The values of a form that can be kept.
    pub(super) fn of(page: &str, pairs: &[(String, String)]) -> Self {
        let may_be_kept = |name: &str| !MARKS.contains(&name) && !is_secret(name);
        let is_good = |text: &str| !text.contains('\0') && !holds_private_key(text);
        let pairs =
            pairs.iter().filter(|(name, text)| may_be_kept(name) && is_good(name) && is_good(text));
        Self { page: page.to_owned(), pairs: pairs.cloned().collect(), ..Self::default() }
    }

    /// The same, of a portal or developer.
    pub(super) fn within(self, organisation: Option<String>) -> Self {
        Self { organisation, ..self }
    }

    /// The same, on another page.
    pub(super) fn at(self, page: &str) -> Self {
        Self { page: page.to_owned(), ..self }
    }

    /// The same, with only the values of these names.
    pub(super) fn only(mut self, names: &[&str]) -> Self {
        self.pairs.retain(|(name, _)| names.contains(&name.as_str()));
        self
    }

    /// The same, with errors.
    pub(super) fn with_errors(self, errors: FieldErrors) -> Self {
        Self { errors, ..self }
    }

    /// The same, with a message (a text key).
    pub(super) fn with_note(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }

    /// The same, with all that the page said of an earlier draft.
    pub(super) fn said_of(self, earlier: Self) -> Self {
        Self { page: self.page, pairs: self.pairs, organisation: self.organisation, ..earlier }
    }

    /// The same, which conflicts with the current state.
    pub(super) fn into_clash(self) -> Self {
        Self { is_clash: true, ..self }
    }

    /// The same, which can be submitted again after some seconds.
    pub(super) fn into_wait(self, server: &Server, seconds: u32) -> Self {
        let now = server.clock.now().as_millisecond();
        Self { wait_until: Some(now + 1000 * i64::from(seconds)), ..self }
    }

    /// The seconds until it can be submitted again.
    fn wait(&self, server: &Server) -> Option<u32> {
        let left = self.wait_until? - server.clock.now().as_millisecond();
        u32::try_from((left + 999) / 1000).ok().filter(|seconds| *seconds > 0)
    }

    /// The page's status if it isn't 200, and the seconds until the form can be submitted again.
    pub(super) fn status(&self, server: &Server) -> Option<(StatusCode, Option<u32>)> {
        match self.wait(server) {
            Some(seconds) => Some((StatusCode::TOO_MANY_REQUESTS, Some(seconds))),
            None => self.is_clash.then_some((StatusCode::CONFLICT, None)),
        }
    }

    /// Whether there is nothing to show.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.errors.is_empty()
    }

    /// The page's URL with the draft's id.
    pub(super) fn address(&self, id: &str) -> String {
        let separator = if self.page.contains('?') { '&' } else { '?' };
        format!("{}{separator}{PARAMETER}={id}", self.page)
    }

    /// A new id.
    pub(super) fn new_id() -> String {
        Alphanumeric.sample_string(&mut rand::rng(), ID_LENGTH)
    }

    pub(super) fn seal(&self, server: &Server, id: &str, keeper: Keeper<'_>) -> Vec<u8> {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        server.sealing_keys.seal(&plain, &keeper.place(id))
    }

    fn open(server: &Server, id: &str, keeper: Keeper<'_>, sealed: &[u8]) -> Option<Self> {
        let plain = server.sealing_keys.open(sealed, &keeper.place(id)).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// The cookie's value; without the values if they don't fit.
    pub(super) fn cookie(&self, server: &Server, id: &str, keeper: Keeper<'_>) -> Option<String> {
        let value = |draft: &Self| URL_SAFE_NO_PAD.encode(draft.seal(server, id, keeper));
        let short = || value(&Self { pairs: Vec::new(), ..self.clone() });
        let fits = |value: &String| value.len() <= LONGEST_COOKIE;
        Some(value(self)).filter(fits).or_else(|| Some(short()).filter(fits))
    }

    /// The draft with this id in the cookie.
    pub(super) fn of_cookie(
        server: &Server,
        id: &str,
        csrf: &str,
        cookie: Option<String>,
    ) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie?).ok()?;
        let draft = Self::open(server, id, Keeper::Browser(csrf), &sealed)?;
        Some(draft)
    }

    /// The draft with this id of an account.
    pub(super) async fn of_account(
        server: &Server,
        db: impl Queryable,
        id: &str,
        account: &AccountId,
    ) -> Result<Option<Self>> {
        let row = FormDraft { id, account };
        let content = row.content(db, server.clock.now()).await?;
        Ok(content.and_then(|sealed| Self::open(server, id, Keeper::Account(account), &sealed)))
    }
}

impl Keeper<'_> {
    fn place(self, id: &str) -> String {
        match self {
            Self::Account(account) => format!("form_drafts/{account}/{id}"),
            Self::Browser(csrf) => format!("form_drafts/{csrf}/{id}"),
        }
    }
}

impl Found {
    /// The draft with this id, if it belongs to the visitor: to the account that is logged in, or else to
    /// the browser with this form secret and `cookie`.
    pub(super) async fn find(
        server: &Server,
        id: String,
        session: Option<&Session>,
        csrf: &str,
        cookie: Option<String>,
    ) -> Result<Option<Self>> {
        let draft = match session {
            Some(session) => {
                Draft::of_account(server, &server.db, &id, &session.account_id).await?
            }
            None => Draft::of_cookie(server, &id, csrf, cookie),
        };
        Ok(draft.map(|draft| Self { id, draft, is_shown: AtomicBool::new(false) }))
    }

    /// The values and errors of the form.
    pub(super) fn fields(&self) -> Fields {
        self.is_shown.store(true, Ordering::Relaxed);
        let mut fields = Fields::pairs(self.draft.pairs.clone());
        fields.add_errors(self.draft.errors.clone());
        fields
    }

    /// Whether the page has shown them.
    pub(super) fn is_shown(&self) -> bool {
        self.is_shown.load(Ordering::Relaxed)
    }
}

/// Splits a URL into the URL without the draft's id, and the id.
pub(super) fn split(address: &str) -> (String, Option<String>) {
    let Some((path, query)) = address.split_once('?') else { return (address.to_owned(), None) };
    let id = |pair: &str| Some(pair.strip_prefix(PARAMETER)?.strip_prefix('=')?.to_owned());
    let is_id =
        |id: &String| id.len() == ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (mut rest, mut found) = (Vec::new(), None);
    for pair in query.split('&') {
        match id(pair).filter(is_id) {
            Some(id) => found = Some(id),
            None => rest.push(pair),
        }
    }
    match found {
        None => (address.to_owned(), None),
        Some(_) if rest.is_empty() => (path.to_owned(), found),
        Some(_) => (format!("{path}?{}", rest.join("&")), found),
    }
}

/// The portal or developer of the draft in a URL, if the draft belongs to the account.
pub async fn organisation_of_draft(
    server: &Server,
    db: impl Queryable,
    account: &AccountId,
    address: &str,
) -> Result<Option<String>> {
    let (_, Some(id)) = split(address) else { return Ok(None) };
    Ok(Draft::of_account(server, db, &id, account).await?.and_then(|draft| draft.organisation))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "abcdefghijklmnopqrstuv";

    #[test]
    fn an_address_is_split_into_the_page_and_the_draft() {
        for (address, page, id) in [
            ("/a", "/a", None),
            ("/a?b=c", "/a?b=c", None),
            ("/a?draft=x", "/a?draft=x", None),
            (&format!("/a?draft={ID}"), "/a", Some(ID)),
            (&format!("/a?b=c&draft={ID}&d=%20"), "/a?b=c&d=%20", Some(ID)),
            (&format!("/a?b=c&xdraft={ID}"), &format!("/a?b=c&xdraft={ID}"), None),
        ] {
            assert_eq!(split(address), (page.to_owned(), id.map(str::to_owned)), "{address}");
        }
        for page in ["/a", "/a?b=c"] {
            let draft = Draft::of(page, &[]);
            assert_eq!(split(&draft.address(ID)), (page.to_owned(), Some(ID.to_owned())));
        }
        assert_eq!(split(&format!("/a?draft={}", Draft::new_id())).0, "/a");
    }

    #[test]
    fn secrets_and_marks_are_not_kept() {
        let pair = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        let sent = [
            ("csrf", "1"),
            ("origin", "2"),
            ("form", "3"),
            ("password", "4"),
            ("code", "5"),
            ("name", "Jansen"),
            ("city", "a\0b"),
            ("jwks", "-----BEGIN EC PRIVATE KEY-----"),
            ("jwks", r#"{"keys": [{"kty": "EC", "d" : "x"}]}"#),
        ];
        let draft = Draft::of("/a", &sent.map(pair));
        assert_eq!(draft.pairs, [pair(("name", "Jansen"))]);
        assert!(
            !draft.is_empty()
                && Draft::of("/a", &sent[..5].iter().copied().map(pair).collect::<Vec<_>>())
                    .is_empty()
        );
    }
}
