//! Values from a small set.

/// An enum that is stored as text, with names in the locales under `<key><text>`.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident in $key:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+ }

        impl $crate::values::Value for $name {
            const LONGEST: usize = 40;
            const HAS_DEFAULT: bool = true;

            fn read(text: &str) -> Result<Self, $crate::error::Message> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::error::Message::with("field.choice", [$($text),+].join(", "))),
                }
            }

            fn as_str(&self) -> &str {
                match self { $(Self::$variant => $text),+ }
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "type": "string", "enum": [$($text),+] })
            }

            fn input() -> $crate::values::Input {
                $crate::values::Input::Choice(|lang| {
                    vec![$(($text, lang.text(concat!($key, $text)).into_owned())),+]
                })
            }
        }

        impl $crate::db::ToParam for $name {
            fn to_param(&self) -> $crate::db::Param<'_> {
                $crate::db::ToParam::to_param($crate::values::Value::as_str(self))
            }
        }

        impl $crate::db::FromColumn for $name {
            fn from_column(column: $crate::db::Column<'_>) -> Option<Self> {
                let text = String::from_column(column)?;
                $crate::values::Value::read(&text).ok()
            }
        }
    };
}
pub(crate) use choice;
