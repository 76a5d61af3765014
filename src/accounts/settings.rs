//! The settings of sessions and accounts.

use clap::Args;
use jiff::SignedDuration;

use super::{Registration, SessionLimits, Site};
use crate::arguments::{YesNo, whole_number};

/// The settings of how long sessions last.
#[derive(Debug, Clone, Args)]
pub struct SessionSettings {
    /// Hours without use after which a session on the sites ends, unless the person chose to stay
    /// logged in
    #[arg(long, env = "KLANTPORTAAL_SESSION_IDLE_HOURS", value_name = "HOURS", default_value_t = 24,
          value_parser = whole_number::<1, 8760>, global = true)]
    pub session_idle_hours: u32,

    /// Days after the log-in after which every session on the sites ends; a browser can stay logged
    /// in this long
    #[arg(long, env = "KLANTPORTAAL_SESSION_DAYS", value_name = "DAYS", default_value_t = 14,
          value_parser = whole_number::<1, 365>, global = true)]
    pub session_days: u32,
}

/// The settings of who can register, and what people need to log in.
#[derive(Debug, Clone, Args)]
pub struct AccountSettings {
    /// Who can register on the manage portal and create portals: open (everybody), invite (people
    /// invited by an owner or with `portal invite`) or closed (only the operator creates accounts,
    /// with `portal invite` or `account create`)
    #[arg(
        long,
        env = "KLANTPORTAAL_MANAGE_REGISTRATION",
        value_name = "WHO",
        default_value = "open",
        global = true
    )]
    pub manage_registration: Registration,

    /// The same for the developer portal and developers; the command is `developer invite`
    #[arg(
        long,
        env = "KLANTPORTAAL_DEVELOPERS_REGISTRATION",
        value_name = "WHO",
        default_value = "open",
        global = true
    )]
    pub developers_registration: Registration,

    /// Whether everybody on the manage and developer portals must have a second factor, an
    /// authenticator app or a passkey; owners can require it of their own people in any case
    #[arg(
        long,
        env = "KLANTPORTAAL_REQUIRE_SECOND_FACTOR",
        value_name = "YES_OR_NO",
        default_value = "no",
        global = true
    )]
    pub require_second_factor: YesNo,
}

impl SessionSettings {
    /// How long sessions last.
    pub fn limits(&self) -> SessionLimits {
        SessionLimits {
            idle: SignedDuration::from_hours(self.session_idle_hours.into()),
            longest: SignedDuration::from_hours(i64::from(self.session_days) * 24),
        }
    }
}

impl AccountSettings {
    /// Whether a second factor is required on both sites.
    pub fn second_factor_is_required(&self) -> bool {
        self.require_second_factor == YesNo::Yes
    }
}

impl Registration {
    /// The setting for a site.
    pub const fn of(settings: &AccountSettings, site: Site) -> Self {
        match site {
            Site::Manage => settings.manage_registration,
            Site::Developers => settings.developers_registration,
        }
    }
}
