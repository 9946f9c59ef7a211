//! Packages as they were published, where they are at hand: `../shared/corpus` beside the project.

use std::io::Write as _;
use std::path::Path;

use super::samples::*;
use crate::extension::manifest;

#[test]
fn published_agents_compile() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(folders) = std::fs::read_dir(&corpus) else {
        let _ = writeln!(
            std::io::stderr(),
            "no published agents at {}",
            corpus.display()
        );
        return;
    };
    let mut refused = Vec::new();
    let mut read = 0;
    for folder in folders {
        let folder = folder.unwrap().path();
        let Ok(oas) = std::fs::read(folder.join("cinatra/oas.json")) else {
            continue;
        };
        let package = std::fs::read(folder.join("package.json")).unwrap();
        let (manifest, _) = manifest::parse_bytes(&package).unwrap();
        read += 1;
        match compile(&oas, &Package::from(&manifest)) {
            Ok(compiled) => assert_eq!(compiled.blockers().count(), 0, "{}", manifest.name),
            Err(fault) => refused.push((manifest.name.to_string(), fault.findings)),
        }
    }
    assert!(read > 0, "nothing in {}", corpus.display());
    assert_eq!(refused, []);
}
