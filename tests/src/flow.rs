//! Agents made up for a test: a flow of few nodes, packed to be installed.

use serde_json::{Map, Value, json};

use crate::{Outcome, Package, Packed};

/// A flow under construction. Nodes follow each other in the order in which they are added, unless edges say otherwise.
#[derive(Clone, Debug)]
pub struct Flow {
    id: String,
    inputs: Vec<Value>,
    required: Vec<String>,
    outputs: Vec<Value>,
    nodes: Map<String, Value>,
    order: Vec<String>,
    edges: Vec<Value>,
    data: Vec<Value>,
}

fn named(id: &str) -> Value {
    json!({ "$component_ref": id })
}

fn text(title: &str) -> Value {
    json!({ "title": title, "type": "string" })
}

impl Flow {
    /// With these inputs, all of them required texts.
    pub fn of(id: &str, inputs: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            inputs: inputs.iter().map(|title| text(title)).collect(),
            required: inputs.iter().map(|title| (*title).to_owned()).collect(),
            outputs: Vec::new(),
            nodes: Map::new(),
            order: Vec::new(),
            edges: Vec::new(),
            data: Vec::new(),
        }
    }

    fn node(mut self, id: &str, node: Value) -> Self {
        self.nodes.insert(id.to_owned(), node);
        self.order.push(id.to_owned());
        self
    }

    /// Says something; placeholders are inputs that [`Self::feeds`] fills.
    #[must_use]
    pub fn says(self, id: &str, message: &str, inputs: &[&str]) -> Self {
        let inputs: Vec<Value> = inputs.iter().map(|title| text(title)).collect();
        let node = json!({ "component_type": "OutputMessageNode", "id": id, "name": id,
            "inputs": inputs, "message": message });
        self.node(id, node)
    }

    /// Makes a text of these inputs; it is the output `text`.
    #[must_use]
    pub fn makes(self, id: &str, template: &str, inputs: &[&str]) -> Self {
        let inputs: Vec<Value> = inputs.iter().map(|title| text(title)).collect();
        let node = json!({ "component_type": "PluginTemplateNode", "id": id, "name": id,
            "component_plugin_name": "NodesPlugin", "component_plugin_version": "26.1.0",
            "inputs": inputs, "outputs": [text("text")], "template": template });
        self.node(id, node)
    }

    /// The run answers what a node gives, which is declared so.
    #[must_use]
    pub fn answers_as(mut self, declared: Value, from: &str, given: &str) -> Self {
        let output = declared["title"].as_str().unwrap_or_default().to_owned();
        self.outputs.push(declared);
        self.feeds(from, given, "end", &output)
    }

    /// Asks a person; the answer is the output `answer`.
    #[must_use]
    pub fn asks(self, id: &str) -> Self {
        let node = json!({ "component_type": "InputMessageNode", "id": id, "name": id,
            "outputs": [text("answer")],
            "metadata": { "cinatra": { "renderer": "@acme/forms:text", "requiresApproval": false,
                "riskClass": "read_only" } } });
        self.node(id, node)
    }

    /// Calls an address with these data; the answer's field `answer` is an output.
    #[must_use]
    pub fn calls(self, id: &str, url: &str, data: &Value) -> Self {
        let node = json!({ "component_type": "ApiNode", "id": id, "name": id, "url": url,
            "http_method": "POST", "data": data, "outputs": [text("answer")] });
        self.node(id, node)
    }

    /// Takes an output from a node into an input of another.
    #[must_use]
    pub fn feeds(mut self, from: &str, output: &str, to: &str, input: &str) -> Self {
        self.data.push(json!({ "component_type": "DataFlowEdge",
            "name": format!("{from}.{output}-{to}.{input}"), "source_node": named(from),
            "source_output": output, "destination_node": named(to), "destination_input": input }));
        self
    }

    /// The run answers what a node gives.
    #[must_use]
    pub fn answers(mut self, output: &str, from: &str, given: &str) -> Self {
        self.outputs.push(text(output));
        self.feeds(from, given, "end", output)
    }

    /// As a document.
    pub fn document(mut self) -> Value {
        let line = [&["start".to_owned()], &self.order[..], &["end".to_owned()]].concat();
        for pair in line.windows(2) {
            self.edges.push(json!({ "component_type": "ControlFlowEdge",
                "name": format!("{}-{}", pair[0], pair[1]),
                "from_node": named(&pair[0]), "to_node": named(&pair[1]) }));
        }
        let start = json!({ "component_type": "StartNode", "id": "start", "name": "start",
            "inputs": self.inputs, "metadata": { "cinatra": { "required": self.required } } });
        let end = json!({ "component_type": "EndNode", "id": "end", "name": "end",
            "outputs": self.outputs });
        self.nodes.insert("start".to_owned(), start);
        self.nodes.insert("end".to_owned(), end);
        json!({
            "agentspec_version": "26.1.0", "component_type": "Flow", "id": self.id, "name": self.id,
            "metadata": { "cinatra": { "type": "leaf" } },
            "inputs": self.inputs, "outputs": self.outputs, "start_node": named("start"),
            "nodes": line.iter().map(|id| named(id)).collect::<Vec<_>>(),
            "control_flow_connections": self.edges, "data_flow_connections": self.data,
            "$referenced_components": self.nodes,
        })
    }

    /// As an agent to be installed.
    pub fn agent(self, name: &str, version: &str) -> Outcome<Packed> {
        let flow = self.document().to_string();
        let mut package =
            Package::skill(name, version).with_file("cinatra/oas.json", flow.as_bytes());
        package.manifest["cinatra"]["kind"] = "agent".into();
        package.pack()
    }
}
