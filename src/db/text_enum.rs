//! Enums that are stored as text.

/// An enum whose variants have texts, for the database, forms and the wire. With `in "<key>"`, they
/// also have names for people: the texts `<key><text>` of the locales.
///
/// ```ignore
/// text_enum! {
///     /// A person's role.
///     pub Role in "role." {
///         /// Can do everything.
///         Owner = "owner",
///     }
/// }
/// ```
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        $visibility:vis $name:ident $(in $key:literal)? {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $visibility enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// All of them, in the order of their declaration.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// Its text.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The one with this text.
            pub fn from_name(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == text)
            }

            $(
                /// What people call it, in a language.
                pub fn label(self, lang: $crate::i18n::Lang) -> std::borrow::Cow<'static, str> {
                    lang.text(&[$key, self.name()].concat()).into_owned().into()
                }
            )?
        }

        impl $crate::db::ToParam for $name {
            fn to_param(&self) -> $crate::db::Param<'_> {
                $crate::db::Param::Text(self.name().into())
            }
        }

        impl $crate::db::FromColumn for $name {
            fn from_column(column: $crate::db::Column<'_>) -> Option<Self> {
                match column {
                    $crate::db::Column::Text(text) => Self::from_name(text),
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use crate::db::{Column, FromColumn, Param, ToParam};
    use crate::i18n::Lang;

    text_enum! {
        /// Two of the portal's roles.
        Example in "role." {
            /// The first.
            Owner = "owner",
            /// The second.
            Member = "member",
        }
    }

    #[test]
    fn a_variant_is_stored_as_its_text_and_read_back_from_it() {
        assert_eq!(Example::ALL, [Example::Owner, Example::Member]);
        for example in Example::ALL {
            let Param::Text(text) = example.to_param() else { panic!("a text") };
            assert_eq!(text, example.name());
            assert_eq!(Example::from_column(Column::Text(&text)), Some(example));
        }
        for other in [Column::Text("Owner"), Column::Text(""), Column::Int(0), Column::Null] {
            assert_eq!(Example::from_column(other), None);
        }
    }

    #[test]
    fn a_variant_has_a_name_in_both_languages() {
        assert_eq!(Example::Owner.label(Lang::En), "Owner");
        assert_ne!(Example::Owner.label(Lang::Nl), Example::Owner.label(Lang::En));
    }
}
