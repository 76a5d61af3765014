//! Suggests the name that was probably meant by an unknown one.

/// The maximum length of a compared name, in bytes.
const LONGEST: usize = 64;

/// The known name most likely meant by `sent`: the same in another style (`company_name`), a part
/// of it (`email` for `primaryEmail`), or a few letters off.
pub(crate) fn nearest<'a>(sent: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain_sent = plain(sent)?;
    let distance = |name: &str| {
        let name = plain(name)?;
        let distance = distance(&plain_sent, &name);
        let is_part = plain_sent.len().min(name.len()) >= 3
            && (name.ends_with(&plain_sent)
                || name.starts_with(&plain_sent)
                || plain_sent.starts_with(&name));
        (is_part || distance <= name.len() / 4).then_some(distance)
    };
    known
        .filter_map(|name| Some((distance(name)?, name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The letters and digits of a name, in lower case.
fn plain(name: &str) -> Option<Vec<u8>> {
    let plain: Vec<u8> = name
        .bytes()
        .take(LONGEST + 1)
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    (name.len() <= LONGEST && !plain.is_empty()).then_some(plain)
}

/// The Levenshtein distance: how many letters to insert, delete or replace.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, against) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != against);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_styles_parts_and_typing_errors_are_near() {
        let known = ["companyName", "address", "zipCode", "city", "primaryEmail", "countryCode"];
        for (sent, meant) in [
            ("company_name", Some("companyName")),
            ("CompanyName", Some("companyName")),
            ("compnyName", Some("companyName")),
            ("name", Some("companyName")),
            ("email", Some("primaryEmail")),
            ("zip", Some("zipCode")),
            ("zip-code", Some("zipCode")),
            ("country", Some("countryCode")),
            ("adress", Some("address")),
            ("address1", Some("address")),
            ("phone", None),
            ("id", None),
            ("createdAt", None),
            ("integrationId", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(nearest(sent, known.into_iter()), meant, "{sent}");
        }
        assert_eq!(nearest(&"address".repeat(100), known.into_iter()), None);
    }
}
