//! Where each read model stands.

use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::question;
use serde::Serialize;
use tokio_postgres::types::ToSql;

use super::{Board, Projections, sql};
use crate::Error;

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
    /// Whether its rows hold contents that can be erased, so that it has no digest.
    pub holds_content: bool,
    /// Events that it does not hold yet, over all ledgers.
    pub lag: i64,
    /// How far it is in each ledger that has events.
    pub ledgers: Vec<LedgerStatus>,
    /// Events that it could not apply, the first hundred.
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

impl Projections {
    /// Every read model, by name.
    pub async fn status(&self) -> Result<Vec<Status>, Error> {
        let mut statuses = Vec::new();
        for board in &self.0.boards {
            statuses.push(self.status_of(board).await?);
        }
        Ok(statuses)
    }

    async fn status_of(&self, board: &Board) -> Result<Status, Error> {
        let live = match self.find_live(board).await {
            Ok(live) => Some(live.build),
            Err(Error::Building { .. }) => None,
            Err(error) => return Err(error),
        };
        let (name, build) = (board.registered.name, live.unwrap_or(0));
        let params: [&(dyn ToSql + Sync); 2] = [&name, &build];
        let mut ledgers = Vec::new();
        for row in question::ask(self.unscoped(), sql::READ_STATUS, &params).await? {
            ledgers.push(LedgerStatus {
                tenant: TenantId::new(row.try_get(0)?),
                position: Position(row.try_get(1)?),
                head: Position(row.try_get(2)?),
            });
        }
        let mut parked = Vec::new();
        for row in question::ask(self.unscoped(), sql::READ_PARKED, &params).await? {
            parked.push(ParkedEvent {
                tenant: TenantId::new(row.try_get(0)?),
                position: Position(row.try_get(1)?),
                state: row.try_get(2)?,
                attempts: row.try_get(3)?,
                reason: row.try_get(4)?,
            });
        }
        let lags = ledgers
            .iter()
            .map(|ledger| ledger.head.0 - ledger.position.0);
        Ok(Status {
            name,
            version: board.registered.version,
            build: live,
            holds_content: board.registered.holds_content,
            lag: lags.sum(),
            ledgers,
            parked,
        })
    }
}
