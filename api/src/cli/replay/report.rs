//! Reports for people.

use std::io;

use cinatra_domain::kernel::Position;
use cinatra_eventstore::Verdict;
use cinatra_projections::{Compared, LedgerStatus, ParkedEvent, Rebuilt};
use cinatra_replay::{
    DigestReport, LedgerReport, ProjectionReport, RebuildReport, StatusReport, TimelineReport,
    VerifyReport,
};
use serde_json::Value;

use crate::cli::Terminal;

/// Longest digest shown; `--json` has the whole.
const DIGEST_CHARS: usize = 16;

pub(super) fn status(report: &StatusReport, terminal: &mut Terminal) -> io::Result<()> {
    let headings = [
        "read model",
        "version",
        "build",
        "position",
        "lag",
        "parked",
        "rows",
        "digest",
    ];
    let rows: Vec<Vec<String>> = report.projections.iter().map(status_row).collect();
    terminal.table(&headings, &rows)?;
    for report in &report.projections {
        for parked in &report.status.parked {
            terminal.line(parked_line(report.status.name, parked))?;
        }
    }
    Ok(())
}

fn status_row(report: &ProjectionReport) -> Vec<String> {
    let status = &report.status;
    let digest = report.digest.as_ref();
    vec![
        status.name.to_owned(),
        status.version.to_string(),
        status
            .build
            .map_or_else(|| "building".to_owned(), |build| build.to_string()),
        reached(&status.ledgers),
        status.lag.to_string(),
        status.parked.len().to_string(),
        digest.map_or_else(String::new, |digest| digest.rows.to_string()),
        match digest {
            Some(digest) => short(&digest.digest),
            None if status.holds_content => "not digested".to_owned(),
            None => String::new(),
        },
    ]
}

/// One ledger by its position, several by their number.
fn reached(ledgers: &[LedgerStatus]) -> String {
    let mut begun = ledgers
        .iter()
        .filter(|ledger| ledger.head > Position::START);
    match (begun.next(), begun.count()) {
        (None, _) => "0".to_owned(),
        (Some(only), 0) => only.position.to_string(),
        (Some(_), others) => format!("{} ledgers", others + 1),
    }
}

fn parked_line(name: &str, parked: &ParkedEvent) -> String {
    let ParkedEvent {
        tenant,
        position,
        state,
        attempts,
        reason,
    } = parked;
    format!(
        "{name}: event {position} of ledger {tenant} is {state} after {attempts} tries: {reason}"
    )
}

pub(super) fn verify(report: &VerifyReport, terminal: &mut Terminal) -> io::Result<()> {
    for ledger in &report.ledgers {
        terminal.line(verdict(ledger))?;
    }
    let seconds = report.seconds;
    if report.intact {
        return terminal.line(format_args!("Every ledger is intact ({seconds:.2} s)."));
    }
    terminal.line(format_args!("NOT INTACT ({seconds:.2} s)."))
}

fn verdict(report: &LedgerReport) -> String {
    let tenant = report.tenant;
    match &report.verdict {
        Verdict::Intact { head, hash } => {
            format!(
                "ledger {tenant}: intact, {head} events, head {}",
                short(hash)
            )
        }
        Verdict::Tampered { position, finding } => {
            let finding = word(serde_json::to_value(finding).ok());
            format!("ledger {tenant}: TAMPERED, first bad position {position}: {finding}")
        }
    }
}

pub(super) fn timeline(report: &TimelineReport, terminal: &mut Terminal) -> io::Result<()> {
    let headings = [
        "position",
        "revision",
        "recorded at",
        "event",
        "actor",
        "particulars",
    ];
    let rows: Vec<Vec<String>> = report
        .entries
        .iter()
        .map(|entry| {
            vec![
                entry.position.to_string(),
                entry.revision.to_string(),
                entry.recorded_at.to_string(),
                entry.wire_name.clone(),
                entry.actor.to_string(),
                particulars(&Value::Object(entry.summary.clone())),
            ]
        })
        .collect();
    terminal.line(&report.package_name)?;
    terminal.table(&headings, &rows)
}

pub(super) fn digest(report: &DigestReport, terminal: &mut Terminal) -> io::Result<()> {
    let digest = &report.digest;
    terminal.line(format_args!(
        "{} build {}: {} over {} rows ({:.2} s)",
        digest.name, digest.build, digest.digest, digest.rows, report.seconds
    ))
}

pub(super) fn rebuild(report: &RebuildReport, terminal: &mut Terminal) -> io::Result<()> {
    let headings = [
        "read model",
        "build",
        "events",
        "seconds",
        "rows",
        "digest",
        "proof",
    ];
    let rows: Vec<Vec<String>> = report.rebuilt.iter().map(rebuilt_row).collect();
    terminal.table(&headings, &rows)
}

pub(super) fn roll_back(report: &Rebuilt, terminal: &mut Terminal) -> io::Result<()> {
    terminal.line(format_args!(
        "{} build {} serves again, after {} events it had missed ({:.2} s)",
        report.name, report.build, report.events, report.seconds
    ))
}

fn rebuilt_row(rebuilt: &Rebuilt) -> Vec<String> {
    let compared = rebuilt.compared.as_ref();
    let proof = match compared {
        None if rebuilt.before.is_some() => "not compared: contents can be erased".to_owned(),
        None => "nothing served before".to_owned(),
        Some(Compared {
            equal,
            at_flip,
            live,
            ..
        }) => format!(
            "{} build {} {}",
            if *equal { "equal to" } else { "DIFFERS FROM" },
            live.build,
            if *at_flip {
                "at the flip"
            } else {
                "shortly before the flip"
            },
        ),
    };
    vec![
        rebuilt.name.to_owned(),
        rebuilt.build.to_string(),
        rebuilt.events.to_string(),
        format!("{:.2}", rebuilt.seconds),
        compared.map_or_else(String::new, |compared| compared.rebuilt.rows.to_string()),
        compared.map_or_else(String::new, |compared| short(&compared.rebuilt.digest)),
        proof,
    ]
}

/// An object as `key=value` pairs; absent values are left out.
pub(in crate::cli) fn particulars(value: &Value) -> String {
    let Value::Object(fields) = value else {
        return word(Some(value.clone()));
    };
    let shown = fields.iter().filter(|(_, value)| !is_empty(value));
    let pairs: Vec<String> = shown
        .map(|(key, value)| format!("{key}={}", word(Some(value.clone()))))
        .collect();
    pairs.join(" ")
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn word(value: Option<Value>) -> String {
    match value {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn short(digest: &str) -> String {
    digest.chars().take(DIGEST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn particulars_leave_out_what_is_not_there() {
        let summary = json!({ "version": "1.0.0", "cause": null, "dependents": [], "uses": 0 });
        assert_eq!(particulars(&summary), "uses=0 version=1.0.0");
    }
}
