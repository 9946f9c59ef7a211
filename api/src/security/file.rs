//! Files that are their owner's only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A text and a line's end, written whole under another name first, so that nobody reads half of it; it is on disk when
/// this returns.
pub(crate) fn create_private(path: &Path, line: &str) -> io::Result<()> {
    let draft = path.with_extension(std::process::id().to_string());
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    writeln!(file, "{line}")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
