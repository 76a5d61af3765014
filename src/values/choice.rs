//! Values from a small set.

/// A [`text_enum!`](crate::db::text_enum) that is a value: its names are in the locales under
/// `<key><text>`. With `default`, a new record can omit it.
///
/// ```ignore
/// choice! {
///     /// The kind of customer.
///     CustomerType in "customers.type.", default Business {
///         /// A business.
///         Business = "business",
///         /// A private person.
///         Private = "private",
///     }
/// }
/// ```
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $name:ident in $key:literal $(, default $default:ident)? {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)?
        }
    ) => {
        $crate::db::text_enum! {
            $(#[$meta])*
            pub $name in $key { $($(#[$variant_meta])* $variant = $text),+ }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        $crate::values::value_schema!($name);

        impl $crate::values::Value for $name {
            const LONGEST: usize = 40;
            const HAS_DEFAULT: bool = [$(stringify!($default),)? ""].len() > 1;

            fn stand_in() -> Self {
                [$(Self::$default,)? $(Self::$variant),+][0]
            }

            fn read(text: &str) -> Result<Self, $crate::error::Message> {
                Self::from_name(text).ok_or_else(|| {
                    $crate::error::Message::with("field.choice", [$($text),+].join(", "))
                })
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "type": "string", "enum": [$($text),+] })
            }

            fn input() -> $crate::values::Input {
                $crate::values::Input::Choice(|lang| {
                    Self::ALL.into_iter().map(|choice| (choice.name(), choice.label(lang).into_owned())).collect()
                })
            }
        }
    };
}
pub(crate) use choice;

#[cfg(test)]
mod tests {
    use super::super::testing::{from_form, from_json};
    use super::super::{Input, Value};
    use crate::i18n::Lang;

    choice! {
        /// A role, one of which is the default.
        Defaulted in "role.", default Member {
            /// The first.
            Owner = "owner",
            /// The default.
            Member = "member",
        }
    }

    choice! {
        /// A role that has to be chosen.
        Chosen in "role." {
            /// The first.
            Owner = "owner",
            /// The second.
            Member = "member",
        }
    }

    #[test]
    fn only_a_choice_with_a_default_can_be_omitted() {
        assert_eq!((Defaulted::HAS_DEFAULT, Defaulted::stand_in()), (true, Defaulted::Member));
        const { assert!(!Chosen::HAS_DEFAULT) };
        assert_eq!(from_json::<Defaulted>("{}"), Ok(Defaulted::Member));
        assert_eq!(from_json::<Chosen>("{}"), Err("This field is required.".to_owned()));
    }

    #[test]
    fn a_choice_is_one_of_its_texts() {
        assert_eq!(from_json::<Chosen>(r#"{"value": "owner"}"#), Ok(Chosen::Owner));
        assert_eq!(from_form::<Chosen>("member", Lang::Nl), Ok(Chosen::Member));
        for other in [r#""Owner""#, r#""""#, "1", "null", "true"] {
            assert!(from_json::<Chosen>(&format!(r#"{{"value": {other}}}"#)).is_err(), "{other}");
        }
        assert_eq!(Chosen::schema()["enum"], serde_json::json!(["owner", "member"]));
        let Input::Choice(choices) = Chosen::input() else { panic!("a choice") };
        assert_eq!(choices(Lang::En)[0], ("owner", "Owner".to_owned()));
    }
}
