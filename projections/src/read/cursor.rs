//! Cursors: where a page of a list ended, sealed, so that a list takes back only what it gave out.
//!
//! The seal keeps mistakes out, not intruders: whoever computes one sees the same rows as without it.

use crate::Error;

/// Digits of a seal.
const SEAL_CHARS: usize = 16;

/// The cursor of a page that ended there.
pub(super) fn write(list: &str, place: &str) -> String {
    format!("{}{place}", seal(list, place))
}

/// Where the page ended.
pub(super) fn read<'c>(list: &str, cursor: &'c str) -> Result<&'c str, Error> {
    match cursor.split_at_checked(SEAL_CHARS) {
        Some((sealed, place)) if sealed == seal(list, place) => Ok(place),
        Some(_) | None => Err(Error::InvalidCursor),
    }
}

fn seal(list: &str, place: &str) -> String {
    let sealed = format!("{list}\0{place}");
    let hash = blake3::derive_key("cinatra 2026 cursor of a list", sealed.as_bytes());
    let hex = blake3::Hash::from_bytes(hash).to_hex();
    hex.chars().take(SEAL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for place in ["17", "@acme/a-agent", ""] {
            assert_eq!(read("a", &write("a", place)).unwrap(), place);
            assert!(read("b", &write("a", place)).is_err());
        }
        let own = write("a", "17");
        let [other, cut] = [
            own.replace("17", "18"),
            own[..20.min(own.len() - 1)].to_owned(),
        ];
        for text in ["", "0", "-1", "17", "nonsense", "ééééééééé", &other, &cut] {
            assert!(read("a", text).is_err(), "{text}");
        }
    }
}
