//! What is sent for each row of the table: the same for everybody wherever the primitive is not about oneself.

mod extension;
mod organization;
mod permission;
mod person;
mod project;
mod run;
mod session;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::UNKNOWN;
use super::cast::Who;
use super::golden::Row;
use super::stage::Stage;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) input: Value,
    /// Where the input names what the call is about, as a JSON pointer.
    target: Option<&'static str>,
    /// What has to be in the answer: what is not is not there for the caller.
    sought: Option<String>,
    /// With another credential than the caller's own, for one of them.
    instead: Option<(Who, String)>,
    /// Whether everybody sends another one.
    is_each_ones: bool,
    /// The project within which it is called.
    pub(super) within: Option<String>,
}

impl Request {
    fn of(input: Value) -> Self {
        Self {
            input,
            target: None,
            sought: None,
            instead: None,
            is_each_ones: false,
            within: None,
        }
    }

    pub(super) fn plain() -> Self {
        Self::of(json!({}))
    }

    /// A list, as long as it gets.
    fn whole() -> Self {
        Self::of(json!({ "limit": 200 }))
    }

    fn about(self, target: &'static str) -> Self {
        Self {
            target: Some(target),
            ..self
        }
    }

    fn seeking(self, sought: &str) -> Self {
        Self {
            sought: Some(sought.to_owned()),
            ..self
        }
    }

    fn each(self) -> Self {
        Self {
            is_each_ones: true,
            ..self
        }
    }

    fn within(self, project: &str) -> Self {
        Self {
            within: Some(project.to_owned()),
            ..self
        }
    }

    fn instead(self, who: Who, token: String) -> Self {
        Self {
            instead: Some((who, token)),
            ..self
        }
    }

    /// The credential that somebody sends it with, if it is not their own.
    pub(super) fn credential(&self, who: Who) -> Option<&str> {
        let instead = self.instead.as_ref().filter(|(whose, _)| *whose == who);
        instead.map(|(_, token)| token.as_str())
    }

    /// The table's word for an answer.
    pub(super) fn word(&self, status: u16, text: &str) -> String {
        let sought = self.sought.as_deref();
        match status {
            200 if sought.is_some_and(|sought| !text.contains(sought)) => "404".to_owned(),
            200 => "ok".to_owned(),
            other => other.to_string(),
        }
    }

    /// What the call is about.
    pub(super) fn target(&self) -> Option<&str> {
        self.input.pointer(self.target?)?.as_str()
    }

    /// The same about something that there is not, and what that is.
    pub(super) fn astray(&self) -> Option<(Self, &'static str)> {
        if self.within.is_some() {
            let astray = self.clone().within(UNKNOWN);
            return Some((astray, UNKNOWN));
        }
        let pointer = self.target?;
        let nothing = if pointer == "/packageName" {
            "@acme/random-skills"
        } else {
            UNKNOWN
        };
        let mut astray = self.clone();
        *astray.input.pointer_mut(pointer).unwrap() = json!(nothing);
        Some((astray, nothing))
    }
}

/// Requests that nobody has used up.
#[derive(Debug)]
pub(super) struct Desk<'s> {
    stage: &'s Stage,
    kept: HashMap<(String, Option<Who>), Request>,
}

impl<'s> Desk<'s> {
    pub(super) fn new(stage: &'s Stage) -> Self {
        Self {
            stage,
            kept: HashMap::new(),
        }
    }

    /// What somebody sends. It makes sense: whoever may, succeeds.
    pub(super) async fn request(&mut self, row: &Row, who: Who) -> Request {
        for whose in [None, Some(who)] {
            if let Some(kept) = self.kept.get(&(row.name.clone(), whose)) {
                return kept.clone();
            }
        }
        let made = make(self.stage, row, who).await;
        let whose = made.is_each_ones.then_some(who);
        self.kept.insert((row.name.clone(), whose), made.clone());
        made
    }

    /// It had its effect: the next one gets another.
    pub(super) fn spend(&mut self, row: &Row, who: Who) {
        for whose in [None, Some(who)] {
            self.kept.remove(&(row.name.clone(), whose));
        }
    }
}

async fn make(stage: &Stage, row: &Row, who: Who) -> Request {
    let name = (row.primitive(), row.variant());
    if let Some(made) = extension::make(stage, name).await {
        return made;
    }
    if let Some(made) = organization::make(stage, name).await {
        return made;
    }
    if let Some(made) = permission::make(stage, name).await {
        return made;
    }
    if let Some(made) = project::make(stage, name, who).await {
        return made;
    }
    if let Some(made) = run::make(stage, name, who).await {
        return made;
    }
    if let Some(made) = session::make(stage, name, who).await {
        return made;
    }
    if let Some(made) = person::make(stage, row, who).await {
        return made;
    }
    panic!("nobody knows what to send for {}", row.name);
}
