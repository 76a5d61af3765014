//! How well a chosen password holds out against guessing, by an embedded estimator: it knows the passwords that
//! leaked most often, words, names, dates and keyboard patterns, and nothing is sent anywhere.

use zxcvbn::{Score, zxcvbn};

/// How many characters are looked at, which bounds the work; whatever comes after makes no password weaker.
const LOOKED_AT: usize = 40;

/// The estimator knows English words best; these are the ones that Dutch people choose most.
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

/// Whether it takes fewer than about a hundred million guesses. `about` is what a guesser knows of the person: name,
/// e-mail address, business.
pub(super) fn is_weak(password: &str, about: &[&str]) -> bool {
    let end = password.char_indices().nth(LOOKED_AT).map_or(password.len(), |(index, _)| index);
    let mut known: Vec<String> = Vec::new();
    for text in about {
        let text: String = text.chars().take(200).collect();
        let words = || text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.chars().count() > 2);
        known.push(words().collect());
        known.extend(words().map(str::to_owned));
    }
    let known: Vec<&str> = known.iter().map(String::as_str).filter(|word| !word.is_empty()).chain(COMMON).collect();
    zxcvbn(&password[..end], &known).score() < Score::Three
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_people_choose_is_weak() {
        for weak in
            ["password1", "12345678", "qwertyuiop", "wachtwoord123", "Welkom2024!", "1-1-1991", "klantportaal", "aaaaaaaaaaaaaaaa", "P@ssw0rd!"]
        {
            assert!(is_weak(weak, &[]), "{weak}");
        }
        assert!(is_weak(&"wachtwoord".repeat(20), &[]));
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
        for strong in
            ["juiste paard batterij", "correct horse battery staple", "xK9$mQ2v!pLw", "mijn kat eet graag garnalen", "日本語の長いパスワード"]
        {
            assert!(!is_weak(strong, &[]), "{strong}");
        }
    }

    #[test]
    fn the_work_is_bounded() {
        let hard: String = "4@8({[<369&#!1/|\\5$7+%2".chars().cycle().take(10_000).collect();
        let start = std::time::Instant::now();
        is_weak(&hard, &[&hard]);
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
