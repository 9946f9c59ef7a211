//! How events become runs and gates: per run and gate only the net effect of a batch is written.

use std::collections::HashSet;

use cinatra_domain::Fact;
use cinatra_domain::run::RunEvent;
use cinatra_eventstore::Recorded;

use super::gates::{GateKey, GateRow, Told};
use super::rows::{RunKey, RunRow};
use crate::net::{Rows, impossible};
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

const DELETE_GATES_OF_RUNS: &str = include_str!("sql/delete_gates_of_runs.sql");
const DELETE_RUNS: &str = include_str!("sql/delete_runs.sql");
const INSERT_GATES: &str = include_str!("sql/insert_gates.sql");
const INSERT_RUNS: &str = include_str!("sql/insert_runs.sql");
const UPDATE_GATES: &str = include_str!("sql/update_gates.sql");
const UPDATE_RUNS: &str = include_str!("sql/update_runs.sql");

/// Writer of the runs.
#[derive(Debug)]
pub struct RunList;

/// Net effect of a run of events. The gates of purged runs are removed before anything is written.
#[derive(Debug, Default)]
pub struct Batch {
    purged: HashSet<RunKey>,
    runs: Rows<RunKey, RunRow>,
    gates: Rows<GateKey, GateRow>,
}

impl Projection for RunList {
    const NAME: &'static str = "run_list";
    const VERSION: i32 = 2;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let Some(Fact::Run(fact)) = event.fact()? else {
            return Ok(());
        };
        batch.add(fact, &event.recorded)
    }

    fn rows(batch: &Batch) -> usize {
        batch.purged.len() + batch.runs.len() + batch.gates.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        let purged: Vec<_> = batch.purged.into_iter().collect();
        writer.execute_all(DELETE_GATES_OF_RUNS, &purged).await?;
        let runs = batch.runs.split();
        writer.execute_each(DELETE_RUNS, &runs.gone).await?;
        writer.execute_each(INSERT_RUNS, &runs.placed).await?;
        writer.execute_each(UPDATE_RUNS, &runs.changed).await?;
        let gates = batch.gates.split();
        writer.execute_each(INSERT_GATES, &gates.placed).await?;
        writer.execute_each(UPDATE_GATES, &gates.changed).await
    }
}

impl Batch {
    /// What may be refused comes first, so that a refused event leaves the batch as it was.
    fn add(&mut self, fact: &RunEvent, of: &Recorded) -> Result<(), Poison> {
        let key = RunKey::of_stream(of)?;
        if self.purged.contains(&key) {
            return Err(impossible(of));
        }
        let row = RunRow::of(fact, of);
        if matches!(fact, RunEvent::Created(_)) {
            return self.runs.place(of, key, row);
        }
        if matches!(fact, RunEvent::Purged(_)) {
            self.runs.remove(of, key)?;
            self.gates.forget(|gate| gate.run == key);
            self.purged.insert(key);
            return Ok(());
        }
        match Told::by(fact, of) {
            Told::Nothing => {}
            Told::New(id, gate) => self.gates.place(of, GateKey::of(key, id), *gate)?,
            Told::More(id, gate) => self.gates.change(of, GateKey::of(key, id), *gate)?,
        }
        self.runs.change(of, key, row)
    }
}
