//! The fields for codes of second factors.

use crate::accounts::Account;
use crate::accounts::factors::TypedFactor;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::ui::Field;

/// The values of the fields [`app_code_field`] and [`recovery_code_field`].
pub(super) async fn typed_factor(
    server: &Server,
    account: &Account,
    fields: &Fields,
) -> Result<TypedFactor> {
    let (code, recovery_code) = (fields.sent("code"), fields.sent("recovery_code"));
    TypedFactor::read(&server.db, &account.id, code, recovery_code).await
}

/// Says beside its field that a code was wrong.
pub(super) fn wrong_factor(typed: &TypedFactor) -> Error {
    let (field, key) = if typed.is_recovery_code() {
        ("recovery_code", "account.second_factor.wrong_recovery_code")
    } else {
        ("code", "account.second_factor.wrong_code")
    };
    Error::invalid(field, Message::new(key))
}

/// The field for a code of the authenticator app.
pub(super) fn app_code_field(lang: Lang, errors: &[(String, String)]) -> Field<'_> {
    Field::text(lang, "code", tr!(lang, "account.second_factor.code"))
        .mono()
        .errors_from(errors)
        .required(true)
        .inputmode("numeric")
        .autocomplete("one-time-code")
        .maxlength(10)
}

/// The field for a recovery code.
pub(super) fn recovery_code_field(lang: Lang, errors: &[(String, String)]) -> Field<'_> {
    Field::text(lang, "recovery_code", tr!(lang, "account.second_factor.recovery_code"))
        .mono()
        .errors_from(errors)
        .required(true)
        .hint(tr!(lang, "account.second_factor.recovery_hint"))
        .autocomplete("off")
}
