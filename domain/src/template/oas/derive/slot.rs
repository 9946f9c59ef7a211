//! What an agent may be given beside its inputs: artifacts that are chosen for a run.
//! Source: spec/runs.md 7.1.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::document::FlowDocument;
use super::super::finding::{Finding, Findings, Place};
use crate::extension::{Dependency, Kind, PackageName};

const KEYS: &[&str] = &[
    "slotId",
    "acceptedArtifactExtensions",
    "selectionMode",
    "resolutionMode",
    "minItems",
    "maxItems",
    "readableOnly",
];

/// Who chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SelectionMode {
    /// A person.
    Interactive,
    /// The run itself.
    Autonomous,
}

impl SelectionMode {
    /// As agents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Autonomous => "autonomous",
        }
    }
}

/// What of several tiers counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResolutionMode {
    /// The narrowest that has something.
    Override,
    /// All of them.
    Accumulate,
}

impl ResolutionMode {
    /// As agents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Accumulate => "accumulate",
        }
    }
}

/// One place for chosen artifacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextSlot {
    /// Unique within the agent.
    pub slot_id: String,
    /// Packages of the artifacts that fit.
    pub accepted_artifact_extensions: Vec<String>,
    /// Who chooses.
    pub selection_mode: SelectionMode,
    /// What of several tiers counts.
    pub resolution_mode: ResolutionMode,
    /// Fewest.
    pub min_items: u32,
    /// Most, if bounded.
    pub max_items: Option<u32>,
    /// Whether only what has a text fits.
    pub readable_only: bool,
}

pub(in super::super) fn slots(
    root: &FlowDocument,
    dependencies: &[Dependency],
    findings: &mut Findings,
) -> Vec<ContextSlot> {
    let place = root
        .place
        .key("metadata")
        .key("cinatra")
        .key("contextSlots");
    read(&root.block, &place, dependencies, findings)
}

/// The slots of a document of which nothing else is looked at, and what is wrong with them.
pub fn declared_slots(document: &Map<String, Value>) -> (Vec<ContextSlot>, Vec<Finding>) {
    let block = document
        .get("metadata")
        .and_then(|metadata| metadata.get("cinatra")?.as_object());
    let (place, mut findings) = (Place::default(), Findings::default());
    let place = place.key("metadata").key("cinatra").key("contextSlots");
    let slots = block.map(|block| read(block, &place, &[], &mut findings));
    let findings = findings.followed_by(Findings::default());
    (slots.unwrap_or_default(), findings)
}

fn read(
    block: &Map<String, Value>,
    place: &Place,
    dependencies: &[Dependency],
    findings: &mut Findings,
) -> Vec<ContextSlot> {
    let entries = match block.get("contextSlots") {
        None | Some(Value::Null) => return vec![],
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            findings.blocker("CONTEXT_SLOT_INVALID", place, "is not a list");
            return vec![];
        }
    };
    let mut slots = Vec::new();
    let mut ids = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = place.index(index);
        let Some(entry) = entry.as_object() else {
            findings.blocker("CONTEXT_SLOT_INVALID", &place, "is not an object");
            continue;
        };
        let Some(slot) = Reader {
            entry,
            place: &place,
            findings,
        }
        .read(dependencies) else {
            continue;
        };
        if ids.insert(slot.slot_id.clone()) {
            slots.push(slot);
        } else {
            let message = format!("there are two slots \"{}\"", slot.slot_id);
            findings.blocker("CONTEXT_SLOT_INVALID", &place, message);
        }
    }
    slots
}

struct Reader<'e, 'f> {
    entry: &'e Map<String, Value>,
    place: &'f Place,
    findings: &'f mut Findings,
}

impl<'e> Reader<'e, '_> {
    /// Everything is looked at before anything is missed.
    fn read(mut self, dependencies: &[Dependency]) -> Option<ContextSlot> {
        for key in self
            .entry
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()))
        {
            self.fault(key, "means nothing");
        }
        let slot_id = self.text("slotId");
        if slot_id.is_none() {
            self.fault("slotId", "is not a text");
        }
        let accepted = self.accepted(dependencies);
        let selection_mode = match self.text("selectionMode") {
            Some("interactive") => Some(SelectionMode::Interactive),
            Some("autonomous") => Some(SelectionMode::Autonomous),
            Some(_) | None => None,
        };
        if selection_mode.is_none() {
            self.fault("selectionMode", "is neither interactive nor autonomous");
        }
        let resolution_mode = match self.text("resolutionMode") {
            Some("override") => Some(ResolutionMode::Override),
            Some("accumulate") => Some(ResolutionMode::Accumulate),
            Some(_) | None => None,
        };
        if resolution_mode.is_none() {
            self.fault("resolutionMode", "is neither override nor accumulate");
        }
        let min_items = self.number("minItems").unwrap_or(0);
        let max_items = self.number("maxItems");
        if max_items.is_some_and(|most| min_items > most) {
            self.fault("minItems", "is greater than maxItems");
        }
        let readable_only = self
            .entry
            .get("readableOnly")
            .unwrap_or(&Value::Bool(false));
        let readable_only = readable_only.as_bool();
        if readable_only.is_none() {
            self.fault("readableOnly", "is neither true nor false");
        }
        Some(ContextSlot {
            slot_id: slot_id?.to_owned(),
            accepted_artifact_extensions: accepted,
            selection_mode: selection_mode?,
            resolution_mode: resolution_mode?,
            min_items,
            max_items,
            readable_only: readable_only?,
        })
    }

    fn accepted(&mut self, dependencies: &[Dependency]) -> Vec<String> {
        const KEY: &str = "acceptedArtifactExtensions";
        let entry = self.entry;
        let names: Vec<&str> = entry
            .get(KEY)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|name| name.as_str().unwrap_or_default())
            .collect();
        if names.is_empty() {
            self.fault(KEY, "names no package");
        }
        for name in &names {
            let known = dependencies.iter().find(|edge| edge.package_name == *name);
            let kind = known.and_then(|edge| edge.kind).unwrap_or(Kind::Artifact);
            if PackageName::parse(*name).is_err() || kind != Kind::Artifact {
                self.fault(KEY, "names something that is no package of an artifact");
            }
        }
        names.into_iter().map(str::to_owned).collect()
    }

    fn text(&self, key: &str) -> Option<&'e str> {
        let text = self.entry.get(key).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    }

    fn number(&mut self, key: &str) -> Option<u32> {
        let stated = self.entry.get(key).filter(|value| !value.is_null())?;
        let number = stated
            .as_u64()
            .and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.fault(key, "is not a number of artifacts");
        }
        number
    }

    fn fault(&mut self, key: &str, reason: &str) {
        let message = format!("{key} {reason}");
        self.findings
            .blocker("CONTEXT_SLOT_INVALID", &self.place.key(key), message);
    }
}
