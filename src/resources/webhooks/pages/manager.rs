//! Who may open these pages.

use crate::accounts::may;
use crate::manage::Member;
use crate::web::Allowed;

/// A member who may manage API keys.
pub(super) type Manager = Allowed<Member, may::ManageApiKeys>;
