//! Where a flow begins and ends, and the edges between.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{ControlEdge, Document, FlowDocument, NodeDocument, NodeType};
use super::super::finding::Findings;
use super::super::infer::branches;

pub(super) fn check(
    flow: &FlowDocument,
    document: &Document,
    is_root: bool,
    findings: &mut Findings,
) {
    start(flow, findings);
    ends(flow, is_root, findings);
    let nodes = flow.by_id();
    let mut wired: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let possible: BTreeMap<&str, BTreeSet<String>> = flow
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), branches(node, document)))
        .collect();
    for edge in &flow.control {
        for (key, id) in [("from_node", &edge.from), ("to_node", &edge.to)] {
            if !nodes.contains_key(id.as_str()) {
                let message = format!("\"{id}\" is not among the nodes of the flow");
                findings.blocker("EDGE_NODE_UNKNOWN", &edge.place.key(key), message);
            }
        }
        let Some(from) = nodes.get(edge.from.as_str()) else {
            continue;
        };
        outgoing(edge, from, possible.get(edge.from.as_str()), findings);
        let branches = wired.entry(&edge.from).or_default();
        if let Some(other) = branches.insert(&edge.branch, &edge.to) {
            twice(edge, from, other, findings);
        }
    }
    let reachable: BTreeSet<&str> = flow
        .reachable()
        .iter()
        .map(|node| node.id.as_str())
        .collect();
    for node in &flow.nodes {
        let (wired, possible) = (wired.get(node.id.as_str()), possible.get(node.id.as_str()));
        let is_reachable = reachable.contains(node.id.as_str());
        leaving(node, wired, possible, is_reachable, findings);
        reaching(node, is_reachable, findings);
        declared_branches(node, possible, findings);
    }
}

fn start(flow: &FlowDocument, findings: &mut Findings) {
    let starts: Vec<&NodeDocument> = flow.starts().collect();
    let [start] = starts.as_slice() else {
        let message = format!(
            "the flow has {} nodes of type StartNode, not one",
            starts.len()
        );
        findings.blocker("START_NODE_COUNT", &flow.place.key("nodes"), message);
        return;
    };
    if flow
        .start
        .as_ref()
        .is_some_and(|stated| *stated != start.id)
    {
        let message = format!("start_node is not \"{}\", its only StartNode", start.id);
        findings.blocker("START_NODE_OTHER", &flow.place.key("start_node"), message);
    }
    let leaving = flow.control.iter().filter(|edge| edge.from == start.id);
    let leaving = leaving.count();
    if leaving != 1 {
        let message = format!("{leaving} edges leave the StartNode, not one");
        findings.blocker("START_NODE_EDGES", &start.place, message);
    }
    for edge in flow.control.iter().filter(|edge| edge.to == start.id) {
        let place = edge.place.clone().of_node(&start.id);
        findings.blocker(
            "START_NODE_ENTERED",
            &place,
            "an edge leads to the StartNode",
        );
    }
}

fn ends(flow: &FlowDocument, is_root: bool, findings: &mut Findings) {
    let place = flow.place.key("nodes");
    let count = flow.ends().count();
    if count == 0 {
        findings.blocker("END_NODE_MISSING", &place, "the flow has no EndNode");
    }
    if is_root && count > 1 {
        let message = format!("the flow at the root has {count} nodes of type EndNode, not one");
        findings.blocker("END_NODE_COUNT", &place, message);
    }
    let entered: BTreeSet<&str> = flow.control.iter().map(|edge| edge.to.as_str()).collect();
    for end in flow.ends().filter(|end| !entered.contains(end.id.as_str())) {
        findings.blocker(
            "END_NODE_NOT_ENTERED",
            &end.place,
            "no edge leads to the EndNode",
        );
    }
}

fn outgoing(
    edge: &ControlEdge,
    from: &NodeDocument,
    possible: Option<&BTreeSet<String>>,
    findings: &mut Findings,
) {
    let place = edge.place.clone().of_node(&from.id);
    if matches!(from.kind, NodeType::End { .. }) {
        findings.blocker("END_NODE_LEFT", &place, "an edge leaves an EndNode");
        return;
    }
    let is_known = matches!(from.kind, NodeType::Unsupported | NodeType::Flow(None))
        || possible.is_some_and(|possible| possible.contains(&edge.branch));
    if !is_known {
        let message = format!("\"{}\" has no branch {}", from.id, edge.branch);
        findings.warning("BRANCH_UNKNOWN", &place.key("from_branch"), message);
    }
}

/// Saying the same twice is harmless; which of two nodes follows could not be told.
fn twice(edge: &ControlEdge, from: &NodeDocument, other: &str, findings: &mut Findings) {
    let place = edge.place.clone().of_node(&from.id);
    if matches!(from.kind, NodeType::Start) {
        return;
    }
    if edge.to == other {
        let message = format!("branch {} of \"{}\" is wired twice", edge.branch, from.id);
        findings.warning("BRANCH_WIRED_TWICE", &place, message);
    } else {
        let message = format!(
            "branch {} of \"{}\" leads to two nodes",
            edge.branch, from.id
        );
        findings.blocker("BRANCH_WIRED_TWICE", &place, message);
    }
}

/// A branch that leads nowhere is where a run would stay for ever.
fn leaving(
    node: &NodeDocument,
    wired: Option<&BTreeMap<&str, &str>>,
    possible: Option<&BTreeSet<String>>,
    is_reachable: bool,
    findings: &mut Findings,
) {
    if matches!(
        node.kind,
        NodeType::Start | NodeType::Unsupported | NodeType::Flow(None)
    ) {
        return;
    }
    let all = possible.into_iter().flatten();
    let count = all.clone().count();
    for branch in all.filter(|branch| !wired.is_some_and(|w| w.contains_key(branch.as_str()))) {
        let message = format!("branch {branch} of \"{}\" leads nowhere", node.id);
        if count > 1 {
            findings.blocker("BRANCH_UNWIRED", &node.place, message);
        } else if is_reachable {
            findings.warning("BRANCH_UNWIRED", &node.place, message);
        }
    }
}

fn reaching(node: &NodeDocument, is_reachable: bool, findings: &mut Findings) {
    match (&node.kind, is_reachable) {
        (NodeType::TriggerWait, true) => {
            let message = "nodes of type TriggerWaitNode are not supported where a run comes by";
            findings.blocker("NODE_TYPE_NOT_SUPPORTED", &node.place, message);
        }
        (NodeType::TriggerWait, false) | (_, true) => {}
        (_, false) => {
            let message = format!("no run comes by \"{}\"", node.id);
            findings.warning("NODE_UNREACHABLE", &node.place, message);
        }
    }
}

fn declared_branches(
    node: &NodeDocument,
    possible: Option<&BTreeSet<String>>,
    findings: &mut Findings,
) {
    let (Some(declared), Some(possible)) = (&node.branches, possible) else {
        return;
    };
    let is_unknown = matches!(node.kind, NodeType::Unsupported | NodeType::Flow(None));
    let named: BTreeSet<String> = declared.iter().cloned().collect();
    if !is_unknown && (named != *possible || named.len() != declared.len()) {
        let possible: Vec<&str> = possible.iter().map(String::as_str).collect();
        let message = format!(
            "the branches of \"{}\" are {}",
            node.id,
            possible.join(", ")
        );
        findings.blocker("BRANCHES_DIFFER", &node.place.key("branches"), message);
    }
}
