//! The index entry of a text: its grams, each as a token of one portal.

use std::ops::RangeInclusive;

use crate::ids::PortalId;

/// The maximum length of a gram, in characters.
const LONGEST: usize = 3;

/// The tokens of all grams of a folded text, separated by spaces: every substring of one, two or
/// three characters of each word. So a word of any length is found anywhere in another.
pub(super) fn of_text(portal: &PortalId, kind: &str, folded: &str) -> String {
    let mut grams = Grams::default();
    for word in folded.split(' ') {
        grams.add(word, 1..=LONGEST);
    }
    grams.tokens(portal, kind)
}

/// The tokens of any text that contains all of the words.
pub(super) fn of_words(portal: &PortalId, kind: &str, words: &[String]) -> String {
    let mut grams = Grams::default();
    for word in words {
        let length = word.chars().count().min(LONGEST);
        grams.add(word, length..=length);
    }
    grams.tokens(portal, kind)
}

/// Grams as numbers, which are quick to sort: a gram's bytes, of which there are twelve at most, from
/// the highest on, and their number in the lowest.
#[derive(Default)]
struct Grams {
    numbers: Vec<u128>,
    /// Where the characters of a word begin, and where it ends.
    bounds: Vec<usize>,
}

impl Grams {
    /// Adds every substring of a word with one of these lengths, in characters.
    fn add(&mut self, word: &str, lengths: RangeInclusive<usize>) {
        self.bounds.clear();
        self.bounds.extend(word.char_indices().map(|(start, _)| start));
        self.bounds.push(word.len());
        for length in lengths.filter(|length| *length > 0) {
            for (start, end) in self.bounds.iter().zip(self.bounds.iter().skip(length)) {
                let mut bytes = [0; 16];
                bytes[..end - start].copy_from_slice(&word.as_bytes()[*start..*end]);
                self.numbers.push(u128::from_be_bytes(bytes) | (end - start) as u128);
            }
        }
    }

    /// A token is eight digits for the portal and the kind of row, and the gram's bytes, all
    /// hexadecimal: one word for each engine. The digits separate the tokens of portals; should two
    /// portals share them, the statement's `portal_id` still separates their rows.
    fn tokens(mut self, portal: &PortalId, kind: &str) -> String {
        let mut hash = crc32fast::Hasher::new();
        hash.update(portal.as_str().as_bytes());
        hash.update(kind.as_bytes());
        let owner = format!("{:08x}", hash.finalize());
        self.numbers.sort_unstable();
        self.numbers.dedup();
        let mut tokens = String::with_capacity(self.numbers.len() * (owner.len() + 7));
        for number in self.numbers {
            if !tokens.is_empty() {
                tokens.push(' ');
            }
            tokens.push_str(&owner);
            let [bytes @ .., length] = number.to_be_bytes();
            for byte in &bytes[..usize::from(length)] {
                tokens.push(hex(byte >> 4));
                tokens.push(hex(byte & 15));
            }
        }
        tokens
    }
}

const fn hex(digit: u8) -> char {
    b"0123456789abcdef"[digit as usize] as char
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
