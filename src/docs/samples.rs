//! The sample programs, each in four languages.

use maud::{Markup, html};

use super::places::Places;
use crate::i18n::{Lang, tr};
use crate::ui;

/// An environment variable of a sample.
#[derive(Clone, Copy)]
enum Need {
    Variable(&'static str),
    Either(&'static str, &'static str),
    Optional(&'static str),
}

use Need::{Either, Optional, Variable};

/// One program in four languages.
struct Sample {
    name: &'static str,
    needs: &'static [Need],
    /// The tab's label, the file name extension, and the file.
    files: [(&'static str, &'static str, &'static str); 4],
}

macro_rules! sample {
    ($name:literal, $($need:expr),+) => {
        Sample {
            name: $name,
            needs: &[$($need),+],
            files: [
                ("curl", "sh", include_str!(concat!("samples/", $name, "/curl.sh"))),
                ("Python", "py", include_str!(concat!("samples/", $name, "/python.py"))),
                ("JavaScript", "mjs", include_str!(concat!("samples/", $name, "/javascript.mjs"))),
                ("Rust", "rs", include_str!(concat!("samples/", $name, "/rust.rs"))),
            ],
        }
    };
}

const API: Need = Variable("KLANTPORTAAL_API");
const KEY: Need = Variable("KLANTPORTAAL_API_KEY");
const AUTHORIZE: Need = Variable("KLANTPORTAAL_AUTHORIZE_URL");
const TOKEN: Need = Variable("KLANTPORTAAL_TOKEN_URL");
const APP: Need = Variable("APP_ID");
const SECRET: Need = Variable("APP_SECRET");
const REDIRECT: Need = Variable("REDIRECT_URI");

const SAMPLES: [Sample; 7] = [
    sample!("first-call", API, KEY),
    sample!("create-customer", API, KEY, Optional("CUSTOMER_EMAIL")),
    sample!("safe-retry", API, KEY),
    sample!("authorize-url", AUTHORIZE, APP, REDIRECT),
    sample!(
        "exchange-code",
        TOKEN,
        APP,
        SECRET,
        REDIRECT,
        Variable("AUTHORIZATION_CODE"),
        Variable("CODE_VERIFIER")
    ),
    sample!("refresh-token", TOKEN, APP, SECRET, Variable("REFRESH_TOKEN")),
    sample!("all-customers", API, Either("ACCESS_TOKEN", "KLANTPORTAAL_API_KEY")),
];

/// A sample on a page: its environment variables, and a tab for each language.
pub(super) fn show(lang: Lang, places: &Places, name: &str) -> Markup {
    let sample = SAMPLES
        .iter()
        .find(|sample| sample.name == name)
        .unwrap_or_else(|| unreachable!("the tests would miss the sample {name}"));
    let tab = |(label, ending, code): (&str, &str, &str)| {
        (label.to_owned(), ui::code_block(lang, &format!("{name}.{ending}"), code.trim_end()))
    };
    html! {
        p { (tr!(lang, "docs.sample.needs")) " " (needs(lang, places, sample.needs)) }
        (ui::tabs(name, sample.files.into_iter().map(tab).collect()))
    }
}

fn needs(lang: Lang, places: &Places, needs: &[Need]) -> Markup {
    html! {
        @for (index, need) in needs.iter().enumerate() {
            @if index > 0 { ", " }
            @match *need {
                Variable(name) => (variable(places, name)),
                Either(one, other) => { (variable(places, one)) " " (tr!(lang, "docs.sample.or")) " " (variable(places, other)) }
                Optional(name) => { (variable(places, name)) " " (tr!(lang, "docs.sample.optional")) }
            }
        }
        "."
    }
}

fn variable(places: &Places, name: &str) -> Markup {
    html! {
        code { (name) }
        @if let Some(value) = places.variable(name) { " (" code { (value) } ")" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_reads_exactly_the_variables_that_the_page_lists() {
        for sample in &SAMPLES {
            let listed: Vec<&str> = sample
                .needs
                .iter()
                .flat_map(|need| match *need {
                    Variable(name) | Optional(name) => vec![name],
                    Either(one, other) => vec![one, other],
                })
                .collect();
            for (_, ending, code) in sample.files {
                for name in &listed {
                    assert!(code.contains(name), "{}.{ending} does not read {name}", sample.name);
                }
                let named = code
                    .split(|c: char| !c.is_ascii_uppercase() && c != '_')
                    .filter(|word| word.starts_with("KLANTPORTAAL_"));
                for name in named {
                    assert!(listed.contains(&name), "{}.{ending} reads {name}", sample.name);
                }
            }
        }
    }
}
