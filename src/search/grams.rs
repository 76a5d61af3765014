//! The index entry of a text: its grams, each as a token of one portal.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::ids::PortalId;

/// The maximum length of a gram, in characters.
const LONGEST: usize = 3;

/// The tokens of all grams of a folded text, separated by spaces: every substring of one, two or
/// three characters of each word. So a word of any length is found anywhere in another.
pub(super) fn of_text(portal: &PortalId, kind: &str, folded: &str) -> String {
    tokens(
        portal,
        kind,
        folded
            .split(' ')
            .flat_map(|word| (1..=LONGEST).flat_map(move |length| parts(word, length))),
    )
}

/// The tokens of any text that contains all of the words.
pub(super) fn of_words(portal: &PortalId, kind: &str, words: &[String]) -> String {
    tokens(
        portal,
        kind,
        words.iter().flat_map(|word| parts(word, word.chars().count().min(LONGEST))),
    )
}

/// Every substring of a word with this length.
fn parts(word: &str, length: usize) -> impl Iterator<Item = &str> {
    let starts = word.char_indices().map(|(start, _)| start);
    let ends = word.char_indices().map(|(start, _)| start).chain([word.len()]).skip(length);
    starts.zip(ends).filter(|(start, end)| start < end).map(|(start, end)| &word[start..end])
}

/// A token is eight digits for the portal and the kind of row, and the gram's bytes, all
/// hexadecimal: one word for each engine. The digits separate the tokens of portals; should two
/// portals share them, the statement's `portal_id` still separates their rows.
fn tokens<'a>(portal: &PortalId, kind: &str, grams: impl Iterator<Item = &'a str>) -> String {
    let mut hash = crc32fast::Hasher::new();
    hash.update(portal.as_str().as_bytes());
    hash.update(kind.as_bytes());
    let owner = hash.finalize();
    let mut tokens = String::new();
    for gram in grams.collect::<BTreeSet<&str>>() {
        if !tokens.is_empty() {
            tokens.push(' ');
        }
        let _ = write!(tokens, "{owner:08x}");
        for byte in gram.bytes() {
            let _ = write!(tokens, "{byte:02x}");
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal() -> PortalId {
        "prt_a".parse().unwrap()
    }

    fn grams(tokens: &str) -> Vec<String> {
        let gram = |token: &str| {
            let bytes = (8..token.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&token[at..at + 2], 16).unwrap());
            String::from_utf8(bytes.collect()).unwrap()
        };
        tokens.split_ascii_whitespace().map(gram).collect()
    }

    #[test]
    fn each_part_of_a_word_is_a_gram_and_none_reaches_over_a_space() {
        let of = |text: &str| grams(&of_text(&portal(), "customer", text));
        assert_eq!(of("bakε a"), ["a", "ak", "akε", "b", "ba", "bak", "k", "kε", "ε"]);
        assert!(of("").is_empty());
    }

    #[test]
    fn a_word_asks_for_its_longest_grams() {
        let of = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            grams(&of_words(&portal(), "customer", &words))
        };
        assert_eq!(of(&["bakker", "ab", "é"]), ["ab", "akk", "bak", "ker", "kke", "é"]);
    }

    #[test]
    fn what_a_text_holds_is_among_what_its_words_ask_for() {
        let text = "cafe 't hoekje 1234ab";
        let held = of_text(&portal(), "customer", text);
        for part in ["c", "fe", "afe", "hoekje", "34a", "'t"] {
            let asked = of_words(&portal(), "customer", &[part.to_owned()]);
            assert!(
                asked.split(' ').all(|token| held.split(' ').any(|known| known == token)),
                "{part}"
            );
        }
    }

    #[test]
    fn portals_and_kinds_of_rows_have_tokens_of_their_own() {
        let other: PortalId = "prt_b".parse().unwrap();
        assert_ne!(of_text(&portal(), "customer", "a"), of_text(&other, "customer", "a"));
        assert_ne!(of_text(&portal(), "customer", "a"), of_text(&portal(), "group", "a"));
    }
}
