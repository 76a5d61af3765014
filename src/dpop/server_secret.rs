//! Secrets of the server itself, shared by all its instances. They are stored in the database; the
//! first instance that needs one creates it.

use jiff::Timestamp;
use rand::Rng;

use crate::db::{WritingDb, from_row, params};
use crate::error::{Error, Result};

struct Row {
    secret: Vec<u8>,
}

from_row!(Row { secret });

/// The secret with a name: 32 random bytes, the same for every instance and for the life of the
/// database.
pub async fn server_secret(db: &WritingDb, name: &str, now: Timestamp) -> Result<Vec<u8>> {
    let find = "SELECT secret FROM server_secrets WHERE name = ?1";
    if let Some(Row { secret }) = db.row(find, params![name]).await? {
        return Ok(secret);
    }
    let mut secret = vec![0; 32];
    rand::rng().fill_bytes(&mut secret);
    let add = "INSERT INTO server_secrets (name, secret, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
    db.execute(add, params![name, secret, now]).await?;
    let row: Option<Row> = db.row(find, params![name]).await?;
    row.map(|row| row.secret).ok_or(Error::NotFound)
}
