//! A real browser without a window, driven by its own driver. Source: W3C, `WebDriver`.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::places::{self, Scratch};
use crate::process::Process;
use crate::{Outcome, fault, web};

/// How long the driver may take to come up.
const READY: Duration = Duration::from_mins(1);
/// How long a script may take.
const SCRIPT: Duration = Duration::from_mins(4);
/// Nothing that shows, and nothing that calls home.
const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A running browser with one page; whoever started it quits it.
#[derive(Debug)]
pub struct Browser {
    driver: Process,
    http: reqwest::Client,
    url: String,
    profile: Scratch,
}

impl Browser {
    /// Starts one with a profile of its own.
    pub async fn start() -> Outcome<Self> {
        let program = places::tool("chromium")?;
        let (profile, port) = (Scratch::new("browser")?, places::free_port()?);
        let mut command = Command::new(program);
        command.arg(format!("--port={port}"));
        let mut browser = Self {
            driver: Process::start(&command, &profile.path().join("driver.log"))?,
            http: web::client(SCRIPT + READY)?,
            url: format!("http://127.0.0.1:{port}"),
            profile,
        };
        let began = Instant::now();
        while !browser.is_ready().await {
            if browser.driver.ended().is_some() || began.elapsed() > READY {
                let log = browser.driver.log();
                return Err(fault(format!("the browser's driver did not start: {log}")));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let folder = browser.profile.path().join("profile");
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", folder.display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": flags },
            "timeouts": { "script": u64::try_from(SCRIPT.as_millis())? },
        } } });
        let session = browser.ask("/session", &wanted).await?;
        let id = session["sessionId"].as_str().unwrap_or_default();
        browser.url = format!("{}/session/{id}", browser.url);
        Ok(browser)
    }

    async fn is_ready(&self) -> bool {
        let status = self.http.get(format!("{}/status", self.url)).send().await;
        let Ok(status) = status else {
            return false;
        };
        let status: Value = status.json().await.unwrap_or_default();
        status["value"]["ready"] == true
    }

    async fn ask(&self, path: &str, input: &Value) -> Outcome<Value> {
        let request = self.http.post(format!("{}{path}", self.url)).json(input);
        let mut answer: Value = request.send().await?.json().await?;
        let value = answer["value"].take();
        if value["error"].is_string() {
            return Err(fault(format!("the browser: {value}")));
        }
        Ok(value)
    }

    /// Goes to a page.
    pub async fn open(&self, url: &str) -> Outcome<()> {
        self.ask("/url", &json!({ "url": url })).await.map(|_| ())
    }

    /// Has a cookie for the page's host.
    pub async fn keep(&self, name: &str, value: &str) -> Outcome<()> {
        let cookie = json!({ "name": name, "value": value, "path": "/", "httpOnly": true });
        let kept = self.ask("/cookie", &json!({ "cookie": cookie })).await;
        kept.map(|_| ())
    }

    /// Runs a script in the page until it calls the last of its arguments, with what that is called with.
    pub async fn run(&self, script: &str, arguments: &Value) -> Outcome<Value> {
        let input = json!({ "script": script, "args": arguments });
        self.ask("/execute/async", &input).await
    }

    /// Closes the browser, and ends its driver.
    pub async fn quit(mut self) -> Outcome<()> {
        self.http.delete(&self.url).send().await?;
        self.driver.kill()
    }
}
