//! Real packages taken through their whole life over the public interface, from a real registry.
//!
//! A package may be refused, with a code. What may not happen: a panic, a 5xx, an error without a code, a
//! read model that disagrees with what was just done, a rebuild or a chain that does not hold.
//!
//! Agents with a flow are then run, with a model that is scripted; how each run ends is looked up in a table. And the
//! reference implementation says of the same flows whether they are legal and what their runs do.

mod agent;
mod endings;
mod life;
mod made_up;
mod model;
mod proof;
mod reference;
mod runs;
mod tally;
mod walk;

use std::path::{Path, PathBuf};

use crate::console::say;
use crate::node::{Node, Start};
use crate::places::Scratch;
use crate::{Client, Outcome, Packed, Verdaccio, fault};

use agent::Agent;
use life::{Life, Plan};
use model::Model;
use runs::Ran;
use tally::Tally;

/// A folder of the corpus and what became of packing and publishing it.
struct Entry {
    folder: String,
    packed: Result<Packed, String>,
    /// What the registry said when it did not take it.
    unpublished: Option<String>,
}

/// Runs all of it and says whether everything held.
pub async fn run(corpus: &Path) -> Outcome<bool> {
    let folders = folders(corpus)?;
    let agents = folders.iter().map(|folder| Agent::read(folder));
    let agents: Vec<Agent> = agents
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?;
    let model = Model::start().await?;
    let registry = Verdaccio::start().await?;
    let entries = publish(&registry, folders).await;
    let scratch = Scratch::new("corpus")?;
    let start = Start::up(&scratch.path().join("home")).registry(registry.url());
    let node = Node::start(start.model(model.url())).await?;
    say(format!(
        "{} folders, Verdaccio at {}, Cinatra at {}",
        entries.len(),
        registry.url(),
        node.url()
    ));

    let mut tally = Tally::default();
    let mut life = Life::new(node.client()?);
    for (index, entry) in entries.iter().enumerate() {
        match &entry.packed {
            Ok(packed) => {
                let told = life.lead(packed, Plan::rotating(index), &mut tally).await;
                let unpublished = entry
                    .unpublished
                    .as_ref()
                    .map(|said| format!("  (not published: {said})"));
                say(told + &unpublished.unwrap_or_default());
            }
            Err(reason) => {
                say(format!("unpackable  {}  {reason}", entry.folder));
                tally.unpackable += 1;
            }
        }
    }
    life.compare_with_the_list(&mut tally).await;
    for agent in &agents {
        run_once(&node.client()?, &model, agent, &mut tally).await?;
    }
    check_arrivals(&agents, &mut tally);
    let compared = reference::compare(&agents).await?;
    for why in compared.broken {
        tally.broken(why);
    }
    (tally.equal, tally.not_compared) = (compared.equal, compared.left_out);
    proof::prove(node, &mut tally);
    tally.print();
    Ok(tally.holds())
}

/// One agent's line: how its run ended, which has to be as expected.
async fn run_once(client: &Client, model: &Model, agent: &Agent, tally: &mut Tally) -> Outcome<()> {
    let name = &agent.name;
    match &agent.compiled {
        Ok(_) => tally.compiled += 1,
        Err(refused) => {
            say(format!("run  {name}  does not compile: {refused}"));
            return Ok(());
        }
    }
    if let Some(code) = tally.not_installed.get(name) {
        let ended = format!("not installed {code}");
        say(format!("run  {name}  {ended}"));
        expect(name, &ended, tally);
        return Ok(());
    }
    model.says(agent.wants_of_models()?);
    let asked = model.asked();
    match runs::lead(client, agent).await {
        Ok(ran) => {
            let asked = model.asked() - asked;
            let (ended, reason) = (ran.to_string(), ran.reason());
            say(format!(
                "run  {name}  {ended}  (model asked {asked}x) {reason}"
            ));
            tally.runs += 1;
            tally.arrived += usize::from(ran.has_arrived());
            expect(name, &ended, tally);
            check_outputs(agent, &ran, tally);
        }
        Err(why) => tally.broken(format!("run of {name}: {why}")),
    }
    Ok(())
}

/// An ending that somebody has looked at stays what it is.
fn expect(agent: &str, ended: &str, tally: &mut Tally) {
    if let Some(expected) = endings::ending(agent)
        && expected != ended
    {
        tally.broken(format!("run of {agent}: `{ended}` and not `{expected}`"));
    }
}

/// Where only models are called, the server's outputs are those of a walk in this process, which the reference is
/// compared with.
fn check_outputs(agent: &Agent, ran: &Ran, tally: &mut Tally) {
    let (Some(outputs), Ok(compiled)) = (ran.outputs(), &agent.compiled) else {
        return;
    };
    if !agent.calls_models_only() {
        return;
    }
    let walked = walk::walk(&compiled.plan, agent.made_up(false));
    if walked.end.as_ref() != Ok(outputs) {
        tally.broken(format!(
            "run of {}: {outputs} and not {:?}",
            agent.name, walked.end
        ));
    }
}

/// Enough runs come to a gate or their end.
fn check_arrivals(agents: &[Agent], tally: &mut Tally) {
    let is_there = |name: &str| agents.iter().any(|agent| agent.name == name);
    let (arrived, least) = (tally.arrived, endings::ARRIVING_MIN);
    if endings::covers(is_there) && arrived < least {
        tally.broken(format!(
            "{arrived} runs come to a gate or their end, and not {least}"
        ));
    }
}

/// The folders of the corpus in order of their name.
fn folders(corpus: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = std::fs::read_dir(corpus).map_err(|e| {
        fault(format!(
            "the corpus {} cannot be read: {e}",
            corpus.display()
        ))
    })?;
    let mut folders: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    if folders.is_empty() {
        return Err(fault(format!(
            "the corpus {} holds no folder",
            corpus.display()
        )));
    }
    Ok(folders)
}

/// Packs and publishes everything first, so that a package finds its dependencies whatever the order.
async fn publish(registry: &Verdaccio, folders: Vec<PathBuf>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for path in folders {
        let folder = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let packed = Packed::folder(&path).map_err(|e| e.to_string());
        let mut unpublished = None;
        if let Ok(packed) = &packed {
            unpublished = registry.publish(packed).await.err().map(|e| e.to_string());
        }
        entries.push(Entry {
            folder,
            packed,
            unpublished,
        });
    }
    entries
}
