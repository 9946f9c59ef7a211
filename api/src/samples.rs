//! The sample packages that the binary carries, so that a fresh machine has something to install.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cinatra_commands::gateway::pack::{PackError, pack};
use serde::Deserialize;

/// The sample that `cinatra up` proposes to install: it brings two others along.
pub const SHOWCASE: (&str, &str) = ("@cinatra-ai/meeting-recorder-agent", "0.1.0");

/// Each package as its files; written by the build script.
static SAMPLES: &[&[(&str, &[u8])]] = include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// Why the samples could not be put into a folder.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The folder cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A sample has no readable `package.json`: a bug of the build.
    #[error("a sample has no readable package.json")]
    Manifest,
    /// A sample cannot be packed.
    #[error("sample {name} cannot be packed")]
    Pack {
        /// Which.
        name: String,
        /// Why.
        source: PackError,
    },
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
}

/// Packs every sample into `folder`, unless the folder is already there.
///
/// Answers how many were packed. The folder appears whole or not at all.
pub fn seed(folder: &Path) -> Result<usize, SampleError> {
    if folder.exists() {
        return Ok(0);
    }
    let failed = |source| SampleError::Write {
        path: folder.to_owned(),
        source,
    };
    let draft = folder.with_extension(std::process::id().to_string());
    fs::create_dir_all(&draft).map_err(failed)?;
    for sample in SAMPLES {
        let (file, bytes) = tarball(sample)?;
        fs::write(draft.join(file), bytes).map_err(failed)?;
    }
    fs::rename(&draft, folder).map_err(failed)?;
    Ok(SAMPLES.len())
}

/// As npm names it: `scope-name-version.tgz`.
fn tarball(sample: &[(&str, &[u8])]) -> Result<(String, Bytes), SampleError> {
    let manifest = sample.iter().find(|(path, _)| *path == "package.json");
    let manifest = manifest.and_then(|(_, bytes)| serde_json::from_slice::<Manifest>(bytes).ok());
    let Manifest { name, version } = manifest.ok_or(SampleError::Manifest)?;
    let stem = name.trim_start_matches('@').replace('/', "-");
    let bytes =
        pack(sample.iter().copied()).map_err(|source| SampleError::Pack { name, source })?;
    Ok((format!("{stem}-{version}.tgz"), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_seeded_once() {
        let home = std::env::temp_dir().join(format!("cinatra-samples-{}", std::process::id()));
        let folder = home.join("registry");
        let count = seed(&folder).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), count);
        assert!(count >= 5, "{count}");
        assert_eq!(seed(&folder).unwrap(), 0);
        fs::remove_dir_all(&home).unwrap();
    }

    #[test]
    fn the_showcase_is_a_sample() {
        let (name, version) = SHOWCASE;
        let file = format!(
            "{}-{version}.tgz",
            name.trim_start_matches('@').replace('/', "-")
        );
        let known = |sample: &&[(&str, &[u8])]| tarball(sample).unwrap().0 == file;
        assert!(SAMPLES.iter().any(known));
    }
}
