//! Events that cannot be applied: halted at, parked, or waiting behind a parked one.
//!
//! The checkpoint still advances without a hole, because the parked row holds the debt. A row keeps the
//! place only, never the body: what is tried again is read again, through the upcasters of that day.

use std::error::Error as _;

use cinatra_domain::kernel::{Position, TenantId};
use deadpool_postgres::Object;
use uuid::Uuid;

use super::batch::{Move, ParkedStreams, Target};
use super::{Projections, sql};
use crate::{Delivered, Error, WriteError};

/// Why an event was refused: what the code or the database said.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(pub(crate) String);

impl Refusal {
    pub(crate) fn of(error: &WriteError) -> Self {
        let source = error.source().map(ToString::to_string);
        Self(source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}")))
    }
}

/// An event that its ledger goes past.
#[derive(Debug)]
pub(crate) struct Parked {
    tenant: Uuid,
    position: i64,
    stream: [u8; 16],
    state: &'static str,
    reason: String,
}

impl Parked {
    pub(crate) fn because(event: &Delivered, refusal: Refusal) -> Self {
        Self {
            tenant: event.recorded.tenant.uuid(),
            position: event.recorded.position.0,
            stream: event.recorded.stream.key().0,
            state: "parked",
            reason: refusal.0,
        }
    }

    pub(crate) fn behind(event: &Delivered) -> Self {
        Self {
            state: "behind",
            ..Self::because(event, Refusal(String::new()))
        }
    }
}

/// An event that its ledger waits at.
#[derive(Clone, Debug)]
pub(crate) struct Halt {
    pub(crate) tenant: TenantId,
    pub(crate) position: Position,
    pub(crate) reason: String,
    stream: [u8; 16],
}

impl Halt {
    pub(crate) fn at(event: &Delivered, refusal: Refusal) -> Self {
        Self {
            tenant: event.recorded.tenant,
            position: event.recorded.position,
            reason: refusal.0,
            stream: event.recorded.stream.key().0,
        }
    }
}

/// Writes parked events in the transaction that goes past them.
pub(crate) async fn record(
    client: &Object,
    target: &Target,
    parked: &[Parked],
) -> Result<(), Error> {
    if parked.is_empty() {
        return Ok(());
    }
    let tenants: Vec<Uuid> = parked.iter().map(|each| each.tenant).collect();
    let positions: Vec<i64> = parked.iter().map(|each| each.position).collect();
    let streams: Vec<&[u8]> = parked.iter().map(|each| each.stream.as_slice()).collect();
    let states: Vec<&str> = parked.iter().map(|each| each.state).collect();
    let reasons: Vec<&str> = parked.iter().map(|each| each.reason.as_str()).collect();
    let statement = client.prepare_cached(sql::PARK_EVENTS).await?;
    client
        .execute(
            &statement,
            &[
                &target.registered.name,
                &target.build,
                &tenants,
                &positions,
                &streams,
                &states,
                &reasons,
            ],
        )
        .await?;
    Ok(())
}

/// A ledger that moved on is not halted any more.
pub(crate) async fn forget_halts(
    client: &Object,
    target: &Target,
    cured: &[&Move],
) -> Result<(), Error> {
    if cured.is_empty() {
        return Ok(());
    }
    let tenants: Vec<Uuid> = cured.iter().map(|each| each.tenant.uuid()).collect();
    let positions: Vec<i64> = cured.iter().map(|each| each.to.0).collect();
    let statement = client.prepare_cached(sql::DELETE_HALTS).await?;
    client
        .execute(
            &statement,
            &[&target.registered.name, &target.build, &tenants, &positions],
        )
        .await?;
    Ok(())
}

impl Projections {
    /// Takes note that a ledger waits, for `status` and for the operator.
    pub(crate) async fn record_halt(&self, target: &Target, halt: &Halt) -> Result<(), Error> {
        let name = target.registered.name;
        tracing::error!(
            projection = name,
            ledger = %halt.tenant,
            position = %halt.position,
            reason = %halt.reason,
            "a read model halts at an event that it cannot apply"
        );
        let client = self.0.writers.get().await?;
        let statement = client.prepare_cached(sql::RECORD_HALT).await?;
        client
            .execute(
                &statement,
                &[
                    &name,
                    &target.build,
                    &halt.tenant.uuid(),
                    &halt.position.0,
                    &halt.stream.as_slice(),
                    &halt.reason,
                ],
            )
            .await?;
        Ok(())
    }

    /// Streams of these ledgers whose events wait.
    pub(crate) async fn parked_streams(
        &self,
        target: &Target,
        tenants: &[Uuid],
    ) -> Result<ParkedStreams, Error> {
        let mut waiting = ParkedStreams::new();
        if tenants.is_empty() {
            return Ok(waiting);
        }
        let client = self.0.writers.get().await?;
        let statement = client.prepare_cached(sql::READ_PARKED_STREAMS).await?;
        let rows = client
            .query(
                &statement,
                &[&target.registered.name, &target.build, &tenants],
            )
            .await?;
        for row in rows {
            let stream: &[u8] = row.try_get(1)?;
            let stream = stream.try_into().map_err(|_| Error::Unreadable {
                table: "projection_parked",
                column: "stream",
            })?;
            let tenant = TenantId::new(row.try_get(0)?);
            waiting
                .entry(tenant)
                .or_default()
                .insert(cinatra_domain::kernel::StreamKey(stream));
        }
        Ok(waiting)
    }
}
