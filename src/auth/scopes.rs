//! Scopes: what a token can do. The names of the built-in scopes are the contract's; their
//! descriptions are in `locales/scope.yml` under `scope.<name>` and `scope.area.<area>`. The
//! operator's own scopes come after them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use super::own_scope::{self, OwnScope};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::i18n::Lang;

macro_rules! scopes {
    ($($area:ident { $($type:ident = $name:literal),+ })*) => {
        /// The built-in scopes, at their position in the contract.
        enum Place { $($($type,)+)* }

        #[allow(non_upper_case_globals, reason = "a scope is named like its type in `granted`")]
        impl Scope {
            $($(
                #[doc = concat!("`", $name, "`")]
                pub const $type: Self = Self(Place::$type as u8);
            )+)*

            /// All built-in scopes, in the order of the contract.
            pub const BUILT_IN: &[Self] = &[$($(Self::$type),+),*];
        }

        /// The name and the area of each built-in scope.
        const NAMES: &[(&str, &str)] = &[$($(($name, stringify!($area))),+),*];

        /// A type named after each built-in scope, for handlers' signatures:
        /// `Access<CustomersRead>`.
        pub mod granted {
            /// States that a route needs a valid token, whatever its scopes.
            pub struct AnyScope;

            impl super::RequiredScope for AnyScope {
                const SCOPE: Option<super::Scope> = None;
            }

            $($(
                #[doc = concat!("States that a route needs `", $name, "`.")]
                pub struct $type;

                impl super::RequiredScope for $type {
                    const SCOPE: Option<super::Scope> = Some(super::Scope::$type);
                }
            )+)*
        }
    };
}

scopes! {
    agreements { AgreementsRead = "agreements.read", AgreementsWrite = "agreements.write" }
    appointments { AppointmentsRead = "appointments.read", AppointmentsWrite = "appointments.write" }
    businessoperations { BusinessOperationsRead = "businessoperations.read" }
    customers { CustomersRead = "customers.read", CustomersWrite = "customers.write" }
    filerequest { FileRequestRead = "filerequest.read", FileRequestWrite = "filerequest.write" }
    files { FilesRead = "files.read", FilesWrite = "files.write" }
    fileshare { FileShareRead = "fileshare.read", FileShareWrite = "fileshare.write" }
    invoices { InvoicesRead = "invoices.read", InvoicesWrite = "invoices.write" }
    offers { OffersRead = "offers.read", OffersWrite = "offers.write" }
    paymentlinks { PaymentLinksRead = "paymentlinks.read", PaymentLinksWrite = "paymentlinks.write" }
    punchcards { PunchCardsRead = "punchcards.read", PunchCardsWrite = "punchcards.write" }
    subscription { SubscriptionRead = "subscription.read", SubscriptionWrite = "subscription.write" }
    tickets { TicketsRead = "tickets.read", TicketsWrite = "tickets.write" }
    webhooks { WebhooksRead = "webhooks.read", WebhooksWrite = "webhooks.write" }
}

/// A permission of a token: built in, or defined by the operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(u8);

/// A type that names a scope in a signature.
pub trait RequiredScope: Send + Sync + 'static {
    /// The scope; `None` if any valid token will do.
    const SCOPE: Option<Scope>;
}

/// An area of the portal, or of the operator's other services, that scopes are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area(&'static str);

impl Area {
    /// All areas: the built-in ones in the order of the contract, then the operator's own.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Scope::all().map(Scope::area).collect();
        all.dedup();
        all
    }

    /// Whether a built-in area has this name.
    pub(super) fn is_built_in(name: &str) -> bool {
        NAMES.iter().any(|(_, area)| *area == name)
    }

    /// The area's name in a language.
    pub fn label(self, lang: Lang) -> String {
        match self.scopes().next().and_then(Scope::own) {
            Some(own) => own.area_label(lang).to_owned(),
            None => lang.text(&format!("scope.area.{}", self.0)).into_owned(),
        }
    }

    /// The area's scopes.
    pub fn scopes(self) -> impl Iterator<Item = Scope> {
        Scope::all().filter(move |scope| scope.area() == self)
    }
}

/// An unknown scope name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope: {0}")]
pub struct UnknownScope(pub String);

impl Scope {
    /// All scopes: the built-in ones in the order of the contract, then the operator's own.
    pub fn all() -> impl Iterator<Item = Self> {
        let count = Self::BUILT_IN.len() + own_scope::configured().len();
        (0_u8..).map(Self).take(count)
    }

