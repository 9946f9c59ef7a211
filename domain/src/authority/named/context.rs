//! From the pieces of a credential to an actor.

use std::collections::BTreeSet;

use crate::authority::{Actor, ActorKind, BypassReason};
use crate::kernel::{ActorId, TenantId};
use crate::permission::Permission;
use crate::user::PlatformRole;

/// What a credential says, before it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    /// As events name its holder.
    pub id: ActorId,
    /// What kind it is.
    pub kind: ActorKind,
    /// The organization that it is for.
    pub organization: Option<TenantId>,
    /// What its holder is on the instance.
    pub platform_role: PlatformRole,
    /// Words that it is narrowed to; absent for no narrowing.
    pub scopes: Option<&'a [String]>,
    /// Why the holder acts in an organization that is not theirs, if they say so.
    pub bypass: Option<BypassReason>,
}

/// `buildActorContext`: the actor of a session, a token or a secret. Only a person has a role on the instance, and
/// only one who administers it has a bypass. A credential that is narrowed to unknown words reaches nowhere.
pub fn build_actor_context(credential: Credential<'_>) -> Actor {
    let platform_role = match credential.kind {
        ActorKind::User(_) => credential.platform_role,
        ActorKind::Anonymous | ActorKind::ServiceAccount(_) | ActorKind::Bootstrap => {
            PlatformRole::User
        }
    };
    let words = credential
        .scopes
        .map(|words| words.iter().map(String::as_str));
    Actor {
        id: credential.id,
        kind: credential.kind,
        organization: credential.organization,
        platform_role,
        scopes: words.map(known),
        bypass: credential
            .bypass
            .filter(|_| platform_role == PlatformRole::Admin),
    }
}

/// `parseTokenScopes`: the permissions among the words of an OAuth `scope`, which is split at spaces. Others are no
/// permissions and are dropped.
pub fn parse_token_scopes(scope: &str) -> BTreeSet<Permission> {
    known(scope.split_whitespace())
}

fn known<'a>(words: impl Iterator<Item = &'a str>) -> BTreeSet<Permission> {
    words.filter_map(Permission::parse).collect()
}
