//! What one call carries, and how the layers below hear and answer it.

use std::sync::Arc;

use cinatra_commands::{
    Authorities, Caller, Done, Error, Extensions, Grant, Instances, Invocation, Organizations,
    Permissions, Projects, Runs, Secrets, Sessions, Users,
};
use cinatra_domain::kernel::{CommandId, TenantId, UserId};
use cinatra_eventstore::EventStore;
use cinatra_projections::{Answer, Freshness, Projections, ViewerScope};

use super::{Place, Terms};
use crate::mint;
use crate::problem::Problem;
use crate::security::Principal;

/// What the handlers act on.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Commands about extensions, and the registry.
    pub extensions: Extensions,
    /// The trail of decisions that have no event of their own.
    pub authorities: Authorities,
    /// Commands about the instance.
    pub instances: Instances,
    /// Commands about organizations.
    pub organizations: Organizations,
    /// Commands about the access to resources.
    pub permissions: Permissions,
    /// Commands about projects.
    pub projects: Projects,
    /// Commands about runs.
    pub runs: Runs,
    /// Commands about secrets.
    pub secrets: Secrets,
    /// Commands about sessions and tokens.
    pub sessions: Sessions,
    /// Commands about persons.
    pub users: Users,
    /// Read models.
    pub projections: Projections,
    /// The ledgers.
    pub store: EventStore,
}

/// Who calls what, and on what terms.
#[derive(Clone, Debug)]
pub struct Call {
    /// From the credential only.
    pub principal: Arc<Principal>,
    /// By what right.
    pub grant: Grant,
    /// What travels beside the input.
    pub terms: Terms,
    /// What is called.
    pub primitive: &'static str,
    /// blake3 over the primitive and the canonical input (settled.md 6), keyed when the input is secret.
    pub request_hash: [u8; 32],
}

/// What a primitive answers.
#[derive(Clone, Debug)]
pub struct Reply<O> {
    /// Conforms to the output schema.
    pub output: O,
    /// Where the command stands, or what the answer is true at.
    pub at: Option<Place>,
    /// Whether a read shows less than was asked for; absent for commands.
    pub stale: Option<bool>,
    /// What becomes of the session; absent when it does not change.
    pub session: Option<SessionCookie>,
}

/// What becomes of a browser's session.
#[derive(Clone)]
pub enum SessionCookie {
    /// It is this one from now on.
    Opened(String),
    /// It goes on under the same credential, and may act elsewhere.
    Kept,
    /// There is none any more.
    Closed,
}

impl std::fmt::Debug for SessionCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionCookie(hidden)")
    }
}

impl<O> Reply<O> {
    /// An answer that stands nowhere in a ledger.
    pub(super) const fn bare(output: O) -> Self {
        Self {
            output,
            at: None,
            stale: None,
            session: None,
        }
    }
}

impl Call {
    /// The call as commands hear it. Without an idempotency key every call is a command of its own.
    pub(super) fn invocation(&self) -> Result<Invocation, Problem> {
        let actor = &self.principal.actor.id;
        let command_id = match &self.terms.idempotency_key {
            None => CommandId(mint::id()),
            Some(key) => CommandId::derive(actor, key)
                .map_err(|error| Problem::invalid_input("idempotency key", error.reason))?,
        };
        Ok(Invocation {
            caller: Caller {
                tenant: self.principal.tenant(),
                actor: actor.clone(),
            },
            grant: self.grant.clone(),
            primitive: self.primitive,
            command_id,
            may_repeat: self.terms.idempotency_key.is_some(),
            request_hash: self.request_hash,
            correlation_id: self.terms.correlation_id.unwrap_or_else(mint::id),
            causation_id: None,
        })
    }

    /// The person or assistant that calls.
    pub(super) fn user(&self) -> Result<UserId, Problem> {
        let user = self.principal.user();
        user.ok_or_else(|| Problem::of(&Error::SessionRequired))
    }

