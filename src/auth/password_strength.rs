//! The strength of a new password, from an embedded estimator that knows the most frequently leaked
//! passwords, words, names, dates and keyboard patterns. Nothing is sent anywhere.

use zxcvbn::{Score, zxcvbn};

/// How many characters are examined; the rest can't make a password weaker. The estimator tries
/// every way to read digits and symbols as letters, so its work grows with each of them: for this
/// many, it is that of a few hashes.
const LOOKED_AT: usize = 24;

/// How many words about the person are used: the longest, which say most.
const MOST_WORDS: usize = 10;

/// The estimator knows English words best; these are the ones most used in Dutch passwords.
const COMMON: [&str; 24] = [
    "klantportaal",
    "wachtwoord",
    "welkom",
    "geheim",
    "inloggen",
    "beheerder",
    "bedrijf",
    "nederland",
    "amsterdam",
    "rotterdam",
    "feyenoord",
    "voetbal",
    "lente",
    "zomer",
    "herfst",
    "winter",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
    "vakantie",
];

/// Whether fewer than about a hundred million guesses find it. `about` is what an attacker knows
/// about the person: name, e-mail address, business.
pub(super) fn is_weak(password: &str, about: &[impl AsRef<str>]) -> bool {
    // Tests count these, to verify that nobody can request many.
    tracing::trace!("zxcvbn");
    let words = words_of(about);
    let known: Vec<&str> = words.iter().map(String::as_str).chain(COMMON).collect();
    zxcvbn(looked_at(password), &known).score() < Score::Three
}

/// The part of a password that is examined.
fn looked_at(password: &str) -> &str {
    let end = password.char_indices().nth(LOOKED_AT).map_or(password.len(), |(index, _)| index);
    &password[..end]
}

/// The words of the texts, and each text as one word.
fn words_of(about: &[impl AsRef<str>]) -> Vec<String> {
    let mut known = Vec::new();
    for text in about {
        let text: String = text.as_ref().chars().take(200).flat_map(char::to_lowercase).collect();
        let words = || {
            text.split(|letter: char| !letter.is_alphanumeric())
                .filter(|word| word.chars().count() > 2)
        };
        known.extend(words().map(str::to_owned).chain([words().collect()]));
    }
    known.retain(|word| !word.is_empty());
    known.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    known.dedup();
    known.truncate(MOST_WORDS);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: &[&str] = &[];

    #[test]
    fn what_many_people_choose_is_weak() {
        for weak in [
            "password1",
            "12345678",
            "qwertyuiop",
            "wachtwoord123",
            "Welkom2024!",
            "1-1-1991",
            "klantportaal",
            "aaaaaaaaaaaaaaaa",
            "P@ssw0rd!",
        ] {
            assert!(is_weak(weak, NOTHING), "{weak}");
        }
        assert!(is_weak(&"wachtwoord".repeat(20), NOTHING));
    }

    #[test]
    fn what_is_known_of_the_person_is_weak() {
        let about = ["Bakkerij Jansen", "Sanne van Dijk", "sanne@bakkerij-jansen.nl"];
        for weak in ["bakkerijjansen", "BakkerijJansen1", "sannevandijk", "Jansen2024"] {
            assert!(is_weak(weak, &about), "{weak}");
        }
        assert!(!is_weak("zeven groene fietsen", &about));
    }

    #[test]
    fn phrases_and_random_texts_are_strong() {
        for strong in [
            "juiste paard batterij",
            "correct horse battery staple",
            "xK9$mQ2v!pLw",
            "mijn kat eet graag garnalen",
            "日本語の長いパスワード",
        ] {
            assert!(!is_weak(strong, NOTHING), "{strong}");
        }
    }

    #[test]
    fn the_work_is_bounded() {
        let hard: String = "4@8({[<369&#!1/|\\5$7+%2".chars().cycle().take(10_000).collect();
        // The whole of it would take hours.
        let start = std::time::Instant::now();
        is_weak(&hard, &[&hard]);
        assert!(start.elapsed() < std::time::Duration::from_secs(120), "{:?}", start.elapsed());
        assert_eq!(looked_at(&"wé".repeat(5_000)), "wé".repeat(LOOKED_AT / 2));
        assert_eq!(looked_at("kort"), "kort");
        let many: String = (0..5_000).map(|number| format!("woord{number} ")).collect();
        assert_eq!(words_of(&[many.as_str(), "Jansen"]).len(), MOST_WORDS);
        assert_eq!(words_of(&["Van Dijk", "van@dijk.nl"]), ["vandijk", "dijk", "van"]);
    }
}
