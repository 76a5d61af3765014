//! The fields and files of an upload: a body in `multipart/form-data` (RFC 7578) from a client of
//! the API.
//!
//! How nested fields are written is up to the client. Understood are `lines[0][vatRate]`,
//! `lines.0.vatRate`, and JSON in a part of its own, repeated for each object of a list (the
//! default of OpenAPI).

use std::fs::File;
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::Value;

use super::{Body, Fields, Writer, json_object};
use crate::error::{Message, Result};

/// The maximum length of a path within a JSON part, in bytes. No field has a longer one, and many
/// members of an object with a very long name would each repeat it.
const LONGEST_PATH: usize = 256;

/// A file of an upload, in a temporary file that disappears with the last clone of it.
#[derive(Debug, Clone)]
pub struct SentFile {
    /// The name that its sender gave it, of which nothing is certain.
    pub file_name: String,
    /// The media type that its sender gave it, of which nothing is certain.
    pub media_type: Option<String>,
    /// The number of its bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its bytes; the position is anywhere.
    pub content: Arc<File>,
}

/// The parts of an upload.
#[derive(Debug, Default)]
pub(crate) struct Uploaded {
    /// Names and texts.
    pub(crate) texts: Vec<(String, String)>,
    /// Names and JSON texts.
    pub(crate) json: Vec<(String, Vec<u8>)>,
    /// Names and files.
    pub(crate) files: Vec<(String, SentFile)>,
}

impl Fields {
    /// The fields of an upload.
    ///
    /// # Errors
    /// As [`Fields::json`], for a part that says it is JSON.
    pub(crate) fn upload(parts: Uploaded) -> Result<Self> {
        let mut pairs: Vec<_> =
            parts.texts.into_iter().map(|(name, text)| (path_of(&name), text)).collect();
        let json = parts.json.into_iter().map(|(name, text)| {
            json_object::read_value(&text).map(|value| (path_of(&name), value))
        });
        let mut json: Vec<(String, Value)> = json.collect::<Result<_>>()?;
        while let Some((name, first)) = (!json.is_empty()).then(|| json.remove(0)) {
            let (same, others) = json.into_iter().partition(|(other, _)| *other == name);
            let same: Vec<(String, Value)> = same;
            json = others;
            let value = if same.is_empty() {
                first
            } else {
                [first].into_iter().chain(same.into_iter().map(|(_, value)| value)).collect()
            };
            flatten(name, value, &mut pairs);
        }
        let mut fields = Self::of(Body::Form(pairs), Writer::Program);
        fields.files = parts.files.into_iter().map(|(name, file)| (list_of(&name), file)).collect();
        Ok(fields)
    }

    /// A required list of so many files; those of `documents[]` and `documents[0]` too.
    pub fn files(&mut self, name: &str, count: RangeInclusive<usize>) -> Vec<SentFile> {
        self.ask(name);
        let own = self.files.iter().filter(|(path, _)| path == name);
        let files: Vec<SentFile> = own.map(|(_, file)| file.clone()).collect();
        if self.errors.has(name) {
            return files;
        }
        let is_text = files.is_empty() && self.has(name);
        let fault = match files.len() {
            0 if is_text => Message::new("field.not_file"),
            0 if *count.start() > 0 => Message::new("field.required"),
            many if many > *count.end() => Message::with("field.too_many_items", count.end()),
            few if few < *count.start() => Message::with("field.too_few_items", count.start()),
            _ => return files,
        };
        self.fault(name, fault);
        files
    }
}

/// The path of a file's field; files in a list have that of the list: `documents` for `documents[0]`.
pub(crate) fn list_of(name: &str) -> String {
    let path = path_of(name);
    match path.rsplit_once('.') {
        Some((list, index)) if index.bytes().all(|byte| byte.is_ascii_digit()) => list.to_owned(),
        _ => path,
    }
}

/// The path of a field with this name: `lines.0.vatRate` for `lines[0][vatRate]`.
fn path_of(name: &str) -> String {
    let name = name.strip_suffix("[]").unwrap_or(name);
    let mut steps = name.split('[');
    let mut path = steps.next().unwrap_or_default().to_owned();
    for step in steps {
        match step.strip_suffix(']') {
            Some(step) if !step.is_empty() && !step.contains(']') => {
                path.push('.');
                path.push_str(step);
            }
            _ => return name.to_owned(),
        }
    }
    path
}

