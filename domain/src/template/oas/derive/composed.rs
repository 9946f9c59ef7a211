//! Which agents a flow is made of.

use std::collections::BTreeMap;

use super::super::super::plan::FlowIndex;
use super::super::document::{Document, NodeType};
use crate::extension::PackageName;

/// Flow nodes that say of which agent their flow is; a name that no package can have says nothing.
pub(in super::super) fn composed(
    document: &Document,
) -> BTreeMap<FlowIndex, BTreeMap<String, String>> {
    let flows = document.flows.iter().enumerate().map(|(index, flow)| {
        let nodes = flow.nodes.iter();
        let nodes = nodes.filter(|node| matches!(node.kind, NodeType::Flow(_)));
        let named = nodes.filter_map(|node| {
            let package = PackageName::parse(node.text("packageName")?).ok()?;
            Some((node.id.clone(), package.into()))
        });
        (
            FlowIndex(index),
            named.collect::<BTreeMap<String, String>>(),
        )
    });
    flows.filter(|(_, named)| !named.is_empty()).collect()
}
