//! A rebuild: fill a build beside the live one, prove it equal, let it take the live one's place.
//!
//! The live build serves all the time, and another process may be running it. A rebuild that dies leaves a
//! build in state `building`, which the next one drops together with the retired build before last.
//! First the build is brought to where the live one is, and compared there; a live build that lags behind
//! its ledgers, because nobody runs it, is then left behind. A rebuild of an unchanged version must come to
//! the same rows, or the flip is refused; when the version is new, the version before keeps its own live
//! build and the comparison is for information. A read model that holds contents is not compared, and what
//! its new build took the place of is dropped: see [`abandoned`](super::abandoned).

mod backfill;
mod claim;
mod flip;
mod pace;

use cinatra_domain::kernel::{Position, TenantId};
use serde::Serialize;
use tokio::time::{Duration, Instant};

use self::backfill::Lack;
use self::claim::Claim;
use self::pace::{Pace, Rate};
use super::batch::{ParkedStreams, Target};
use super::builds::{Build, Ddl, State};
use super::digest::Digest;
use super::{Board, Projections};
use crate::Error;

/// Events behind the goal at which a rebuild stops backfilling and begins to compare.
const NEAR_EVENTS: i64 = 1_000;

/// What a rebuild is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Applying history; counted in events.
    Backfilling,
    /// Digesting both builds; counted in rows.
    Comparing,
    /// Catching up with the live build, which waits, and moving the pointer.
    Flipping,
}

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// How much of that is done.
    pub done: i64,
    /// Of how much; 0 when nobody knows.
    pub target: i64,
    /// How many of them a second, lately.
    pub rate: f64,
    /// Seconds that are left at this rate.
    pub eta_seconds: Option<f64>,
}

/// The rebuilt rows against the live ones, at the same positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The new build.
    pub rebuilt: Digest,
    /// The one it was compared with.
    pub live: Digest,
    /// Whether they hold the same.
    pub equal: bool,
    /// Whether this was at the very position of the flip; if not, the live build lagged behind its ledgers,
    /// was compared where it was and then left behind.
    pub at_flip: bool,
}

/// What a rebuild came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rebuilt {
    /// Which read model.
    pub name: &'static str,
    /// Which version.
    pub version: i32,
    /// The build that serves now.
    pub build: i32,
    /// The build that was compared with and served before.
    pub before: Option<i32>,
    /// Whether `before` is of the same version and was retired. It is kept for roll-back, unless the read
    /// model holds contents that can be erased.
    pub retired: bool,
    /// How many events were applied.
    pub events: i64,
    /// How long backfilling took.
    pub backfill_seconds: f64,
    /// How long everything took.
    pub seconds: f64,
    /// How far the build was in each ledger when it began to serve.
    pub ledgers: Vec<(TenantId, Position)>,
    /// The proof; absent when nothing served before, and for a read model that holds contents.
    pub compared: Option<Compared>,
}

/// Told about every change, several times a second.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// A rebuild under way.
struct Rebuild<'a> {
    projections: &'a Projections,
    board: &'a Board,
    /// The build that is filled.
    shadow: Target,
    /// The build that served the most recent version so far, and its version.
    live: Option<(Target, i32)>,
    waiting: ParkedStreams,
    pace: Pace,
    rate: Rate,
    progress: OnProgress<'a>,
    backfilled: Duration,
}

/// Up to where to apply history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// Where the live build is; the heads when there is none.
    Live,
    /// Where the ledgers are.
    Heads,
}

impl Projections {
    /// Builds a read model anew beside the live build and lets it take over.
    pub async fn rebuild(&self, name: &str, progress: OnProgress<'_>) -> Result<Rebuilt, Error> {
        let board = self.board(name)?;
        let claim = Claim::take(self, board.registered).await?;
        let rebuilt = self.rebuild_claimed(board, progress).await;
        claim.release().await;
        rebuilt
    }

    /// Lets the build serve again that served until the last rebuild, once it has caught up. The build that
    /// it takes the place of is kept in turn.
    pub async fn roll_back(&self, name: &str, progress: OnProgress<'_>) -> Result<Rebuilt, Error> {
        let board = self.board(name)?;
        let claim = Claim::take(self, board.registered).await?;
        let rolled_back = self.roll_back_claimed(board, progress).await;
        claim.release().await;
        rolled_back
    }

