//! The words of what was written in a ticket, for searches.

use super::Message;
use super::queries::SEARCHED;
use crate::db::{Single, params};
use crate::error::Result;
use crate::ids::TicketId;
use crate::tenant::{StoreTx, TenantSql};
use crate::unicode::fold;
use crate::values::Html;

/// The most characters of the words that are kept of a ticket. Each message has all of them indexed anew.
const MOST: usize = 8000;

/// The longest word that is kept, in characters.
const LONGEST_WORD: usize = 100;

const FIND: TenantSql =
    TenantSql::new("SELECT words AS value FROM tickets WHERE portal_id = ?1 AND id = ?2");
const SHOWN: TenantSql = TenantSql::new(
    "SELECT body AS value FROM ticket_messages
     WHERE portal_id = ?1 AND ticket_id = ?2 AND kind <> 'note' ORDER BY number",
);
const SET: TenantSql =
    TenantSql::new("UPDATE tickets SET words = ?3 WHERE portal_id = ?1 AND id = ?2");

/// Lets a ticket, which the transaction holds, be found by the words of a new message. Those of internal notes
/// aren't kept: programs search the same index.
pub(super) async fn add(tx: &mut StoreTx, ticket: &TicketId, message: &Message) -> Result<()> {
    if message.kind.is_internal() {
        return Ok(());
    }
    let before: Option<Single<Option<String>>> = tx.row(FIND, params![ticket]).await?;
    let before = before.and_then(|Single(words)| words);
    let words = match &before {
        Some(before) => with(&fold(&message.body.text()), before),
        // Nothing is kept yet of a ticket of an earlier version.
        None => of_all(&tx.rows(SHOWN, params![ticket]).await?),
    };
    if before.is_none_or(|before| words != before) {
        tx.execute(SET, params![ticket, words]).await?;
        SEARCHED.change(tx, ticket.as_str()).await?;
    }
    Ok(())
}

fn of_all(messages: &[Single<Html>]) -> String {
    let texts = messages.iter().map(|Single(body)| fold(&body.text()));
    texts.fold(String::new(), |words, text| with(&text, &words))
}

/// The words of a folded text, and those of earlier ones that still fit. A word that is part of another one is found
/// by it.
fn with(text: &str, before: &str) -> String {
    let (mut all, mut length) = (String::new(), 0);
    for word in text.split_whitespace().chain(before.split_whitespace()) {
        let own = word.chars().count() + 1;
        if own > LONGEST_WORD || all.contains(word) {
            continue;
        }
        length += own;
        if length > MOST {
            break;
        }
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(word);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_kept_once_and_the_latest_stay() {
        assert_eq!(with("de ketel lekt", ""), "de ketel lekt");
        assert_eq!(with("de ketels", "de ketel lekt"), "de ketels lekt");
        assert_eq!(with(&"x".repeat(200), "ketel"), "ketel");
        let long: String = (1000..3000).map(|number| format!("{number} ")).collect();
        let kept = with(&long, "ketel");
        assert!(
            kept.len() <= MOST && kept.starts_with("1000 1001") && !kept.contains("ketel"),
            "{kept}"
        );
        assert!(with("ketel", &kept).starts_with("ketel 1000"));
    }
}
