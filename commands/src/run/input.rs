//! What callers send about runs, and how it becomes values of the domain.

use cinatra_domain::kernel::RunId;
use cinatra_domain::run::{ANSWER_BYTES_MAX, Rejection, TimeoutSeconds};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;
use crate::hidden::hidden;
use crate::stop::Stop;

/// Largest inputs of a run, as JSON text in bytes.
const INPUT_BYTES_MAX: usize = 262_144;
/// Longest note or reason, in characters.
const NOTE_CHARS_MAX: usize = 2_000;

/// Start a run of an installed agent. Exactly one of `templateId` and `packageName` says of which.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartRun {
    /// Which agent, by its id.
    #[schemars(length(max = 36))]
    pub template_id: Option<String>,
    /// Which agent, by its package.
    #[schemars(length(max = 214))]
    pub package_name: Option<String>,
    /// What it is to begin with: a JSON object as text.
    #[schemars(length(max = 262_144))]
    pub input_params: Option<String>,
    /// For how long it may execute, in seconds, 1 to 86400; what it waits for people does not count.
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<u32>,
    /// The run that starts it, which has not ended and which the caller may let go on. Its project is taken over.
    #[schemars(length(max = 36))]
    pub parent_run_id: Option<String>,
}

/// Change the inputs of a draft.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateInputs {
    /// Which run.
    #[schemars(length(max = 36))]
    pub run_id: String,
    /// A JSON object as text: its fields take the place of those that there are, null removes one, the others stay.
    #[schemars(length(max = 262_144))]
    pub input_params: String,
}

/// One run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedRun {
    /// Which.
    #[schemars(length(max = 36))]
    pub run_id: String,
}

/// Stop a run.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopRun {
    /// Which.
    #[schemars(length(max = 36))]
    pub run_id: String,
    /// Why.
    #[schemars(length(min = 1, max = 2000))]
    pub reason: Option<String>,
}

/// Answer the gate at which a run waits.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumeRun {
    /// Which run.
    #[schemars(length(max = 36))]
    pub run_id: String,
    /// Which gate; the open one when absent.
    #[schemars(length(max = 64))]
    pub gate_id: Option<String>,
    /// The answer, handed on word for word. To a setup gate: a JSON object of input fields.
    #[schemars(length(max = 262_144))]
    pub user_response: Option<String>,
    /// A note beside the answer, or the answer itself where there is none.
    #[schemars(length(max = 2000))]
    pub approval_note: Option<String>,
}

/// Let a run not go on after its open gate.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectRun {
    /// Which run.
    #[schemars(length(max = 36))]
    pub run_id: String,
    /// Which gate; the open one when absent.
    #[schemars(length(max = 64))]
    pub gate_id: Option<String>,
    /// Why.
    #[schemars(length(min = 1, max = 2000))]
    pub reason: Option<String>,
}

/// One gate of a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedGate {
    /// Which run.
    #[schemars(length(max = 36))]
    pub run_id: String,
    /// Which gate.
    #[schemars(length(max = 64))]
    pub gate_id: String,
}

hidden!(StartRun, UpdateInputs, StopRun, ResumeRun, RejectRun);

/// Reads a run's id.
pub fn run_id(text: &str) -> Result<RunId, Error> {
    let parsed = text.parse();
    parsed.map_err(|_| Error::invalid("runId", "is not a UUID"))
}

/// Inputs as somebody typed them.
fn inputs(text: &str) -> Result<Map<String, Value>, Error> {
    match serde_json::from_str(sized(text)?) {
        Ok(Value::Object(inputs)) => Ok(inputs),
        Ok(_) => Err(Error::invalid("inputParams", "must be a JSON object.")),
        Err(_) => Err(Error::invalid(
            "inputParams",
            "must be a valid JSON string.",
        )),
    }
}

/// Refuses inputs that are larger than a run's may be.
pub(super) fn sized(text: &str) -> Result<&str, Error> {
    let is_legal = text.len() <= INPUT_BYTES_MAX;
    is_legal
        .then_some(text)
        .ok_or_else(|| Error::invalid("inputParams", "is larger than 256 KiB"))
}

impl UpdateInputs {
    pub(super) fn patch(&self) -> Result<Map<String, Value>, Error> {
        inputs(&self.input_params)
    }
}

impl StartRun {
    pub(super) fn inputs(&self) -> Result<Map<String, Value>, Error> {
        self.input_params
            .as_deref()
            .map_or_else(|| Ok(Map::new()), inputs)
    }

    pub(super) fn timeout(&self) -> Result<Option<TimeoutSeconds>, Error> {
        let parsed = self.timeout_seconds.map(TimeoutSeconds::parse).transpose();
        parsed.map_err(|_| {
            let reason = "must be an integer between 1 and 86400 (24h).";
            Error::invalid("timeoutSeconds", reason)
        })
    }
}

impl ResumeRun {
    /// What the run is told, word for word: the answer, else the note, else that it was approved.
    pub(super) fn text(&self) -> Result<String, Stop> {
        let answer = self.user_response.as_deref();
        let note = self.approval_note.as_deref().map(str::trim);
        let text = answer
            .filter(|text| !text.trim().is_empty())
            .or(note.filter(|note| !note.is_empty()))
            .unwrap_or("[Approved by operator]");
        Ok(fitting(text)?.to_owned())
    }

    pub(super) fn note(&self) -> Result<Option<&str>, Error> {
        self.approval_note.as_deref().map(note).transpose()
    }

    /// What a setup gate is told.
    pub(super) fn fields(&self) -> Result<Map<String, Value>, Stop> {
        let invalid = |reason| Stop::from(Error::invalid("userResponse", reason));
        let text = self.user_response.as_deref().unwrap_or_default();
        if text.trim().is_empty() {
            return Err(invalid(
                "is needed: a JSON object with the input fields that are missing.",
            ));
        }
        match serde_json::from_str(fitting(text)?) {
            Ok(Value::Object(fields)) if fields.is_empty() => Err(invalid(
                "is an empty object, after which the run would wait again for the same fields.",
            )),
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(invalid("must be a JSON object of input fields.")),
            Err(_) => Err(invalid(
                "must be valid JSON (a JSON object of input fields).",
            )),
        }
    }
}

/// Refuses an answer that is larger than one may be.
fn fitting(text: &str) -> Result<&str, Stop> {
    let is_fitting = u64::try_from(text.len()).is_ok_and(|bytes| bytes <= ANSWER_BYTES_MAX);
    let refused = || Stop::refused(&Rejection::AnswerTooLarge);
    is_fitting.then_some(text).ok_or_else(refused)
}

pub(super) fn note(text: &str) -> Result<&str, Error> {
    let is_legal = text.chars().count() <= NOTE_CHARS_MAX;
    is_legal
        .then_some(text)
        .ok_or_else(|| Error::invalid("approvalNote", "is longer than 2000 characters"))
}

pub(super) fn reason(text: &str) -> Result<&str, Error> {
    let is_legal = (1..=NOTE_CHARS_MAX).contains(&text.chars().count());
    is_legal
        .then_some(text)
        .ok_or_else(|| Error::invalid("reason", "must have 1 to 2000 characters"))
}
