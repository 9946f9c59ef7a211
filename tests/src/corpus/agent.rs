//! An agent of the corpus: its flow, and what it compiles to.

use std::path::Path;

use cinatra_domain::extension::manifest;
use cinatra_domain::template::oas::{Compiled, Package, Refused, compile};
use cinatra_domain::template::plan::{Node, NodeKind};
use serde_json::{Map, Value};

use super::made_up;
use super::walk::Answers;
use crate::{Outcome, fault};

/// A package with a flow.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) name: String,
    /// The document, word for word.
    pub(super) document: String,
    pub(super) compiled: Result<Compiled, Refused>,
}

impl Agent {
    /// Reads a folder; `None` when no flow is in it.
    pub(super) fn read(folder: &Path) -> Outcome<Option<Self>> {
        let Ok(document) = std::fs::read_to_string(folder.join("cinatra/oas.json")) else {
            return Ok(None);
        };
        let package = std::fs::read(folder.join("package.json"))?;
        let (manifest, _) = manifest::parse_bytes(&package)
            .map_err(|error| fault(format!("{}: {error:?}", folder.display())))?;
        let compiled = compile(document.as_bytes(), &Package::from(&manifest));
        Ok(Some(Self {
            name: manifest.name.to_string(),
            document,
            compiled,
        }))
    }

    /// What it is started with: all that its derived schema wants, and all that it has no default for.
    pub(super) fn inputs(&self) -> Map<String, Value> {
        let Ok(compiled) = &self.compiled else {
            return Map::new();
        };
        let schema = &compiled.input_schema;
        let is_required = |name: &str| {
            let required = schema["required"].as_array().into_iter().flatten();
            required.into_iter().any(|known| known == name)
        };
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties
            .filter(|(name, schema)| is_required(name) || schema.get("default").is_none())
            .map(|(name, schema)| (name.clone(), made_up::value(name, schema)))
            .collect()
    }

    /// How a run of it is answered with what is made up.
    pub(super) fn made_up(&self, detours: bool) -> Answers {
        Answers::MadeUp {
            inputs: self.inputs(),
            detours,
        }
    }

    /// What a model has to say for all its nodes: an object of all that they take from an answer.
    pub(super) fn wants_of_models(&self) -> Outcome<Value> {
        let mut said = Map::new();
        for node in self.nodes().filter(|node| asks_a_model(node)) {
            for output in &node.outputs {
                let schema = Value::Object(output.schema.clone());
                let value = made_up::value(&output.title, &schema);
                let earlier = said.insert(output.title.clone(), value.clone());
                if earlier.is_some_and(|earlier| earlier != value) {
                    let (name, title) = (&self.name, &output.title);
                    let why = "is wanted of models in two types: the script has one answer only";
                    return Err(fault(format!("{name}: `{title}` {why}")));
                }
            }
        }
        Ok(Value::Object(said))
    }

    /// Whether all that it calls are models.
    pub(super) fn calls_models_only(&self) -> bool {
        let is_call = |node: &&Node| matches!(node.kind, NodeKind::Api(_));
        self.nodes().filter(is_call).all(asks_a_model)
    }

    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let flows = self.compiled.iter().flat_map(|it| &it.plan.flows);
        flows.flat_map(|flow| flow.nodes.values())
    }
}

fn asks_a_model(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Api(api) if api.url.ends_with("/api/llm-bridge"))
}
