//! Links that people without an account open. Each leads to one row of a portal, such as a file share.
//! The database has the secret's hash, to find the link, and the secret itself sealed, so that the
//! portal can show it again.

use jiff::Timestamp;

use crate::auth::{Token, TokenKind};
use crate::db::{DbError, Queryable, Tx, from_row, params};
use crate::ids::PortalId;
use crate::sealed::{KeyId, SealingKeys, Unsealable};
use crate::tenant::{StoreTx, TenantSql};

/// How many secrets a start seals again in one go.
const BATCH: i64 = 500;

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO public_links (portal_id, row_id, token_hash, secret, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)",
);

/// A link that works.
#[derive(Debug, Clone)]
pub struct PublicLink {
    /// The portal.
    pub portal_id: PortalId,
    /// The id of the row that it leads to.
    pub row_id: String,
}
from_row!(PublicLink { portal_id, row_id });

struct Kept {
    row_id: String,
    secret: Vec<u8>,
}
from_row!(Kept { row_id, secret });

fn place(row: &str) -> String {
    format!("public_links/{row}")
}

impl PublicLink {
    /// Makes the link of a new row, which works until a time or until the row is deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create(
        tx: &mut StoreTx,
        keys: &SealingKeys,
        row: &str,
        ends_at: Option<Timestamp>,
    ) -> Result<(), DbError> {
        let token = Token::random(TokenKind::PublicLink);
        let sealed = keys.seal(token.reveal().as_bytes(), &place(row));
        tx.execute(INSERT, params![row, token.hash(), sealed, ends_at]).await.map(drop)
    }

    /// The link with this secret, if it works.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(
        db: impl Queryable,
        token: &Token,
        now: Timestamp,
    ) -> Result<Option<Self>, DbError> {
        let sql = "SELECT l.portal_id, l.row_id FROM public_links l JOIN portals p ON p.id = l.portal_id
                   WHERE l.token_hash = ?1 AND p.deleted_at IS NULL AND (l.ends_at IS NULL OR l.ends_at > ?2)";
        db.row(sql, params![token.hash(), now]).await
    }

    /// The secret of a row's link, which was sealed for it.
    ///
    /// # Errors
    /// When none of the keys opens it.
    pub fn open(keys: &SealingKeys, row: &str, sealed: &[u8]) -> Result<String, Unsealable> {
        let plain = keys.open(sealed, &place(row))?;
        String::from_utf8(plain).map_err(|_| Unsealable::NotSealed)
    }

    /// Seals, within a transaction, every secret that isn't sealed with the first key, and makes new
    /// ones in place of those that were [given up](Self::give_up_all).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seal_all(tx: &mut Tx, keys: &SealingKeys) -> Result<(), DbError> {
        // Of nothing, SQLite's substr is null.
        let other = "SELECT row_id, secret FROM public_links
                     WHERE (length(secret) = 0 OR substr(secret, 2, 8) <> ?1) AND row_id > ?2 ORDER BY row_id LIMIT ?3";
        let mut last = String::new();
        loop {
            let kept: Vec<Kept> = tx.rows(other, params![keys.current(), last, BATCH]).await?;
            let Some(newest) = kept.last() else { return Ok(()) };
            last.clone_from(&newest.row_id);
            for Kept { row_id, secret } in kept {
                if KeyId::of_sealed(&secret).is_none() {
                    let token = Token::random(TokenKind::PublicLink);
                    let sealed = keys.seal(token.reveal().as_bytes(), &place(&row_id));
                    let set =
                        "UPDATE public_links SET secret = ?3, token_hash = ?2 WHERE row_id = ?1";
                    tx.execute(set, params![row_id, token.hash(), sealed]).await?;
                    continue;
                }
                match Self::open(keys, &row_id, &secret) {
                    Ok(plain) => {
                        let sealed = keys.seal(plain.as_bytes(), &place(&row_id));
                        let set = "UPDATE public_links SET secret = ?2 WHERE row_id = ?1";
                        tx.execute(set, params![row_id, sealed]).await?;
                    }
                    Err(error) => {
                        tracing::error!(row = row_id, %error, "the secret of a public link cannot be read");
                    }
                }
            }
        }
    }

    /// Gives up all secrets, because the key is lost; the next start makes new ones. Returns how many
    /// there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_up_all(tx: &mut Tx) -> Result<u64, DbError> {
        tx.execute("UPDATE public_links SET secret = ?1", params![Vec::<u8>::new()]).await
    }
}
