//! Makes a new data folder, or tells which major made the one that is there.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use super::{
    Durability,
    child::tied,
    install::Installation,
    passwords::{Passwords, SUPERUSER},
    place::{Place, private_file, refused, sync_folder},
};
use crate::error::ClusterError;

/// The major that made `data`; `None` if there is no data folder yet.
pub(crate) fn major_of(data: &Path) -> Result<Option<u32>, ClusterError> {
    if !data.exists() {
        return Ok(None);
    }
    let damaged = |what: String| ClusterError::Damaged {
        data: data.to_owned(),
        what,
    };
    let text = fs::read_to_string(data.join("PG_VERSION"))
        .map_err(|error| damaged(format!("its PG_VERSION cannot be read ({error})")))?;
    let major = text.trim().parse();
    major
        .map(Some)
        .map_err(|_| damaged(format!("its PG_VERSION says {:?}", text.trim())))
}

/// Creates the data folder.
///
/// Order: `initdb` works in a folder beside, which gets its final name when it is complete, so that a start that
/// is killed halfway leaves nothing that looks like a cluster.
pub(crate) fn create(
    place: &Place,
    installation: &Installation,
    passwords: &Passwords,
    durability: Durability,
) -> Result<(), ClusterError> {
    let (aside, secret) = (
        place.base.join("data.new"),
        place.base.join("initdb.secret"),
    );
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(refused(&aside))?;
    }
    place.make_folder(&aside)?;
    let mut file = private_file(&secret, OpenOptions::new().write(true).truncate(true))?;
    writeln!(file, "{}", passwords.superuser).map_err(refused(&secret))?;
    if let Some(identity) = place.identity {
        identity.own(&secret).map_err(refused(&secret))?;
    }
    let made = run_initdb(place, installation, &aside, &secret, durability);
    fs::remove_file(&secret).map_err(refused(&secret))?;
    made?;
    fs::rename(&aside, place.data()).map_err(refused(&place.data()))?;
    sync_folder(&place.base)
}

fn run_initdb(
    place: &Place,
    installation: &Installation,
    data: &Path,
    secret: &Path,
    durability: Durability,
) -> Result<(), ClusterError> {
    let program = installation.bin.join("initdb");
    let mut initdb = tied(&program, place.identity);
    initdb.args([
        "--encoding=UTF8",
        "--locale=C",
        "--data-checksums",
        "--auth=scram-sha-256",
    ]);
    initdb.arg(format!("--username={SUPERUSER}"));
    initdb.arg("--pgdata").arg(data).arg("--pwfile").arg(secret);
    if durability == Durability::TestOnlyUnsafe {
        initdb.arg("--no-sync");
    }
    let output = initdb
        .output()
        .map_err(|source| ClusterError::Program { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ClusterError::Initdb {
        output: String::from_utf8_lossy(&said).trim().to_owned(),
    })
}
