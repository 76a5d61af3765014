//! The search text, as parameters of statements.

use super::grams;
use crate::ids::PortalId;
use crate::unicode::words;

/// The words to search for. Without words, everything matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a typed text.
    pub fn of(text: &str) -> Self {
        Self(words(text))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a folded text contains all of them.
    pub fn are_in(&self, folded: &str) -> bool {
        self.0.iter().all(|word| folded.contains(word.as_str()))
    }

    /// For [`has_all_on_sqlite`] and its like: patterns for LIKE as a JSON array.
    pub fn patterns(&self) -> String {
        let escaped =
            |word: &String| word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        let patterns = self.0.iter().map(|word| format!("%{}%", escaped(word)));
        serde_json::Value::from_iter(patterns).to_string()
    }

    /// The tokens that the index must have for a row of this kind.
    pub(crate) fn tokens(&self, portal: &PortalId, kind: &str) -> String {
        grams::of_words(portal, kind, &self.0)
    }
}

/// The condition that a column of folded text contains all words of a parameter with
/// [`Words::patterns`].
pub fn has_all_on_sqlite(column: &str, place: &str) -> String {
    let word = format!("{column} NOT LIKE word.value ESCAPE '\\'");
    format!("NOT EXISTS (SELECT 1 FROM json_each({place}) AS word WHERE {word})")
}

/// The same for PostgreSQL.
pub fn has_all_on_postgres(column: &str, place: &str) -> String {
    let words = format!("json_array_elements_text(CAST(CAST({place} AS TEXT) AS json))");
    format!("{column} LIKE ALL (ARRAY(SELECT {words}))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_means_itself() {
        assert_eq!(Words::of(r#"50%_ "\Ä"#).patterns(), r#"["%50\\%\\_%","%\"\\\\a%"]"#);
        assert_eq!(Words::of(" ").patterns(), "[]");
        assert!(Words::of("\u{301}").is_empty());
    }
}
