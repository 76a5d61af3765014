//! The fields of a resource, listed once.

use jiff::tz::{self, TimeZone};
use schemars::SchemaGenerator;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::{Input, LocalDateTime, Part, Value, as_schema};
use crate::db::{FromColumn, Param, ToParam};
use crate::i18n::Lang;
use crate::time::Atom;

/// The description of a field of a record or a body.
#[derive(Debug, Clone, Copy)]
pub struct FieldInfo {
    /// Its name on the wire and in forms.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// An example, as JSON.
    pub example: fn() -> Json,
    /// Whether it can be empty (`null` on the wire).
    pub is_optional: bool,
    /// Whether a body can say so with `null`.
    pub takes_null: bool,
    /// Whether a new record requires it.
    pub is_required: bool,
    /// The maximum length of its text.
    pub longest: usize,
    /// Its JSON Schema in a request or a response, if not empty.
    pub schema: fn(&mut SchemaGenerator, Shape) -> Json,
    /// Its form field.
    pub input: fn() -> Input,
}

/// A struct of fields created by `record!`.
pub trait Record {
    /// The names of the columns, in order.
    const COLUMNS: &'static [&'static str];

    /// The fields, in order.
    const FIELDS: &'static [FieldInfo];

    /// The name of its schema.
    const NAME: &'static str;

    /// The values, in the order of the columns.
    fn params(&self) -> Vec<Param<'_>>;

    /// The values as a form shows them, in the same order, on a page in this language with times of
    /// this zone; an empty one as an empty text.
    fn texts(&self, lang: Lang, zone: &TimeZone) -> Vec<String>;

    /// Serializes the fields, with times of this zone.
    ///
    /// # Errors
    /// The map's.
    fn serialize_fields<M: SerializeMap>(
        &self,
        zone: &TimeZone,
        map: &mut M,
    ) -> Result<(), M::Error>;
}

/// A record in a response, with times of the portal's zone.
#[derive(Debug, Clone)]
pub struct Shown<R>(R, TimeZone);

impl<R> Shown<R> {
    /// A record as it is shown in this time zone.
    pub fn new(record: R, zone: &TimeZone) -> Self {
        Self(record, zone.clone())
    }
}

impl<R: Record> Serialize for Shown<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(R::FIELDS.len()))?;
        self.0.serialize_fields(&self.1, &mut map)?;
        map.end()
    }
}

impl<R: Record> schemars::JsonSchema for Shown<R> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        R::NAME.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        schema(generator, R::FIELDS, Shape::Shown)
    }
}

/// A field of a record: a value, or `Option` of one.
pub trait Field: Part + ToParam + FromColumn {
    /// Its text in a form; empty if there is none.
    fn form_text(&self, lang: Lang, zone: &TimeZone) -> String;

    /// Serializes it, with times of this zone.
    ///
    /// # Errors
    /// The serializer's.
    fn serialize_field<S: Serializer>(&self, zone: &TimeZone, to: S) -> Result<S::Ok, S::Error>;
}

impl<T: Value> Field for T {
    fn form_text(&self, lang: Lang, zone: &TimeZone) -> String {
        self.text(lang, zone)
    }

    fn serialize_field<S: Serializer>(&self, zone: &TimeZone, to: S) -> Result<S::Ok, S::Error> {
        self.serialize_in(zone, to)
    }
}

impl<T: Value> Field for Option<T> {
    fn form_text(&self, lang: Lang, zone: &TimeZone) -> String {
        self.as_ref().map_or_else(String::new, |value| value.text(lang, zone))
    }

    fn serialize_field<S: Serializer>(&self, zone: &TimeZone, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.serialize_in(zone, to),
            None => to.serialize_none(),
        }
    }
}

/// A field's value in a response.
pub struct InZone<'a, T>(pub &'a T, pub &'a TimeZone);

impl<T: Field> Serialize for InZone<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_field(self.1, serializer)
    }
}

impl FieldInfo {
    /// The description of a field of type `T`.
    pub const fn of<T: Part>(
        name: &'static str,
        about: &'static str,
        example: fn() -> Json,
    ) -> Self {
        Self {
            name,
            about,
            example,
            is_optional: T::IS_OPTIONAL,
            takes_null: T::TAKES_NULL,
            is_required: T::IS_REQUIRED,
            longest: T::MAX_LENGTH,
            schema: T::schema_in,
            input: T::form_input,
        }
    }
}

