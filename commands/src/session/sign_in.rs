//! Signing in with a password: counted before it is verified, and alike for those who do not exist.

use super::{Held, Origin, Sessions, SignIn, SignedIn};
use crate::stop::Stop;
use crate::user::{holder_of, load};
use crate::{Error, ErrorBody, Invocation};

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
        let (holder, ..) = match holder_of(&self.store, &digest).await {
            Ok(found) => found,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Rejected(body)) => return Err(unexpected(&body)),
        };
        let tried = self.users.count_try(invocation, origin, &digest, holder);
        let tried = tried.await?;
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
        self.users.forgive(&tried).await?;
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
