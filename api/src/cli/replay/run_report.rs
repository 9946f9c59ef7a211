//! A run as it was, for people.

use std::fmt::Display;
use std::io;

use cinatra_replay::{Gate, RunReport, Standing};
use serde_json::Value;

use crate::cli::Terminal;

pub(super) fn show(report: &RunReport, terminal: &mut Terminal) -> io::Result<()> {
    terminal.line(format_args!("run {} of {}", report.run_id, report.ledger))?;
    match &report.run {
        Some(run) => standing(run, terminal)?,
        None => terminal.line(report.state)?,
    }
    let rows: Vec<Vec<String>> = report
        .events
        .iter()
        .map(|event| {
            vec![
                event.position.to_string(),
                event.recorded_at.to_string(),
                event.wire_name.clone(),
            ]
        })
        .collect();
    terminal.table(&["position", "recorded at", "event"], &rows)?;
    let rows: Vec<Vec<String>> = report
        .frames
        .iter()
        .map(|frame| vec![frame.id.clone(), kind(&frame.data).to_owned()])
        .collect();
    terminal.table(&["frame", "kind"], &rows)?;
    let (shown, all) = (report.frames.len(), report.frames_in_all);
    terminal.line(format_args!("{shown} of {all} frames"))
}

fn standing(run: &Standing, terminal: &mut Terminal) -> io::Result<()> {
    let mut say = |what: &str, said: &dyn Display| terminal.line(format_args!("{what}: {said}"));
    say(
        "agent",
        &format_args!("{} {}", run.package_name, run.version),
    )?;
    let (status, phase) = (run.status.as_str(), run.phase.as_str());
    say("status", &format_args!("{status} ({phase})"))?;
    let counts = (run.attempt, run.segment, run.checkpoints);
    let (attempt, segment, checkpoints) = counts;
    say(
        "attempt",
        &format_args!("{attempt}, segment {segment}, {checkpoints} checkpoints"),
    )?;
    for gate in run.closed_gates.iter().chain(&run.open_gate) {
        let Gate {
            gate_id, status, ..
        } = gate;
        say("gate", &format_args!("{gate_id} {status}"))?;
    }
    if let Some(code) = &run.error_code {
        say("error", code)?;
    }
    for (what, value) in [("inputs", &run.inputs), ("outputs", &run.outputs)] {
        if let Some(value) = value {
            say(what, value)?;
        }
    }
    Ok(())
}

/// AG-UI frames have a type, surfaces one key that says what they do.
fn kind(data: &Value) -> &str {
    let surface = || {
        let mut keys = data.as_object()?.keys();
        keys.find(|key| *key != "version").map(String::as_str)
    };
    data["type"].as_str().or_else(surface).unwrap_or("")
}