impl FieldInfo {
    /// Whether a form has an input for it, and a spreadsheet a column. Others have pages of their own.
    pub fn has_input(&self) -> bool {
        !matches!((self.input)(), Input::Elsewhere)
    }
}

/// The purpose of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Responses: every field is present, if only as `null`.
    Shown,
    /// A new record.
    New,
    /// A change of a record.
    Change,
}

/// The schema of an object with these fields.
pub fn schema(
    generator: &mut SchemaGenerator,
    fields: &[FieldInfo],
    shape: Shape,
) -> schemars::Schema {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = (field.schema)(generator, shape);
        if field.is_optional && (shape == Shape::Shown || field.takes_null) {
            schema["type"] = json!([schema["type"], "null"]);
            if let Some(choices) = schema.get_mut("enum").and_then(Json::as_array_mut) {
                choices.push(Json::Null);
            }
        }
        schema["description"] = field.about.trim().into();
        let example = (field.example)();
        let is_moment = schema["format"] == "date-time";
        schema["examples"] = json!([if is_moment { shown_moment(example) } else { example }]);
        properties.insert(field.name.to_owned(), schema);
    }
    let required = fields.iter().filter(|field| shape == Shape::Shown || field.is_required);
    let required: Vec<&str> = required.map(|field| field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    match shape {
        Shape::Shown | Shape::New => schema["required"] = required.into(),
        Shape::Change => schema["minProperties"] = 1.into(),
    }
    as_schema(schema)
}

/// How a response shows a moment for which a request sends this local time, in a Dutch winter.
fn shown_moment(example: Json) -> Json {
    let winter = tz::offset(1).to_time_zone();
    let local = example.as_str().and_then(|text| LocalDateTime::read(text).ok());
    let moment = local.and_then(|local| local.in_zone(&winter));
    moment.map_or(example, |moment| Atom::new(moment.moment(), &winter).as_str().into())
}

