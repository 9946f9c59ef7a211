//! The packages in `api/samples`, and those that are built in, are what they claim to be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cinatra_domain::extension::conformance::{Files, inspect};
use cinatra_domain::extension::{Constraint, Version, manifest};
use cinatra_domain::template::oas::{Package, Severity, compile};
use serde_json::Value;

use super::archive::Archive;
use super::digest::sha256_hex;
use super::pack::pack_folder;
use super::registry::Registry as _;
use super::registry::directory::DirectoryRegistry;

/// Every `<package>/<version>` folder.
fn samples() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = [here.join("../api/samples"), here.join("builtin")];
    let folders = |parent: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(parent).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.is_dir()).collect()
    };
    let mut samples: Vec<_> = roots
        .iter()
        .flat_map(|root| folders(root))
        .flat_map(|package| folders(&package))
        .collect();
    samples.sort();
    assert!(samples.len() >= 5, "{samples:?}");
    samples
}

#[test]
fn every_sample_installs_without_a_warning() {
    for sample in samples() {
        let archive = Archive::read(&pack_folder(&sample).unwrap()).unwrap();
        let bytes = archive.file(Archive::MANIFEST).unwrap();
        let (manifest, mut warnings) = manifest::parse_bytes(bytes).unwrap();
        let paths = archive.entries().iter().map(|entry| entry.path.as_str());
        let contents = archive.files().map(|(path, bytes)| (path, &bytes[..]));
        warnings.extend(inspect(&manifest, &Files::new(paths, contents)).unwrap());
        assert_eq!(warnings, [], "{}", sample.display());
        if let Some(flow) = archive.file("cinatra/oas.json") {
            let compiled = compile(flow, &Package::from(&manifest)).unwrap();
            let weighty = compiled.findings.iter();
            let weighty = weighty.filter(|finding| finding.severity != Severity::Suggestion);
            assert_eq!(weighty.count(), 0, "{:?}", compiled.findings);
        }

        let folder = format!("{}/{}", manifest.name.slug(), manifest.version);
        assert!(sample.ends_with(&folder), "{}", sample.display());
        assert!(archive.contains("LICENSE"), "{folder}");
    }
}

#[test]
fn every_published_marker_has_the_digest_of_its_flow() {
    let mut markers = 0;
    for sample in samples() {
        let Ok(marker) = fs::read(sample.join(".cinatra-published.json")) else {
            continue;
        };
        let marker: Value = serde_json::from_slice(&marker).unwrap();
        let oas = fs::read(sample.join("cinatra/oas.json")).unwrap();
        assert_eq!(
            marker["oasSha256"],
            sha256_hex(&oas),
            "{}",
            sample.display()
        );
        let flow: Value = serde_json::from_slice(&oas).unwrap();
        assert_eq!(flow["agentspec_version"], "26.1.0");
        for field in ["packageName", "packageVersion"] {
            assert_eq!(flow["metadata"]["cinatra"][field], marker[field]);
        }
        markers += 1;
    }
    assert!(markers >= 2, "{markers}");
}

#[tokio::test]
async fn the_samples_make_a_registry_that_needs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    for (number, sample) in samples().iter().enumerate() {
        let file = folder.path().join(format!("{number}.tgz"));
        fs::write(file, pack_folder(sample).unwrap()).unwrap();
    }
    let registry = DirectoryRegistry::open(folder.path()).unwrap();
    let found = registry.search("cinatra", 200).await.unwrap();
    assert!(!found.incomplete);
    let mut several_versions = 0;
    let mut kinds = BTreeSet::new();
    for hit in &found.hits {
        let packument = registry.packument(&hit.name).await.unwrap();
        several_versions += usize::from(packument.versions.len() > 1);
        for entry in packument.versions.values() {
            let (manifest, _) = manifest::parse(&entry.manifest).unwrap();
            kinds.insert(manifest.kind);
            for edge in &manifest.dependencies {
                let other = registry
                    .packument(edge.package_name.as_ref())
                    .await
                    .unwrap();
                let range = Constraint::parse(&edge.range).unwrap();
                let satisfies =
                    |version: &String| range.admits(&Version::parse(version.as_str()).unwrap());
                assert!(other.versions.keys().any(satisfies), "{edge:?}");
            }
        }
    }
    assert!(several_versions >= 1);
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}
