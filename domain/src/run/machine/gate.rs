//! Questions to a person, and what is shown with them.

use serde_json::{Map, Value};

use super::walk::Walk;
use super::{Ask, Cause, Failure, Step, Wait};
use crate::template::plan::{Node, NodeKind, Question};

impl Walk<'_> {
    pub(super) fn ask(&mut self, node: &Node, question: &Question) -> Result<Step, Failure> {
        let visit = self.visit();
        if let Some(visits_max) = question.visits_max.filter(|most| visit.count > *most) {
            return Err(self.fail(Cause::GateVisitLimit { visits_max }));
        }
        let inputs = self.inputs(node)?;
        let message = self.message(question, &inputs)?;
        let said = message.as_deref().or(self.at.said.as_deref());
        let told = self.told()?;
        if let Some(answer) = known_answer(question, [&told, &inputs, &object(said)]) {
            self.give(question, answer.clone())?;
            return Ok(Step::Skipped { visit, answer });
        }
        let mut values = told;
        if question.shows_inputs {
            values.extend(inputs);
        }
        values.extend(object(said));
        if let Some(said) = said {
            values.insert("output".to_owned(), Value::from(said));
        }
        let ask = Ask {
            visit,
            message,
            output: question.output.clone(),
            schema: question.schema.clone(),
            renderer: question.renderer.clone(),
            requires_approval: question.requires_approval,
            risk_class: question.risk_class.clone(),
            surface: question.surface.clone(),
            values,
        };
        self.at.waits = Wait::Answer;
        Ok(Step::Ask(ask))
    }

    pub(super) fn answered(&mut self, text: String) -> Result<Step, Failure> {
        let visit = self.visit();
        let node = self.node()?;
        let NodeKind::InputMessage(question) = &node.kind else {
            return Err(self.fail(Cause::UnexpectedEvent));
        };
        self.at.said = None;
        self.give(question, text)?;
        Ok(Step::Passed(visit))
    }

    fn give(&mut self, question: &Question, answer: String) -> Result<Step, Failure> {
        self.pass(Map::from_iter([(
            question.output.clone(),
            Value::from(answer),
        )]))
    }

    fn message(
        &self,
        question: &Question,
        inputs: &Map<String, Value>,
    ) -> Result<Option<String>, Failure> {
        let message = question.message.as_deref().filter(|text| !text.is_empty());
        message.map(|text| self.filled(text, inputs)).transpose()
    }
}

/// A text that is one JSON object, as that object.
fn object(text: Option<&str>) -> Map<String, Value> {
    match text.map(serde_json::from_str) {
        Some(Ok(Value::Object(object))) => object,
        Some(Ok(_) | Err(_)) | None => Map::new(),
    }
}

/// The answer that a form would give from what is known, if all that its schema requires is; the latter win.
///
/// A form whose one field is the answer itself gives its text; any other gives its fields as JSON.
fn known_answer(question: &Question, known: [&Map<String, Value>; 3]) -> Option<String> {
    let schema = question
        .schema
        .as_ref()
        .filter(|_| question.skips_when_known)?;
    let value = |name: &str| {
        let values = known.iter().rev().filter_map(|values| values.get(name));
        values.into_iter().find(|value| !value.is_null())
    };
    let required = schema.get("required")?.as_array()?;
    let required: Vec<&str> = required.iter().filter_map(Value::as_str).collect();
    if required.is_empty() || !required.iter().all(|name| value(name).is_some()) {
        return None;
    }
    if let ([only], Some(Value::String(text))) = (required.as_slice(), value(&question.output))
        && *only == question.output
    {
        return Some(text.clone());
    }
    let optional = schema.get("properties").and_then(Value::as_object);
    let optional = optional.into_iter().flat_map(Map::keys).map(String::as_str);
    let fields = required.iter().copied().chain(optional);
    let answer: Map<String, Value> = fields
        .filter_map(|name| Some((name.to_owned(), value(name)?.clone())))
        .collect();
    Some(Value::Object(answer).to_string())
}
