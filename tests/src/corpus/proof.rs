//! After the lives: rebuild beside the running server, compare digests, verify the chain, look for panics.

use super::tally::Tally;
use crate::console::say;
use crate::node::Node;

/// Each proof is a sub-command whose exit code says whether it holds.
const PROOFS: &[&[&str]] = &[
    &["replay", "rebuild", "--all"],
    &["replay", "verify"],
    &["replay", "status"],
];

/// Proves and stops the node.
pub(super) fn prove(node: Node, tally: &mut Tally) {
    for arguments in PROOFS {
        let name = arguments.join(" ");
        match node.start_again().run(arguments) {
            Ok(out) if out.status.success() => {
                let text = String::from_utf8_lossy(&out.stdout).into_owned();
                text.lines()
                    .filter(|line| !line.trim().is_empty())
                    .for_each(|line| say(format!("# {line}")));
            }
            Ok(out) => {
                let (said, complained) = (
                    String::from_utf8_lossy(&out.stdout),
                    String::from_utf8_lossy(&out.stderr),
                );
                tally.broken(format!(
                    "{name} ended with {}: {said} {complained}",
                    out.status
                ));
            }
            Err(error) => tally.broken(format!("{name}: {error}")),
        }
    }
    let log = node.log();
    for line in log.lines().filter(|line| line.contains("panicked at")) {
        tally.broken(format!("panic: {line}"));
    }
    if let Err(error) = node.stop() {
        tally.broken(format!("stop: {error}"));
    }
}
