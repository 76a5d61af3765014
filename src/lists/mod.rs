//! Lists of a portal's rows. A resource declares once what its list can be filtered and sorted by
//! ([`List`]); the parameters of the API, their documentation, the statements and the controls of
//! pages all come of that declaration. See `docs/decisions/0046-lists.md`.

mod declared;
mod dependents;
mod direction;
mod filter;
mod hits;
mod in_order;
mod link;
mod parameters;
mod part;
mod position;
mod saved_view;
mod sort_key;
mod statements;

pub use declared::{List, Listed, Sort};
pub(crate) use dependents::dependents;
pub use dependents::{Dependents, Numbers};
pub use direction::Direction;
pub use filter::{Filter, FilterKind, FilterValue, Span};
pub use link::Link;
pub use part::{PER_PAGE, Part, Parts, Unknown};
pub use position::{Key, Position, Positioned};
pub use saved_view::{NewView, SavedView, Views};
pub(crate) use sort_key::sort_keys;
pub use sort_key::{SortKeys, sort_key};
pub use statements::{MAX_COUNTED, Statements};
