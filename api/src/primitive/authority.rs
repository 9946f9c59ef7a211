//! What anybody may ask about privileged decisions. Reading the trail is itself on record.

use cinatra_domain::authority::Rule;
use cinatra_domain::extension::PackageName;
use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Permission;
use cinatra_projections::{Freshness, ViewerScope, audit_events};
use uuid::Uuid;

use super::Place;
use super::call::{Backend, Call, Reply, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;
use crate::problem::Problem;

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        Declaration::query("audit_events_list", AUDIT_EVENTS, AUDIT)
            .told(
                "List privileged decisions",
                "Lists who did or was refused what in this organization, newest first: every command \
                with an effect, and every one that was denied, rejected or without effect. Reading the \
                trail is itself on record.",
            )
        .handled_by(async |backend, call, input: input::AuditEvents| {
            let about = input.resource_id.as_deref();
            let (keyset, freshness) = (input.keyset(AUDIT_EVENTS), call.freshness()?);
            let filter = input.filter().map_err(|error| problem(&error))?;
            put_on_record(&backend, &call, AUDIT_EVENTS, about).await?;
            let viewer = call.viewer(&backend).await?;
            let page =
                audit_events::list(&backend.projections, &viewer, &filter, &keyset, freshness);
            call.shown(page.await)
        })?,
        instance_trail()?,
    ])
}

/// What concerns no organization is in the system's own ledger, and whoever administers the instance reads it.
fn instance_trail() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Platform(Permission::AuditRead);
    Declaration::query("instance_audit_events_list", AUDIT_EVENTS, rule)
        .told(
            "List decisions about the instance",
            "Lists who did or was refused what on the instance itself, newest first: persons who registered, \
            were appointed, banned or erased, accounts that were locked, organizations that were created. \
            Reading the trail is itself on record there.",
        )
        .handled_by(async |backend, call, input: input::AuditEvents| {
            let keyset = input.keyset("instance_audit_events");
            let filter = input.filter().map_err(|error| problem(&error))?;
            let system = call.invocation()?.in_ledger(TenantId::SYSTEM);
            let about = input.resource_id.as_deref().and_then(identifier);
            let read = backend.authorities.read(&system, AUDIT_EVENTS, about);
            read.await.map_err(|error| problem(&error))?;
            let viewer = ViewerScope::new(TenantId::SYSTEM);
            let freshness = Freshness::default();
            let page =
                audit_events::list(&backend.projections, &viewer, &filter, &keyset, freshness);
            let page = page.await.map_err(|error| Problem::of(&error))?;
            let mut reply = Reply::bare(page.rows);
            reply.at = Some(Place::from((TenantId::SYSTEM, page.at)));
            reply.stale = Some(page.stale);
            Ok(reply)
        })
}

/// What a ledger may keep for ever of a text that a reader typed: a package's name or an id, nothing else.
pub(super) fn identifier(text: &str) -> Option<String> {
    let is_one = PackageName::parse(text).is_ok() || Uuid::parse_str(text).is_ok();
    is_one.then(|| text.to_owned())
}

/// Whoever may read the trail.
pub(super) const AUDIT: Rule = Rule::Organization(Permission::AuditRead);

/// How the trail calls itself.
const AUDIT_EVENTS: &str = "audit_events";

/// Nobody reads a trail without leaving a trace: if that cannot be written, nothing is shown.
pub(super) async fn put_on_record(
    backend: &Backend,
    call: &Call,
    resource_type: &'static str,
    resource_id: Option<&str>,
) -> Result<(), Problem> {
    let invocation = call.invocation()?;
    let read = backend
        .authorities
        .read(&invocation, resource_type, resource_id.and_then(identifier))
        .await;
    read.map(|_| ()).map_err(|error| problem(&error))
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn a_ledger_keeps_no_text_that_a_reader_made_up() {
        for kept in ["@acme/mail-agent", "01a20170-61d3-7004-9d22-46000e86bb16"] {
            assert_eq!(identifier(kept).as_deref(), Some(kept));
        }
        for typed in ["bob@example.test", "Bob Smith", "", "@acme/", "' or 1=1"] {
            assert_eq!(identifier(typed), None, "{typed}");
        }
    }
}
