//! What the fuzz targets share: how many cases there are, and changes that make valid input nearly
//! valid. The targets stand beside what they try, in files called `fuzz.rs`; `scripts/fuzz` runs
//! them for longer.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// As many cases as `PROPTEST_CASES` says, or else 256. A failure leaves no file: it prints the
/// smallest input that fails, for a test of its own.
pub fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_global_rejects: u32::MAX,
        max_local_rejects: u32::MAX,
        ..ProptestConfig::default()
    }
}

/// A change to some bytes.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Swap(Index, Index),
    Repeat(Index, usize),
    Cut(Index),
    SwapCase(Index),
}

/// Some changes, made one after the other.
#[derive(Debug, Clone)]
pub struct Changes(Vec<Change>);

/// One to three changes.
pub fn changes() -> impl Strategy<Value = Changes> {
    let byte = prop_oneof![3 => any::<u8>(), 3 => prop::char::range(' ', '~').prop_map(|letter| letter as u8), 1 => prop::sample::select(b"%/\\@:.*#?&= \0\t\n".to_vec())];
    let change = prop_oneof![
        3 => (any::<Index>(), byte.clone()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        3 => (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        2 => (any::<Index>(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        2 => any::<Index>().prop_map(Change::Remove),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Change::Swap(one, other)),
        1 => (any::<Index>(), 1usize..20).prop_map(|(at, length)| Change::Repeat(at, length)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => any::<Index>().prop_map(Change::SwapCase),
    ];
    prop::collection::vec(change, 1..4).prop_map(Changes)
}

impl Changes {
    /// The bytes with the changes made.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for change in &self.0 {
            change.make(&mut bytes);
        }
        bytes
    }

    /// A text with the changes made; where that gives no UTF-8 there is a replacement character.
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if let Self::Insert(at, byte) = self {
            return bytes.insert(at.index(length + 1), *byte);
        }
        if length == 0 {
            return;
        }
        match self {
            Self::Replace(at, byte) => bytes[at.index(length)] = *byte,
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Insert(..) => {}
            Self::Remove(at) => drop(bytes.remove(at.index(length))),
            Self::Swap(one, other) => bytes.swap(one.index(length), other.index(length)),
            Self::Repeat(at, many) => {
                let at = at.index(length);
                let part = bytes[at..length.min(at + many)].to_vec();
                bytes.splice(at..at, part);
            }
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::SwapCase(at) => {
                let byte = &mut bytes[at.index(length)];
                *byte = if byte.is_ascii_lowercase() {
                    byte.to_ascii_uppercase()
                } else {
                    byte.to_ascii_lowercase()
                };
            }
        }
    }
}

/// JSON of any shape, and such as a claim might nearly be: moments around `now`, and these texts.
pub fn claim(now: i64, texts: Vec<&'static str>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        (now - 400..now + 400).prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop::sample::select(texts).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3).prop_map(|map| json!(map))
        ]
    })
}
