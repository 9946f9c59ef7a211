//! Another password in the place of the present one.

use cinatra_domain::kernel::{SessionId, UserId};
use cinatra_domain::user::UserCommand;
use cinatra_eventstore::{IdentityRow, SideRow};

use super::{SetPassword, UserChanged, Users, load, put};
use crate::credential::Password;
use crate::draft::{Deciding, Draft};
use crate::session::Origin;
use crate::{Done, Error, Invocation};

impl Users {
    /// Lets the caller sign in with another password, and ends every other session of theirs. Guessing the present
    /// one is counted like guessing it to sign in.
    pub async fn set_password(
        &self,
        invocation: &Invocation,
        (user_id, session): (UserId, Option<SessionId>),
        origin: &Origin,
        input: &SetPassword,
    ) -> Result<Done<UserChanged>, Error> {
        input.new_password.check_new("newPassword")?;
        let phc = self.passwords.hash(&input.new_password).await?;
        let rows: [SideRow; 2] = [
            IdentityRow::PutPassword { user_id, phc }.into(),
            IdentityRow::EndSessions {
                user_id,
                except: session,
            }
            .into(),
        ];
        let (this, rows, present) = (self, &rows, &input.current_password);
        let task = Deciding(move |number| async move {
            // Order: after a retry was answered, because the first call replaced the present one; and once only.
            if number == 0 {
                this.check_present(invocation, origin, user_id, present)
                    .await?;
            }
            let mut draft = Draft::default();
            let answer = async {
                let person = load(&this.store, user_id, number).await?;
                put(&mut draft, user_id, &person, UserCommand::SetPassword, rows)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, Some(user_id), task).await
    }

    /// Whether it is the password that somebody has now.
    async fn check_present(
        &self,
        invocation: &Invocation,
        origin: &Origin,
        user_id: UserId,
        password: &Password,
    ) -> Result<(), Error> {
        let digest = self.digest_of(user_id).await?.ok_or(Error::Absent)?;
        let tried = self.count_try(invocation, origin, &digest, Some(user_id));
        let tried = tried.await?;
        let kept = self.store.password(user_id).await?.map(|kept| kept.phc);
        if !self.passwords.verify(password, kept).await? {
            return Err(Error::SignInFailed);
        }
        self.forgive(&tried).await
    }
}
