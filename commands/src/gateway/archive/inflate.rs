//! Inflating with the caps checked while bytes come out.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use super::{Limits, Rule};

/// Why inflating stopped, kept beside the stream: the tar reader keeps only the text of an error.
#[derive(Clone, Debug, Default)]
pub(super) struct Tripped(Rc<Cell<Option<Rule>>>);

impl Tripped {
    /// The cap that was reached, if any was.
    pub(super) fn rule(&self) -> Option<Rule> {
        self.0.get()
    }
}

/// The bytes inside a gzip, until they become too many.
pub(super) struct Inflated<'a> {
    inner: MultiGzDecoder<&'a [u8]>,
    bytes: u64,
    bytes_max: u64,
    ratio_bytes_max: u64,
    tripped: Tripped,
}

impl<'a> Inflated<'a> {
    pub(super) fn new(compressed: &'a [u8], limits: &Limits) -> Self {
        let compressed_bytes = u64::try_from(compressed.len()).unwrap_or(u64::MAX);
        Self {
            inner: MultiGzDecoder::new(compressed),
            bytes: 0,
            bytes_max: limits.unpacked_bytes_max,
            ratio_bytes_max: compressed_bytes
                .saturating_mul(limits.ratio_max)
                .max(limits.ratio_free_bytes),
            tripped: Tripped::default(),
        }
    }

    /// Handle to ask why reading failed.
    pub(super) fn tripped(&self) -> Tripped {
        self.tripped.clone()
    }

    fn trip(&self, rule: Rule) -> io::Error {
        self.tripped.0.set(Some(rule));
        io::Error::other(rule.as_str())
    }
}

impl Read for Inflated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if self.bytes > self.bytes_max {
            return Err(self.trip(Rule::UnpackedBytes));
        }
        if self.bytes > self.ratio_bytes_max {
            return Err(self.trip(Rule::Ratio));
        }
        Ok(read)
    }
}
