//! Single-use forms. The response to such a form shows a secret, so it can't be a redirect; if the
//! browser sends the form again (by reloading that response), nothing must be created a second
//! time.
//!
//! Each copy of the form has its own mark, which is stored by the transaction that does what the form
//! asks: of two that are sent at the same time, only one counts. [`super::Form`] protects forms from
//! attackers; this only protects people from mistakes.

use jiff::Timestamp;
use maud::Markup;
use rand::distr::{Alphanumeric, SampleString};

use crate::accounts::{Session, claim_form};
use crate::db::Tx;
use crate::error::Result;
use crate::fields::Fields;
use crate::ui;

/// The hidden field with the mark.
pub(super) const FIELD: &str = "form";

/// The length of a mark.
const MARK_LENGTH: usize = 16;

/// The hidden field that makes a form a single-use one.
pub fn single_use_field() -> Markup {
    ui::hidden(FIELD, &Alphanumeric.sample_string(&mut rand::rng(), MARK_LENGTH))
}

/// Counts a single-use form, within the transaction that does what it asks and before anything else
/// in it; false if it has counted already, also if the same form is being answered at this moment.
pub async fn is_first_use(
    tx: &mut Tx,
    session: &Session,
    fields: &Fields,
    now: Timestamp,
) -> Result<bool> {
    match fields.sent(FIELD) {
        mark if is_mark(mark) => claim_form(tx, &session.account_id, mark, now).await,
        _ => Ok(true),
    }
}

fn is_mark(text: &str) -> bool {
    text.len() == MARK_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
