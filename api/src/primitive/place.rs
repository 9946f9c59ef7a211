//! A place in a ledger as callers write it: `<ledger>:<position>`.

use std::fmt;
use std::str::FromStr;

use cinatra_domain::kernel::{Position, TenantId};

/// Which ledger, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose ledger.
    pub ledger: TenantId,
    /// How far in it.
    pub position: Position,
}

impl From<(TenantId, Position)> for Place {
    fn from((ledger, position): (TenantId, Position)) -> Self {
        Self { ledger, position }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.ledger, self.position)
    }
}

/// A text that is not `<ledger>:<position>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not of the form <ledger>:<position>")]
pub struct InvalidPlace;

impl FromStr for Place {
    type Err = InvalidPlace;
    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (ledger, position) = text.split_once(':').ok_or(InvalidPlace)?;
        if position.is_empty() || !position.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidPlace);
        }
        Ok(Self {
            ledger: ledger.parse().map_err(|_| InvalidPlace)?,
            position: Position(position.parse().map_err(|_| InvalidPlace)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_was_written() {
        let text = "00000000-0000-0000-0000-000000000000:42";
        let place: Place = text.parse().unwrap();
        assert_eq!(place.position, Position(42));
        assert_eq!(place.to_string(), text);
    }

    #[test]
    fn anything_else_is_refused() {
        let nil = "00000000-0000-0000-0000-000000000000";
        for text in ["", "42", nil, ":42", "x:42"] {
            assert_eq!(text.parse::<Place>(), Err(InvalidPlace), "{text}");
        }
        for position in ["", "-1", "+1", "1.0", "99999999999999999999"] {
            let text = format!("{nil}:{position}");
            assert_eq!(text.parse::<Place>(), Err(InvalidPlace), "{text}");
        }
    }
}
