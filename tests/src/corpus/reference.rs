//! The reference implementation (`pyagentspec`, `wayflowcore`) asked about the same flows: does it take them, and do
//! their runs call, say and answer the same?

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use cinatra_domain::template::oas::{Package, compile};
use serde::Deserialize;
use serde_json::{Value, json};

use super::agent::Agent;
use super::walk::{Answers, Script, Walked, walk};
use crate::console::say;
use crate::places::{self, Scratch};
use crate::{Outcome, fault};

/// How long the reference may take for all of it.
const PATIENCE: Duration = Duration::from_mins(3);

/// Fields that Cinatra adds to what a call to a model sends; the reference knows nothing of them.
const ADDED: [&str; 2] = ["cinatra_llm", "toolbox_ids"];

/// A flow and runs of it, as this process walked them.
struct Case {
    name: String,
    document: String,
    /// Whether others wrote it: then the reference may be unable to run it.
    is_foreign: bool,
    /// Absent when it is refused here.
    walks: Option<Vec<Walked>>,
}

/// What the reference says of a flow.
#[derive(Debug, Deserialize)]
struct Verdict {
    refused: Option<String>,
    /// In which form it was run: `as written`, or `without inputs`.
    gates: String,
    runs: Vec<Judged>,
}

#[derive(Debug, Deserialize)]
struct Judged {
    calls: Vec<Value>,
    said: Vec<String>,
    asked: usize,
    outputs: Option<Value>,
    failed: Option<String>,
}

/// A flow of our own with what it is told.
#[derive(Deserialize)]
struct Own {
    document: Value,
    runs: Vec<Script>,
}

/// What came of the comparison.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Flows that both have run with equal results.
    pub(super) equal: usize,
    /// Flows that the reference cannot run, or all of them when it is not at hand.
    pub(super) left_out: usize,
    pub(super) broken: Vec<String>,
}

/// Compares all flows. Agents that are refused here have to be refused there.
pub(super) async fn compare(agents: &[Agent]) -> Outcome<Compared> {
    let mut cases: Vec<Case> = agents.iter().map(of_agent).collect();
    let samples = samples()?;
    cases.extend(samples.iter().map(|agent| Case {
        is_foreign: false,
        ..of_agent(agent)
    }));
    cases.extend(own()?);
    let python = match places::tool("wayflow") {
        Ok(python) => python,
        Err(reason) => {
            let (count, reason) = (cases.len(), reason.to_string());
            say(format!(
                "not compared: {count} flows, the reference is not at hand: {}",
                reason.trim()
            ));
            return Ok(Compared {
                left_out: count,
                ..Compared::default()
            });
        }
    };
    let mut compared = Compared::default();
    let verdicts = judge(&python, &cases).await?;
    for (case, verdict) in cases.iter().zip(&verdicts) {
        say(line(case, verdict));
        match (&case.walks, &verdict.refused, verdict.runs.len()) {
            (Some(_), Some(why), 0) if case.is_foreign => {
                compared.left_out += 1;
                say(format!(
                    "not compared: {}, refused by the reference: {why}",
                    case.name
                ));
            }
            _ => match contradiction(case, verdict) {
                Some(why) => compared.broken.push(format!("{}: {why}", case.name)),
                None => compared.equal += 1,
            },
        }
    }
    Ok(compared)
}

fn of_agent(agent: &Agent) -> Case {
    let walks = agent.compiled.as_ref().ok().map(|compiled| {
        let walks = [false, true].map(|detours| walk(&compiled.plan, agent.made_up(detours)));
        walks.into()
    });
    Case {
        name: agent.name.clone(),
        document: agent.document.clone(),
        is_foreign: true,
        walks,
    }
}

/// The agents that come with Cinatra, each version of them.
fn samples() -> Outcome<Vec<Agent>> {
    let mut samples = Vec::new();
    let folders = ["api/samples", "commands/builtin"].map(|folder| places::project().join(folder));
    let [sold, built_in] = folders.map(std::fs::read_dir);
    for package in sold?.chain(built_in?) {
        let Ok(versions) = std::fs::read_dir(package?.path()) else {
            continue;
        };
        for version in versions {
            samples.extend(Agent::read(&version?.path())?);
        }
    }
    if samples.is_empty() {
        return Err(fault("no sample is an agent"));
    }
    samples.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(samples)
}

/// Flows of our own, which show more of the language than agents use.
fn own() -> Outcome<Vec<Case>> {
    let folder = places::project().join("tests/src/corpus/flows");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let own: Own = serde_json::from_slice(&std::fs::read(&path)?)?;
        let document = own.document.to_string();
        let package = Package {
            name: "@acme/flow-agent",
            version: "1.0.0",
            dependencies: &[],
        };
        let compiled = compile(document.as_bytes(), &package)
            .map_err(|refused| fault(format!("{}: {:?}", path.display(), refused.findings)))?;
        let walked = own.runs.into_iter();
        let walked = walked.map(|script| walk(&compiled.plan, Answers::Script(script)));
        cases.push(Case {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into(),
            document,
            is_foreign: false,
            walks: Some(walked.collect()),
        });
    }
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    if cases.is_empty() {
        return Err(fault("there are no flows of our own"));
    }
    Ok(cases)
}