    /// The operator's definition; `None` for a built-in scope.
    fn own(self) -> Option<&'static OwnScope> {
        own_scope::configured().get(usize::from(self.0).checked_sub(NAMES.len())?)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match (NAMES.get(usize::from(self.0)), self.own()) {
            (Some((name, _)), _) => name,
            (None, Some(own)) => own.name(),
            (None, None) => unreachable!("a scope is built in or configured"),
        }
    }

    /// Its area.
    pub fn area(self) -> Area {
        match (NAMES.get(usize::from(self.0)), self.own()) {
            (Some((_, area)), _) => Area(area),
            (None, Some(own)) => Area(own.area()),
            (None, None) => unreachable!("a scope is built in or configured"),
        }
    }

    /// Whether it allows reading.
    pub fn is_read(self) -> bool {
        self.name().ends_with(".read")
    }

    /// Whether it allows writing.
    pub fn is_write(self) -> bool {
        self.name().ends_with(".write")
    }

    /// A description of what it allows, in a language.
    pub fn explanation(self, lang: Lang) -> String {
        match self.own() {
            Some(own) => own.explanation(lang).to_owned(),
            None => lang.text(&format!("scope.{}", self.name())).into_owned(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::all().find(|scope| scope.name() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// The scopes that the operations of this process ask.
static ASKED: OnceLock<ScopeSet> = OnceLock::new();

/// A set of scopes. On the wire and in the database: their names, separated by spaces (RFC 6749
/// section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScopeSet(u128);

const _: () =
    assert!(NAMES.len() + own_scope::MOST <= u128::BITS as usize, "a set has a bit for each scope");

impl ScopeSet {
    const fn bit(scope: Scope) -> u128 {
        1 << scope.0
    }

    /// All scopes.
    pub fn all() -> Self {
        Scope::all().collect()
    }

    /// Declares which scopes the operations of this process ask, before it serves any.
    pub fn declare_asked(self) {
        // Every router of the process has the same operations.
        let _ = ASKED.set(self);
    }

    /// The scopes that some operation asks, and the operator's own, for other services. The others
    /// are in the contract, but their resources don't exist yet.
    pub fn in_use() -> Self {
        ASKED.get().copied().unwrap_or_default().union(Self::own())
    }

    /// The operator's own scopes.
    pub fn own() -> Self {
        Scope::all().skip(Scope::BUILT_IN.len()).collect()
    }

    /// Whether the set contains the scope.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    /// Whether `other` contains all of these.
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The scopes that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The scopes that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The scopes that are in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes, in the order of [`Scope::all`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::all().filter(move |scope| self.contains(*scope))
    }

    /// The names, in the order of [`Scope::all`].
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Scope::name).collect()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | Self::bit(scope)))
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

impl FromStr for ScopeSet {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split(' ').filter(|name| !name.is_empty()).map(str::parse).collect()
    }
}

impl ToParam for ScopeSet {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Owned(self.to_string()))
    }
}

/// A name that is no longer a scope, because the operator removed it from the settings, grants
/// nothing.
impl FromColumn for ScopeSet {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => {
                Some(text.split(' ').filter_map(|name| name.parse::<Scope>().ok()).collect())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_from_and_written_to_names_with_spaces() {
        let set: ScopeSet = "customers.write  agreements.read customers.write".parse().unwrap();
        assert_eq!(set.to_string(), "agreements.read customers.write");
        assert!(set.contains(Scope::CustomersWrite) && !set.contains(Scope::CustomersRead));
        assert_eq!(
            "customers.read nonsense".parse::<ScopeSet>(),
            Err(UnknownScope("nonsense".into()))
        );
        assert!(
            "Customers.read".parse::<ScopeSet>().is_err(),
            "names are case-sensitive (RFC 6749 section 3.3)"
        );
    }

    #[test]
    fn sets_compare_as_sets() {
        let read: ScopeSet = "customers.read".parse().unwrap();
        let both: ScopeSet = "customers.read customers.write".parse().unwrap();
        assert!(read.is_subset_of(both) && !both.is_subset_of(read));
        assert_eq!(both.without(read).to_string(), "customers.write");
        assert_eq!(read.union(both), both);
        assert_eq!(both.intersection(read), read);
    }

    #[test]
    fn a_name_in_the_database_that_is_no_scope_any_more_gives_no_right() {
        let set =
            ScopeSet::from_column(Column::Text("planning.read customers.read  planning.write"))
                .unwrap();
        assert_eq!(set.to_string(), "customers.read");
        assert_eq!(ScopeSet::from_column(Column::Text("planning.read")), Some(ScopeSet::default()));
    }

    #[test]
    fn the_scopes_are_exactly_the_contracts() {
        let contract = include_str!("../../contract/openapi.yaml");
        let listed: Vec<&str> = contract
            .lines()
            .skip_while(|line| *line != "x-scopes:")
            .skip(1)
            .map_while(|line| line.strip_prefix("- "))
            .collect();
        let ours: Vec<&str> = Scope::BUILT_IN.iter().map(|scope| scope.name()).collect();
        assert_eq!(ours, listed);
    }

    #[test]
    fn every_scope_and_area_is_explained_in_both_languages() {
        for lang in Lang::ALL {
            for scope in Scope::BUILT_IN {
                assert!(!scope.explanation(lang).starts_with("scope."), "{scope} in {lang:?}");
            }
            for area in Area::all() {
                assert!(!area.label(lang).starts_with("scope."), "{area:?} in {lang:?}");
            }
        }
    }
}
