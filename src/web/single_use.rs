//! Single-use forms. The response to such a form shows a secret, so it can't be a redirect; if the
//! browser sends the form again (by reloading that response), nothing must be created a second
//! time.
//!
//! Each copy of the form has its own mark, which is stored by the transaction that does what the form
//! asks: of two that are sent at the same time, only one counts. [`super::Form`] protects forms from
//! attackers; this only protects people from mistakes.

use axum::extract::{FromRequest, Request};
use jiff::Timestamp;
use maud::Markup;
use rand::distr::{Alphanumeric, SampleString};

use super::admission::{FormKind, PageForm};
use super::form::{Form, FormWithFile};
use super::hidden_fields::SINGLE_USE;
use crate::accounts::{Session, claim_form};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::ui;

/// The length of a mark.
const MARK_LENGTH: usize = 16;

/// The hidden field that makes a form a single-use one.
pub fn single_use_field() -> Markup {
    ui::hidden(SINGLE_USE, &Alphanumeric.sample_string(&mut rand::rng(), MARK_LENGTH))
}

/// A single-use form, as the last argument of its handler.
pub struct SingleUse<F>(pub F, pub Claim);

/// The claim of a single-use form to count.
pub struct Claim(Option<String>);

impl Claim {
    fn of(fields: &Fields) -> Self {
        let mark = fields.sent(SINGLE_USE);
        Self(is_mark(mark).then(|| mark.to_owned()))
    }

    /// Counts the form, within the transaction that does what it asks and before anything else in it;
    /// false if it has counted already, also if the same form is being answered at this moment.
    pub async fn is_first(&self, tx: &mut Tx, session: &Session, now: Timestamp) -> Result<bool> {
        match &self.0 {
            Some(mark) => claim_form(tx, &session.account_id, mark, now).await,
            None => Ok(true),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for SingleUse<Form> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let form = Form::from_request(request, state).await?;
        let claim = Claim::of(&form.0);
        Ok(Self(form, claim))
    }
}

impl<S: Send + Sync> FromRequest<S> for SingleUse<FormWithFile> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let form = FormWithFile::from_request(request, state).await?;
        let claim = Claim::of(&form.0);
        Ok(Self(form, claim))
    }
}

impl<F: PageForm> PageForm for SingleUse<F> {
    const KIND: FormKind = FormKind { single_use_field: Some(SINGLE_USE), ..F::KIND };
}

fn is_mark(text: &str) -> bool {
    text.len() == MARK_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
