//! Who calls what, and where the answer stands.

use cinatra_domain::kernel::{ActorId, CommandId, Position, TenantId};
use cinatra_eventstore::Context;
use uuid::Uuid;

use crate::Grant;

/// Who calls, from the credential only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose ledger the command goes to.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: ActorId,
}

/// One call of a primitive.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Who calls.
    pub caller: Caller,
    /// By what right.
    pub grant: Grant,
    /// Name of the primitive, for example `extensions_install`.
    pub primitive: &'static str,
    /// Key under which a retry finds the first result.
    pub command_id: CommandId,
    /// Whether the caller chose the key, so that this may be a retry.
    pub may_repeat: bool,
    /// blake3 over the primitive and the canonical input.
    pub request_hash: [u8; 32],
    /// The whole conversation.
    pub correlation_id: Uuid,
    /// The event or command that led to this call.
    pub causation_id: Option<Uuid>,
}

impl Invocation {
    /// The same call as a command to another ledger: of a person, for example, which the system keeps.
    #[must_use]
    pub fn in_ledger(&self, tenant: TenantId) -> Self {
        let mut moved = self.clone();
        moved.caller.tenant = tenant;
        moved
    }

    /// A call of a part of Cinatra that acts on its own, in the system's ledger.
    pub fn of_system(primitive: &'static str, id: Uuid) -> Self {
        Self {
            caller: Caller {
                tenant: TenantId::SYSTEM,
                actor: ActorId::system("start"),
            },
            grant: Grant::of_system("start"),
            primitive,
            command_id: CommandId(id),
            may_repeat: false,
            request_hash: [0; 32],
            correlation_id: id,
            causation_id: None,
        }
    }

    /// A command of its own on behalf of the same call: one step of several, each with its own place in a ledger.
    /// Repeating the call takes the step again, so the step has to be idempotent.
    #[must_use]
    pub(crate) fn once(&self) -> Self {
        let mut step = self.clone();
        step.command_id = CommandId(crate::mint::id());
        step.may_repeat = false;
        step
    }

    /// What every event of this call carries in its envelope.
    pub(crate) fn context(&self) -> Context {
        Context {
            actor: self.caller.actor.clone(),
            authority: self.grant.authority(self.primitive),
            causation_id: self.causation_id,
            correlation_id: self.correlation_id,
        }
    }
}

/// What a command answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<T> {
    /// What the caller is told.
    pub output: T,
    /// Where its last event stands.
    pub at: (TenantId, Position),
    /// Whether this is the answer to an earlier call with the same command id.
    pub repeated: bool,
}

impl<T> Done<T> {
    /// The same answer in another shape.
    pub(crate) fn map<U>(self, shape: impl FnOnce(T) -> U) -> Done<U> {
        Done {
            output: shape(self.output),
            at: self.at,
            repeated: self.repeated,
        }
    }
}
