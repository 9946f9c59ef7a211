//! A credential in the clear: made once, given once, never logged.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Error;

/// What a token is for; its first letters say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A person's token for programs, or the one of the first start: `cin_`.
    Personal,
    /// A signed-in browser or program: `cis_`.
    Session,
    /// A service account's secret: `cinatra_a2a_`. Source: spec/workspace.md 1.5.
    Service,
    /// A secret that was mailed: `cic_`.
    Challenge,
}

impl TokenKind {
    const ALL: [Self; 4] = [
        Self::Personal,
        Self::Session,
        Self::Service,
        Self::Challenge,
    ];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Personal => "cin_",
            Self::Session => "cis_",
            Self::Service => "cinatra_a2a_",
            Self::Challenge => "cic_",
        }
    }
}

/// 32 random bytes as callers carry them.
///
/// Two of them cannot be compared, because that would tell by its time how much of a guess was right;
/// the database is asked for the hash instead.
///
/// ```compile_fail,E0369
/// use cinatra_commands::credential::{Token, TokenKind};
/// let token = Token::generate(TokenKind::Personal).unwrap();
/// assert!(token == token.clone());
/// ```
#[derive(Clone)]
pub struct Token {
    kind: TokenKind,
    bytes: [u8; 32],
}

/// A text that is not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct InvalidToken;

impl Token {
    /// Draws a new one from the operating system.
    pub fn generate(kind: TokenKind) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| Error::Randomness)?;
        Ok(Self { kind, bytes })
    }

    /// Reads what a caller presents.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        let found = TokenKind::ALL.into_iter().find_map(|kind| {
            let rest = text.strip_prefix(kind.prefix())?;
            Some((kind, rest))
        });
        let (kind, rest) = found.ok_or(InvalidToken)?;
        let bytes = match kind {
            TokenKind::Service => {
                let bytes = URL_SAFE_NO_PAD.decode(rest).map_err(|_| InvalidToken)?;
                bytes.try_into().map_err(|_| InvalidToken)?
            }
            TokenKind::Personal | TokenKind::Session | TokenKind::Challenge => {
                let hash = blake3::Hash::from_hex(rest).map_err(|_| InvalidToken)?;
                *hash.as_bytes()
            }
        };
        Ok(Self { kind, bytes })
    }

    /// What it is for.
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// What the database keeps.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.bytes).as_bytes()
    }

    /// The text a caller presents.
    pub fn reveal(&self) -> String {
        let prefix = self.kind.prefix();
        match self.kind {
            TokenKind::Service => format!("{prefix}{}", URL_SAFE_NO_PAD.encode(self.bytes)),
            TokenKind::Personal | TokenKind::Session | TokenKind::Challenge => {
                format!("{prefix}{}", blake3::Hash::from_bytes(self.bytes).to_hex())
            }
        }
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
        for kind in TokenKind::ALL {
            let (one, other) = (
                Token::generate(kind).unwrap(),
                Token::generate(kind).unwrap(),
            );
            assert_ne!(one.bytes, other.bytes);
            let read = Token::parse(&one.reveal()).unwrap();
            assert_eq!((read.kind, read.bytes), (kind, one.bytes));
            assert_ne!(one.hash(), one.bytes);
        }
    }

    #[test]
    fn a_token_is_not_shown_by_accident() {
        let token = Token::generate(TokenKind::Session).unwrap();
        let digits = token.reveal()[4..].to_owned();
        assert!(!format!("{token:?}").contains(&digits));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "cin_",
            "cin_00",
            "cinatra_a2a_",
            "cinatra_a2a_AAAA",
            "bearer",
        ] {
            assert!(Token::parse(text).is_err(), "{text}");
        }
        assert!(Token::parse(&"0".repeat(68)).is_err());
    }
}
