//! Folding: texts that people consider the same become equal.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::is_invisible;

/// The text in the form that searches compare: compatibility decomposition (NFKD) without marks, in
/// lower case, with letters without decomposition replaced as people type them (`ø` as `o`, `ß` as
/// `ss`), typographic quotes and dashes as plain ones, and one space between words. Folding twice
/// gives the same.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut space_due = false;
    for c in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if is_combining_mark(c) || is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            space_due = !folded.is_empty();
            continue;
        }
        if std::mem::take(&mut space_due) {
            folded.push(' ');
        }
        match plain(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    folded
}

/// The words to search for, each once: those of the folded text, except those contained in another.
pub(crate) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    words.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        if !kept.iter().any(|known| known.contains(word)) {
            kept.push(word.to_owned());
        }
    }
    kept
}

/// The replacement of a letter without decomposition.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ĸ' => "k",
        'ŋ' => "ng",
        'þ' => "th",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ς' => "σ",
        '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' | 'ʹ' => "'",
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => "\"",
        '‐' | '‒' | '–' | '—' | '―' | '−' => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_take_for_the_same_folds_to_the_same() {
        for (written, typed) in [
            ("Café De Zwaan", "cafe de zwaan"),
            ("CAFE\u{301}", "café"),
            ("Müller & Zn.", "MULLER & zn."),
            ("Ĳsselstein", "ijsselstein"),
            ("Straße", "STRASSE"),
            ("GROẞE", "grosse"),
            ("Fiancé’s", "fiance's"),
            ("İstanbul", "istanbul"),
            ("Łódź", "lodz"),
            ("Ørsted", "orsted"),
            ("Æsop œuvre", "aesop oeuvre"),
            ("Đorđe", "dorde"),
            ("ﬁets", "fiets"),
            ("１２３４ ＡＢ", "1234 ab"),
            ("Zuid–Holland", "zuid-holland"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("  a \u{a0}\t b\n", "a b"),
        ] {
            assert_eq!(fold(written), fold(typed), "{written} and {typed}");
        }
        assert_eq!(fold("Café – ’t Ĳ"), "cafe - 't ij");
        assert_eq!(fold("\u{301} \u{200b}"), "");
    }

    #[test]
    fn words_are_looked_for_each_by_itself_and_once() {
        assert_eq!(words(" Jansen  bakkerij JANSEN jan "), ["bakkerij", "jansen"]);
        assert!(words(" \u{200b}").is_empty());
    }

    proptest! {
        #[test]
        fn folding_twice_gives_the_same(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_text_has_each_of_its_own_words(text in "\\PC{0,40}") {
            prop_assert!(words(&text).iter().all(|word| fold(&text).contains(word)));
        }
    }
}
