//! What proves who somebody is: tokens of four kinds, passwords, and keyed hashes of what must not be kept.
//!
//! Nothing here has an equality operator or shows itself: comparing would tell by its time how much of a guess was
//! right, and the database is asked for a hash instead (design.md D14).

mod fingerprint;
mod password;
mod token;

pub use fingerprint::Fingerprints;
pub use password::{Password, PasswordHasher};
pub use token::{InvalidToken, Token, TokenKind};
