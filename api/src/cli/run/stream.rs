//! A run's stream, read until its end: whoever is cut off comes back and goes on after the last frame that they saw.

use std::time::Duration;

use cinatra_domain::run::frame::{Frame, FrameBody};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::cli::CliError;
use crate::cli::client::Client;

/// The server says that it is alive more often than this.
const SILENCE: Duration = Duration::from_secs(45);
/// How long to wait before coming back.
const PAUSE: Duration = Duration::from_secs(1);
/// How often in a row the server may not answer.
const TRIES_MAX: u32 = 30;

/// What came.
#[derive(Debug)]
pub(super) enum Told {
    /// A frame of the run.
    Frame(Box<FrameBody>),
    /// The run is told from its beginning, for this reason; what came before does not count.
    Anew(String),
}

/// A run that is watched.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    client: &'a Client,
    run: &'a str,
    /// Place of the last frame.
    after: Option<String>,
    response: Option<Response>,
    torn: Vec<u8>,
}

impl<'a> Stream<'a> {
    pub(super) const fn of(client: &'a Client, run: &'a str) -> Self {
        Self {
            client,
            run,
            after: None,
            response: None,
            torn: Vec::new(),
        }
    }

    /// What comes next; nothing once everything was told of a run that is over.
    pub(super) async fn next(&mut self) -> Result<Option<Told>, CliError> {
        loop {
            while let Some(block) = take_block(&mut self.torn) {
                if let Some(told) = self.read(&block) {
                    return Ok(Some(told));
                }
            }
            if self.response.is_none() && !self.open().await? {
                return Ok(None);
            }
            self.fill().await;
        }
    }

    /// Looks away, for as long as somebody thinks; what comes next goes on here.
    pub(super) fn leave(&mut self) {
        self.response = None;
        self.torn.clear();
    }

    /// Whether there is something to come.
    async fn open(&mut self) -> Result<bool, CliError> {
        for number in 1.. {
            match self.client.stream(self.run, self.after.as_deref()).await {
                Ok(response) if response.status() == StatusCode::NO_CONTENT => return Ok(false),
                Ok(response) => {
                    self.response = Some(response);
                    return Ok(true);
                }
                Err(error) if number == TRIES_MAX || !is_passing(&error) => return Err(error),
                Err(_) => sleep(PAUSE).await,
            }
        }
        Ok(false)
    }

    async fn fill(&mut self) {
        let Some(response) = &mut self.response else {
            return;
        };
        match timeout(SILENCE, response.chunk()).await {
            Ok(Ok(Some(chunk))) => self.torn.extend_from_slice(&chunk),
            Ok(Ok(None) | Err(_)) | Err(_) => self.leave(),
        }
    }

    fn read(&mut self, block: &str) -> Option<Told> {
        let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let data = line("data: ")?;
        if let Some(id) = line("id: ") {
            self.after = Some(id.to_owned());
        }
        // Kinds that this build does not know are not for it.
        if let Ok(frame) = serde_json::from_str::<Frame>(data) {
            return Some(Told::Frame(Box::new(frame.body)));
        }
        let value: Value = serde_json::from_str(data).ok()?;
        let is_anew = value["type"] == "reset";
        is_anew.then(|| {
            self.after = None;
            let reason = value["reason"].as_str().unwrap_or("unknown");
            Told::Anew(reason.to_owned())
        })
    }
}

/// The next event, if it is there whole.
fn take_block(torn: &mut Vec<u8>) -> Option<String> {
    let end = torn.windows(2).position(|pair| pair == b"\n\n")?;
    let block: Vec<u8> = torn.drain(..end + 2).collect();
    Some(String::from_utf8_lossy(&block).into_owned())
}

/// Whether the same may be answered a moment later.
const fn is_passing(error: &CliError) -> bool {
    if let CliError::Refused { status, .. } = error {
        return *status >= 500 || *status == 429;
    }
    matches!(error, CliError::Unreachable { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_taken_once_it_is_whole() {
        let mut torn = b"retry: 1\n\nid: 1-1\nda".to_vec();
        assert_eq!(take_block(&mut torn).as_deref(), Some("retry: 1\n\n"));
        assert_eq!(take_block(&mut torn), None);
        torn.extend_from_slice(b"ta: {}\n\n");
        assert_eq!(
            take_block(&mut torn).as_deref(),
            Some("id: 1-1\ndata: {}\n\n")
        );
        assert!(torn.is_empty());
    }
}
