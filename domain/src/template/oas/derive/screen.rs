//! The surfaces on which people meet an agent.

use super::super::document::FlowDocument;
use super::{Step, texts};

/// What the document lists, and after it what its steps show beside.
pub(in super::super) fn screens(root: &FlowDocument, steps: &[Step]) -> Vec<String> {
    let listed = texts(&root.block, "hitlScreens");
    // The form before a run is of every agent and shown by whoever starts one.
    let own = steps.iter().filter(|step| step.step_number > 0);
    let shown = own.filter_map(|step| step.x_renderer.clone());
    let mut screens: Vec<String> = Vec::new();
    for screen in listed.into_iter().chain(shown) {
        if !screens.contains(&screen) {
            screens.push(screen);
        }
    }
    screens
}
