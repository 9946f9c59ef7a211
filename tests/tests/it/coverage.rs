//! Nothing exists that is not told: codes, schemas, routes.

use std::collections::BTreeSet;

use cinatra_tests::served::Served;
use cinatra_tests::tree;
use regex::Regex;

/// Upper-case words in the sources that are no codes.
const NOT_CODES: &[(&str, &str)] = &[
    ("CARGO_MANIFEST_DIR", "a variable of the build"),
    ("CARGO_PKG_VERSION", "a variable of the build"),
    (
        "DEBIAN_FRONTEND",
        "a variable of the system package manager",
    ),
    ("LC_ALL", "a variable of the environment"),
    ("OUT_DIR", "a variable of the build"),
];

#[test]
fn every_code_that_a_caller_may_see_is_documented() {
    let word = Regex::new(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^(CONFLICT|NOT_FOUND)$").unwrap();
    let documented = tree::text("docs/ERRORS.md");
    let mut missing = BTreeSet::new();
    for file in tree::rust_files() {
        let product = file.path.contains("/src/") && file.top() != "tests";
        if !product || file.path.ends_with("/tests.rs") {
            continue;
        }
        // What a module's own tests make up is no code of ours.
        let text = file
            .text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for (line, literal) in tree::string_literals(text) {
            let variable = literal.starts_with("CINATRA_") && file.top() != "domain"
                || literal == "DATABASE_URL";
            let known = variable || NOT_CODES.iter().any(|(other, _)| *other == literal);
            if word.is_match(&literal) && !known && !documented.contains(&format!("`{literal}`")) {
                missing.insert(format!("{literal} ({}:{line})", file.path));
            }
        }
    }
    let list: Vec<_> = missing.into_iter().collect();
    assert!(
        list.is_empty(),
        "docs/ERRORS.md lacks:\n  {}",
        list.join("\n  ")
    );
}

#[tokio::test]
async fn rest_and_openapi_offer_the_same_primitives() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let listed = client.get("/api/primitives").await.unwrap().body;
    let listed = listed["primitives"].as_array().unwrap();
    let listed: BTreeSet<_> = listed
        .iter()
        .map(|p| p["name"].as_str().unwrap().to_owned())
        .collect();
    let document = client.get("/api/openapi.json").await.unwrap().body;
    let paths = document["paths"].as_object().unwrap().keys();
    let offered: BTreeSet<_> = paths
        .filter_map(|path| path.strip_prefix("/api/primitives/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, offered);
}
