//! Fuzz target: the parser of secrets.

use proptest::prelude::*;

use super::*;
use crate::fuzz::{changes, config};

fn kind() -> impl Strategy<Value = TokenKind> {
    prop::sample::select(TokenKind::ALL.to_vec())
}

/// A secret that could have been issued.
fn token() -> impl Strategy<Value = Token> {
    (kind(), "[A-Za-z0-9]{43}")
        .prop_map(|(kind, random)| Token::with_check(kind, format!("{}{random}", kind.prefix())))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_refused_unless_its_check_characters_fit(kind in kind(), text in "\\PC*", rest in "[A-Za-z0-9]{49}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for text in [text.clone(), format!("{}{text}", kind.prefix()), format!("{}{rest}", kind.prefix()), String::from_utf8_lossy(&bytes).into_owned()] {
            if let Ok(token) = Token::parse(&text) {
                let body = &text[..text.len() - CHECK_LENGTH];
                let right = Token::with_check(token.kind(), body.to_owned());
                prop_assert_eq!(right.reveal(), text);
            }
        }
    }

    #[test]
    fn a_secret_reads_back_as_itself_and_as_no_other_kind(token in token(), other in kind()) {
        prop_assert_eq!(Token::parse(token.reveal()).unwrap().hash(), token.hash());
        prop_assert_eq!(Token::parse_as(other, token.reveal()).is_ok(), other == token.kind());
    }

    #[test]
    fn a_changed_secret_never_verifies(token in token(), changes in changes()) {
        let changed = changes.text(token.reveal());
        prop_assume!(changed != token.reveal());
        // Its check characters give it away; even if they matched, it would be another secret.
        if let Ok(other) = Token::parse(&changed) {
            prop_assert_ne!(other.hash(), token.hash());
            prop_assert_eq!(other.reveal(), changed);
        }
    }

    #[test]
    fn one_wrong_character_is_told_without_the_database(token in token(), at in any::<prop::sample::Index>(), letter in "[ -~]") {
        let at = at.index(token.reveal().len());
        let mut changed = token.reveal().to_owned();
        changed.replace_range(at..=at, &letter);
        prop_assume!(changed != token.reveal());
        prop_assert_eq!(Token::parse(&changed).unwrap_err(), TokenFault::Malformed);
    }

    #[test]
    fn a_changed_secret_or_salt_has_another_successor(token in token(), salt in prop::collection::vec(any::<u8>(), 1..40), changes in changes()) {
        let successor = token.successor(&salt);
        prop_assert_eq!(Token::parse_as(token.kind(), successor.reveal()).unwrap().hash(), successor.hash());
        prop_assert_ne!(successor.hash(), token.hash());
        let other = changes.bytes(&salt);
        // HMAC pads its key with zeros.
        let filled = |salt: &[u8]| salt.iter().rposition(|byte| *byte != 0).map(|last| salt[..=last].to_vec());
        prop_assume!(filled(&other) != filled(&salt) && other.len() <= 64);
        prop_assert_ne!(token.successor(&other).hash(), successor.hash());
    }
}
