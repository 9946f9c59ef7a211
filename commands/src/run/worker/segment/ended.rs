//! Why a worker's stretch of a run is over.

use cinatra_domain::run::InvalidWord;
use cinatra_domain::run::machine::{Failure, Visit};

use crate::Error;
use crate::stop::Stop;

/// The refusal of one more of what a run has only so many of.
const LIMIT: &str = "RUN_LIMIT";

/// Why a stretch is over without the run having come to a gate or its end.
#[derive(Debug)]
pub(in crate::run) enum Ended {
    /// Somebody else acts on the run: it was stopped, or another worker has it.
    Overtaken,
    /// What was decided about is not as it was, whoever changed it: it is to be looked at again.
    Moved,
    /// It was tried as often as may be, and the last worker fell silent.
    Spent,
    /// It may go better later.
    Failed(Error),
    /// The run itself cannot go on.
    Wrong(Wrong),
}

/// What a run went wrong by.
#[derive(Debug)]
pub(in crate::run) struct Wrong {
    pub(super) code: String,
    pub(super) node: Option<String>,
    pub(super) message: String,
}

impl<E: Into<Error>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Wrong(Wrong {
            code: failure.code().to_owned(),
            node: failure.node.as_ref().map(ToString::to_string),
            message: failure.to_string(),
        })
    }
}

impl From<InvalidWord> for Ended {
    fn from(invalid: InvalidWord) -> Self {
        wrong("name_illegal", None, invalid.reason)
    }
}

impl From<Stop> for Ended {
    /// A refusal means that the run is elsewhere than this worker believed, or that there may not be more of something.
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Rejected(body) if body.code == LIMIT => wrong("run_limit", None, &body.message),
            Stop::Rejected(_) => Self::Overtaken,
            Stop::Failed(error) => Self::Failed(error),
        }
    }
}

pub(super) fn wrong(code: &str, node: Option<&Visit>, message: &str) -> Ended {
    Ended::Wrong(Wrong {
        code: code.to_owned(),
        node: node.map(|visit| visit.node.to_string()),
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use cinatra_domain::run::{Limit, Phase, Rejection, Step};

    use super::*;

    #[test]
    fn a_run_that_may_have_no_more_goes_wrong_and_one_that_is_elsewhere_is_left_alone() {
        let refused = |rejection| Ended::from(Stop::refused(&rejection));
        let limit = Limit::Gates;
        let Ended::Wrong(wrong) = refused(Rejection::LimitReached { limit }) else {
            panic!("it goes on")
        };
        assert_eq!(wrong.code, "run_limit");
        let (from, asked) = (Phase::Stopped, Step::Start);
        let elsewhere = refused(Rejection::IllegalTransition { from, asked });
        assert!(matches!(elsewhere, Ended::Overtaken));
    }
}
