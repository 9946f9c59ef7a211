//! Where each read model stands.
use cinatra_domain::kernel::{Position, TenantId};
use serde::Serialize;

/// One read model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Which one.
    pub name: &'static str,
    /// The version that this binary reads.
    pub version: i32,
    /// The build that serves it; absent while there is none.
    pub build: Option<i32>,
    /// Events that it does not hold yet, over all ledgers.
    pub lag: i64,
    /// How far it is in each ledger that has events.
    pub ledgers: Vec<LedgerStatus>,
    /// Events that it could not apply.
    pub parked: Vec<ParkedEvent>,
}

/// How far a read model is in one ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerStatus {
    /// Which ledger.
    pub tenant: TenantId,
    /// Last position that the read model holds.
    pub position: Position,
    /// Last position of the ledger.
    pub head: Position,
}

/// An event that a read model could not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedEvent {
    /// Whose ledger.
    pub tenant: TenantId,
    /// Which event.
    pub position: Position,
    /// `halted`, `parked` or `behind`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it failed.
    pub reason: String,
}