    async fn rebuild_claimed(
        &self,
        board: &Board,
        progress: OnProgress<'_>,
    ) -> Result<Rebuilt, Error> {
        let began = Instant::now();
        let (shadow, live) = self.make_room(board).await?;
        let mut rebuild = Rebuild::new(self, board, shadow, live, progress);
        while rebuild.backfill(Goal::Live).await? > NEAR_EVENTS {}
        let compared = if board.registered.holds_content {
            None
        } else {
            rebuild.compare().await?
        };
        rebuild.overtake().await?;
        let (ledgers, compared) = rebuild.flip(compared).await?;
        self.find_live(board).await?;
        if let Some(replaced) = rebuild.replaces()
            && board.registered.holds_content
        {
            self.drop_replaced(replaced).await;
        }
        Ok(rebuild.report(began, ledgers, compared))
    }

    async fn roll_back_claimed(
        &self,
        board: &Board,
        progress: OnProgress<'_>,
    ) -> Result<Rebuilt, Error> {
        let (began, registered) = (Instant::now(), board.registered);
        if registered.holds_content {
            return Err(Error::NothingToRollBack(registered.name));
        }
        let builds = self.builds(registered).await?;
        let retired = builds
            .iter()
            .find(|build| build.state == State::Retired && build.version == registered.version);
        let retired = retired.ok_or(Error::NothingToRollBack(registered.name))?;
        let live = newest_live(&builds, registered.version);
        let live = live.map(|live| (Target::of(registered, live.number), live.version));
        let shadow = Target::of(registered, retired.number);
        let mut rebuild = Rebuild::new(self, board, shadow, live, progress);
        let ledgers = rebuild.return_shadow().await?;
        self.find_live(board).await?;
        Ok(rebuild.report(began, ledgers, None))
    }

    /// Drops what earlier rebuilds left and makes the build to fill.
    async fn make_room(&self, board: &Board) -> Result<(Target, Option<(Target, i32)>), Error> {
        let registered = board.registered;
        let builds = self.builds(registered).await?;
        let live = newest_live(&builds, registered.version);
        let ddl = Ddl::begin(self).await?;
        for build in &builds {
            let is_kept =
                build.state == State::Live && live.is_none_or(|live| build.version >= live.version);
            if !is_kept {
                ddl.drop(registered, build.number).await?;
            }
        }
        let shadow = ddl.create(registered, State::Building).await?;
        ddl.commit().await?;
        let live = live.map(|live| (Target::of(registered, live.number), live.version));
        Ok((Target::of(registered, shadow), live))
    }
}

impl<'a> Rebuild<'a> {
    fn new(
        projections: &'a Projections,
        board: &'a Board,
        shadow: Target,
        live: Option<(Target, i32)>,
        progress: OnProgress<'a>,
    ) -> Self {
        Self {
            projections,
            board,
            shadow,
            live,
            waiting: ParkedStreams::new(),
            pace: Pace::default(),
            rate: Rate::begin(),
            progress,
            backfilled: Duration::ZERO,
        }
    }

    fn report(
        &self,
        began: Instant,
        ledgers: Vec<(TenantId, Position)>,
        compared: Option<Compared>,
    ) -> Rebuilt {
        Rebuilt {
            name: self.board.registered.name,
            version: self.board.registered.version,
            build: self.shadow.build,
            before: self.live.as_ref().map(|(live, _)| live.build),
            retired: self.replaces().is_some(),
            events: self.pace.done(),
            backfill_seconds: self.backfilled.as_secs_f64(),
            seconds: began.elapsed().as_secs_f64(),
            ledgers,
            compared,
        }
    }

    /// Leaves a live build behind that does not keep up with its ledgers. Where both halt at the same
    /// event, the new one is no worse.
    async fn overtake(&mut self) -> Result<(), Error> {
        let lacks = self.lacks(Goal::Heads).await?;
        if lacks.iter().map(Lack::events).sum::<i64>() <= NEAR_EVENTS {
            return Ok(());
        }
        loop {
            match self.backfill(Goal::Heads).await {
                Ok(events) if events > NEAR_EVENTS => {}
                Ok(_) => return Ok(()),
                Err(poisoned @ Error::Poisoned { .. }) if self.live.is_some() => {
                    tracing::warn!(%poisoned, "the new build halts, not before the live one");
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The live build whose place is taken: the one of the same version.
    fn replaces(&self) -> Option<&Target> {
        let (live, version) = self.live.as_ref()?;
        (*version == self.board.registered.version).then_some(live)
    }
}

/// What serves, by this version or the newest before it.
fn newest_live(builds: &[Build], version: i32) -> Option<&Build> {
    let live = builds.iter().filter(|build| build.state == State::Live);
    live.filter(|build| build.version <= version)
        .max_by_key(|build| build.version)
}
