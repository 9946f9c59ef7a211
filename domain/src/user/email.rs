//! E-mail addresses. The only place where one enters.

use std::fmt;

use crate::kernel::is_blank;

/// A text that is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidEmail {
    /// What is wrong with it, without repeating it.
    pub reason: &'static str,
}

/// An address in lower case, as far as it can be told without sending mail there. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Longest, in bytes. Source: RFC 5321 4.5.3.1.
    pub const BYTES_MAX: usize = 254;

    /// Reads one; blanks around it go.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let reason = "is not an e-mail address";
        let (local, host) = text.rsplit_once('@').ok_or(InvalidEmail { reason })?;
        let is_bounded = text.len() <= Self::BYTES_MAX && local.len() <= 64;
        let is_text = |part: &str| {
            !part.is_empty()
                && !part
                    .chars()
                    .any(|c| c.is_control() || is_blank(c) || "@<>,;:\"()[]\\".contains(c))
        };
        let is_host = is_text(host) && host.split('.').all(|label| !label.is_empty());
        if !(is_bounded && is_text(local) && is_host) {
            return Err(InvalidEmail { reason });
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::EmailAddress;

    #[test]
    fn an_address_is_kept_in_lower_case() {
        let address = EmailAddress::parse(" Ada.Lovelace+x@Example.TEST ").unwrap();
        assert_eq!(address.as_str(), "ada.lovelace+x@example.test");
        assert!(!format!("{address:?}").contains("ada"));
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!("{}@example.test", "a".repeat(65));
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b..c",
            "a@b\r\nBcc: x",
            "<a@b>",
            "a\u{200b}@b",
            "a@b\u{202e}",
            "a\u{ad}b@c",
            "\u{feff}a@b",
            &long,
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }
}
