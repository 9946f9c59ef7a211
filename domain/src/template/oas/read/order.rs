//! Puts flows behind those that they go through, and finds the ones that go through themselves.

use super::super::super::plan::FlowIndex;
use super::super::document::{Document, NodeType};
use super::super::finding::Findings;

/// How far a flow has been looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Unseen,
    Open,
    Done,
}

/// Without recursion, because a document may nest its flows deeper than a thread's stack.
pub(super) fn sort(document: &mut Document, findings: &mut Findings) {
    let mut marks = vec![Mark::Unseen; document.flows.len()];
    let mut stack: Vec<(usize, usize)> = Vec::new();
    if let Some(root) = marks.first_mut() {
        *root = Mark::Open;
        stack.push((0, 0));
    }
    while let Some((flow, node)) = stack.last_mut() {
        let at = (*flow, *node);
        *node += 1;
        let Some(read) = document.flows.get_mut(at.0) else {
            break;
        };
        let Some(node) = read.nodes.get_mut(at.1) else {
            document.order.push(FlowIndex(at.0));
            if let Some(mark) = marks.get_mut(at.0) {
                *mark = Mark::Done;
            }
            stack.pop();
            continue;
        };
        let NodeType::Flow(Some(below)) = node.kind else {
            continue;
        };
        match marks.get(below.0) {
            Some(Mark::Unseen) => {
                marks[below.0] = Mark::Open;
                stack.push((below.0, 0));
            }
            Some(Mark::Open) => {
                node.kind = NodeType::Flow(None);
                let message = format!("\"{}\" goes through a flow that it is part of", node.id);
                findings.blocker("FLOW_RECURSIVE", &node.place, message);
            }
            Some(Mark::Done) | None => {}
        }
    }
}
