//! Holds what viewers saw and what was called against what stands in the logs of the runs.

use std::collections::HashMap;

use serde_json::Value;

use super::counter::Book;
use super::watch::Watched;
use super::{CALLS, RUNS};
use crate::{Database, Outcome};

const READ_FRAMES: &str = include_str!("sql/read_frames.sql");

/// One frame of a log.
#[derive(Debug)]
pub(super) struct Stored {
    id: String,
    at_us: i64,
    data: String,
}

impl Stored {
    fn value(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_default()
    }
}

/// The logs of all runs.
pub(super) type Logs = HashMap<String, Vec<Stored>>;

/// Reads them past the server.
pub(super) async fn logs(database: &Database) -> Outcome<Logs> {
    let client = database.superuser().await?;
    let mut logs = Logs::new();
    for row in client.query(READ_FRAMES, &[]).await? {
        let data: Vec<u8> = row.get(3);
        logs.entry(row.get(0)).or_default().push(Stored {
            id: row.get(1),
            at_us: row.get(2),
            data: String::from_utf8(data)?,
        });
    }
    Ok(logs)
}

/// Runs that do not go from one beginning to one good end.
pub(super) fn lives(logs: &Logs) -> Vec<String> {
    let mut findings = Vec::new();
    if logs.len() != RUNS {
        findings.push(format!("{} runs have a log, of {RUNS}", logs.len()));
    }
    for (run, log) in logs {
        let values: Vec<Value> = log.iter().map(Stored::value).collect();
        let count = |kind: &str| values.iter().filter(|value| value["type"] == kind).count();
        let ends = (count("RUN_STARTED"), count("RUN_FINISHED"));
        let called = (count("TOOL_CALL_START"), count("TOOL_CALL_END"));
        let last = values.last().map(|value| value["status"].clone());
        if ends != (1, 1) || called != (CALLS, CALLS) || last != Some("completed".into()) {
            findings.push(format!(
                "{run}: begun and ended {ends:?}, calls {called:?}, at last {last:?}"
            ));
        }
    }
    findings
}

/// Viewers whose frames are not those of the log, each once and in order.
pub(super) fn views(watched: &[Watched], logs: &Logs) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, watched) in watched.iter().enumerate() {
        let log = logs.get(&watched.run).map_or(&[][..], Vec::as_slice);
        let saw = watched.seen.iter();
        let saw = saw.map(|seen| (seen.id.as_deref().unwrap_or("none"), seen.data.as_str()));
        let stands = log
            .iter()
            .map(|frame| (frame.id.as_str(), frame.data.as_str()));
        if !saw.eq(stands) {
            let saw = watched
                .seen
                .iter()
                .map(|seen| seen.id.as_deref().unwrap_or("none"));
            findings.push(format!(
                "viewer {number} of {}: {} frames stand, it saw {:?}",
                watched.run,
                log.len(),
                saw.collect::<Vec<_>>()
            ));
        }
    }
    findings
}

/// Calls that should not have been made.
pub(super) fn calls(book: &Book, logs: &Logs, kills: usize) -> Vec<String> {
    let mut findings = Vec::new();
    let mut completed = HashMap::new();
    for (run, log) in logs {
        for frame in log
            .iter()
            .filter(|it| it.value()["type"] == "TOOL_CALL_END")
        {
            // The first segment and the first attempt have the same number.
            let call = frame.value()["toolCallId"].as_str().map(str::to_owned);
            let visit = call.as_deref().and_then(|call| call.strip_prefix("1."));
            completed.insert(format!("{run}:1:{}", visit.unwrap_or("none")), frame.at_us);
        }
    }
    if completed.len() != book.calls.len() {
        let (known, called) = (completed.len(), book.calls.len());
        findings.push(format!("{known} calls are recorded, of {called}"));
    }
    for (key, came) in &book.calls {
        if came.len() > 1 + kills {
            findings.push(format!(
                "{key} came {} times with {kills} kills",
                came.len()
            ));
        }
        match completed.get(key) {
            None => findings.push(format!("{key} has no recorded completion")),
            Some(completed) => {
                let late = came.iter().filter(|at| *at > completed).count();
                if late > 0 {
                    findings.push(format!("{key} came {late} times after its completion"));
                }
            }
        }
    }
    findings
}
