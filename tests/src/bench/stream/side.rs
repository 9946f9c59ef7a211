//! A side's process, and one log on it.

use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::watcher::Watcher;
use crate::{Outcome, fault};

/// Viewers that come in at once.
const TOGETHER: usize = 16;
/// Frames of one request.
const REQUEST: usize = 100;

/// One server, ours or the bare one.
#[derive(Debug)]
pub(super) struct Side {
    child: Child,
    port: u16,
    door: u16,
    token: String,
}

impl Side {
    /// Starts this program again with these arguments, which prints two ports.
    pub(super) async fn start(arguments: &[&str], token: &str) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().ok_or_else(|| fault("no output"))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).await?;
        let (port, door) = line
            .trim()
            .split_once(' ')
            .ok_or_else(|| fault("it did not start"))?;
        Ok(Self {
            child,
            port: port.parse()?,
            door: door.parse()?,
            token: token.to_owned(),
        })
    }

    /// Where it answers.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it, and waits until it has.
    pub(super) async fn stop(mut self) -> Outcome<()> {
        Ok(self.child.kill().await?)
    }

    /// Bytes of it that are in memory.
    pub(super) fn resident(&self) -> Outcome<u64> {
        let pid = self.child.id().ok_or_else(|| fault("it has ended"))?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let line = line.ok_or_else(|| fault("no VmRSS"))?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1_024)
    }
}

/// The log of a run on a side.
#[derive(Debug)]
pub(super) struct Log<'s> {
    side: &'s Side,
    run: &'s str,
    http: reqwest::Client,
    last: AtomicI64,
}

impl<'s> Log<'s> {
    /// One that ends at `last`.
    pub(super) fn at(side: &'s Side, run: &'s str, last: i64) -> Self {
        Self {
            side,
            run,
            http: reqwest::Client::new(),
            last: AtomicI64::new(last),
        }
    }

    /// The place of its last frame.
    pub(super) fn last(&self) -> i64 {
        self.last.load(Ordering::Relaxed)
    }

    /// Whose it is.
    pub(super) const fn run(&self) -> &'s str {
        self.run
    }

    /// Takes these lines in, each a frame.
    pub(super) async fn take_in(&self, lines: String) -> Outcome<()> {
        let url = format!("http://127.0.0.1:{}/frames/{}", self.side.door, self.run);
        let answer = self.http.post(url).body(lines).send().await?;
        let (is_ok, said) = (answer.status().is_success(), answer.text().await?);
        if !is_ok {
            return Err(fault(said));
        }
        self.last.store(said.parse()?, Ordering::Relaxed);
        Ok(())
    }

    /// So many frames more, in as few requests as a burst has.
    pub(super) async fn append(&self, count: usize) -> Outcome<()> {
        let mut left = count;
        while left > 0 {
            let some = left.min(REQUEST);
            self.take_in(said(self.last() + 1, some)).await?;
            left -= some;
        }
        Ok(())
    }

    /// Somebody who has seen everything up to `after`.
    pub(super) async fn watcher(&self, after: i64) -> Outcome<Watcher> {
        Watcher::open(self.side.port, self.run, &self.side.token, after).await
    }

    /// So many who have seen everything there is.
    pub(super) async fn watchers(&self, count: usize) -> Outcome<Vec<Watcher>> {
        let coming = (0..count).map(|_| self.watcher(self.last()));
        stream::iter(coming).buffered(TOGETHER).try_collect().await
    }
}

/// What is said at so many places from this one on, as a model says it.
pub(super) fn said(first: i64, count: usize) -> String {
    let mut lines = String::new();
    for place in (first..).take(count) {
        let _ = writeln!(
            lines,
            "{{\"type\":\"TEXT_MESSAGE_CONTENT\",\"messageId\":\"1.bench\",\"delta\":\"{place:>8} and so on, a few \
             words at a time, until everything that there was to be said has been said at last.\"}}"
        );
    }
    lines
}
