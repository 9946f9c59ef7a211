//! Tarballs as npm makes them, and as nobody should.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use crate::Outcome;

/// A gzipped tar under construction. Paths are written as given, whatever they are.
#[derive(Debug, Default)]
pub struct Archive(Vec<u8>);

impl Archive {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a regular file.
    #[must_use]
    pub fn file(self, path: &str, bytes: &[u8]) -> Self {
        self.entry(path, EntryType::Regular, "", bytes)
    }

    /// Adds any entry; `link` is the target of a link.
    #[must_use]
    pub fn entry(mut self, path: &str, kind: EntryType, link: &str, bytes: &[u8]) -> Self {
        if path.len() > 100 {
            // The GNU long-name record, whose body is the name with a NUL.
            let mut name = path.as_bytes().to_vec();
            name.push(0);
            self = self.entry("././@LongLink", EntryType::GNULongName, "", &name);
        }
        let mut header = Header::new_gnu();
        put(&mut header.as_old_mut().name, path.as_bytes());
        put(&mut header.as_old_mut().linkname, link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_mtime(499_162_500); // the date that npm writes into every entry
        header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// Closes the archive and compresses it.
    pub fn gzip(mut self) -> Outcome<Vec<u8>> {
        self.0.resize(self.0.len() + 1024, 0);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&self.0)?;
        Ok(gzip.finish()?)
    }
}

/// As many bytes as fit.
fn put(field: &mut [u8], bytes: &[u8]) {
    let fits = bytes.len().min(field.len());
    field[..fits].copy_from_slice(&bytes[..fits]);
}
