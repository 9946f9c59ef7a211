//! What the system ledger says about persons beside the one in question.

use std::collections::BTreeSet;

use cinatra_domain::authority::Denied;
use cinatra_domain::kernel::{Decider as _, Position, Tag, TenantId, UserId};
use cinatra_domain::user::{
    PlatformRole, User, UserEvent, UserState, administrator_tag, email_tag,
};
use cinatra_eventstore::{EventStore, Loaded, ReadError, Recorded};

use crate::Error;
use crate::draft::{self, FRESH};
use crate::stop::Stop;

/// Whose an event of a person is.
fn whose(recorded: &Recorded) -> Option<UserId> {
    recorded.stream.id().parse().ok()
}

fn decode(recorded: &Recorded) -> Result<Option<UserEvent>, Stop> {
    recorded.decode::<UserEvent>().map_err(|source| {
        Stop::from(ReadError::Decode {
            tenant: recorded.tenant,
            position: recorded.position,
            source,
        })
    })
}

/// Who has an address, and the position at which that is true. `digest` is the address's fingerprint.
pub(crate) async fn holder_of(
    store: &EventStore,
    digest: &str,
) -> Result<(Option<UserId>, Vec<Tag>, Position), Stop> {
    let tags = vec![email_tag(digest)?];
    let (events, at) = store.events_by_tag(TenantId::SYSTEM, &tags).await?;
    let mut holder = None;
    for recorded in &events {
        match decode(recorded)? {
            Some(UserEvent::Registered(registered)) => holder = Some(registered.user_id),
            Some(UserEvent::Erased(_)) => holder = None,
            Some(
                UserEvent::EmailVerified(_)
                | UserEvent::Renamed(_)
                | UserEvent::PasswordSet(_)
                | UserEvent::PlatformRoleChanged(_)
                | UserEvent::Banned(_)
                | UserEvent::Unbanned(_)
                | UserEvent::Joined(_)
                | UserEvent::Left(_)
                | UserEvent::TokenCreated(_)
                | UserEvent::TokenRevoked(_),
            )
            | None => {}
        }
    }
    Ok((holder, tags, at))
}

/// How many administrators the instance has who may sign in, and the position at which that is true.
pub(super) async fn administrators(store: &EventStore) -> Result<(u64, Vec<Tag>, Position), Stop> {
    let tags = vec![administrator_tag()?];
    let (events, at) = store.events_by_tag(TenantId::SYSTEM, &tags).await?;
    let (mut admins, mut banned) = (BTreeSet::new(), BTreeSet::new());
    for recorded in &events {
        let Some(user) = whose(recorded) else {
            continue;
        };
        match decode(recorded)? {
            Some(UserEvent::Registered(registered)) => {
                if registered.platform_role == PlatformRole::Admin {
                    admins.insert(user);
                }
            }
            Some(UserEvent::PlatformRoleChanged(changed)) => match changed.to {
                PlatformRole::Admin => {
                    admins.insert(user);
                }
                PlatformRole::User => {
                    admins.remove(&user);
                }
            },
            Some(UserEvent::Banned(_)) => {
                banned.insert(user);
            }
            Some(UserEvent::Unbanned(_)) => {
                banned.remove(&user);
            }
            Some(UserEvent::Erased(_)) => {
                admins.remove(&user);
            }
            Some(
                UserEvent::EmailVerified(_)
                | UserEvent::Renamed(_)
                | UserEvent::PasswordSet(_)
                | UserEvent::Joined(_)
                | UserEvent::Left(_)
                | UserEvent::TokenCreated(_)
                | UserEvent::TokenRevoked(_),
            )
            | None => {}
        }
    }
    let count = admins.difference(&banned).count();
    Ok((u64::try_from(count).unwrap_or(u64::MAX), tags, at))
}

/// A person's history.
pub(crate) async fn load(
    store: &EventStore,
    user: UserId,
    attempt: u32,
) -> Result<Loaded<UserState>, ReadError> {
    draft::load::<User>(store, TenantId::SYSTEM, &user.to_string(), attempt).await
}

/// The history of somebody who acts. Whoever was erased or banned is let in by nothing that is remembered of their
/// credential: they hear what the credential would answer by now.
pub(crate) async fn present(store: &EventStore, user: UserId) -> Result<Loaded<UserState>, Error> {
    let loaded = load(store, user, FRESH).await?;
    let may_act = match loaded.state.as_ref() {
        UserState::Registered(person) => !person.is_banned,
        UserState::Erased => false,
        // No credential is anybody's who never came; parts of Cinatra act before there is somebody.
        UserState::Absent => true,
    };
    if may_act {
        Ok(loaded)
    } else {
        let denied = Denied::Unauthenticated;
        Err(Error::Denied { denied })
    }
}

/// Second half of the person's stream, as every command names it.
pub(crate) fn stream(user: UserId) -> String {
    debug_assert_eq!(User::CATEGORY, "user");
    user.to_string()
}
