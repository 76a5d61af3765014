//! Limits the number of access tokens issued, because each is stored until it expires: an app needs
//! one per hour, process and connection.

use jiff::SignedDuration;

use super::{Throttle, TooMany};
use crate::clock::Clock;
use crate::ids::{AppId, GrantId};

const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// Tokens per window for one grant.
const UNDER_GRANT: u32 = 120;
/// Tokens per window for one app: fifty a second.
const OF_APP: u32 = 3_000;
/// The minimum number of grants and apps to remember.
const REMEMBERED: usize = 10_000;

/// The access tokens of the last minute.
#[derive(Debug)]
pub struct Minting {
    under_grant: Throttle<GrantId>,
    of_app: Throttle<AppId>,
}

impl Minting {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            under_grant: Throttle::new(clock, UNDER_GRANT, WINDOW, REMEMBERED),
            of_app: Throttle::new(clock, OF_APP, WINDOW, REMEMBERED),
        }
    }

    /// Counts a token that is about to be issued.
    ///
    /// # Errors
    /// [`TooMany`]; it isn't counted then.
    pub fn count(&self, app: &AppId, grant: &GrantId) -> Result<(), TooMany> {
        self.under_grant.attempt(grant.clone()).map_err(|seconds| {
            too_many(seconds, "too many access tokens for one grant; use each until it expires, and wait as long as Retry-After says")
        })?;
        self.of_app.attempt(app.clone()).map_err(|seconds| {
            // A token refused for the app doesn't count for the grant.
            self.under_grant.forgive(grant);
            too_many(
                seconds,
                "too many access tokens for this app at a time; wait as long as Retry-After says",
            )
        })
    }
}

const fn too_many(retry_after: u32, description: &'static str) -> TooMany {
    TooMany { retry_after, description }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn grants_and_apps_have_a_limit_each() {
        let clock = Clock::stopped(Timestamp::UNIX_EPOCH);
        let (minting, apps) = (Minting::new(&clock), [AppId::random(), AppId::random()]);
        let grants: Vec<GrantId> = (0..=OF_APP / UNDER_GRANT).map(|_| GrantId::random()).collect();
        let (last, full) = grants.split_last().unwrap();
        for grant in full {
            for _ in 0..UNDER_GRANT {
                minting.count(&apps[0], grant).unwrap();
            }
        }
        for _ in 0..2 * UNDER_GRANT {
            let refused = minting.count(&apps[0], last).unwrap_err();
            assert_eq!(refused.retry_after, 1);
        }
        minting.count(&apps[1], last).expect("the connection was not counted");
        clock.advance(SignedDuration::from_secs(1));
        minting.count(&apps[0], last).unwrap();
        assert!(minting.count(&apps[1], &full[0]).is_ok(), "half a second frees one");
        assert!(minting.count(&apps[1], &full[0]).is_ok());
        assert!(minting.count(&apps[1], &full[0]).is_err());
    }
}
