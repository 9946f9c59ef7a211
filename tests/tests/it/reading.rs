//! Who may read the rows, and for whom: what the second wall stands behind (ADR-0008).

use cinatra_tests::tree::{self, File};
use regex::Regex;

use crate::tidy::complain;

/// Each way to the rows, and the only places that may take it (ADR-0008).
const WAYS: &[(&str, &[&str])] = &[
    (
        ".query_scoped(",
        &["eventstore/src/", "projections/src/read/"],
    ),
    (".readers()", &["eventstore/src/scoped.rs"]),
    (
        ".unscoped()",
        &[
            "eventstore/",
            "projections/src/runner/",
            "api/src/server/open",
        ],
    ),
];

#[test]
fn whatever_reads_for_a_caller_takes_the_viewers_scope() {
    let reading = Regex::new(r"(?s)\bfn (\w+)(<[^>]*>)?\(([^)]*)\)").unwrap();
    let is_ours = |file: &&File| file.path.contains("/src/") && file.top() != "tests";
    let (mut findings, mut readings) = (Vec::new(), 0);
    for file in tree::rust_files().iter().filter(is_ours) {
        for (way, places) in WAYS {
            let is_allowed = places.iter().any(|place| file.path.starts_with(place));
            if file.text.contains(way) && !is_allowed {
                findings.push(format!("{} takes {way}", file.path));
            }
        }
        if !file.path.starts_with("projections/src/") || file.path.contains("/runner/") {
            continue;
        }
        let asks = |taken: &str| file.path.ends_with("/ask.rs") && taken.contains("&self");
        for found in reading.captures_iter(&file.text) {
            let (name, taken) = (&found[1], &found[3]);
            if taken.contains("viewer: &ViewerScope") {
                readings += 1;
            } else if taken.contains("&Projections") || asks(taken) {
                findings.push(format!("{}: {name} takes no viewer", file.path));
            }
        }
    }
    complain("reading without a viewer", &findings);
    assert!(readings >= 5, "only {readings} functions that read");
}
