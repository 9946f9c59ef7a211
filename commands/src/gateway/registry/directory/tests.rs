//! A folder of tarballs, honest and not.

use cinatra_domain::kernel::Coded as _;
use serde_json::json;

use super::*;
use crate::gateway::pack::pack;

const NAME: &str = "@cinatra-ai/greet-agent";

fn tarball(version: &str) -> Bytes {
    tarball_of(NAME, version)
}

fn tarball_of(name: &str, version: &str) -> Bytes {
    let manifest = json!({
        "name": name,
        "version": version,
        "description": "Says hello",
        "cinatra": { "kind": "agent" },
    });
    pack([("package.json", manifest.to_string())]).unwrap()
}

/// A folder named `samples` with these tarballs.
fn registry(files: &[(&str, &[u8])]) -> (tempfile::TempDir, DirectoryRegistry) {
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("samples");
    fs::create_dir(&samples).unwrap();
    for (file, bytes) in files {
        fs::write(samples.join(file), bytes).unwrap();
    }
    let registry = DirectoryRegistry::open(&samples).unwrap();
    (folder, registry)
}

#[tokio::test]
async fn tarballs_are_packages_whatever_their_files_are_called() {
    let (_folder, registry) = registry(&[
        ("a.tgz", &tarball("0.9.0")),
        ("b.tgz", &tarball("0.10.0")),
        ("c.tgz", &tarball("1.0.0-rc.1")),
        ("other.tgz", &tarball_of("@cinatra-ai/other-agent", "3.0.0")),
        ("notes.txt", b"not a tarball"),
    ]);
    assert_eq!(registry.url(), "directory:samples");
    let packument = registry.packument(NAME).await.unwrap();
    let versions: Vec<_> = packument.versions.keys().map(String::as_str).collect();
    assert_eq!(versions, ["0.10.0", "0.9.0", "1.0.0-rc.1"]);
    assert_eq!(packument.dist_tags["latest"], "0.10.0");

    let entry = packument.version("0.9.0").unwrap();
    let fetched = registry.tarball(entry).await.unwrap();
    assert_eq!(fetched.bytes, tarball("0.9.0"));
    assert_eq!(Some(fetched.integrity), entry.integrity);
    assert_eq!(entry.manifest["cinatra"]["kind"], "agent");
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let (folder, registry) = registry(&[("a.tgz", &tarball("1.0.0"))]);
    let packument = registry.packument(NAME).await.unwrap();
    let no_version = packument.version("2.0.0").unwrap_err();
    assert_eq!(no_version.code(), "VERSION_NOT_FOUND");
    let no_package = registry
        .packument("@cinatra-ai/no-agent")
        .await
        .unwrap_err();
    assert_eq!(no_package.code(), "PACKAGE_NOT_FOUND");
    let no_name = registry.packument("../greet").await.unwrap_err();
    assert_eq!(no_name.code(), "INVALID_INPUT");

    fs::remove_file(folder.path().join("samples/a.tgz")).unwrap();
    let entry = packument.version("1.0.0").unwrap();
    let removed = registry.tarball(entry).await.unwrap_err();
    assert_eq!(removed.code(), "VERSION_NOT_FOUND");
    fs::remove_dir(folder.path().join("samples")).unwrap();
    let no_folder = registry.packument(NAME).await.unwrap_err();
    assert_eq!(no_folder.code(), "REGISTRY_UNAVAILABLE");
}

#[tokio::test]
async fn an_unreadable_tarball_is_skipped_in_search_and_named_when_asked_for() {
    let whole = tarball("1.1.0");
    let cut = &whole[..whole.len() / 2];
    let (_folder, registry) = registry(&[
        ("a.tgz", &tarball("1.0.0")),
        ("cinatra-ai-greet-agent-1.1.0.tgz", cut),
        ("cinatra-ai-lost-agent-2.0.0.tgz", b"nonsense"),
        ("nameless.tgz", b"nonsense"),
    ]);
    let found = registry.search("hello", 20).await.unwrap();
    assert!(found.incomplete);
    let names: Vec<_> = found.hits.iter().map(|hit| hit.name.as_str()).collect();
    assert_eq!(names, [NAME]);

    let packument = registry.packument(NAME).await.unwrap();
    assert_eq!(packument.dist_tags["latest"], "1.0.0");
    let corrupt = packument.version("1.1.0").unwrap_err();
    assert_eq!(corrupt.code(), "ARCHIVE_CORRUPT");
    assert_eq!(
        corrupt.details()["file"],
        "cinatra-ai-greet-agent-1.1.0.tgz"
    );
    let lost = registry.packument("@cinatra-ai/lost-agent").await.unwrap();
    assert_eq!(lost.version("2.0.0").unwrap_err().code(), "ARCHIVE_CORRUPT");
}

