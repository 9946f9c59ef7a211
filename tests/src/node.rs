//! The real binary as a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{Process, Signal};
use crate::{Client, Outcome, fault, people, places};

/// Longest time to the first answer, an `initdb` included.
const READY: Duration = Duration::from_mins(2);

/// How to start a node.
#[derive(Clone, Debug)]
pub struct Start {
    /// `CINATRA_HOME`.
    pub home: PathBuf,
    /// `DATABASE_URL`; without one, `cinatra up` brings its own cluster.
    pub database_url: Option<String>,
    /// `CINATRA_REGISTRY`.
    pub registry: Option<String>,
    /// `CINATRA_REGISTRY_TOKEN`.
    pub registry_token: Option<String>,
    /// The admin token, when another node of the same database has its file.
    pub token: Option<String>,
    /// `CINATRA_URL`, for the command line of somebody whose home has no server.
    pub url: Option<String>,
    /// `CINATRA_ENCRYPTION_KEY`, when several homes share a database.
    pub encryption_key: Option<String>,
    /// `CINATRA_ENCRYPTION_KEY_PREVIOUS`.
    pub previous_key: Option<String>,
    /// `CINATRA_LOG`.
    pub log: Option<String>,
    /// `CINATRA_EGRESS_ALLOW`.
    pub egress: Option<String>,
    /// `CINATRA_MODEL_URL`.
    pub model: Option<String>,
}

impl Start {
    /// With a cluster of its own.
    pub fn up(home: &Path) -> Self {
        Self {
            home: home.to_path_buf(),
            database_url: None,
            registry: None,
            registry_token: None,
            token: None,
            url: None,
            encryption_key: None,
            previous_key: None,
            log: None,
            egress: None,
            model: None,
        }
    }

    /// On a database that runs already.
    pub fn serve(home: &Path, database_url: &str) -> Self {
        Self {
            database_url: Some(database_url.to_owned()),
            ..Self::up(home)
        }
    }

    /// Installing from there.
    #[must_use]
    pub fn registry(mut self, registry: impl Into<String>) -> Self {
        self.registry = Some(registry.into());
        self
    }

    /// With a credential for the registry.
    #[must_use]
    pub fn registry_token(mut self, token: &str) -> Self {
        self.registry_token = Some(token.to_owned());
        self
    }

    /// With the token that another node wrote down.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Letting agents call this peer.
    #[must_use]
    pub fn egress(mut self, peer: &str) -> Self {
        self.egress = Some(peer.to_owned());
        self
    }

    /// Asking this model.
    #[must_use]
    pub fn model(mut self, url: &str) -> Self {
        self.model = Some(url.to_owned());
        self
    }

    /// Under this master key instead of one in the home folder.
    #[must_use]
    pub fn encryption_key(mut self, key: &str) -> Self {
        self.encryption_key = Some(key.to_owned());
        self
    }

    /// The binary with this environment, for any of its sub-commands.
    pub fn command(&self, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(binary()?);
        command
            .args(arguments)
            .env("CINATRA_HOME", &self.home)
            .env("CINATRA_PORT", "0");
        let settings = [
            ("DATABASE_URL", &self.database_url),
            ("CINATRA_REGISTRY", &self.registry),
            ("CINATRA_REGISTRY_TOKEN", &self.registry_token),
            ("CINATRA_URL", &self.url),
            ("CINATRA_TOKEN", &self.token),
            ("CINATRA_ENCRYPTION_KEY", &self.encryption_key),
            ("CINATRA_ENCRYPTION_KEY_PREVIOUS", &self.previous_key),
            ("CINATRA_EGRESS_ALLOW", &self.egress),
            ("CINATRA_MODEL_URL", &self.model),
        ];
        for (variable, value) in settings {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        if let Some(filter) = &self.log {
            command.env("CINATRA_LOG", filter);
        }
        Ok(command)
    }

    /// Runs a sub-command to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome<Output> {
        Ok(self
            .command(arguments)?
            .stdin(std::process::Stdio::null())
            .output()?)
    }
}

