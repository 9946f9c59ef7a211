//! How often somebody tries a password: counted before it is looked at, and on record when it is too often.

use cinatra_domain::kernel::{TenantId, UserId};
use cinatra_eventstore::AttemptKey;

use super::Users;
use crate::session::Origin;
use crate::{Error, Grant, Invocation};

/// Tries of one account from one address within the window.
const TRIES_MAX: i64 = 10;
/// Tries of all accounts from one address within the window.
const PLACE_TRIES_MAX: i64 = 100;
/// The window, in seconds.
const WINDOW_SECONDS: u32 = 15 * 60;

/// A try that was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try {
    /// Of the account from the address.
    account: AttemptKey,
    /// Of whatever account from the address.
    anywhere: AttemptKey,
}

impl Users {
    /// Counts a try for an address, by its fingerprint, and refuses it when there were too many; `whose` it is
    /// stands in the record then.
    pub(crate) async fn count_try(
        &self,
        invocation: &Invocation,
        origin: &Origin,
        digest: &str,
        whose: Option<UserId>,
    ) -> Result<Try, Error> {
        let address = self.fingerprints.place(origin.address);
        let counted = Try {
            account: AttemptKey {
                account: self.fingerprints.account_of(digest),
                address,
            },
            anywhere: AttemptKey {
                account: [0; 32],
                address,
            },
        };
        let window = i64::from(WINDOW_SECONDS);
        // Order: counted first, in one statement each, so that tries at the same time are all counted.
        let tries = self.store.record_attempt(&counted.account, window).await?;
        let place_tries = self.store.record_attempt(&counted.anywhere, window).await?;
        if tries <= TRIES_MAX && place_tries <= PLACE_TRIES_MAX {
            return Ok(counted);
        }
        metrics::counter!("cinatra_sign_ins_locked_total").increment(1);
        let about = whose.map(|user_id| user_id.to_string());
        let mut system = invocation.in_ledger(TenantId::SYSTEM);
        system.grant = Grant::lacking(invocation.grant.permission());
        self.authorities
            .denied(&system, "user", about, "TOO_MANY_ATTEMPTS")
            .await?;
        Err(Error::TooMany {
            message: "too many tries with a password; try again later",
            retry_after_seconds: WINDOW_SECONDS,
        })
    }

    /// Whoever it was knew the password: nothing failed.
    pub(crate) async fn forgive(&self, counted: &Try) -> Result<(), Error> {
        self.store.clear_attempts(&counted.account).await?;
        // Not of the address either: many may live behind one.
        Ok(self.store.take_attempt_back(&counted.anywhere).await?)
    }
}
