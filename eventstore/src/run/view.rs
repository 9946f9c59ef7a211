//! What one viewer of a run is given.

use futures_util::Stream;

use super::pages::Frames;
use super::ring::Found;
use super::tail::RunTail;
use super::{Cursor, ResetReason, RunPage};
use crate::ReadError;

/// What comes to a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewed {
    /// The next frames; one at least.
    Frames(Frames),
    /// The viewer cannot go on from where it stands, and nothing more comes. It may start anew from `start`.
    Reset {
        /// Why.
        reason: ResetReason,
        /// Before everything that is left; absent when there is no log.
        start: Option<Cursor>,
    },
}

/// Frames after a cursor: from the ring where they are there, else from the log.
pub(super) fn follow(
    tail: RunTail,
    after: Cursor,
) -> impl Stream<Item = Result<Viewed, ReadError>> + Send {
    // The first page is on its way before the viewer asks for it.
    let first = tail.ahead(after);
    async_stream::try_stream! {
        let (mut cursor, mut read, mut ahead) = (after, tail.listen(), first);
        loop {
            // Order: what is read for all from here on ends the wait.
            read.mark_unchanged();
            let found = tail.find(cursor);
            let is_behind = matches!(found, Found::Elsewhere);
            let next = match found {
                Found::Frames(frames) => Next::Frames(frames.into()),
                Found::AtEnd => Next::Wait(cursor),
                Found::Elsewhere => look(&tail, cursor).await?,
            };
            // Order: the page that was read ahead is kept until it was looked for.
            drop(ahead.take());
            match next {
                Next::Frames(frames) => {
                    for frame in frames.iter() {
                        tail.expect(cursor, frame)?;
                        cursor = frame.cursor;
                    }
                    ahead = is_behind.then(|| tail.ahead(cursor)).flatten();
                    yield Viewed::Frames(frames);
                }
                Next::Reset(reason, start) => {
                    yield Viewed::Reset { reason, start };
                    return;
                }
                Next::Wait(here) => {
                    cursor = here;
                    read.changed().await.map_err(unavailable)?;
                }
            }
        }
    }
}

/// What a viewer does next.
enum Next {
    Frames(Frames),
    Reset(ResetReason, Option<Cursor>),
    /// It has everything up to there.
    Wait(Cursor),
}

/// Asks the log in a task of its own. A viewer is not attended to while its client is slow, or while it is asked whether
/// it may still look; a question under way would hold its connection for as long.
async fn look(tail: &RunTail, cursor: Cursor) -> Result<Next, ReadError> {
    let tail = tail.clone();
    let looking = tokio::spawn(async move { next(&tail, cursor).await });
    looking.await.map_err(unavailable)?
}

async fn next(tail: &RunTail, cursor: Cursor) -> Result<Next, ReadError> {
    if let Some(frames) = tail.shared(cursor).await? {
        return Ok(Next::Frames(frames));
    }
    Ok(match tail.read(cursor).await? {
        RunPage::Reset { reason, head } => Next::Reset(reason, head.map(|head| head.start())),
        RunPage::Frames { frames, .. } if !frames.is_empty() => Next::Frames(frames.into()),
        // The one who reads for all does not know of it yet.
        RunPage::Frames { head, .. } => Next::Wait(head.cursor()),
    })
}

/// Whoever reads for a viewer has died.
fn unavailable(source: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Unavailable {
        source: Box::new(source),
    }
}
