//! The thread that runs one server process: starts it, waits for it, starts it again when it dies, and ends with it.
//!
//! The server is a direct child in a process group of its own, so that Ctrl-C in a terminal reaches us and not it,
//! and the system stops it when we are killed. That last tie is to the *thread* that started the child, which is
//! why this is a thread that lives exactly as long as the child, and not a task of some runtime.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::sync::watch;

use super::{child::tied, identity::Identity, place::private_file, postmaster::Postmaster};
use crate::error::ClusterError;

/// A fast stop writes a checkpoint; on a busy disk that takes a while.
const FAST_STOP_MAX: Duration = Duration::from_mins(1);
/// After that the server has to go without one, and recovers at its next start.
const IMMEDIATE_STOP_MAX: Duration = Duration::from_secs(5);
/// How long an abandoned cluster is waited for.
const DROP_WAIT: Duration = Duration::from_secs(5);

/// A server that dies is started again, until it has not lived this long ...
const HEALTHY_AFTER: Duration = Duration::from_secs(10);
/// ... for this long.
const GIVE_UP_AFTER: Duration = Duration::from_mins(1);
const RESTART_PAUSE: Duration = Duration::from_millis(200);

/// Above this size the log of earlier runs is moved to `postgres.log.old`.
const LOG_MAX: u64 = 16 * 1024 * 1024;

/// Everything needed to start the server.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) program: PathBuf,
    pub(crate) identity: Option<Identity>,
    pub(crate) data: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) settings: Vec<(String, String)>,
}

/// What the server is doing, as far as its parent knows.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// Not started yet, or between two lives.
    Absent,
    /// It runs; whether it answers is another question.
    Running { pid: u32 },
    /// It ended and is not started again.
    Ended(Ending),
}

/// How it ended for good.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    Status(ExitStatus),
    NotStarted(io::ErrorKind),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::NotStarted(kind) => write!(f, "could not be started: {kind}"),
        }
    }
}

/// Our handle on that thread.
#[derive(Debug)]
pub(crate) struct Supervisor {
    stage: watch::Receiver<Stage>,
    control: Arc<Mutex<Control>>,
}

#[derive(Debug, Default)]
struct Control {
    /// The child as long as its number cannot have been given to another process.
    child: Option<Pid>,
    stopping: bool,
    restarts: bool,
}

impl Supervisor {
    /// Starts the thread and the server.
    pub(crate) fn spawn(plan: Plan) -> Result<Self, ClusterError> {
        rotate(&plan.log);
        let control = Arc::new(Mutex::new(Control::default()));
        let (sender, stage) = watch::channel(Stage::Absent);
        let (shared, program) = (Arc::clone(&control), plan.program.clone());
        thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || run(&plan, &shared, &sender))
            .map_err(|source| ClusterError::Program { program, source })?;
        Ok(Self { stage, control })
    }

    /// From now on a server that dies is started again.
    pub(crate) fn keep_alive(&self) {
        lock(&self.control).restarts = true;
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage.borrow().clone()
    }

    /// Waits until the server has ended and is not started again.
    pub(crate) async fn ended(&self) -> Option<Ending> {
        let mut stage = self.stage.clone();
        let ended = stage
            .wait_for(|stage| matches!(stage, Stage::Ended(_)))
            .await;
        match ended.ok().as_deref() {
            Some(Stage::Ended(ending)) => Some(ending.clone()),
            Some(Stage::Absent | Stage::Running { .. }) | None => None,
        }
    }

    /// Stops the server: politely, then firmly, then by force. False if nothing helped.
    pub(crate) async fn stop(&self) -> bool {
        lock(&self.control).stopping = true;
        for (signal, patience) in [
            (Signal::INT, FAST_STOP_MAX),
            (Signal::QUIT, IMMEDIATE_STOP_MAX),
            (Signal::KILL, IMMEDIATE_STOP_MAX),
        ] {
            self.signal(signal);
            if tokio::time::timeout(patience, self.ended()).await.is_ok() {
                return true;
            }
            tracing::warn!(?signal, "PostgreSQL did not stop in time");
        }
        false
    }

    fn signal(&self, signal: Signal) {
        if let Some(child) = lock(&self.control).child
            && let Err(error) = kill_process(child, signal)
        {
            tracing::warn!(%error, ?signal, "cannot signal PostgreSQL");
        }
    }
}

