//! People and what they belong to: accounts, sessions, mailed links, portals and developers.

mod account;
mod account_deletion;
mod account_event;
mod address_notation;
mod answered_form;
mod authority;
mod clean_up;
mod deletion;
mod developer;
mod email_change;
pub mod factors;
mod first_steps;
mod form_draft;
mod guesses;
mod invitation;
mod known_browser;
mod mail_limits;
mod mail_link;
mod operator;
mod organisation;
mod portal;
mod portal_settings;
mod registration;
mod role;
mod sandbox;
mod session;
mod settings;
mod standing;
mod team;
mod unknown_log_ins;

pub use account::{Account, AccountFault, NewAccount};
pub use account_deletion::{SoleOwned, hold_organisations_of};
pub use account_event::{record_about, record_for};
pub use address_notation::unify_addresses;
pub use answered_form::claim_form;
pub use authority::Authority;
pub use clean_up::clean_up;
pub use deletion::{DeletedOrganisation, GRACE};
pub use developer::{
    Developer, OwnDeveloper, create_developer, developer_managers, developer_of, find_developer,
};
pub use email_change::{Confirmed, FormerEmail, PendingEmail};
pub use first_steps::{are_first_steps_hidden, hide_first_steps};
pub use form_draft::FormDraft;
pub use guesses::{Guess, Guesser, Guesses, PasskeyAsker, TypedEmail};
pub use invitation::{Invitation, Invited, NewInvitation, ReceivedInvitation};
pub use known_browser::KnownBrowser;
pub use mail_limits::{MailKind, MailLimits};
pub use mail_link::{
    LinkPurpose, is_link_of_visitor, link_for_visitor, mail_link, open_link, peek_link,
};
pub use operator::{ListedAccount, ListedDeveloper, OperatorInvitation};
pub use organisation::Organisation;
pub use portal::{
    OwnPortal, Portal, Recipient, add_portal, create_portal, find_portal, key_managers,
    list_portals, owners_of, portals_of,
};
pub use portal_settings::{
    BusinessCreate, BusinessDetails, BusinessPatch, PortalLanguage, PortalLogo, PortalSettings,
};
pub use registration::Registration;
pub use role::{Permission, RequiredPermission, Role, may};
pub use sandbox::{MOST_SANDBOXES, Sandbox};
pub use session::{KnownSession, NewSession, Proof, Session, SessionLimits, Site};
pub use settings::{AccountSettings, SessionSettings};
pub use standing::Standing;
pub use team::{HeldTeam, TeamMember};
pub use unknown_log_ins::UnknownLogIns;