/// Asks the reference, one line a flow.
async fn judge(python: &std::path::Path, cases: &[Case]) -> Outcome<Vec<Verdict>> {
    let scratch = Scratch::new("reference")?;
    let questions = scratch.path().join("questions.jsonl");
    let lines = cases.iter().map(|case| {
        let runs = case.walks.iter().flatten().map(|walked| &walked.script);
        let runs = runs.map(|script| json!({ "inputs": script.inputs, "replies": script.replies, "answers": script.answers }));
        json!({ "document": case.document, "runs": runs.collect::<Vec<_>>() }).to_string() + "\n"
    });
    std::fs::write(&questions, lines.collect::<String>())?;
    let judging = tokio::process::Command::new(python)
        .arg(places::project().join("scripts/wayflow/judge.py"))
        .stdin(std::fs::File::open(&questions)?)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let out = tokio::time::timeout(PATIENCE, judging)
        .await
        .map_err(|_| fault(format!("the reference took longer than {PATIENCE:?}")))??;
    let text = String::from_utf8(out.stdout)?;
    let verdicts: Result<Vec<Verdict>, _> = text.lines().map(serde_json::from_str).collect();
    let verdicts = verdicts?;
    if !out.status.success() || verdicts.len() != cases.len() {
        let complained = String::from_utf8_lossy(&out.stderr);
        let count = verdicts.len();
        return Err(fault(format!(
            "the reference said {count} lines: {complained}"
        )));
    }
    Ok(verdicts)
}

/// Where both differ, if they do.
fn contradiction(case: &Case, verdict: &Verdict) -> Option<String> {
    let Some(walks) = &case.walks else {
        let agrees = verdict.refused.is_some();
        return (!agrees).then(|| "is refused here, and the reference takes it".to_owned());
    };
    if walks.len() != verdict.runs.len() {
        return Some(format!(
            "the reference cannot run it: {:?}",
            verdict.refused
        ));
    }
    let mut runs = walks.iter().zip(&verdict.runs).enumerate();
    runs.find_map(|(index, (ours, theirs))| {
        difference(ours, theirs).map(|why| format!("run {}: {why}", index + 1))
    })
}

fn difference(ours: &Walked, theirs: &Judged) -> Option<String> {
    let differ = |what: &str, ours: &Value, theirs: &Value| {
        (ours != theirs).then(|| format!("{what} are {ours} here and {theirs} there"))
    };
    let calls = ours.calls.iter().zip(&theirs.calls);
    let calls: Vec<Value> = calls
        .map(|(ours, theirs)| without_added(ours, theirs))
        .collect();
    let (asked, failed) = (ours.script.answers.len(), ours.end.is_err());
    if failed != theirs.failed.is_some() {
        let (ours, theirs) = (&ours.end, (&theirs.outputs, &theirs.failed));
        return Some(format!("it ends as {ours:?} here and as {theirs:?} there"));
    }
    if asked != theirs.asked || ours.calls.len() != theirs.calls.len() {
        let (calls, theirs_calls) = (ours.calls.len(), theirs.calls.len());
        let theirs = theirs.asked;
        return Some(format!(
            "{calls} calls and {asked} questions here, {theirs_calls} and {theirs} there"
        ));
    }
    differ("calls", &json!(calls), &json!(theirs.calls))
        .or_else(|| differ("messages", &json!(ours.said), &json!(theirs.said)))
        .or_else(|| match (&ours.end, &theirs.outputs) {
            (Ok(ours), Some(theirs)) => differ("outputs", ours, theirs),
            (Ok(_) | Err(_), _) => None,
        })
}

/// Our call, but for what Cinatra has added to it.
fn without_added(ours: &Value, theirs: &Value) -> Value {
    let mut ours = ours.clone();
    if let Some(body) = ours["body"].as_object_mut() {
        for name in ADDED {
            if theirs["body"].get(name).is_none() {
                body.remove(name);
            }
        }
    }
    ours
}

fn line(case: &Case, verdict: &Verdict) -> String {
    let refused = match (&verdict.refused, verdict.gates.as_str()) {
        (None, _) => String::new(),
        (Some(_), "without inputs") => "  (without inputs of gates, which it refuses)".to_owned(),
        (Some(why), _) => format!("  (refused: {why})"),
    };
    let ends: BTreeSet<&str> = verdict.runs.iter().map(Judged::end).collect();
    let ends = ends.into_iter().collect::<Vec<_>>().join(" and ");
    let calls: usize = verdict.runs.iter().map(|run| run.calls.len()).sum();
    let runs = verdict.runs.len();
    format!(
        "reference  {}  {runs} runs, {calls} calls, {ends}{refused}",
        case.name
    )
}

impl Judged {
    fn end(&self) -> &'static str {
        if self.failed.is_some() {
            "failed"
        } else {
            "ended"
        }
    }
}
