//! Cursors: where a page ended, sealed, so that nothing but what a list gave out is taken back.
//!
//! The seal keeps mistakes out, not intruders: whoever computes one sees the same rows as without it.

use crate::Error;

/// Digits of a seal.
const SEAL_CHARS: usize = 16;

/// The cursor of a page that ended there.
pub(super) fn write(place: &str) -> String {
    format!("{}{place}", seal(place))
}

/// Where the page ended.
pub(super) fn read(cursor: &str) -> Result<&str, Error> {
    match cursor.split_at_checked(SEAL_CHARS) {
        Some((sealed, place)) if sealed == seal(place) => Ok(place),
        Some(_) | None => Err(Error::InvalidCursor),
    }
}

fn seal(place: &str) -> String {
    let hash = blake3::derive_key("cinatra 2026 cursor of a list", place.as_bytes());
    let hex = blake3::Hash::from_bytes(hash).to_hex();
    hex.chars().take(SEAL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for place in ["17", "@acme/a-agent", ""] {
            assert_eq!(read(&write(place)).unwrap(), place);
        }
        let own = write("17");
        let [other, cut] = [
            own.replace("17", "18"),
            own[..20.min(own.len() - 1)].to_owned(),
        ];
        for text in ["", "0", "-1", "17", "nonsense", "ééééééééé", &other, &cut] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
