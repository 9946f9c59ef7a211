//! Npm tarballs, written: the same files give the same bytes wherever and whenever they are packed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flate2::{Compression, GzBuilder};

/// Why a folder was not packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file or folder could not be read.
    #[error("could not read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A link or a device, which a package cannot carry, or a name that is not Unicode.
    #[error("{} is neither a file nor a folder with a readable name", path.display())]
    Unsupported {
        /// Which one.
        path: PathBuf,
    },
    /// The archive could not be put together.
    #[error("could not write the archive")]
    Write {
        /// Why.
        source: io::Error,
    },
}

/// Folders that never belong to a package.
const LEFT_OUT: [&str; 2] = [".git", "node_modules"];

/// Packs files, each given by its path below the package's folder.
///
/// Entries are sorted, have no owner and one fixed time, and stand under `package/`.
pub fn pack<P, B>(files: impl IntoIterator<Item = (P, B)>) -> Result<Bytes, PackError>
where
    P: Into<String>,
    B: AsRef<[u8]>,
{
    let files: BTreeMap<String, B> = files
        .into_iter()
        .map(|(path, bytes)| (path.into(), bytes))
        .collect();
    write(&files).map_err(|source| PackError::Write { source })
}

/// Packs a folder as it is: every file below it, whatever `files` of its manifest says.
pub fn pack_folder(folder: &Path) -> Result<Bytes, PackError> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    pack(files)
}

fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), PackError> {
    let unread = |path: &Path, source| PackError::Read {
        path: path.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(|source| unread(folder, source))? {
        let entry = entry.map_err(|source| unread(folder, source))?;
        let path = entry.path();
        let file_type = entry.file_type().map_err(|source| unread(&path, source))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(PackError::Unsupported { path });
        };
        let inner = format!("{prefix}{name}");
        if file_type.is_file() {
            let bytes = fs::read(&path).map_err(|source| unread(&path, source))?;
            files.push((inner, bytes));
        } else if !file_type.is_dir() {
            return Err(PackError::Unsupported { path });
        } else if !LEFT_OUT.contains(&name) {
            collect(&path, &format!("{inner}/"), files)?;
        }
    }
    Ok(())
}

fn write(files: &BTreeMap<String, impl AsRef<[u8]>>) -> io::Result<Bytes> {
    // The npm client's fixed time, 1985-10-26T08:15:00Z: zero would upset some zip-like readers.
    const MODIFIED_AT_SECONDS: u64 = 499_162_500;
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for (path, bytes) in files {
        let bytes = bytes.as_ref();
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(MODIFIED_AT_SECONDS);
        header.set_size(u64::try_from(bytes.len()).map_err(io::Error::other)?);
        tar.append_data(&mut header, format!("package/{path}"), bytes)?;
    }
    tar.into_inner()?.finish().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::archive::Archive;

    #[test]
    fn the_same_files_give_the_same_bytes_in_whatever_order() {
        let one = pack([("package.json", "{}"), ("cinatra/oas.json", "{}")]).unwrap();
        let other = pack([("cinatra/oas.json", "{}"), ("package.json", "{}")]).unwrap();
        assert_eq!(one, other);
    }

    #[test]
    fn what_was_packed_is_read_back() {
        let deep = format!("skills/{}/SKILL.md", "long-".repeat(30));
        let files = [
            ("package.json", "{}"),
            (deep.as_str(), "---\nname: long\n---\n"),
        ];
        let archive = Archive::read(&pack(files).unwrap()).unwrap();
        assert_eq!(archive.entries().len(), 2);
        for (path, content) in files {
            assert_eq!(archive.file(path).unwrap(), content.as_bytes());
        }
    }

    #[test]
    fn a_folder_is_packed_whole_without_its_links_and_installed_modules() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("node_modules/other")).unwrap();
        fs::create_dir_all(folder.path().join("cinatra")).unwrap();
        fs::write(folder.path().join("node_modules/other/package.json"), "{}").unwrap();
        fs::write(folder.path().join("cinatra/oas.json"), "{}").unwrap();
        fs::write(folder.path().join(".cinatra-published.json"), "{}").unwrap();
        let archive = Archive::read(&pack_folder(folder.path()).unwrap()).unwrap();
        let paths: Vec<_> = archive.entries().iter().map(|entry| &entry.path).collect();
        assert_eq!(paths, [".cinatra-published.json", "cinatra/oas.json"]);

        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("cinatra/link")).unwrap();
        let refused = pack_folder(folder.path());
        assert!(
            matches!(refused, Err(PackError::Unsupported { .. })),
            "{refused:?}"
        );
    }
}
