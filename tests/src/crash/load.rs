//! Clients that archive and restore, each its own packages, and never give up on an operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::history::{Action, Ended, History};
use super::stage::VERSION;
use crate::{Call, Client, Outcome, Reply, fault};

/// Longest time in which an operation must be answered, however often somebody is killed meanwhile.
const ANSWER: Duration = Duration::from_mins(3);

/// Pause before asking again.
const PAUSE: Duration = Duration::from_millis(20);

/// Running clients.
#[derive(Debug)]
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Outcome<()>>>,
}

/// What one client needs.
#[derive(Clone, Debug)]
struct Worker {
    number: usize,
    run: String,
    packages: Vec<String>,
    history: Arc<History>,
    node: watch::Receiver<Client>,
    stop: Arc<AtomicBool>,
}

/// What an attempt came to.
enum Attempt {
    Ended(Ended),
    /// Nothing was sent, or the answer says that nothing was written.
    Again,
    Unknown(String),
}

impl Load {
    /// Nobody yet.
    pub(super) fn new() -> Self {
        Self {
            stop: Arc::new(AtomicBool::new(false)),
            clients: Vec::new(),
        }
    }

    /// Adds clients that share the packages out among them and talk to the node that `node` names.
    pub(super) fn add(
        &mut self,
        clients: usize,
        packages: &[String],
        run: &str,
        history: &Arc<History>,
        node: &watch::Receiver<Client>,
    ) {
        for number in 0..clients {
            let worker = Worker {
                number: self.clients.len(),
                run: run.to_owned(),
                packages: packages
                    .iter()
                    .skip(number)
                    .step_by(clients)
                    .cloned()
                    .collect(),
                history: Arc::clone(history),
                node: node.clone(),
                stop: Arc::clone(&self.stop),
            };
            self.clients.push(tokio::spawn(worker.work()));
        }
    }

    /// Lets every client finish what it has begun.
    pub(super) async fn finish(self) -> Outcome<()> {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await??;
        }
        Ok(())
    }
}

impl Worker {
    async fn work(self) -> Outcome<()> {
        let mut archived = vec![false; self.packages.len()];
        for turn in 0_usize.. {
            if self.stop.load(Ordering::SeqCst) {
                break;
            }
            let own = turn % self.packages.len();
            let action = if archived[own] {
                Action::Restore
            } else {
                Action::Archive
            };
            let key = format!("{}-{}-{turn}", self.run, self.number);
            let number = self
                .history
                .invoke(self.number, &key, &self.packages[own], action);
            let ended = self
                .insist(number, &key, &self.packages[own], action)
                .await?;
            if matches!(ended, Ended::Ok { .. }) {
                archived[own] = !archived[own];
            }
            self.history.end(number, ended);
        }
        Ok(())
    }

    /// Sends until there is an answer; always the same request with the same key.
    async fn insist(
        &self,
        number: usize,
        key: &str,
        package: &str,
        action: Action,
    ) -> Outcome<Ended> {
        let began = Instant::now();
        while began.elapsed() < ANSWER {
            match self.attempt(key, package, action).await {
                Attempt::Ended(ended) => return Ok(ended),
                Attempt::Again => {}
                Attempt::Unknown(why) => self.history.unknown_outcome(number, &why),
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(fault(format!("{key} had no answer for {ANSWER:?}")))
    }

    async fn attempt(&self, key: &str, package: &str, action: Action) -> Attempt {
        let client = self.node.borrow().clone();
        let input = match action {
            Action::Archive => json!({ "packageName": package, "packageVersion": VERSION }),
            Action::Restore => json!({ "packageName": package }),
        };
        match client
            .call(
                action.primitive(),
                &input,
                Call {
                    key: Some(key),
                    ..Call::default()
                },
            )
            .await
        {
            Ok(reply) => read(&reply),
            Err(error) if error.is_connect() => Attempt::Again,
            Err(error) => Attempt::Unknown(format!("{error:?}")),
        }
    }
}

fn read(reply: &Reply) -> Attempt {
    let failed = |why: String| Attempt::Ended(Ended::Failed { why });
    match (reply.status, reply.code(), reply.position()) {
        (200, _, Some(position)) => Attempt::Ended(Ended::Ok { position }),
        (200, ..) => failed(format!(
            "the answer does not say where it stands: {}",
            reply.body
        )),
        (503, Some("OUTCOME_UNKNOWN"), _) => Attempt::Unknown("OUTCOME_UNKNOWN".to_owned()),
        (503, Some(_), _) => Attempt::Again,
        (status, ..) => failed(format!("{status} {}", reply.body)),
    }
}
