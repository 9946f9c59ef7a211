//! Given events, when a command, then events or a rejection: the only way rules are tested.

use super::Decider;

/// An aggregate with a history.
#[derive(Debug)]
pub struct Given<D: Decider>(D::State);

/// What the rules answered.
#[derive(Debug)]
pub struct Outcome<D: Decider>(Result<Vec<D::Event>, D::Rejection>);

/// Folds `events`; fails the test when they cannot have happened in this order.
#[track_caller]
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    Given(
        events
            .into_iter()
            .fold(D::State::default(), |state, event| {
                match D::evolve(state, &event) {
                    Ok(next) => next,
                    Err(impossible) => fail(&impossible.to_string()),
                }
            }),
    )
}

impl<D: Decider> Given<D> {
    /// Asks the rules.
    pub fn when(self, command: D::Command) -> Outcome<D> {
        Outcome(D::decide(&self.0, command))
    }
}

impl<D: Decider> Outcome<D>
where
    D::Event: PartialEq + std::fmt::Debug,
{
    /// Exactly these events, in this order.
    ///
    /// # Panics
    /// When the rules answered otherwise: that fails the test.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = D::Event>) {
        assert_eq!(self.0, Ok(expected.into_iter().collect::<Vec<_>>()));
    }

    /// Exactly this rejection.
    ///
    /// # Panics
    /// When the rules answered otherwise: that fails the test.
    #[track_caller]
    pub fn then_rejected(self, expected: D::Rejection) {
        assert_eq!(self.0, Err(expected));
    }

    /// The command was already satisfied.
    ///
    /// # Panics
    /// When the rules answered otherwise: that fails the test.
    #[track_caller]
    pub fn then_nothing(self) {
        assert_eq!(self.0.map(|events| events.len()), Ok(0));
    }
}

#[expect(
    clippy::panic,
    reason = "a broken premise must fail the test that stated it"
)]
#[track_caller]
fn fail(message: &str) -> ! {
    panic!("given: {message}")
}
