//! How envelopes and decisions become audit rows.

use cinatra_domain::Fact;
use cinatra_domain::authority::{AuthorityEvent, Decided, Outcome};
use cinatra_eventstore::{Authority, Recorded};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::about::{About, about};
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer, storable};

const INSERT_DECISIONS: &str = include_str!("sql/insert_decisions.sql");

/// The two decisions, one vocabulary for all nouns. Source: spec/workspace.md 2.6.
const ALLOWED: &str = "allowed";
const DENIED: &str = "denied";
/// Rules under which whoever notes the primitive has judged. Source: spec/workspace.md 2.2.
const POLICY_VERSION: &str = "v2";
/// What granted the right, when an administrator of the instance went past an organization's own rules.
const BYPASS: &str = "bypass:";

/// Writer of the trail.
#[derive(Debug)]
pub struct AuditEvents;

/// Rows as columns.
#[derive(Debug, Default)]
pub struct Batch {
    tenants: Vec<Uuid>,
    positions: Vec<i64>,
    event_ids: Vec<Uuid>,
    actors: Vec<String>,
    actor_types: Vec<String>,
    auth_sources: Vec<String>,
    resource_types: Vec<String>,
    resource_ids: Vec<Option<String>>,
    operations: Vec<String>,
    decisions: Vec<&'static str>,
    policy_versions: Vec<Option<&'static str>>,
    request_ids: Vec<Uuid>,
    metadata: Vec<String>,
    created_at: Vec<Timestamp>,
}

/// What a row tells beside its columns.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    permission: &'a str,
    wire_name: &'a str,
    correlation_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    primitive: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bypass_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
}

impl Projection for AuditEvents {
    const NAME: &'static str = "audit_events";
    const VERSION: i32 = 5;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::Halt;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let recorded = &event.recorded;
        let authority: Authority = serde_json::from_str(&recorded.authority)
            .map_err(|source| Poison(format!("authority is unreadable: {source}")))?;
        let fact = event.fact()?;
        let decided = match fact {
            Some(Fact::Authority(AuthorityEvent::Decided(body))) => Some(body),
            Some(Fact::Run(event)) if event.is_progress() => return Ok(()),
            Some(
                Fact::Extension(_)
                | Fact::Instance(_)
                | Fact::Organization(_)
                | Fact::Permission(_)
                | Fact::Project(_)
                | Fact::Run(_)
                | Fact::Secret(_)
                | Fact::Template(_)
                | Fact::User(_),
            )
            | None => None,
        };
        batch.push(
            recorded,
            &authority,
            about(fact, recorded).as_ref(),
            decided,
        )
    }

    fn rows(batch: &Batch) -> usize {
        batch.positions.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        if batch.positions.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                INSERT_DECISIONS,
                batch.positions.len(),
                &[
                    &batch.tenants,
                    &batch.positions,
                    &batch.event_ids,
                    &batch.actors,
                    &batch.actor_types,
                    &batch.auth_sources,
                    &batch.resource_types,
                    &batch.resource_ids,
                    &batch.operations,
                    &batch.decisions,
                    &batch.policy_versions,
                    &batch.request_ids,
                    &batch.metadata,
                    &batch.created_at,
                ],
            )
            .await
    }
}

impl Batch {
    /// An event without a decision of its own says by its envelope that it was allowed.
    fn push(
        &mut self,
        recorded: &Recorded,
        authority: &Authority,
        about: Option<&About>,
        decided: Option<&Decided>,
    ) -> Result<(), Poison> {
        let (kind, id) = match about {
            Some((kind, id)) => (*kind, id.as_str()),
            None => (recorded.stream.category(), recorded.stream.id()),
        };
        let metadata = storable::json(&Metadata {
            permission: &authority.permission,
            wire_name: &recorded.wire_name,
            correlation_id: recorded.correlation_id,
            primitive: primitive_of(authority, decided),
            bypass_reason: authority.via.strip_prefix(BYPASS),
            outcome: decided.map(|decided| decided.outcome),
            code: decided.and_then(|decided| decided.code.as_deref()),
            count: decided.map(|decided| decided.count),
        })?;
        let (resource_type, resource_id, operation, decision) = match decided {
            Some(decided) => (
                decided.resource_type.as_str(),
                decided.resource_id.as_deref(),
                of_primitive(&decided.primitive, &decided.resource_type),
                decision(decided.outcome),
            ),
            None => (
                kind,
                Some(id),
                primitive_of(authority, None).map_or_else(
                    || of_permission(&authority.permission),
                    |primitive| of_primitive(primitive, kind),
                ),
                ALLOWED,
            ),
        };
        self.tenants.push(recorded.tenant.uuid());
        self.positions.push(recorded.position.0);
        self.event_ids.push(recorded.event_id.0);
        self.actors.push(recorded.actor.as_str().to_owned());
        self.actor_types.push(recorded.actor.kind().to_owned());
        self.auth_sources.push(storable::text(&authority.via));
        self.resource_types.push(storable::text(resource_type));
        self.resource_ids.push(resource_id.map(storable::text));
        self.operations.push(storable::text(operation));
        self.decisions.push(decision);
        self.policy_versions
            .push((!authority.primitive.is_empty()).then_some(POLICY_VERSION));
        self.request_ids.push(recorded.command_id.0);
        self.metadata.push(metadata);
        self.created_at.push(recorded.recorded_at);
        Ok(())
    }
}

/// A rejected or needless act was allowed; only a denied one was not.
const fn decision(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Read | Outcome::NoEffect | Outcome::Rejected => ALLOWED,
        Outcome::Denied => DENIED,
    }
}

/// What was called: an envelope from before it was noted says nothing about it, a decision always did.
fn primitive_of<'a>(authority: &'a Authority, decided: Option<&'a Decided>) -> Option<&'a str> {
    let noted = Some(authority.primitive.as_str()).filter(|primitive| !primitive.is_empty());
    decided.map_or(noted, |decided| Some(&decided.primitive))
}

/// `extensions.install` asks for `install`.
fn of_permission(permission: &str) -> &str {
    permission
        .rsplit_once('.')
        .map_or(permission, |(_, verb)| verb)
}

/// `extensions_force_delete` on an `extension` is a `force_delete`.
fn of_primitive<'a>(primitive: &'a str, resource_type: &str) -> &'a str {
    let rest = primitive.strip_prefix(resource_type).unwrap_or(primitive);
    let rest = rest.strip_prefix('s').unwrap_or(rest);
    rest.strip_prefix('_').unwrap_or(primitive)
}

#[cfg(test)]
mod tests {
    use super::{of_permission, of_primitive};

    #[test]
    fn an_operation_is_named_by_its_verb() {
        assert_eq!(of_permission("extensions.force_delete"), "force_delete");
        assert_eq!(of_permission("bootstrap"), "bootstrap");
        assert_eq!(of_permission("secrets.rotate_keys"), "rotate_keys");
        assert_eq!(of_primitive("secrets_delete", "secret"), "delete");
        assert_eq!(
            of_primitive("extensions_force_delete", "extension"),
            "force_delete"
        );
        assert_eq!(of_primitive("audit_events_list", "audit_event"), "list");
        assert_eq!(of_primitive("audit_events_list", "audit_events"), "list");
        assert_eq!(of_primitive("skills_sync", "extension"), "skills_sync");
        assert_eq!(of_primitive("projects_create", "project"), "create");
        assert_eq!(
            of_primitive("permissions_members_remove", "organization"),
            "permissions_members_remove"
        );
    }
}
