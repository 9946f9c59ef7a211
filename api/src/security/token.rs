//! A credential in the clear: made once, written to one file, never logged.

use std::fmt;

/// 32 random bytes as callers carry them: `cin_` and 64 hexadecimal digits.
///
/// Two of them cannot be compared, because that would tell by its time how much of a guess was right;
/// the database is asked for the hash instead.
///
/// ```compile_fail,E0369
/// let token = cinatra_api::security::Token::generate().unwrap();
/// assert!(token == token.clone());
/// ```
#[derive(Clone)]
pub struct Token([u8; 32]);

/// A text that is not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct InvalidToken;

const PREFIX: &str = "cin_";

impl Token {
    /// Draws a new one from the operating system.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads what a caller presents.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        let digits = text.strip_prefix(PREFIX).ok_or(InvalidToken)?;
        blake3::Hash::from_hex(digits)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| InvalidToken)
    }

    /// What the database keeps.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.0).as_bytes()
    }

    /// The text a caller presents.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_no_two_are_alike() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(one.0, other.0);
        assert_eq!(Token::parse(&one.reveal()).unwrap().0, one.0);
        assert_ne!(one.hash(), one.0);
    }

    #[test]
    fn a_token_is_not_shown_by_accident() {
        let token = Token::generate().unwrap();
        let digits = token.reveal()[4..].to_owned();
        assert!(!format!("{token:?}").contains(&digits));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "cin_", "cin_00", "bearer", &"0".repeat(68)] {
            assert!(Token::parse(text).is_err(), "{text}");
        }
    }
}