/// The seat belt for a cluster that nobody stopped: a failed test, an error between two steps of a start.
impl Drop for Supervisor {
    fn drop(&mut self) {
        lock(&self.control).stopping = true;
        self.signal(Signal::INT);
        let since = Instant::now();
        while since.elapsed() < DROP_WAIT && !matches!(*self.stage.borrow(), Stage::Ended(_)) {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn lock(control: &Mutex<Control>) -> MutexGuard<'_, Control> {
    control.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(plan: &Plan, control: &Mutex<Control>, stage: &watch::Sender<Stage>) {
    let mut failing_since = None;
    let ending = loop {
        let born = Instant::now();
        let ending = live_once(plan, control, stage);
        let (stopping, restarts) = {
            let control = lock(control);
            (control.stopping, control.restarts)
        };
        if stopping || !restarts {
            break ending;
        }
        if born.elapsed() >= HEALTHY_AFTER {
            failing_since = None;
        }
        let since = *failing_since.get_or_insert_with(Instant::now);
        // Somebody else's server in our folder is not ours to fight.
        if since.elapsed() > GIVE_UP_AFTER || Postmaster::find(&plan.data).is_some() {
            break ending;
        }
        tracing::warn!(%ending, "PostgreSQL ended by itself, starting it again");
        stage.send_replace(Stage::Absent);
        thread::sleep(RESTART_PAUSE);
        if lock(control).stopping {
            break ending;
        }
    };
    stage.send_replace(Stage::Ended(ending));
}

/// One life of the server.
///
/// Order: the number of a child is free for others as soon as it is collected. So its end is awaited without
/// collecting it, then nobody can signal it any more, then it is collected.
fn live_once(plan: &Plan, control: &Mutex<Control>, stage: &watch::Sender<Stage>) -> Ending {
    let mut child = match start(plan, control) {
        Ok(child) => child,
        Err(error) => {
            tracing::error!(%error, program = %plan.program.display(), "cannot start PostgreSQL");
            return Ending::NotStarted(error.kind());
        }
    };
    let pid = pid_of(&child);
    stage.send_replace(Stage::Running { pid: child.id() });
    if let Some(pid) = pid {
        while waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        )
        .is_err_and(|error| error == rustix::io::Errno::INTR)
        {}
    }
    lock(control).child = None;
    match child.wait() {
        Ok(status) => Ending::Status(status),
        Err(error) => Ending::NotStarted(error.kind()),
    }
}

/// Order: under the lock, so that a stop either prevents the start or finds the child.
fn start(plan: &Plan, control: &Mutex<Control>) -> io::Result<Child> {
    let log = private_file(&plan.log, OpenOptions::new().append(true)).map_err(io::Error::other)?;
    let mut server = tied(&plan.program, plan.identity);
    server.arg("-D").arg(&plan.data);
    for (name, value) in &plan.settings {
        server.arg("-c").arg(format!("{name}={value}"));
    }
    server
        .stdout(Stdio::from(log.try_clone()?))
        .stderr(Stdio::from(log))
        .process_group(0);
    let mut control = lock(control);
    if control.stopping {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let child = server.spawn()?;
    control.child = pid_of(&child);
    Ok(child)
}

fn pid_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn rotate(log: &Path) {
    if fs::metadata(log).is_ok_and(|found| found.len() > LOG_MAX)
        && let Err(error) = fs::rename(log, log.with_extension("log.old"))
    {
        tracing::warn!(%error, "cannot rotate the log of PostgreSQL");
    }
}
