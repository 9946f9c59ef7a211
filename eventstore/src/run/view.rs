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
        let (mut cursor, mut watch, mut ahead) = (after, tail.watch(), first);
        loop {
            // Order: the bell is silenced before anything is looked at, so a ring since then ends the wait.
            let bell = watch.look();
            let found = tail.find(cursor);
            let is_behind = matches!(found, Found::Elsewhere);
            let next = match found {
                Found::Frames(frames) => Next::Frames(frames.into()),
                Found::AtEnd | Found::Elsewhere => look(&tail, cursor, bell, is_behind).await?,
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
                Next::LookFrom(here) => cursor = here,
                Next::Wait => watch.changed().await,
            }
        }
    }
}

/// What a viewer does next.
enum Next {
    Frames(Frames),
    Reset(ResetReason, Option<Cursor>),
    LookFrom(Cursor),
    Wait,
}

/// Asks the log in a task of its own. A viewer is not attended to while its client is slow, or while it is asked whether
/// it may still look; a question under way would hold its connection for as long, and the turn of all other viewers.
async fn look(
    tail: &RunTail,
    cursor: Cursor,
    bell: u64,
    is_behind: bool,
) -> Result<Next, ReadError> {
    let tail = tail.clone();
    let looking = tokio::spawn(async move { next(&tail, cursor, bell, is_behind).await });
    let ended = |source| ReadError::Unavailable {
        source: Box::new(source),
    };
    looking.await.map_err(ended)?
}

async fn next(
    tail: &RunTail,
    cursor: Cursor,
    bell: u64,
    is_behind: bool,
) -> Result<Next, ReadError> {
    if is_behind {
        return match tail.shared(cursor).await? {
            Some(frames) => Ok(Next::Frames(frames)),
            None => alone(tail, cursor, bell).await,
        };
    }
    let may_be_more = tail.follow(cursor, bell).await?;
    Ok(if may_be_more {
        Next::LookFrom(cursor)
    } else {
        Next::Wait
    })
}

async fn alone(tail: &RunTail, cursor: Cursor, bell: u64) -> Result<Next, ReadError> {
    match tail.read(cursor).await? {
        RunPage::Reset { reason, head } => Ok(Next::Reset(reason, head.map(|head| head.start()))),
        RunPage::Frames { frames, .. } if !frames.is_empty() => Ok(Next::Frames(frames.into())),
        // The viewer has everything, and the ring does not know of it yet.
        RunPage::Frames { head, .. } => {
            tail.catch_up(head.cursor(), bell).await?;
            Ok(Next::LookFrom(head.cursor()))
        }
    }
}
