//! The sample packages that the binary carries, so that a fresh machine has something to install.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cinatra_commands::gateway::pack::{PackError, pack};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

static SAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// The sample that `cinatra up` proposes to install, and its version.
pub const SHOWCASE: (&str, &str) = ("@cinatra-samples/demo-agent", "1.0.0");

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
    #[error("sample {0} has no readable package.json")]
    Manifest(String),
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
    let failed = |source| SampleError::Write {
        path: folder.to_owned(),
        source,
    };
    if folder.exists() {
        return Ok(0);
    }
    let draft = folder.with_extension(std::process::id().to_string());
    fs::create_dir_all(&draft).map_err(failed)?;
    let mut count = 0;
    for package in packages(&SAMPLES) {
        let (file, bytes) = tarball(package)?;
        fs::write(draft.join(file), bytes).map_err(failed)?;
        count += 1;
    }
    fs::rename(&draft, folder).map_err(failed)?;
    Ok(count)
}

/// Folders that hold a `package.json`, at whatever depth.
fn packages<'a>(dir: &'a Dir<'static>) -> Vec<&'a Dir<'static>> {
    if dir.get_file(dir.path().join("package.json")).is_some() {
        return vec![dir];
    }
    dir.dirs().flat_map(packages).collect()
}

fn tarball(package: &Dir<'static>) -> Result<(String, bytes::Bytes), SampleError> {
    let place = package.path().display().to_string();
    let manifest = package
        .get_file(package.path().join("package.json"))
        .and_then(|file| serde_json::from_slice::<Manifest>(file.contents()).ok())
        .ok_or(SampleError::Manifest(place))?;
    let mut files = BTreeMap::new();
    collect(package, package.path(), &mut files);
    let bytes = pack(files).map_err(|source| {
        let name = manifest.name.clone();
        SampleError::Pack { name, source }
    })?;
    let stem = manifest.name.trim_start_matches('@').replace('/', "-");
    Ok((format!("{stem}-{}.tgz", manifest.version), bytes))
}

fn collect<'a>(dir: &'a Dir<'static>, root: &Path, files: &mut BTreeMap<String, &'a [u8]>) {
    for file in dir.files() {
        if let Ok(path) = file.path().strip_prefix(root) {
            files.insert(path.display().to_string(), file.contents());
        }
    }
    for inner in dir.dirs() {
        collect(inner, root, files);
    }
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
        assert!(count >= 2, "{count}");
        assert_eq!(seed(&folder).unwrap(), 0);
        fs::remove_dir_all(&home).unwrap();
    }
}
