//! The operator's own scopes, for services beside this one. They are defined in the settings file,
//! with a table for each area and one in it for each scope, and don't change while the process
//! runs:
//!
//! ```toml
//! [scopes.planning]
//! nl = "Planning"
//! en = "Schedule"
//! read  = { nl = "Bekijken van de planning", en = "View the schedule" }
//! write = { nl = "Wijzigen van de planning", en = "Change the schedule" }
//! ```
//!
//! This defines `planning.read` and `planning.write`.

use toml::{Table, Value};

use super::own_scope::{self, MOST, OwnScope, Wording};
use super::scopes::Area;

const LONGEST_NAME: usize = 60;
const LONGEST_WORDING: usize = 200;

/// The scopes in the settings file, ordered by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct OwnScopes(Vec<OwnScope>);

impl OwnScopes {
    /// Reads the table `scopes` of the settings file.
    ///
    /// # Errors
    /// What is wrong, starting with the path: `scopes.planning.read: …`.
    pub fn read(areas: &Value) -> Result<Self, String> {
        let areas = areas
            .as_table()
            .ok_or("scopes: must be a table for each area, such as [scopes.planning]")?;
        let mut all = Vec::new();
        for (area, value) in areas {
            read_area(area, value, &mut all)
                .map_err(|(place, fault)| format!("scopes.{place}: {fault}"))?;
        }
        if all.len() > MOST {
            return Err(format!(
                "scopes: there are {} scopes; at most {MOST} are allowed",
                all.len()
            ));
        }
        Ok(Self(all))
    }

    /// Sets the scopes of this process. Call this once, before anything uses a scope.
    pub fn install(self) {
        own_scope::install(self.0);
    }
}

/// A path within `scopes`, and what is wrong with it.
type Fault = (String, String);

fn read_area(area: &str, value: &Value, all: &mut Vec<OwnScope>) -> Result<(), Fault> {
    let fault = |text: &str| (area.to_owned(), text.to_owned());
    if !is_word(area) {
        return Err(fault(
            "an area's name can have lower-case letters, digits and hyphens, and must begin with a letter",
        ));
    }
    if Area::is_built_in(area) {
        return Err(fault("this area is built in; choose another name"));
    }
    let mut rest = value.as_table().ok_or_else(|| fault("must be a table"))?.clone();
    let area_label = take_wording(&mut rest).map_err(|text| fault(&text))?;
    if rest.is_empty() {
        return Err(fault("has no scope; add one, such as read = { nl = \"…\", en = \"…\" }"));
    }
    for (verb, value) in rest {
        let name = format!("{area}.{verb}");
        let explanation = read_scope(&name, &verb, value).map_err(|text| (name.clone(), text))?;
        all.push(OwnScope { name, area_label: area_label.clone(), explanation });
    }
    Ok(())
}

fn read_scope(name: &str, verb: &str, value: Value) -> Result<Wording, String> {
    if !is_word(verb) {
        return Err("after the area comes a word such as read or write: it can have lower-case letters, digits and hyphens, and must begin with a letter".into());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("a scope's name can have at most {LONGEST_NAME} characters"));
    }
    let Value::Table(mut table) = value else {
        return Err("must be a table such as { nl = \"…\", en = \"…\" }".into());
    };
    let wording = take_wording(&mut table)?;
    match table.keys().next() {
        Some(unknown) => Err(format!("has an unknown key: {unknown}")),
        None => Ok(wording),
    }
}

