//! Signing in with a password: counted before it is verified, and alike for those who do not exist.

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::AttemptKey;

use super::{Held, Origin, Sessions, SignIn, SignedIn};
use crate::stop::Stop;
use crate::user::{holder_of, load};
use crate::{Error, ErrorBody, Invocation};

/// Tries of one account from one address within the window.
const TRIES_MAX: i64 = 10;
/// Tries of all accounts from one address within the window.
const PLACE_TRIES_MAX: i64 = 100;
/// The window, in seconds.
const WINDOW_SECONDS: u32 = 15 * 60;

impl Sessions {
    /// Signs somebody in, and ends the session that the call came with. The eleventh try within 15 minutes for an
    /// account from an address is refused before the password is looked at, and is on record; from elsewhere the
    /// owner gets in.
    pub async fn sign_in(
        &self,
        invocation: &Invocation,
        origin: &Origin,
        held: Option<&Held>,
        input: &SignIn,
    ) -> Result<SignedIn, Error> {
        let email = input.parse()?;
        let digest = self.fingerprints.email(email.as_str());
        let address = self.fingerprints.place(origin.address);
        let account = self.fingerprints.account_of(&digest);
        let key = AttemptKey { account, address };
        let anywhere = AttemptKey {
            account: [0; 32],
            address,
        };
        // Order: counted first, in one statement, so that tries at the same time are all counted.
        let tries = self
            .store
            .record_attempt(&key, i64::from(WINDOW_SECONDS))
            .await?;
        let all = self
            .store
            .record_attempt(&anywhere, i64::from(WINDOW_SECONDS));
        let place_tries = all.await?;
        let (holder, ..) = match holder_of(&self.store, &digest).await {
            Ok(found) => found,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Rejected(body)) => return Err(unexpected(&body)),
        };
        if tries > TRIES_MAX || place_tries > PLACE_TRIES_MAX {
            metrics::counter!("cinatra_sign_ins_locked_total").increment(1);
            let about = holder.map(|user_id| user_id.to_string());
            let system = invocation.in_ledger(TenantId::SYSTEM);
            self.authorities
                .denied(&system, "user", about, "TOO_MANY_ATTEMPTS")
                .await?;
            return Err(Error::TooMany {
                message: "too many tries to sign in; try again later",
                retry_after_seconds: WINDOW_SECONDS,
            });
        }
        let kept = match holder {
            Some(user_id) => self.store.password(user_id).await?,
            None => None,
        };
        let set_at = kept.as_ref().map(|kept| kept.set_at);
        let phc = kept.map(|kept| kept.phc);
        let is_right = self.passwords.verify(&input.password, phc).await?;
        let (Some(user_id), Some(set_at), true) = (holder, set_at, is_right) else {
            metrics::counter!("cinatra_sign_ins_failed_total").increment(1);
            return Err(Error::SignInFailed);
        };
        let person = load(&self.store, user_id, crate::draft::FRESH).await?;
        let Some(person) = person.state.person().filter(|person| !person.is_banned) else {
            return Err(Error::SignInFailed);
        };
        self.store.clear_attempts(&key).await?;
        // Who gets in is no failure of the address either: many may live behind one.
        self.store.take_attempt_back(&anywhere).await?;
        let organization = person.organizations.first().copied();
        let entered = self.open(user_id, organization, set_at, origin).await?;
        if let Some(held) = held {
            self.store
                .end_session(held.session_id, held.user_id)
                .await?;
        }
        Ok(entered)
    }
}

/// Reading who has an address refuses nothing.
fn unexpected(body: &ErrorBody) -> Error {
    tracing::error!(code = body.code, "looking an address up was refused");
    Error::SignInFailed
}
