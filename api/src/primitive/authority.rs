//! What anybody may ask about privileged decisions. Reading the trail is itself on record.

use cinatra_projections::audit_events;

use super::call::{Backend, Call, problem};
use super::catalogue::{CatalogueError, Declaration, Effect, Primitive};
use super::{Access, input};
use crate::problem::Problem;

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        Declaration {
            name: "audit_events_list",
            title: "List privileged decisions",
            description: "Lists who did or was refused what in this organization, newest first: every \
                command with an effect, and every one that was denied, rejected or without effect. \
                Reading the trail is itself on record.",
            resource: AUDIT_EVENTS,
            access: Access::Admin,
            effect: Effect::Reads,
            open_world: false,
        }
        .handled_by(async |backend, call, input: input::AuditEvents| {
            put_on_record(&backend, &call, AUDIT_EVENTS, input.resource_id.clone()).await?;
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let filter = audit_events::Filter {
                resource_type: input.resource_type,
                resource_id: input.resource_id,
                operation: input.operation,
            };
            let viewer = call.viewer();
            let page =
                audit_events::list(&backend.projections, &viewer, &filter, &keyset, freshness);
            call.shown(page.await)
        })?,
    ])
}

/// How the trail calls itself.
const AUDIT_EVENTS: &str = "audit_events";

/// Nobody reads a trail without leaving a trace: if that cannot be written, nothing is shown.
pub(super) async fn put_on_record(
    backend: &Backend,
    call: &Call,
    resource_type: &'static str,
    resource_id: Option<String>,
) -> Result<(), Problem> {
    let invocation = call.invocation()?;
    let read = backend
        .authorities
        .read(&invocation, resource_type, resource_id)
        .await;
    read.map(|_| ()).map_err(|error| problem(&error))
}
