//! What a gate is answered: from the arguments, else from what is typed.

use std::io::{self, BufRead as _};

use cinatra_domain::run::frame::Interrupt;
use cinatra_domain::run::{GateId, GateKind};
use serde_json::{Map, Value};

use super::given::Given;
use crate::cli::{CliError, Terminal};

/// Names the answer to a gate that has no fields.
const WHOLE: &str = "answer";

/// Answers that were given beforehand; each counts for one question.
#[derive(Debug)]
pub(super) struct Answers {
    given: Vec<Given>,
}

impl Answers {
    pub(super) const fn of(given: Vec<Given>) -> Self {
        Self { given }
    }

    /// What the run is told: the text itself where one text is asked for, the fields as JSON otherwise.
    pub(super) fn to(
        &mut self,
        asked: &Interrupt,
        terminal: &mut Terminal,
    ) -> Result<String, CliError> {
        let none = Map::new();
        let properties = asked.schema["properties"].as_object().unwrap_or(&none);
        let shown = properties.iter().filter(|(_, it)| it["x-hidden"] != true);
        let shown: Vec<(&String, &Value)> = shown.collect();
        let is_setup = asked.gate_id.parse::<GateId>().ok().map(|gate| gate.kind);
        let is_setup = is_setup == Some(GateKind::Setup);
        let is_text = match shown.as_slice() {
            [] => true,
            [(_, property)] => property["type"] == "string",
            _ => false,
        };
        if is_text && !is_setup {
            let (name, title) = match shown.first() {
                Some((name, property)) => (name.as_str(), title_of(name, property)),
                None => (WHOLE, "Answer"),
            };
            let must_be = is_required(&asked.schema, name);
            loop {
                match self.value(name, title, terminal)? {
                    // An empty answer would approve, which nobody has said.
                    Some(Value::String(text)) if must_be && text.trim().is_empty() => {}
                    Some(Value::String(text)) => return Ok(text),
                    Some(value) => return Ok(value.to_string()),
                    None => return Err(unanswered(asked, name)),
                }
            }
        }
        let mut fields = Map::new();
        for (name, property) in shown {
            let value = self.value(name, title_of(name, property), terminal)?;
            let is_empty = value.as_ref().is_none_or(|value| value == "");
            if is_empty && !is_required(&asked.schema, name) {
                continue;
            }
            let value = value.ok_or_else(|| unanswered(asked, name))?;
            fields.insert(name.clone(), fitting(property, value));
        }
        Ok(Value::Object(fields).to_string())
    }

    /// What was given for a field, else the next line; nothing when there are no more lines.
    fn value(
        &mut self,
        name: &str,
        title: &str,
        terminal: &mut Terminal,
    ) -> Result<Option<Value>, CliError> {
        if let Some(at) = self.given.iter().position(|given| given.name == name) {
            return Ok(Some(self.given.remove(at).value));
        }
        terminal.remark(format_args!("{title} ({name}):"))?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let is_there = read.map_err(CliError::Typed)? > 0;
        let text = line.trim_end_matches(['\r', '\n']);
        Ok(is_there.then(|| Value::from(text)))
    }
}

fn title_of<'s>(name: &'s str, property: &'s Value) -> &'s str {
    property["title"].as_str().unwrap_or(name)
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array().into_iter().flatten();
    required.into_iter().any(|it| it == name)
}

/// A typed text as what the field wants; what cannot be read stays text, and the server says so.
fn fitting(property: &Value, value: Value) -> Value {
    match (&value, property["type"].as_str()) {
        (Value::String(text), Some(kind)) if kind != "string" => {
            serde_json::from_str(text).unwrap_or(value)
        }
        _ => value,
    }
}

fn unanswered(asked: &Interrupt, field: &str) -> CliError {
    CliError::Unanswered {
        run: asked.run_id.clone(),
        gate: asked.gate_id.clone(),
        field: field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RUN: &str = "01990000-0000-7000-8000-000000000001";

    fn asked(gate_id: &str, schema: Value) -> Interrupt {
        Interrupt {
            thread_id: RUN.to_owned(),
            run_id: RUN.to_owned(),
            gate_id: gate_id.to_owned(),
            review_task_id: gate_id.to_owned(),
            x_renderer: String::new(),
            schema,
            values: json!({}),
            field_name: None,
            message: None,
            is_confirmation: false,
        }
    }

    fn told(gate_id: &str, schema: Value, given: &[&str]) -> String {
        let given = given.iter().map(|typed| typed.parse().unwrap()).collect();
        let mut terminal = Terminal::standard(false);
        let mut answers = Answers::of(given);
        answers
            .to(&asked(gate_id, schema), &mut terminal)
            .unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn one_text_is_told_as_it_is_and_fields_as_json() {
        let review = format!("wayflow-{RUN}:1");
        let setup = format!("setup-{RUN}:1");
        let one = json!({ "properties": { "a": { "type": "string" } }, "required": ["a"] });
        let two = json!({ "properties": {
            "a": { "type": "string" }, "b": { "type": "integer" },
            "c": { "type": "string", "x-hidden": true } }, "required": ["a", "b"] });
        assert_eq!(told(&review, one.clone(), &["a= {x}"]), " {x}");
        assert_eq!(told(&review, one.clone(), &["a=", "a= ", "a=x"]), "x");
        assert_eq!(told(&setup, one, &["a=x"]), r#"{"a":"x"}"#);
        let both = ["b=3", "a=x"];
        assert_eq!(told(&review, two, &both), r#"{"a":"x","b":3}"#);
        assert_eq!(told(&review, json!({}), &["answer=yes"]), "yes");
    }
}
