//! Objects and lists within a body. The errors of an object's fields have its path before their
//! names: `lines.0.vatRate`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::ignored::UnreadField;
use super::{Body, Fields, FromFields};
use crate::error::Message;

/// The rest of a path within the object or list `name`.
pub(super) fn within<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    path.strip_prefix(name)?.strip_prefix('.')
}

impl Fields {
    /// A required object.
    pub fn object<T: FromFields>(&mut self, name: &str) -> T {
        self.ask(name);
        let inner = match &mut self.body {
            Body::Json(map) => match map.get_mut(name) {
                None => Err("field.required"),
                Some(value) => object(value).ok_or("field.not_object"),
            },
            Body::Form(pairs) => Ok(Body::Form(pairs_within(pairs, name))),
        };
        match inner {
            Ok(body) => self.read_within(name, body),
            Err(key) => {
                self.fault(name, Message::new(key));
                T::from_fields(&mut self.inner(Body::Form(Vec::new())))
            }
        }
    }

    /// A required object with scalar members of any name.
    pub fn members(&mut self, name: &str) -> BTreeMap<String, Value> {
        self.ask(name);
        let members: Result<BTreeMap<String, Value>, &'static str> = match &self.body {
            Body::Json(map) => match map.get(name) {
                None => Err("field.required"),
                Some(Value::Object(members)) => Ok(members.clone().into_iter().collect()),
                Some(_) => Err("field.not_object"),
            },
            Body::Form(pairs) => {
                let pairs = pairs_within(pairs, name).into_iter();
                Ok(pairs.map(|(member, text)| (member, Value::String(text))).collect())
            }
        };
        let members = members.unwrap_or_else(|key| {
            self.fault(name, Message::new(key));
            BTreeMap::new()
        });
        for (member, value) in &members {
            if value.is_object() || value.is_array() {
                self.fault(&format!("{name}.{member}"), Message::new("field.not_scalar"));
            }
        }
        members
    }

    /// A required list of so many objects. More than the maximum aren't read.
    ///
    /// A form numbers them: `lines.0.description`. Those that a person left blank are passed over, as
    /// a page offers some; errors have the numbers of the form.
    pub fn list<T: FromFields>(&mut self, name: &str, count: RangeInclusive<usize>) -> Vec<T> {
        self.ask(name);
        let items = match self.items(name) {
            Ok(items) => items,
            Err(key) => {
                self.fault(name, Message::new(key));
                return Vec::new();
            }
        };
        if items.len() > *count.end() {
            self.fault(name, Message::with("field.too_many_items", count.end()));
        } else if items.len() < *count.start() {
            self.fault(name, Message::with("field.too_few_items", count.start()));
        }
        let mut list = Vec::new();
        for (index, item) in items.into_iter().take(*count.end()) {
            let path = format!("{name}.{index}");
            match item {
                Some(body) => list.push(self.read_within(&path, body)),
                None => self.fault(&path, Message::new("field.not_object")),
            }
        }
        list
    }

    /// The numbers and bodies of the objects in a list; `None` for what is no object.
    fn items(&mut self, name: &str) -> Result<Vec<(usize, Option<Body>)>, &'static str> {
        let is_typed = self.language().is_some();
        match &mut self.body {
            Body::Json(map) => match map.get_mut(name) {
                None => Err("field.required"),
                Some(Value::Array(items)) => Ok(items.iter_mut().map(object).enumerate().collect()),
                Some(_) => Err("field.not_list"),
            },
            Body::Form(pairs) => {
                let mut items: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
                for (path, text) in pairs.iter() {
                    if let Some((index, rest)) = within(path, name).and_then(numbered) {
                        items.entry(index).or_default().push((rest.to_owned(), text.clone()));
                    }
                }
                let is_blank = |pairs: &[(String, String)]| {
                    is_typed && pairs.iter().all(|(_, text)| text.trim().is_empty())
                };
                // The only object of an upload's list has no number; see `Fields::upload`.
                let alone = pairs_within(pairs, name);
                if !is_typed && items.is_empty() && !alone.is_empty() {
                    items.insert(0, alone);
                }
                let items = items.into_iter().filter(|(_, pairs)| !is_blank(pairs));
                Ok(items.map(|(index, pairs)| (index, Some(Body::Form(pairs)))).collect())
            }
        }
    }

    /// Reads an object at a path, with its errors and the fields that weren't read.
    fn read_within<T: FromFields>(&mut self, path: &str, body: Body) -> T {
        let mut inner = self.inner(body);
        let value = T::from_fields(&mut inner);
        let join = |name: String| format!("{path}.{name}");
        let unread = inner.unread().into_iter().map(|UnreadField { name, near }| UnreadField {
            name: join(name),
            near: near.map(join),
        });
        self.unread_within.extend(unread);
        self.errors.extend(inner.errors.within(path));
        value
    }

    /// The fields of an object in this body.
    fn inner(&self, body: Body) -> Self {
        Self { zone: self.zone.clone(), ..Self::of(body, self.writer) }
    }
}

/// Takes the members out of an object.
fn object(value: &mut Value) -> Option<Body> {
    value.as_object_mut().map(|members| Body::Json(std::mem::take(members)))
}

/// The pairs within an object of a form.
fn pairs_within(pairs: &[(String, String)], name: &str) -> Vec<(String, String)> {
    let inner =
        |(path, text): &(String, String)| Some((within(path, name)?.to_owned(), text.clone()));
    pairs.iter().filter_map(inner).collect()
}

/// The number of an item in a form, and the rest of its path.
fn numbered(path: &str) -> Option<(usize, &str)> {
    let (number, rest) = path.split_once('.')?;
    let is_canonical = matches!(number.len(), 1..=4)
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (number == "0" || !number.starts_with('0'));
    if is_canonical { Some((number.parse().ok()?, rest)) } else { None }
}
