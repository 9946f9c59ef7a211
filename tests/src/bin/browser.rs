//! `make browser`: a real browser's `EventSource` watches a run of 2,000 frames fifty times, is cut off each time at
//! another place, comes back by itself, and has everything once and in order; in both dialects. Exits 1 when it has not,
//! 2 when there is no browser.

use std::process::ExitCode;
use std::time::Instant;

use cinatra_tests::browser::Browser;
use cinatra_tests::console::say;
use cinatra_tests::places::{self, Scratch};
use cinatra_tests::relay::{PAGE, Relay};
use cinatra_tests::splits::{FRAMES, Whole, publish, recite};
use cinatra_tests::{Client, Node, Outcome, Start, fault};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Watches every address; tells of each how often it was opened, and count and digest of what came. With `each` that is
/// every event, else those that are told by a new id: of several for one frame the last, and no prelude.
const WATCH: &str = include_str!("watch.js");
/// How often a stream is cut, in each dialect.
const CUTS: usize = 50;

#[tokio::main]
async fn main() -> ExitCode {
    if let Err(fault) = places::tool("chromium") {
        say(format!("browser: {fault}"));
        return ExitCode::from(2);
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say(format!("browser: {fault}"));
            ExitCode::from(1)
        }
    }
}

async fn run() -> Outcome<()> {
    let scratch = Scratch::new("watched")?;
    let home = scratch.path().join("home");
    publish(&home)?;
    let server = Node::start(Start::up(&home)).await?;
    // The first person's session, as a browser holds it.
    let person = sign_in(&server).await?;
    let run = recite(&person).await?;
    let relay = Relay::before(server.url()).await?;
    let browser = Browser::start().await?;
    let watched = watch(&browser, &relay, &person, &run).await;
    browser.quit().await?;
    watched?;
    server.stop()
}

async fn watch(browser: &Browser, relay: &Relay, person: &Client, run: &str) -> Outcome<()> {
    browser.open(&format!("{}{PAGE}", relay.url())).await?;
    browser.keep("cinatra-session", person.token()).await?;
    for (dialect, query) in [("native", ""), ("strict", "?dialect=ag-ui")] {
        let began = Instant::now();
        let whole = Whole::see(person, run, query).await?;
        let frames = whole.events.iter().filter_map(|event| {
            let id = event.id.as_deref()?;
            Some((id, format!("{id}\t{}\n", event.data)))
        });
        let frames: Vec<(&str, String)> = frames.collect();
        let text: String = frames.iter().map(|(_, line)| line.as_str()).collect();
        let digest = Sha256::digest(text).to_vec();
        let places = (0..CUTS).map(|number| 1 + number * (FRAMES - 2) / (CUTS - 1));
        let streams = places.map(|cut| {
            let mark = if query.is_empty() { '?' } else { '&' };
            (
                cut,
                format!("/api/agents/runs/{run}/stream{query}{mark}cut={cut}"),
            )
        });
        let streams: Vec<(usize, String)> = streams.collect();
        let addresses: Vec<&String> = streams.iter().map(|(_, address)| address).collect();
        let arguments = json!([addresses, query.is_empty()]);
        let told = browser.run(WATCH, &arguments).await?;
        let cursors = relay.cursors();
        for ((cut, address), told) in streams.iter().zip(told.as_array().into_iter().flatten()) {
            let expected = json!({ "opened": 2, "count": FRAMES, "digest": digest });
            let shown = cursors.iter().filter(|(path, _)| path == address);
            let shown: Vec<&str> = shown.map(|(_, cursor)| cursor.as_str()).collect();
            check(told, &expected, *cut)?;
            // It came back where it was cut off, and once more at the end, where it was told that nothing comes.
            let came_back = [frames[*cut - 1].0, frames[FRAMES - 1].0];
            check(&json!(shown), &json!(came_back), *cut)?;
        }
        if told.as_array().map_or(0, Vec::len) != CUTS {
            return Err(fault(format!("the browser tells {told}")));
        }
        let seconds = began.elapsed().as_secs();
        say(format!(
            "{dialect}: EventSource cut at {CUTS} places of {FRAMES} frames, equal each time, {seconds} s"
        ));
    }
    Ok(())
}

fn check(told: &Value, expected: &Value, cut: usize) -> Outcome<()> {
    let wrong = || fault(format!("cut after {cut}: {told} instead of {expected}"));
    (told == expected).then_some(()).ok_or_else(wrong)
}

async fn sign_in(server: &Node) -> Outcome<Client> {
    let person = cinatra_tests::people::sign_in(server.url(), "ada@example.test").await?;
    Ok(person.client)
}
