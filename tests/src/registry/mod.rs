//! Registries to install from: the real Verdaccio, a folder of tarballs, and one that misbehaves.

mod scripted;
mod verdaccio;

use std::path::Path;

pub use scripted::{Answer, Scripted, honest, packument_path, tarball_path};
pub use verdaccio::{PublishError, Verdaccio};

use crate::{Outcome, Packed};

/// Puts a tarball into a directory registry.
pub fn publish_into(folder: &Path, packed: &Packed) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(
        folder.join(packed.file_name()),
        &packed.tarball,
    )?)
}
