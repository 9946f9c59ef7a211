//! Verdaccio on a free loopback port, empty at first, without any uplink.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::places::{self, Scratch};
use crate::process::Process;
use crate::{Outcome, Packed, fault, web};

/// A running Verdaccio.
#[derive(Debug)]
pub struct Verdaccio {
    process: Process,
    folder: Scratch,
    port: u16,
    http: reqwest::Client,
}

/// Why a package was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The registry said no.
    #[error("the registry answered {status}: {said}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words.
        said: String,
    },
    /// It did not answer.
    #[error("the registry did not answer")]
    Silent(#[from] reqwest::Error),
}

impl Verdaccio {
    /// Starts one that everybody may read and publish to.
    pub async fn start() -> Outcome<Self> {
        Self::with_access("$all").await
    }

    /// Starts one whose packages only `access` may read, for example `$authenticated`.
    pub async fn with_access(access: &str) -> Outcome<Self> {
        let folder = Scratch::new("verdaccio")?;
        std::fs::write(folder.path().join("config.yaml"), configuration(access))?;
        let port = places::free_port()?;
        let process = launch(&folder, port)?;
        let http = web::client(Duration::from_mins(1))?;
        let mut registry = Self {
            process,
            folder,
            port,
            http,
        };
        registry.wait_until_ready().await?;
        Ok(registry)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Takes it down; [`Self::resume`] brings it back at the same place with the same packages.
    pub fn pause(&mut self) -> Outcome<()> {
        self.process.kill()
    }

    /// Brings it back.
    pub async fn resume(&mut self) -> Outcome<()> {
        self.process = launch(&self.folder, self.port)?;
        self.wait_until_ready().await
    }

    /// Publishes as `npm publish` would.
    pub async fn publish(&self, packed: &Packed) -> Result<(), PublishError> {
        self.publish_as(packed, None).await
    }

    /// Publishes with a user's token.
    pub async fn publish_as(
        &self,
        packed: &Packed,
        token: Option<&str>,
    ) -> Result<(), PublishError> {
        let url = format!("{}/{}", self.url(), encoded(&packed.name));
        let mut request = self.http.put(url).json(&packed.publish_body());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let reply = request.send().await?;
        let status = reply.status();
        if status.is_success() {
            return Ok(());
        }
        let said = reply
            .text()
            .await?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let said = said.chars().take(200).collect();
        Err(PublishError::Refused {
            status: status.as_u16(),
            said,
        })
    }

    /// Creates a user and returns a token of theirs.
    pub async fn create_user(&self, name: &str) -> Outcome<String> {
        let url = format!("{}/-/user/org.couchdb.user:{name}", self.url());
        let body = serde_json::json!({ "name": name, "password": format!("{name}-pass-word"), "type": "user" });
        let reply: serde_json::Value = self.http.put(url).json(&body).send().await?.json().await?;
        reply["token"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| fault(format!("no token: {reply}")))
    }

    async fn wait_until_ready(&mut self) -> Outcome<()> {
        let began = Instant::now();
        let ping = format!("{}/-/ping", self.url());
        while began.elapsed() < Duration::from_mins(1) {
            if let Some(status) = self.process.ended() {
                return Err(fault(format!(
                    "Verdaccio ended with {status}: {}",
                    self.process.log()
                )));
            }
            if self
                .http
                .get(&ping)
                .send()
                .await
                .is_ok_and(|r| r.status().is_success())
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(fault(format!(
            "Verdaccio was not ready in time: {}",
            self.process.log()
        )))
    }
}

fn launch(folder: &Scratch, port: u16) -> Outcome<Process> {
    let mut command = Command::new(places::tool("node")?);
    command
        .arg(places::tool("verdaccio")?)
        .arg("--config")
        .arg(folder.path().join("config.yaml"))
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .current_dir(folder.path())
        .env("HOME", folder.path());
    Process::start(&command, &folder.path().join("verdaccio.log"))
}

fn configuration(access: &str) -> String {
    format!(
        "storage: ./storage
auth: {{ htpasswd: {{ file: ./htpasswd, max_users: 100 }} }}
uplinks: {{}}
packages:
  '@*/*': {{ access: {access}, publish: {access}, unpublish: {access} }}
  '**': {{ access: {access}, publish: {access}, unpublish: {access} }}
max_body_size: 200mb
userRateLimit: {{ windowMs: 1000, max: 100000 }}
web: {{ enable: false }}
log: {{ type: stdout, format: json, level: warn }}
"
    )
}

/// A name as one segment of a path. npm encodes the slash only; stranger names must not leave the path.
fn encoded(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02x}");
            }
        }
    }
    out
}