fn take_wording(table: &mut Table) -> Result<Wording, String> {
    let mut take = |tag: &str| match table.remove(tag) {
        Some(Value::String(text)) if is_text(&text) => Ok(text),
        Some(_) => Err(format!("{tag} must be 1 to {LONGEST_WORDING} characters on one line")),
        None => Err(format!("{tag} is missing: the wording in both languages, nl and en")),
    };
    Ok(Wording { nl: take("nl")?, en: take("en")? })
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= LONGEST_WORDING
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    fn read(text: &str) -> Result<OwnScopes, String> {
        OwnScopes::read(&text.parse::<Table>().unwrap()["scopes"])
    }

    #[test]
    fn an_area_is_a_table_with_its_scopes() {
        let own = read(
            r#"[scopes.planning]
            nl = "Planning"
            en = "Schedule"
            write = { nl = "Wijzigen", en = "Change" }
            read = { nl = "Bekijken", en = "View" }
            [scopes.archief]
            nl = "Archief"
            en = "Archive"
            [scopes.archief.empty-bin]
            nl = "Prullenbak legen"
            en = "Empty the bin""#,
        )
        .unwrap();
        let told: Vec<_> = own
            .0
            .iter()
            .map(|scope| {
                (
                    scope.name(),
                    scope.area(),
                    scope.area_label(Lang::Nl),
                    scope.explanation(Lang::En),
                )
            })
            .collect();
        let expected = [
            ("archief.empty-bin", "archief", "Archief", "Empty the bin"),
            ("planning.read", "planning", "Planning", "View"),
            ("planning.write", "planning", "Planning", "Change"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let words = r#"nl = "x", en = "y""#;
        let area = |rest: &str| format!("[scopes]\n{rest}");
        let long = "x".repeat(LONGEST_NAME);
        for (text, place) in [
            ("scopes = 1".to_owned(), "scopes:"),
            (area("planning = 1"), "scopes.planning:"),
            (area(&format!("planning = {{ {words} }}")), "scopes.planning:"),
            (
                area(&format!("planning = {{ nl = \"x\", read = {{ {words} }} }}")),
                "scopes.planning: en is missing",
            ),
            (
                area(&format!("planning = {{ {words}, read = {{ nl = \"x\" }} }}")),
                "scopes.planning.read: en is missing",
            ),
            (
                area(&format!("planning = {{ {words}, read = {{ nl = 1, en = \"y\" }} }}")),
                "scopes.planning.read: nl must be",
            ),
            (
                area(&format!("planning = {{ {words}, read = {{ nl = \" \", en = \"y\" }} }}")),
                "scopes.planning.read: nl must be",
            ),
            (
                area(&format!("planning = {{ {words}, read = {{ nl = \"a\\nb\", en = \"y\" }} }}")),
                "scopes.planning.read: nl must be",
            ),
            (
                area(&format!("planning = {{ {words}, read = {{ {words}, de = \"z\" }} }}")),
                "scopes.planning.read: has an unknown key: de",
            ),
            (
                area(&format!("planning = {{ {words}, read = \"x\" }}")),
                "scopes.planning.read: must be a table",
            ),
            (
                area(&format!("planning = {{ {words}, Read = {{ {words} }} }}")),
                "scopes.planning.Read:",
            ),
            (
                area(&format!("planning = {{ {words}, \"re ad\" = {{ {words} }} }}")),
                "scopes.planning.re ad:",
            ),
            (
                area(&format!("planning = {{ {words}, \"read.all\" = {{ {words} }} }}")),
                "scopes.planning.read.all:",
            ),
            (area(&format!("planning = {{ {words}, {long} = {{ {words} }} }}")), "at most 60"),
            (area(&format!("Planning = {{ {words}, read = {{ {words} }} }}")), "scopes.Planning:"),
            (area(&format!("\"\" = {{ {words}, read = {{ {words} }} }}")), "scopes.:"),
            (
                area(&format!("customers = {{ {words}, export = {{ {words} }} }}")),
                "scopes.customers: this area is built in",
            ),
        ] {
            let fault = read(&text).unwrap_err();
            assert!(fault.contains(place), "{text}: {fault}");
        }
    }

    #[test]
    fn there_are_no_more_than_fit_in_a_set() {
        let scopes = |count: usize| -> String {
            let verbs: String = (0..count)
                .map(|index| format!("v{index} = {{ nl = \"x\", en = \"y\" }}\n"))
                .collect();
            format!("[scopes.planning]\nnl = \"x\"\nen = \"y\"\n{verbs}")
        };
        assert!(read(&scopes(MOST)).is_ok());
        assert!(read(&scopes(MOST + 1)).unwrap_err().contains("65 scopes"));
    }
}
