//! Words about a run that are no personal content: bounded, and checked where they enter.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not such a word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidWord {
    /// What is wrong with it, without repeating it.
    pub reason: &'static str,
}

/// Texts with a grammar, each its own type.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $is_legal:path, $reason:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// Reads one.
            pub fn parse(text: impl Into<String>) -> Result<Self, InvalidWord> {
                let text = text.into();
                let legal = $is_legal(&text).then_some(Self(Cow::Owned(text)));
                legal.ok_or(InvalidWord { reason: $reason })
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidWord;
            fn try_from(text: String) -> Result<Self, InvalidWord> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.0.into_owned()
            }
        }
    )+};
}

words! {
    /// What the author of a flow calls something: a node by its path, a slot, a field, a renderer, a surface.
    AuthoredName: is_authored_name, "not 1 to 512 bytes without control characters";
    /// What machines agree to call something, for example a failure.
    Code: is_code, "not 1 to 64 of a-z, 0-9 and '_', a letter first";
    /// Lower-case hex of 32 bytes: blake3 or sha256.
    Digest: is_digest, "not 64 lower-case hexadecimal digits";
}

impl Code {
    /// The run executed for longer than it may.
    pub const TIMED_OUT: Self = Self(Cow::Borrowed("timed_out"));
    /// Nobody answered a gate before its end.
    pub const GATE_EXPIRED: Self = Self(Cow::Borrowed("gate_expired"));
    /// Somebody would not let the run go on.
    pub const REJECTED_BY_OPERATOR: Self = Self(Cow::Borrowed("rejected_by_operator"));
}

fn is_authored_name(text: &str) -> bool {
    (1..=512).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn is_code(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(is_allowed)
}

fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_grammar() {
        assert!(AuthoredName::parse("@acme/forms:pick one").is_ok());
        for text in ["", "a\nb", &"a".repeat(513)] {
            assert!(AuthoredName::parse(text).is_err(), "{text:?}");
        }
        assert!(Code::parse("http_502").is_ok());
        for text in ["", "5xx", "_a", "Timed", "a-b", &"a".repeat(65)] {
            assert!(Code::parse(text).is_err(), "{text:?}");
        }
        for code in [
            Code::TIMED_OUT,
            Code::GATE_EXPIRED,
            Code::REJECTED_BY_OPERATOR,
        ] {
            assert_eq!(Code::parse(code.as_str()), Ok(code));
        }
        assert!(Digest::parse("0a".repeat(32)).is_ok());
        for text in ["0a", &"0A".repeat(32), &"0g".repeat(32)] {
            assert!(Digest::parse(text).is_err(), "{text:?}");
        }
    }
}
