//! Formats of codes: `9` for a digit, `A` for a capital, `X` for either; everything else is
//! literal.

/// Whether a text of capitals and digits, without separators, has the format.
pub(super) fn fits(format: &str, code: &str) -> bool {
    let format = format.chars().filter(|c| !is_separator(*c));
    format.clone().count() == code.chars().count()
        && format.zip(code.chars()).all(|(wanted, c)| match wanted {
            '9' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            'X' => c.is_ascii_uppercase() || c.is_ascii_digit(),
            other => c == other,
        })
}

/// The code with the format's separators in it.
pub(super) fn write(format: &str, code: &str) -> String {
    let mut code = code.chars();
    format.chars().filter_map(|c| if is_separator(c) { Some(c) } else { code.next() }).collect()
}

/// A text in capitals, without separators.
pub(super) fn bare(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '.' | '-' | '–' | '/');
    text.chars().filter(kept).flat_map(char::to_uppercase).collect()
}

const fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_says_which_letters_and_where() {
        assert!(
            fits("9999 AA", "1234AB") && !fits("9999 AA", "1234A") && !fits("9999 AA", "12345A")
        );
        assert!(fits("LV-9999", "LV1234") && !fits("LV-9999", "LT1234"));
        assert_eq!(write("9999 AA", "1234AB"), "1234 AB");
        assert_eq!(bare(" 1234-ab. "), "1234AB");
    }
}