#[tokio::test]
async fn bytes_that_changed_since_the_packument_are_noticed() {
    let (folder, registry) = registry(&[("a.tgz", &tarball("1.0.0"))]);
    let before = registry.packument(NAME).await.unwrap();
    fs::write(folder.path().join("samples/a.tgz"), tarball("1.0.1")).unwrap();
    let entry = before.version("1.0.0").unwrap();
    let changed = registry.tarball(entry).await.unwrap_err();
    assert_eq!(changed.code(), "INTEGRITY_MISMATCH");
    let after = registry.packument(NAME).await.unwrap();
    assert!(after.version("1.0.1").is_ok() && after.version("1.0.0").is_err());
}

#[tokio::test]
async fn links_are_not_followed() {
    let (folder, registry) = registry(&[("a.tgz", &tarball("1.0.0"))]);
    let outside = folder.path().join("outside.tgz");
    fs::write(&outside, tarball("2.0.0")).unwrap();
    let link = folder.path().join("samples/b.tgz");
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    let packument = registry.packument(NAME).await.unwrap();
    assert_eq!(packument.dist_tags["latest"], "1.0.0");
    assert!(packument.version("2.0.0").is_err());
    // Nor when the file became a link since.
    let entry = packument.version("1.0.0").unwrap();
    fs::rename(&link, folder.path().join("samples/a.tgz")).unwrap();
    fs::write(&outside, tarball("1.0.0")).unwrap();
    let refused = registry.tarball(entry).await.unwrap_err();
    assert_eq!(refused.code(), "REGISTRY_UNAVAILABLE");
}

#[tokio::test]
async fn two_tarballs_of_one_version_are_refused_unless_they_are_the_same() {
    let other = pack([(
        "package.json",
        format!(r#"{{"name":"{NAME}","version":"1.1.0","description":"Other"}}"#),
    )])
    .unwrap();
    let (_folder, registry) = registry(&[
        ("a.tgz", &tarball("1.0.0")),
        ("b.tgz", &tarball("1.0.0")),
        ("c.tgz", &tarball("1.1.0")),
        ("d.tgz", &other),
        ("e.tgz", &tarball("1.1.0")),
    ]);
    let packument = registry.packument(NAME).await.unwrap();
    assert_eq!(packument.version("1.0.0").unwrap().locator, "a.tgz");
    let ambiguous = packument.version("1.1.0").unwrap_err();
    assert_eq!(ambiguous.code(), "VERSION_AMBIGUOUS");
    assert_eq!(ambiguous.details()["files"], json!(["c.tgz", "d.tgz"]));
    assert_eq!(packument.dist_tags["latest"], "1.0.0");
    let found = registry.search("", 9).await.unwrap();
    assert_eq!(found.hits[0].version, "1.0.0");
    assert!(found.incomplete);
}

#[tokio::test]
async fn a_locator_never_leads_out_of_the_folder() {
    let (folder, registry) = registry(&[("a.tgz", &tarball("1.0.0"))]);
    fs::write(folder.path().join("secret.tgz"), tarball("1.0.0")).unwrap();
    let packument = registry.packument(NAME).await.unwrap();
    for locator in ["../secret.tgz", "/etc/passwd", "", ".", ".."] {
        let mut entry = packument.version("1.0.0").unwrap().clone();
        locator.clone_into(&mut entry.locator);
        let refused = registry.tarball(&entry).await.unwrap_err();
        assert_eq!(refused.code(), "REGISTRY_UNAVAILABLE", "{locator}");
    }
}

#[tokio::test]
async fn search_lists_the_latest_extensions_by_name_up_to_a_limit() {
    let plain = pack([("package.json", r#"{"name":"lodash","version":"1.0.0"}"#)]).unwrap();
    let (_folder, registry) = registry(&[
        ("1.tgz", &tarball_of("@cinatra-ai/b-agent", "1.0.0")),
        ("2.tgz", &tarball_of("@cinatra-ai/a-agent", "1.0.0")),
        ("3.tgz", &tarball_of("@cinatra-ai/a-agent", "1.1.0")),
        ("4.tgz", &plain),
    ]);
    let found = registry.search("", 20).await.unwrap();
    let listed: Vec<_> = found
        .hits
        .iter()
        .map(|hit| (hit.name.as_str(), hit.version.as_str()))
        .collect();
    assert_eq!(
        listed,
        [
            ("@cinatra-ai/a-agent", "1.1.0"),
            ("@cinatra-ai/b-agent", "1.0.0")
        ]
    );
    assert!(!found.incomplete);
    assert_eq!(registry.search("", 1).await.unwrap().hits.len(), 1);
    assert_eq!(
        registry
            .search("B-AGENT hello", 9)
            .await
            .unwrap()
            .hits
            .len(),
        1
    );
    assert_eq!(registry.search("goodbye", 9).await.unwrap().hits, []);
}