/// Adds the texts in a JSON value, as a form would have them.
fn flatten(path: String, value: Value, pairs: &mut Vec<(String, String)>) {
    if path.len() > LONGEST_PATH {
        return pairs.push((path, String::new()));
    }
    match value {
        Value::Null => {}
        Value::String(text) => pairs.push((path, text)),
        Value::Bool(_) | Value::Number(_) => pairs.push((path, value.to_string())),
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(format!("{path}.{index}"), item, pairs);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                flatten(format!("{path}.{name}"), member, pairs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn names(parts: Uploaded) -> Vec<(String, String)> {
        let fields = Fields::upload(parts).unwrap_or_else(|error| panic!("{error}"));
        let Body::Form(pairs) = fields.body else { panic!("a form") };
        pairs
    }

    #[test]
    fn names_in_brackets_are_paths() {
        for (name, path) in [
            ("name", "name"),
            ("lines[0][vatRate]", "lines.0.vatRate"),
            ("lines.0.vatRate", "lines.0.vatRate"),
            ("documents[]", "documents"),
            ("documents[12]", "documents.12"),
            ("a[b", "a[b"),
            ("a[b]c", "a[b]c"),
            ("a[][b]", "a[][b]"),
            ("a]b", "a]b"),
            ("[]", ""),
            ("", ""),
        ] {
            assert_eq!(path_of(name), path, "{name}");
        }
        for name in ["documents", "documents[]", "documents[0]", "documents.12"] {
            assert_eq!(list_of(name), "documents", "{name}");
        }
    }

    #[test]
    fn json_in_a_part_is_read_like_fields_of_their_own() {
        let json = |text: &str| ("signers".to_owned(), text.as_bytes().to_vec());
        let one = r#"{"firstName": "Jan", "shouldIdentify": true, "age": 30, "email": null}"#;
        let expected = [("firstName", "Jan"), ("shouldIdentify", "true"), ("age", "30")];
        let within = |outer: &str| {
            let pairs = expected.map(|(name, text)| (format!("{outer}.{name}"), text.to_owned()));
            pairs.to_vec()
        };
        let read = |json| names(Uploaded { json, ..Uploaded::default() });
        assert_eq!(read(vec![json(one)]), within("signers"));
        assert_eq!(read(vec![json(&format!("[{one}]"))]), within("signers.0"));
        let both = [within("signers.0"), within("signers.1")].concat();
        assert_eq!(read(vec![json(one), json(one)]), both);
        let long = "x".repeat(LONGEST_PATH);
        let pairs = read(vec![json(&format!(r#"{{"{long}": {{"a": 1, "b": 2}}}}"#))]);
        assert_eq!(pairs, [(format!("signers.{long}"), String::new())]);
        for wrong in ["{", "", r#"{"a": 1, "a": 2}"#] {
            let parts = Uploaded { json: vec![json(wrong)], ..Uploaded::default() };
            assert!(Fields::upload(parts).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_text_that_is_sent_twice_is_refused() {
        let parts = || Uploaded {
            texts: texts(&[("a", "1"), ("a", "2"), ("b", "true")]),
            ..Uploaded::default()
        };
        let faults = |read: fn(&mut Fields)| {
            let mut fields = Fields::upload(parts()).unwrap_or_else(|error| panic!("{error}"));
            read(&mut fields);
            fields.errors().first("a", crate::i18n::Lang::En)
        };
        let repeated = Some("Send this only once; it was sent more than once.".to_owned());
        assert_eq!(faults(|fields| drop(fields.text("a", 9))), repeated);
        assert_eq!(faults(|fields| assert_eq!(fields.whole_number("a"), None)), repeated);
        assert_eq!(faults(|fields| assert_eq!(fields.boolean("a"), None)), repeated);
        assert_eq!(faults(|fields| assert_eq!(fields.boolean("b"), Some(true))), None);
    }

    #[test]
    fn a_file_that_is_sent_as_a_text_is_no_file() {
        let parts = Uploaded { texts: texts(&[("pdf", "%PDF")]), ..Uploaded::default() };
        let mut fields = Fields::upload(parts).unwrap_or_else(|error| panic!("{error}"));
        assert!(fields.files("pdf", 1..=1).is_empty() && fields.errors().has("pdf"));
        assert!(fields.files("other", 0..=1).is_empty() && !fields.errors().has("other"));
    }
}
