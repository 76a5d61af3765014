//! Who may register on a site: a setting of the operator's.

use super::Site;
use crate::config::Config;

/// Who may create an account on a site, and a portal or developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Only who was invited, by the operator or by an owner.
    Invite,
    /// Only who was invited by the operator.
    Closed,
}

impl Registration {
    /// The setting of a site.
    pub const fn of(config: &Config, site: Site) -> Self {
        match site {
            Site::Manage => config.manage_registration,
            Site::Developers => config.developers_registration,
        }
    }

    /// Whether everybody may create an account, and who has one a portal or developer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }

    /// Whether somebody without an account may accept an owner's invitation.
    pub const fn takes_invited(self) -> bool {
        matches!(self, Self::Open | Self::Invite)
    }
}
