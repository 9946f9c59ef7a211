//! Kills under load, and the proof that nothing was lost.
//!
//! Clients archive and restore packages over the public interface and write down what they sent and what
//! they were told (`history.rs`); the server or PostgreSQL is killed in the middle of it (`kill.rs`); whoever
//! got no answer asks again with the same key. At the end `check/` holds the history against the ledger. `runs/` does the
//! same to runs and their viewers.

mod check;
mod history;
mod kill;
mod load;
mod runs;
mod stage;
mod two;

use std::time::Instant;

use crate::Outcome;
use crate::console::say;

/// The switches.
const KNOWN: &str = "--kills=N --database-kills=N --seed=N --two-processes --runs --plant-double-write \
     --plant-skipped-frame --plant-late-call";

/// What goes wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// One event is written twice, under the kills of the server.
    DoubleWrite,
    /// A frame is forgotten that a viewer saw of its run.
    SkippedFrame,
    /// A run's call is made once more after its completion.
    LateCall,
}

/// What to do, and how often.
#[derive(Clone, Debug)]
pub struct Options {
    /// SIGKILLs of the server.
    pub server_kills: usize,
    /// SIGKILLs of the database with all its backends.
    pub database_kills: usize,
    /// Does something wrong before the check, which must then fail.
    pub plant: Option<Plant>,
    /// Leaves the kills out.
    pub two_processes_only: bool,
    /// Kills under runs and their viewers, and nothing else.
    pub runs_only: bool,
    /// Decides when within a cycle a kill comes.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            server_kills: 200,
            database_kills: 20,
            plant: None,
            two_processes_only: false,
            runs_only: false,
            seed: 1,
        }
    }
}

impl Options {
    /// Reads the switches of the program.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        for argument in arguments {
            let (name, value) = argument.split_once('=').unwrap_or((&argument, ""));
            let number = || {
                value
                    .parse::<u64>()
                    .map_err(|_| format!("{name} needs a number"))
            };
            let count = || number().and_then(|n| usize::try_from(n).map_err(|e| e.to_string()));
            match name {
                "--kills" => options.server_kills = count()?,
                "--database-kills" => options.database_kills = count()?,
                "--seed" => options.seed = number()?,
                "--plant-double-write" => options.plant = Some(Plant::DoubleWrite),
                "--plant-skipped-frame" => options.plant = Some(Plant::SkippedFrame),
                "--plant-late-call" => options.plant = Some(Plant::LateCall),
                "--two-processes" => options.two_processes_only = true,
                "--runs" => options.runs_only = true,
                _ => return Err(format!("unknown switch {argument}; known are {KNOWN}")),
            }
        }
        Ok(options)
    }
}

/// Runs what was asked for and says whether everything held.
pub async fn run(options: &Options) -> Outcome<bool> {
    let began = Instant::now();
    let mut held = true;
    let is_of_runs = options
        .plant
        .is_some_and(|plant| plant != Plant::DoubleWrite);
    let runs_only = options.runs_only || is_of_runs;
    if !options.two_processes_only && !runs_only {
        held &= kill::run(options).await?;
    }
    if options.plant.is_none() && !runs_only {
        held &= two::run().await?;
    }
    if !options.two_processes_only && options.plant != Some(Plant::DoubleWrite) {
        held &= runs::run(options).await?;
    }
    let verdict = if held {
        "everything held"
    } else {
        "SOMETHING DOES NOT HOLD"
    };
    say(format!("{verdict}, after {} s", began.elapsed().as_secs()));
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::{Options, Plant};

    #[test]
    fn switches_are_read_and_unknown_ones_are_named() {
        let parse = |words: &[&str]| Options::parse(words.iter().map(ToString::to_string));
        let options = parse(&["--kills=3", "--plant-double-write"]).unwrap();
        assert_eq!((options.server_kills, options.database_kills), (3, 20));
        assert_eq!(options.plant, Some(Plant::DoubleWrite));
        assert!(!options.two_processes_only);
        assert!(parse(&["--kills=many"]).is_err());
        assert!(parse(&["--fast"]).unwrap_err().contains("--fast"));
    }
}
