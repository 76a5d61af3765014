//! Who can register on a site: a setting of the operator.

/// Who can create an account on a site, and a portal or developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Only people invited by the operator or an owner.
    Invite,
    /// Only people invited by the operator, or with an account that the operator created.
    Closed,
}

impl Registration {
    /// Whether everybody can create an account, and a portal or developer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }

    /// Whether only the operator creates accounts.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }

    /// Whether a person without an account can accept an owner's invitation.
    pub const fn takes_invited(self) -> bool {
        matches!(self, Self::Open | Self::Invite)
    }
}
