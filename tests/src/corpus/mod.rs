//! Real packages taken through their whole life over the public interface, from a real registry.
//!
//! A package may be refused, with a code. What may not happen: a panic, a 5xx, an error without a code, a
//! read model that disagrees with what was just done, a rebuild or a chain that does not hold.

mod life;
mod proof;
mod tally;

use std::path::{Path, PathBuf};

use crate::console::say;
use crate::node::{Node, Start};
use crate::places::Scratch;
use crate::{Outcome, Packed, Verdaccio, fault};

use life::{Life, Plan};
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
    let registry = Verdaccio::start().await?;
    let entries = publish(&registry, folders).await;
    let scratch = Scratch::new("corpus")?;
    let node =
        Node::start(Start::up(&scratch.path().join("home")).registry(registry.url())).await?;
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
    proof::prove(node, &mut tally);
    tally.print();
    Ok(tally.holds())
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
