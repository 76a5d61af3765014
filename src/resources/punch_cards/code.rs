//! The code of an issued card: short enough to type, and without letters and digits that look alike.

use rand::distr::{Distribution, Uniform};

/// No I, L, O, 0 or 1.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// The number of letters and digits, in two halves.
const LENGTH: usize = 8;

/// The maximum length of what is typed as a code.
pub(super) const LONGEST: usize = 40;

/// A random code, such as `K7MN-4XQP`.
pub(super) fn random() -> String {
    let places = Uniform::new(0, ALPHABET.len()).expect("the alphabet is not empty");
    let letters = places.sample_iter(rand::rng()).take(LENGTH);
    halves(&letters.map(|place| char::from(ALPHABET[place])).collect::<String>())
}

/// A code as it is stored, from how a person typed it: in small letters, with or without a hyphen and
/// spaces. `None` if it can't be one.
pub(super) fn read(typed: &str) -> Option<String> {
    let letters: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
        .collect::<String>()
        .to_uppercase();
    let is_code =
        letters.len() == LENGTH && letters.bytes().all(|letter| ALPHABET.contains(&letter));
    is_code.then(|| halves(&letters))
}

fn halves(letters: &str) -> String {
    let (first, second) = letters.split_at(LENGTH / 2);
    format!("{first}-{second}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in ["K7MN-4XQP", "k7mn4xqp", " k7 mn-4x qp\n"] {
            assert_eq!(read(typed).as_deref(), Some("K7MN-4XQP"), "{typed}");
        }
        for other in ["", "K7MN-4XQ", "K7MN-4XQPA", "K7MN-4XQ0", "pcb_abc12345def678", "éééé-éééé"]
        {
            assert_eq!(read(other), None, "{other}");
        }
        let code = random();
        assert_eq!(read(&code), Some(code));
    }
}
