//! How far the caller of a folder was answered, so that they find what they did in what they read next.
//!
//! A file beside the credential: a place a line, the one of the ledger that the credential acts in first. It is a help
//! and no more: what cannot be read is forgotten.

use std::fs;
use std::path::{Path, PathBuf};

use cinatra_domain::kernel::{Position, TenantId};

use super::CliError;
use crate::config::PlaceConfig;
use crate::primitive::Place;
use crate::security::create_private;

const FILE: &str = "position";

/// Ledgers that are remembered; beyond, the one that was acted in the longest ago is forgotten.
const LEDGERS_MAX: usize = 100;

/// The last place in each ledger.
#[derive(Debug)]
pub(super) struct Positions {
    path: PathBuf,
    places: Vec<Place>,
}

impl Positions {
    pub(super) fn of(place: &PlaceConfig) -> Self {
        let path = place.home.join(FILE);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let places = text.lines().filter_map(|line| line.parse().ok());
        Self {
            places: places.collect(),
            path,
        }
    }

    /// What the next read has to hold.
    pub(super) fn expected(&self) -> Option<String> {
        self.places.first().map(ToString::to_string)
    }

    /// A command was answered, whatever ledger it stands in.
    pub(super) fn did(&mut self, at: Place) {
        match self.known(at.ledger) {
            Some(place) => place.position = place.position.max(at.position),
            None => self.places.push(at),
        }
        self.places.truncate(LEDGERS_MAX);
    }

    /// A read was answered: from the ledger that is acted in.
    pub(super) fn saw(&mut self, at: Place) {
        self.acts_in(at.ledger);
        self.did(at);
    }

    /// The credential acts in this ledger from now on.
    pub(super) fn acts_in(&mut self, ledger: TenantId) {
        let position = Position::START;
        let found = self.known(ledger).copied();
        let place = found.unwrap_or(Place { ledger, position });
        self.places.retain(|known| known.ledger != ledger);
        self.places.insert(0, place);
    }

    fn known(&mut self, ledger: TenantId) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.ledger == ledger)
    }

    pub(super) fn keep(&self) -> Result<(), CliError> {
        let lines: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        create_private(&self.path, &lines.join("\n"))
            .map_err(|source| CliError::Home(self.path.display().to_string(), source))
    }
}

/// Whoever signs out was nowhere.
pub(super) fn forget(home: &Path) {
    let _ = fs::remove_file(home.join(FILE));
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(ledger: u128, position: i64) -> Place {
        Place {
            ledger: TenantId::new(Uuid::from_u128(ledger)),
            position: Position(position),
        }
    }

    #[test]
    fn what_was_done_is_expected_of_the_ledger_that_is_acted_in() {
        let home = tempfile::tempdir().unwrap();
        let place = PlaceConfig {
            home: home.path().to_owned(),
        };
        let mut positions = Positions::of(&place);
        assert_eq!(positions.expected(), None);
        positions.did(at(1, 7));
        positions.did(at(2, 9));
        assert_eq!(positions.expected(), Some(at(1, 7).to_string()));
        // Late news are no news.
        positions.saw(at(1, 5));
        assert_eq!(positions.expected(), Some(at(1, 7).to_string()));
        positions.acts_in(at(2, 0).ledger);
        positions.keep().unwrap();

        let mut positions = Positions::of(&place);
        assert_eq!(positions.expected(), Some(at(2, 9).to_string()));
        positions.acts_in(at(3, 0).ledger);
        assert_eq!(positions.expected(), Some(at(3, 0).to_string()));
        positions.saw(at(1, 8));
        assert_eq!(positions.expected(), Some(at(1, 8).to_string()));
        forget(&place.home);
        assert_eq!(Positions::of(&place).expected(), None);
    }
}
