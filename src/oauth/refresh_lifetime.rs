//! How long refresh tokens live.

use jiff::{SignedDuration, Timestamp};

use crate::clients::App;
use crate::config::Config;

/// A refresh token that was last used before this time has expired.
pub(super) fn idle_since(config: &Config, now: Timestamp) -> Timestamp {
    match config.refresh_token_idle_days {
        0 => Timestamp::UNIX_EPOCH,
        days => now - days_of(days),
    }
}

/// The days after the consent on which the refresh tokens of an app with that setting expire.
const DAYS_OF_APP: u32 = 365;

/// The maximum lifetime of an app's new refresh tokens: the operator's setting or the app's,
/// whichever is shorter.
pub(super) fn longest(config: &Config, app: &App) -> Option<SignedDuration> {
    let of_operator = (config.refresh_token_days > 0).then_some(config.refresh_token_days);
    let of_app = app.end_refresh_tokens.then_some(DAYS_OF_APP);
    of_operator.into_iter().chain(of_app).min().map(days_of)
}

fn days_of(days: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(days) * 24)
}
