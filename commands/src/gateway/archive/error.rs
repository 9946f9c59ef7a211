//! Why an archive was refused.

use cinatra_domain::kernel::{Class, Coded};
use serde_json::{Value, json};

/// A property that makes an archive unsafe to unpack, whoever published it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A path that starts at the root or at a drive.
    AbsolutePath,
    /// A path with `..` in it.
    ParentPath,
    /// A path with `\` in it, which is a separator elsewhere.
    Backslash,
    /// A path with a NUL byte in it.
    Nul,
    /// A path that is not UTF-8.
    NotUtf8,
    /// A path longer than we handle.
    PathLength,
    /// More folders inside each other than we handle.
    Depth,
    /// A symbolic link.
    Symlink,
    /// A hard link.
    Hardlink,
    /// A block or character device.
    Device,
    /// A named pipe.
    Fifo,
    /// A sparse file, whose size is not the number of its bytes.
    Sparse,
    /// Any other type of entry than file and folder.
    EntryType,
    /// An extended header that is too large, or contradicts the plain one.
    ExtendedHeader,
    /// Two entries of the same path, or a file that is also a folder.
    Duplicate,
    /// Two paths that differ only in case or Unicode form.
    CaseTwin,
    /// More entries than we handle.
    EntryCount,
    /// More bytes, as fetched, than we handle.
    CompressedBytes,
    /// More bytes, inflated, than we handle.
    UnpackedBytes,
    /// Inflates to implausibly more than it was.
    Ratio,
    /// `package.json` is larger than we read.
    ManifestBytes,
}

impl Rule {
    /// Stable name, as `details.rule` carries it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbsolutePath => "absolute_path",
            Self::ParentPath => "parent_path",
            Self::Backslash => "backslash",
            Self::Nul => "nul",
            Self::NotUtf8 => "not_utf8",
            Self::PathLength => "path_length",
            Self::Depth => "depth",
            Self::Symlink => "symlink",
            Self::Hardlink => "hardlink",
            Self::Device => "device",
            Self::Fifo => "fifo",
            Self::Sparse => "sparse",
            Self::EntryType => "entry_type",
            Self::ExtendedHeader => "extended_header",
            Self::Duplicate => "duplicate",
            Self::CaseTwin => "case_twin",
            Self::EntryCount => "entry_count",
            Self::CompressedBytes => "compressed_bytes",
            Self::UnpackedBytes => "unpacked_bytes",
            Self::Ratio => "ratio",
            Self::ManifestBytes => "manifest_bytes",
        }
    }
}

/// An archive that is not unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It breaks a rule; nothing of it was kept.
    #[error("unsafe archive: {} at {entry:?}", .rule.as_str())]
    Unsafe {
        /// Which rule.
        rule: Rule,
        /// Path of the offending entry as far as it can be shown; empty when none is to blame.
        entry: String,
    },
    /// It is not a gzip of a tar, or it ends too early.
    #[error("corrupt archive: {reason}")]
    Corrupt {
        /// What was being read.
        reason: String,
    },
}

impl ArchiveError {
    /// Longest path that is repeated to a caller, in characters.
    const ENTRY_CHARS_MAX: usize = 200;

    pub(super) fn breaks(rule: Rule, path: &[u8]) -> Self {
        let path = String::from_utf8_lossy(path);
        Self::Unsafe {
            rule,
            entry: path.chars().take(Self::ENTRY_CHARS_MAX).collect(),
        }
    }

    pub(in crate::gateway) fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt {
            reason: reason.into(),
        }
    }
}

impl Coded for ArchiveError {
    fn class(&self) -> Class {
        Class::Rejected
    }

    fn code(&self) -> &str {
        match self {
            Self::Unsafe { .. } => "ARCHIVE_UNSAFE",
            Self::Corrupt { .. } => "ARCHIVE_CORRUPT",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Unsafe { rule, entry } => json!({ "rule": rule.as_str(), "entry": entry }),
            Self::Corrupt { reason } => json!({ "reason": reason }),
        }
    }
}
