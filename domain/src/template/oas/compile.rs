//! From the bytes of a document to what runs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::plan::{FlowIndex, NodeKind, Plan};
use super::derive::{self, ContextSlot, GatedStep, ObjectType, Step, TriggerMode};
use super::document::Document;
use super::finding::{Finding, Findings, Place, Severity};
use super::{build, check, infer, lint, read};
use crate::extension::{CONTEXT_SELECTION, Dependency, Manifest, PackageName, Release};

/// What the package of a document says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Package<'a> {
    /// Its scoped name.
    pub name: &'a str,
    /// Its exact version.
    pub version: &'a str,
    /// Its edges to others.
    pub dependencies: &'a [Dependency],
}

impl<'a> From<&'a Manifest> for Package<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        Self {
            name: manifest.name.as_str(),
            version: manifest.version.as_str(),
            dependencies: &manifest.dependencies,
        }
    }
}

impl<'a> From<&'a Release> for Package<'a> {
    fn from(release: &'a Release) -> Self {
        Self {
            name: &release.origin.package_name,
            version: &release.version,
            dependencies: &release.dependencies,
        }
    }
}

/// An agent's flow, and all that follows from it. Equal bytes of equal packages compile to equals.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// What a run walks.
    pub plan: Plan,
    /// Lower-case hex of [`Plan::digest`].
    pub digest: String,
    /// `orchestrator`, `leaf`, `node` or `flow`.
    pub agent_type: String,
    /// JSON Schema of what a run is given.
    pub input_schema: Value,
    /// JSON Schema of what a run answers.
    pub output_schema: Value,
    /// The approval policy.
    pub steps: Vec<Step>,
    /// What waits for a release when a trigger started the run.
    pub gated_steps: Vec<GatedStep>,
    /// What a trigger does for it.
    pub trigger_mode: TriggerMode,
    /// Surfaces on which people meet it.
    pub screens: Vec<String>,
    /// What may be chosen for a run.
    pub slots: Vec<ContextSlot>,
    /// Agents whose flows are within it: by flow, then by the Flow node that goes through theirs.
    pub composed: BTreeMap<FlowIndex, BTreeMap<String, String>>,
    /// Types of the objects that it brings forth.
    pub produced_types: Vec<ObjectType>,
    /// Packages of the artifacts that it brings forth.
    pub produced_packages: Vec<String>,
    /// Which model it prefers, as written.
    pub llm: Option<Value>,
    /// Names of the tools that its models get.
    pub toolboxes: Vec<String>,
    /// What should be known. With a blocker among them it runs, and nobody publishes it.
    pub findings: Vec<Finding>,
}

/// A document that nothing can run, with all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the flow has {} findings that keep it from running", blockers(.findings).count())]
pub struct Refused {
    /// Everything that was found, blockers or not.
    pub findings: Vec<Finding>,
}

impl Compiled {
    /// The agent as which a node acts that is named by the ids of the Flow nodes above it and its own; none for the
    /// agent itself. The one that fills context slots acts as whoever asks it.
    pub fn agent_at(&self, path: &[String]) -> Option<&str> {
        let mut flow = FlowIndex(0);
        let mut agent = None;
        for id in path {
            let composed = self.composed.get(&flow).and_then(|nodes| nodes.get(id));
            let composed = composed.filter(|name| *name != CONTEXT_SELECTION);
            agent = composed.map(String::as_str).or(agent);
            let node = self.plan.flows.get(flow.0)?.nodes.get(id)?;
            let NodeKind::Flow(below) = &node.kind else {
                break;
            };
            flow = *below;
        }
        agent
    }

    /// What keeps it from being published.
    pub fn blockers(&self) -> impl Iterator<Item = &Finding> {
        blockers(&self.findings)
    }
}

fn blockers(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Blocker)
}

/// Compiles the bytes of `cinatra/oas.json`.
pub fn compile(bytes: &[u8], package: &Package<'_>) -> Result<Compiled, Refused> {
    let mut faults = Findings::default();
    let mut remarks = Findings::default();
    let Some((mut document, text)) = read::document(bytes, &mut faults) else {
        let findings = faults.followed_by(remarks);
        return Err(Refused { findings });
    };
    infer::fill(&mut document, &mut faults);
    check::all(&document, &mut faults);
    lint::all(&document, &text, &mut remarks);
    let compiled = derived(&document, package, &mut faults, &mut remarks);
    let is_refused = faults.is_blocked();
    let findings = faults.followed_by(remarks);
    match compiled {
        Some(compiled) if !is_refused => Ok(Compiled {
            findings,
            ..compiled
        }),
        Some(_) | None => Err(Refused { findings }),
    }
}

/// Everything but the findings; `None` where there is no flow, or one that cannot run.
fn derived(
    document: &Document,
    package: &Package<'_>,
    faults: &mut Findings,
    remarks: &mut Findings,
) -> Option<Compiled> {
    let root = document.flows.first()?;
    let slots = derive::slots(root, package.dependencies, faults);
    // Of a document without a package it cannot be said whether the two agree.
    if !package.name.is_empty() {
        selection(package, !slots.is_empty(), faults, remarks);
        drift(root.block.get("packageVersion"), package, remarks);
    }
    if faults.is_blocked() {
        return None;
    }
    let plan = build::plan(document);
    let steps = derive::steps(root);
    Some(Compiled {
        digest: plan.digest(),
        plan,
        agent_type: root.block.get("type")?.as_str()?.to_owned(),
        input_schema: derive::input_schema(root),
        output_schema: derive::output_schema(root),
        gated_steps: derive::gated_steps(document, package.name, &steps),
        trigger_mode: derive::trigger_mode(root),
        screens: derive::screens(root, &steps),
        steps,
        slots,
        composed: derive::composed(document),
        produced_types: derive::produced_types(root),
        produced_packages: derive::produced_packages(root),
        llm: root.block.get("llm").cloned(),
        toolboxes: derive::toolboxes(root),
        findings: vec![],
    })
}

/// Whoever has slots declares the agent that fills them, nobody else does, and nobody else is called so.
fn selection(
    package: &Package<'_>,
    has_slots: bool,
    faults: &mut Findings,
    remarks: &mut Findings,
) {
    let place = Place::default();
    let reserved = CONTEXT_SELECTION;
    let name = PackageName::parse(package.name).ok();
    if name.is_some_and(|name| name.claims().is_some()) {
        let message = format!("only {reserved} is called so");
        faults.blocker("PACKAGE_NAME_RESERVED", &place, message);
    }
    let mut edges = package.dependencies.iter();
    let is_declared = edges.any(|edge| edge.package_name == reserved);
    if is_declared != has_slots && package.name != reserved {
        let message = format!("{reserved} is declared exactly by agents with contextSlots");
        let place = place.key("metadata").key("cinatra").key("contextSlots");
        remarks.warning("CONTEXT_SELECTION_DRIFT", &place, message);
    }
}

fn drift(stated: Option<&Value>, package: &Package<'_>, remarks: &mut Findings) {
    let stated = stated.and_then(Value::as_str);
    if let Some(version) = stated.filter(|version| *version != package.version) {
        let message = format!("is of {version}, the package of {}", package.version);
        let place = Place::default()
            .key("metadata")
            .key("cinatra")
            .key("packageVersion");
        remarks.warning("package_version_oas_pkg_drift", &place, message);
    }
}
