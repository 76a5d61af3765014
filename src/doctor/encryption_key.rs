//! Checks that the server can read its encrypted values, and that its own secrets are intact.

use super::finding::{Check, Finding, unanswered};
use crate::config::Config;
use crate::db::{Db, Single, params};
use crate::sealed::{self, SealingError};

/// The length of the server's own secrets, in bytes.
const SECRET_LENGTH: i64 = 32;

pub(super) async fn examine(config: &Config, db: &Db) -> Vec<Finding> {
    let mut findings: Vec<Finding> = match sealed::check(config.key_source(), db).await {
        Ok(()) => Vec::new(),
        Err(SealingError::Database(error)) => {
            return vec![unanswered(Check::EncryptionKey, &error, db)];
        }
        Err(error) => vec![Check::EncryptionKey.fault(
            error.to_string(),
            "the server does not start, because it could not read the secrets of authenticator apps",
            "restore encryption.key from its backup; if it is lost: klantportaal encryption-key reset",
        )],
    };
    let malformed =
        "SELECT name AS value FROM server_secrets WHERE LENGTH(secret) <> ?1 ORDER BY name";
    match db.rows::<Single<String>>(malformed, params![SECRET_LENGTH]).await {
        Ok(names) => findings.extend(names.into_iter().map(|Single(name)| {
            Check::EncryptionKey.fault(
                format!("the server's own secret {name} is not {SECRET_LENGTH} bytes long"),
                "values derived from it can be guessed or are refused",
                "restore the last backup of the database",
            )
        })),
        Err(error) => findings.push(unanswered(Check::EncryptionKey, &error, db)),
    }
    findings
}