    /// For whom read models are read: without what is private to other instances, or closed to the caller.
    pub(super) async fn viewer(&self, backend: &Backend) -> Result<ViewerScope, Problem> {
        let tenant = self.principal.tenant();
        let authorities = &backend.authorities;
        let known = authorities.recent(tenant).await;
        let known = known.map_err(|error| problem(&error))?;
        let (actor, now_us) = (&self.principal.actor, authorities.now_us());
        let state = known.state();
        let skills = state.hidden_skills(actor, now_us).into_iter();
        let viewer = ViewerScope::new(tenant)
            .hiding(state.hidden_packages(actor, now_us))
            .hiding_skills(skills.map(|skill| skill.id.0).collect::<Vec<_>>());
        Ok(match &self.principal.namespace {
            Some(namespace) => viewer.with_namespace(namespace),
            None => viewer,
        })
    }

    /// How new the answer has to be. A place in another ledger looks like one that does not exist.
    pub(super) fn freshness(&self) -> Result<Freshness, Problem> {
        let min_pos = match self.terms.min_pos {
            Some(place) if place.ledger != self.principal.tenant() => {
                return Err(Problem::not_found("There is no such ledger."));
            }
            Some(place) => Some(place.position),
            None => None,
        };
        Ok(Freshness {
            min_pos,
            strict: self.terms.strict,
        })
    }

    /// A read model's answer as this caller gets it.
    pub(super) fn shown<T>(
        &self,
        answer: Result<Answer<T>, cinatra_projections::Error>,
    ) -> Result<Reply<T>, Problem> {
        let answer = answer.map_err(|error| Problem::of(&error))?;
        Ok(Reply {
            output: answer.rows,
            at: Some(Place::from((self.principal.tenant(), answer.at))),
            stale: Some(answer.stale),
            session: None,
        })
    }
}

/// A command's answer.
pub(super) fn done<T>(outcome: Result<Done<T>, Error>) -> Result<Reply<T>, Problem> {
    let done = outcome.map_err(|error| problem(&error))?;
    Ok(Reply {
        output: done.output,
        at: Some(Place::from(done.at)),
        stale: None,
        session: None,
    })
}

/// What a command could not do, in the words of the layer that knows.
pub(crate) fn problem(error: &Error) -> Problem {
    let problem = if let Error::Append { source } = error {
        Problem::of(source)
    } else if let Error::Read { source } = error {
        Problem::of(source)
    } else {
        Problem::of(error)
    };
    let at: Option<(TenantId, _)> = error.at();
    problem.recorded_at(at.map(Place::from))
}

#[cfg(test)]
mod tests {
    use cinatra_domain::authority::{Actor, ActorKind};
    use cinatra_domain::kernel::{ActorId, Position};
    use cinatra_domain::user::PlatformRole;
    use uuid::Uuid;

    use super::*;

    fn call(terms: Terms) -> Call {
        let actor = Actor {
            id: ActorId::service("test"),
            kind: ActorKind::Bootstrap,
            organization: Some(TenantId::new(Uuid::from_u128(1))),
            platform_role: PlatformRole::User,
            scopes: None,
            bypass: None,
        };
        let principal = Principal {
            actor: Arc::new(actor),
            held: None,
            namespace: None,
        };
        Call {
            principal: Arc::new(principal),
            grant: Grant::of_system("test"),
            terms,
            primitive: "extensions_list",
            request_hash: [0; 32],
        }
    }

    #[test]
    fn the_same_key_is_the_same_command_and_no_key_never_is() {
        let keyed = |key: &str| {
            let terms = Terms {
                idempotency_key: Some(key.to_owned()),
                ..Terms::default()
            };
            call(terms).invocation().unwrap().command_id
        };
        assert_eq!(keyed("a"), keyed("a"));
        assert_ne!(keyed("a"), keyed("b"));
        let bare = || call(Terms::default()).invocation().unwrap().command_id;
        assert_ne!(bare(), bare());
    }

    #[test]
    fn a_foreign_ledger_looks_like_none() {
        let at = |ledger| {
            let place = Place {
                ledger: TenantId::new(Uuid::from_u128(ledger)),
                position: Position(7),
            };
            call(Terms {
                min_pos: Some(place),
                ..Terms::default()
            })
        };
        assert_eq!(at(1).freshness().unwrap().min_pos, Some(Position(7)));
        let refused = at(2).freshness().unwrap_err();
        assert_eq!(refused.code(), "NOT_FOUND");
    }
}
