//! Sizes of files, for people.

use crate::i18n::Lang;

/// The units, each a thousand times the one before (SI).
const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];

/// A number of bytes, such as `12,3 kB`.
pub fn readable_size(lang: Lang, bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (bytes, mut divisor, mut unit) = (u128::from(bytes), 1000, 0);
    while (bytes + divisor / 2) / divisor >= 1000 && unit + 1 < UNITS.len() {
        divisor *= 1000;
        unit += 1;
    }
    let (tenths, whole) = ((bytes * 10 + divisor / 2) / divisor, (bytes + divisor / 2) / divisor);
    let point = match lang {
        Lang::Nl => ',',
        Lang::En => '.',
    };
    match (tenths / 10, tenths % 10) {
        (units, tenth) if tenth > 0 && units < 100 => {
            format!("{units}{point}{tenth} {}", UNITS[unit])
        }
        _ => format!("{whole} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_at_most_three_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (1230, "1,2 kB"),
            (12_345, "12,3 kB"),
            (123_456, "123 kB"),
            (999_949, "1 MB"),
            (1_500_000, "1,5 MB"),
            (2_000_000_000, "2 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(readable_size(Lang::Nl, bytes), text, "{bytes}");
        }
        assert_eq!(readable_size(Lang::En, 1500), "1.5 kB");
    }
}