/// Generates from a list of fields: a struct that is read from and written to a row, a struct for
/// the body or form of a new record, and one for a change.
///
/// A field is a column, its name on the wire, its type and an example. An `Option` can be omitted
/// and emptied; a type with a default can be omitted. `checked by` names a function that checks
/// combinations of a new record's fields, `fn(&mut Details, &mut Fields)`. A response shows the
/// record as [`Shown`].
macro_rules! record {
    (
        $(#[$doc:meta])*
        $details:ident, $create:ident, $patch:ident $(checked by $check:path)? {
            $($(#[doc = $about:literal])+ $column:ident $name:literal: $type:ty = $example:tt),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $details {
            $($(#[doc = $about])+ pub $column: $type),+
        }

        #[doc = concat!("A new record's [`", stringify!($details), "`].")]
        #[derive(Debug, Clone)]
        pub struct $create(pub $details);

        #[doc = concat!("A change of [`", stringify!($details), "`]; what is absent stays as it is.")]
        #[derive(Debug, Clone)]
        pub struct $patch {
            $($(#[doc = $about])+ pub $column: Option<$type>),+
        }

        impl $crate::values::Record for $details {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];
            const FIELDS: &'static [$crate::values::FieldInfo] = $crate::values::fields! {
                $($(#[doc = $about])+ $name: $type = $example),+
            };
            const NAME: &'static str = stringify!($details);

            fn params(&self) -> Vec<$crate::db::Param<'_>> {
                vec![$($crate::db::ToParam::to_param(&self.$column)),+]
            }

            fn texts(&self, lang: $crate::i18n::Lang, zone: &jiff::tz::TimeZone) -> Vec<String> {
                vec![$($crate::values::Field::form_text(&self.$column, lang, zone)),+]
            }

            fn serialize_fields<M: serde::ser::SerializeMap>(
                &self,
                zone: &jiff::tz::TimeZone,
                map: &mut M,
            ) -> Result<(), M::Error> {
                $(map.serialize_entry($name, &$crate::values::InZone(&self.$column, zone))?;)+
                Ok(())
            }
        }

        impl $crate::db::FromRow for $details {
            fn from_row(row: &mut $crate::db::Row<'_>) -> Result<Self, $crate::db::DbError> {
                Ok(Self { $($column: row.read(stringify!($column))?),+ })
            }
        }

        impl $crate::fields::FromFields for $create {
            fn from_fields(fields: &mut $crate::fields::Fields) -> Self {
                #[allow(unused_mut)]
                let mut details =
                    $details { $($column: $crate::values::Part::read_new(fields, $name)),+ };
                $($check(&mut details, fields);)?
                Self(details)
            }
        }

        impl $crate::fields::FromFields for $patch {
            fn from_fields(fields: &mut $crate::fields::Fields) -> Self {
                let patch = Self {
                    $($column: fields.when_sent($name, <$type as $crate::values::Part>::read_sent)),+
                };
                if true $(&& patch.$column.is_none())+ {
                    let first = [$($name),+][0];
                    fields.fault(first, $crate::error::Message::new("field.nothing"));
                }
                patch
            }
        }

        impl $patch {
            /// Changes a record.
            pub fn apply(self, details: &mut $details) {
                $(if let Some(value) = self.$column { details.$column = value; })+
            }
        }

        $crate::values::fields! { @schema $create New <$details as $crate::values::Record>::FIELDS }
        $crate::values::fields! { @schema $patch Change <$details as $crate::values::Record>::FIELDS }
    };
}
pub(crate) use record;

/// Generates the struct of a row, which is read from its columns in their order, and the columns to
/// select. The statement calls its table `c`.
///
/// A column is a name and a type. One that isn't in the table has its expression: `size: i64 =
/// "(SELECT count(*) FROM …)"`. `with` adds one or more `record!`s, whose columns follow.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $row:ident {
            $($(#[$column_meta:meta])* $column:ident: $type:ty $(= $sql:literal)?),+ $(,)?
        }
        $(with {
            $($(#[$record_meta:meta])* $record:ident: $record_type:ty),+ $(,)?
        })?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $row {
            $($(#[$column_meta])* pub $column: $type,)+
            $($($(#[$record_meta])* pub $record: $record_type,)+)?
        }

        impl $row {
            /// The columns to select.
            pub(crate) fn columns() -> String {
                let own = [$($crate::values::row! { @column $column $($sql)? }),+];
                let of_records: &[&[&str]] =
                    &[$($(<$record_type as $crate::values::Record>::COLUMNS),+)?];
                let of_records = of_records.iter().copied().flatten();
                let of_records = of_records.map(|column| format!("c.{column}"));
                own.into_iter().map(str::to_owned).chain(of_records).collect::<Vec<_>>().join(", ")
            }
        }

        impl $crate::db::FromRow for $row {
            fn from_row(row: &mut $crate::db::Row<'_>) -> Result<Self, $crate::db::DbError> {
                Ok(Self {
                    $($column: row.read(stringify!($column))?,)+
                    $($($record: $crate::db::FromRow::from_row(row)?,)+)?
                })
            }
        }
    };
    (@column $column:ident) => { concat!("c.", stringify!($column)) };
    (@column $column:ident $sql:literal) => { concat!($sql, " AS ", stringify!($column)) };
}
pub(crate) use row;

/// The descriptions of fields, and the schema of a type that has them.
macro_rules! fields {
    ($($(#[doc = $about:literal])+ $name:literal: $type:ty = $example:tt),+ $(,)?) => {
        &[$($crate::values::FieldInfo::of::<$type>(
            $name,
            concat!($($about),+),
            || serde_json::json!($example),
        )),+]
    };
    (@schema $type:ident $shape:ident $fields:expr) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::values::schema(generator, $fields, $crate::values::Shape::$shape)
            }
        }
    };
}
pub(crate) use fields;

#[cfg(test)]
mod tests {
    use super::super::{DateTime, Money, Text, VatRate};
    use super::*;
    use crate::fields::{Fields, FromFields};

    record! {
        /// The details of an offer.
        Offer, OfferCreate, OfferPatch {
            /// Title
            title "title": Text<100> = "Onderhoud",
            /// Amount
            amount "amount": Money = "125.00",
            /// Rate of VAT
            vat_rate "vatRate": Option<VatRate> = 21,
            /// End
            expires_at "expiresAt": Option<DateTime> = "2026-11-24 02:48:00",
            /// For sale
            for_sale "forSale": bool = false,
        }
    }

    row! {
        /// An offer, as stored.
        OfferRow {
            /// Its id.
            id: String,
            /// The number of its lines.
            lines: i64 = "(SELECT count(*) FROM lines)",
        } with {
            /// Its details.
            details: Offer,
        }
    }

    fn amsterdam() -> TimeZone {
        TimeZone::get("Europe/Amsterdam").unwrap()
    }

    fn offer() -> Offer {
        let body = br#"{"title": "a", "amount": "1234.50", "expiresAt": "2026-11-24 02:48", "forSale": true}"#;
        let mut fields = Fields::json(body).unwrap().in_zone(&amsterdam());
        let OfferCreate(offer) = fields.read().unwrap();
        offer
    }

    #[test]
    fn a_record_is_shown_with_the_times_of_its_portal() {
        let shown = serde_json::to_value(Shown::new(offer(), &amsterdam())).unwrap();
        let expected = json!({
            "title": "a",
            "amount": "1234.50",
            "vatRate": null,
            "expiresAt": "2026-11-24T02:48:00+01:00",
            "forSale": true,
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_form_is_filled_in_as_it_is_read() {
        for (lang, amount) in [(Lang::Nl, "1.234,50"), (Lang::En, "1,234.50")] {
            let texts = offer().texts(lang, &amsterdam());
            assert_eq!(texts, ["a", amount, "", "2026-11-24T02:48:00", "true"]);
            let names = Offer::FIELDS.iter().map(|field| field.name.to_owned());
            let form = Fields::pairs(names.zip(texts).collect());
            let mut form = form.in_language(lang).in_zone(&amsterdam());
            let mut changed = Offer { title: Text("b".to_owned()), for_sale: false, ..offer() };
            form.read::<OfferPatch>().unwrap().apply(&mut changed);
            assert_eq!(changed, offer());
        }
    }

    #[test]
    fn a_change_says_what_changes() {
        let patch = |body: &str| {
            let mut fields = Fields::json(body.as_bytes()).unwrap().in_zone(&amsterdam());
            let patch = OfferPatch::from_fields(&mut fields);
            let mut changed = offer();
            patch.apply(&mut changed);
            fields.expect_none_wrong().map(|()| changed)
        };
        assert!(patch("{}").is_err(), "nothing changes");
        assert!(patch(r#"{"amount": null}"#).is_err());
        let expected = Offer { expires_at: None, vat_rate: Some(VatRate::Low), ..offer() };
        assert_eq!(patch(r#"{"expiresAt": null, "vatRate": 9}"#).unwrap(), expected);
    }

    #[test]
    fn the_schemas_of_a_record_differ_in_what_is_required_and_in_times() {
        let mut generator = SchemaGenerator::default();
        let new = json!(<OfferCreate as schemars::JsonSchema>::json_schema(&mut generator));
        assert_eq!(new["required"], json!(["title", "amount"]));
        assert_eq!(new["properties"]["vatRate"]["enum"], json!([0, 9, 21, null]));
        assert!(new["properties"]["expiresAt"]["pattern"].is_string());
        assert_eq!(new["properties"]["title"]["maxLength"], 100);
        let change = json!(<OfferPatch as schemars::JsonSchema>::json_schema(&mut generator));
        assert_eq!(
            (change["minProperties"].clone(), change["required"].clone()),
            (json!(1), Json::Null)
        );
        let shown = json!(<Shown<Offer> as schemars::JsonSchema>::json_schema(&mut generator));
        assert_eq!(shown["required"].as_array().unwrap().len(), 5);
        assert_eq!(shown["properties"]["expiresAt"]["format"], "date-time");
        let examples = [&new, &shown].map(|schema| &schema["properties"]["expiresAt"]["examples"]);
        assert_eq!(
            examples,
            [&json!(["2026-11-24 02:48:00"]), &json!(["2026-11-24T02:48:00+01:00"])]
        );
        assert_eq!(shown["properties"]["expiresAt"]["type"], json!(["string", "null"]));
        assert!(shown["properties"]["title"]["maxLength"].is_null(), "stored ones can be older");
    }

    #[test]
    fn a_row_names_its_columns_in_the_order_in_which_they_are_read() {
        let row = OfferRow { id: "off_1".to_owned(), lines: 2, details: offer() };
        assert_eq!((row.id.as_str(), row.lines, row.details), ("off_1", 2, offer()));
        assert_eq!(
            OfferRow::columns(),
            "c.id, (SELECT count(*) FROM lines) AS lines, c.title, c.amount, c.vat_rate, c.expires_at, c.for_sale"
        );
    }
}