/// A running node; it is killed with its value.
#[derive(Debug)]
pub struct Node {
    process: Process,
    start: Start,
    url: String,
    token: String,
}

impl Node {
    /// Starts the binary and waits until it says that it can serve.
    ///
    /// At its first start in a home somebody signs up there, unless there is a token already: the one of the first
    /// start would not outlive it.
    pub async fn start(mut start: Start) -> Outcome<Self> {
        std::fs::create_dir_all(&start.home)?;
        let _ = std::fs::remove_file(start.home.join("server.json"));
        let sub = if start.database_url.is_some() {
            "serve"
        } else {
            "up"
        };
        let command = start.command(&[sub])?;
        let mut process = Process::start(&command, &start.home.join("node.log"))?;
        let began = Instant::now();
        let url = loop {
            if let Some(url) = announced(&start.home, process.pid()) {
                break url;
            }
            patience(&mut process, began)?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let client = people::nobody(&url)?;
        while !client.get("/readyz").await.is_ok_and(|reply| reply.is_ok()) {
            patience(&mut process, began)?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let token = match start.token.take() {
            Some(token) => token,
            None => token_in(&start.home, &url).await?,
        };
        start.token = Some(token.clone());
        Ok(Self {
            process,
            start,
            url,
            token,
        })
    }

    /// A caller with its owner's token.
    pub fn client(&self) -> Outcome<Client> {
        Client::new(&self.url, &self.token)
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its owner's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// How it was started: for the command line beside it, or to start it again.
    pub fn start_again(&self) -> &Start {
        &self.start
    }

    /// The id of the process.
    pub fn process_id(&self) -> u32 {
        self.process.pid()
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Everything it has written, over all its starts in this home.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Asks it to stop, as Ctrl-C does, and expects that it does.
    pub fn stop(mut self) -> Outcome<()> {
        let status = self.process.signal(Signal::INT, Duration::from_secs(30))?;
        if status.success() {
            Ok(())
        } else {
            Err(fault(format!(
                "the node ended with {status}: {}",
                self.log()
            )))
        }
    }
}

/// The token of whoever signed up in this home first.
async fn token_in(home: &Path, url: &str) -> Outcome<String> {
    let file = home.join("token-of-tests");
    if let Ok(token) = std::fs::read_to_string(&file) {
        return Ok(token);
    }
    let token = people::sign_up(url, "Ada").await?.token().await?;
    std::fs::write(&file, &token)?;
    Ok(token)
}

/// The address that the process of this id left in its home. An address rather than a name saves a look-up.
fn announced(home: &Path, pid: u32) -> Option<String> {
    let text = std::fs::read(home.join("server.json")).ok()?;
    let running: Value = serde_json::from_slice(&text).ok()?;
    let own = running["pid"].as_u64() == Some(u64::from(pid));
    own.then(|| {
        running["url"]
            .as_str()
            .map(|url| url.replace("localhost", "127.0.0.1"))
    })?
}

fn patience(process: &mut Process, began: Instant) -> Outcome<()> {
    if let Some(status) = process.ended() {
        return Err(fault(format!(
            "the node ended with {status} before it was ready:\n{}",
            process.log()
        )));
    }
    if began.elapsed() > READY {
        return Err(fault(format!(
            "the node was not ready after {READY:?}:\n{}",
            process.log()
        )));
    }
    Ok(())
}

/// The binary of this build, made up to date once per process.
pub fn binary() -> Outcome<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT
        .get_or_init(|| build().map_err(|e| e.to_string()))
        .clone()
        .map_err(fault)
}

fn build() -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    let profile = own.ancestors().skip(1).find(|dir| !dir.ends_with("deps"));
    let place = profile
        .ok_or_else(|| fault("no target folder"))?
        .join("cinatra");
    // The whole workspace with one binary: the same features as the tests, so that nothing is built twice.
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    command
        .args(["build", "--quiet", "--workspace", "--bin", "cinatra"])
        .current_dir(places::project());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let out = command.output()?;
    if out.status.success() {
        Ok(place)
    } else {
        Err(fault(String::from_utf8_lossy(&out.stderr).into_owned()))
    }
}
