//! What kind of entry a header announces and where its true path stands.

use std::borrow::Cow;
use std::io::Read;

use tar::{EntryType, Header};

use super::{ArchiveError, Limits, Rule};

/// What an entry is, as far as unpacking cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// Never unpacked, whatever its path.
    Refused(Rule),
}

impl Kind {
    fn of(entry_type: EntryType, path: &[u8]) -> Self {
        let rule = match entry_type.as_byte() {
            // Before POSIX a folder was a file whose name ends in a slash.
            b'0' | b'\0' | b'7' if path.ends_with(b"/") => return Self::Folder,
            b'0' | b'\0' | b'7' => return Self::File,
            b'5' => return Self::Folder,
            b'1' => Rule::Hardlink,
            b'2' => Rule::Symlink,
            b'3' | b'4' => Rule::Device,
            b'6' => Rule::Fifo,
            b'S' => Rule::Sparse,
            _ => Rule::EntryType,
        };
        Self::Refused(rule)
    }
}

/// What the headers in front of an entry say about it.
#[derive(Debug, Default)]
pub(super) struct PathSource {
    long_path: Option<Vec<u8>>,
    pax_path: Option<Vec<u8>>,
    pax_size: Option<u64>,
}

impl PathSource {
    /// Takes in a header that speaks about the next entry; false when the entry stands for itself.
    pub(super) fn take(
        &mut self,
        entry: &mut tar::Entry<'_, impl Read>,
        limits: &Limits,
    ) -> Result<bool, ArchiveError> {
        match entry.header().entry_type().as_byte() {
            b'L' => {
                let mut path = read_extended(entry, limits)?;
                if path.last() == Some(&0) {
                    path.pop();
                }
                self.long_path = Some(path);
                Ok(true)
            }
            // Whom a link points to; the link itself is refused when it comes.
            b'K' => read_extended(entry, limits).map(|_| true),
            b'x' => {
                let records = read_extended(entry, limits)?;
                self.take_records(&records)?;
                Ok(true)
            }
            b'g' => {
                let records = read_extended(entry, limits)?;
                refuse_meaningful(&records)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Kind and true path of the entry itself; forgets what was taken in for it.
    pub(super) fn resolve(
        &mut self,
        header: &Header,
    ) -> Result<(Kind, Cow<'static, [u8]>), ArchiveError> {
        let taken = std::mem::take(self);
        let path = taken
            .pax_path
            .or(taken.long_path)
            .unwrap_or_else(|| header.path_bytes().into_owned());
        // Readers that believe different sizes see different entries from here on.
        let plain_size = header
            .entry_size()
            .map_err(|_| ArchiveError::corrupt("an entry without a size"))?;
        if taken.pax_size.is_some_and(|size| size != plain_size) {
            return Err(ArchiveError::breaks(Rule::ExtendedHeader, &path));
        }
        Ok((Kind::of(header.entry_type(), &path), path.into()))
    }

    fn take_records(&mut self, records: &[u8]) -> Result<(), ArchiveError> {
        for (key, value) in pax_records(records)? {
            match key {
                "path" => self.pax_path = Some(value.to_vec()),
                "size" => self.pax_size = Some(pax_size(value)?),
                key if key.starts_with("GNU.sparse.") => {
                    return Err(ArchiveError::breaks(Rule::Sparse, b""));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A global header may comment, as those of git do, but not rename or resize what follows.
fn refuse_meaningful(records: &[u8]) -> Result<(), ArchiveError> {
    for (key, _) in pax_records(records)? {
        if matches!(key, "path" | "size" | "linkpath") || key.starts_with("GNU.sparse.") {
            return Err(ArchiveError::breaks(Rule::ExtendedHeader, key.as_bytes()));
        }
    }
    Ok(())
}

/// Records of the form `<length> <key>=<value>\n`, cut by their lengths: a value may hold anything.
fn pax_records(mut rest: &[u8]) -> Result<Vec<PaxRecord<'_>>, ArchiveError> {
    let mut records = Vec::new();
    while !rest.is_empty() {
        let (record, after) = first_pax_record(rest)
            .ok_or_else(|| ArchiveError::corrupt("an extended header that cannot be read"))?;
        records.push(record);
        rest = after;
    }
    Ok(records)
}

type PaxRecord<'a> = (&'a str, &'a [u8]);

fn first_pax_record(bytes: &[u8]) -> Option<(PaxRecord<'_>, &[u8])> {
    let digits = bytes.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&bytes[..digits]).ok()?.parse().ok()?;
    let record = bytes.get(digits + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let key = std::str::from_utf8(&record[..equals]).ok()?;
    Some(((key, &record[equals + 1..]), &bytes[length..]))
}

fn pax_size(value: &[u8]) -> Result<u64, ArchiveError> {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ArchiveError::corrupt("an extended header with an unreadable size"))
}

fn read_extended(
    entry: &mut tar::Entry<'_, impl Read>,
    limits: &Limits,
) -> Result<Vec<u8>, ArchiveError> {
    if entry.size() > limits.extended_bytes_max {
        return Err(ArchiveError::breaks(
            Rule::ExtendedHeader,
            &entry.path_bytes(),
        ));
    }
    let mut bytes = Vec::new();
    entry
        .read_to_end(&mut bytes)
        .map_err(|error| ArchiveError::corrupt(error.to_string()))?;
    if u64::try_from(bytes.len()) != Ok(entry.size()) {
        return Err(ArchiveError::corrupt("the tar ends inside a header"));
    }
    Ok(bytes)
}
