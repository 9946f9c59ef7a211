//! Who calls what, and where the answer stands.

use cinatra_domain::kernel::{ActorId, CommandId, Position, TenantId};
use cinatra_eventstore::{Authority, Context};
use uuid::Uuid;

/// Who calls, from the credential only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose ledger the command goes to.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: ActorId,
    /// What granted the right, for example `platform_admin`.
    pub via: String,
}

/// One call of a primitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Who calls.
    pub caller: Caller,
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
    /// The permission that the primitive requires: `extensions_force_delete` asks for
    /// `extensions.force_delete`.
    pub fn permission(&self) -> String {
        self.primitive.replacen('_', ".", 1)
    }

    /// What every event of this call carries in its envelope.
    pub(crate) fn context(&self) -> Context {
        Context {
            actor: self.caller.actor.clone(),
            authority: Authority {
                permission: self.permission(),
                via: self.caller.via.clone(),
                judged_at: Vec::new(),
                primitive: self.primitive.to_owned(),
            },
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
