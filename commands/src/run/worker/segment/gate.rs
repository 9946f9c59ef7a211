//! Where a run stops for people.

use cinatra_domain::run::frame::Interrupt;
use cinatra_domain::run::machine::{Ask, Checkpoint, Visit};
use cinatra_domain::run::{
    AuthoredName, Checkpointed, Digest, Fate, GateKind, Place, Question, Work,
};
use cinatra_eventstore::RunStep;
use serde_json::{Map, Value};

use super::ended::{Ended, wrong};
use super::{Segment, setup};
use crate::draft::Draft;
use crate::run::{present, surface};

/// Shows whatever has no surface of its own.
const FALLBACK: &str = "@cinatra-ai/agent-builder:schema-field-fallback";

impl Segment<'_> {
    /// What was answered when the run came by this gate, if it was.
    pub(super) async fn answer_to(&self, ask: &Ask) -> Result<Option<String>, Ended> {
        let settled = present(&self.run)?.settled_gate(&place(&ask.visit)?);
        let Some((_, gate)) = settled else {
            return Ok(None);
        };
        match &gate.fate {
            Fate::Answered { answer, .. } => {
                let text = self.runs.text(self.tenant, answer).await?;
                let erased = || wrong("answer_erased", Some(&ask.visit), "The answer is erased.");
                text.map(Some).ok_or_else(erased)
            }
            Fate::Skipped | Fate::Rejected | Fate::Expired | Fate::Superseded => Ok(None),
        }
    }

    /// Stores where the run is, with everything that was told up to there.
    pub(super) async fn save(&mut self, at: &Visit, checkpoint: &Checkpoint) -> Result<(), Ended> {
        let bytes = packed(checkpoint)?;
        let mut works = std::mem::take(&mut self.pending);
        works.push(Work::Checkpoint(taken(at, &bytes)?));
        self.append(works, vec![RunStep::Checkpoint(bytes)]).await
    }

    pub(super) async fn ask(&mut self, ask: &Ask, checkpoint: &Checkpoint) -> Result<(), Ended> {
        if let Some(message) = ask.message.as_deref().filter(|message| !message.is_empty()) {
            self.say(&ask.visit, message);
        }
        let bytes = packed(checkpoint)?;
        let schema = ask
            .schema
            .clone()
            .unwrap_or_else(|| Value::Object(Map::new()));
        let asked = Asked {
            kind: GateKind::Review,
            place: Some(place(&ask.visit)?),
            field: None,
            renderer: ask.renderer.clone(),
            surface: ask.surface.clone(),
            requires_approval: ask.requires_approval,
            schema,
            values: Value::Object(ask.values.clone()),
            message: ask.message.clone(),
        };
        let mut works = std::mem::take(&mut self.pending);
        works.push(Work::Checkpoint(taken(&ask.visit, &bytes)?));
        self.open(works, vec![RunStep::Checkpoint(bytes)], asked)
            .await
    }

    pub(super) async fn ask_before(
        &mut self,
        form: &setup::Form,
        inputs: &Map<String, Value>,
    ) -> Result<(), Ended> {
        let asked = Asked {
            kind: GateKind::Setup,
            place: None,
            field: form.field.clone(),
            renderer: Some(form.renderer.clone()),
            surface: None,
            requires_approval: false,
            schema: form.schema.clone(),
            values: Value::Object(inputs.clone()),
            message: None,
        };
        self.open(Vec::new(), Vec::new(), asked).await
    }

    /// Opens a gate: the stretch is over.
    async fn open(
        &mut self,
        works: Vec<Work>,
        steps: Vec<RunStep>,
        asked: Asked,
    ) -> Result<(), Ended> {
        let mut draft = Draft::default();
        let question = asked.question(&mut draft, self.runs.authorities.now_us())?;
        let works = works.into_iter().chain([Work::OpenGate(question)]);
        let decided = self.work(&mut draft, works)?;
        let gate = present(&decided.after)?
            .open_gate()
            .map(|gate| gate.gate_id);
        let gate = gate.ok_or(Ended::Overtaken)?;
        let title = asked
            .message
            .as_deref()
            .unwrap_or("The run needs an answer");
        let surface = surface::created(gate, title, &asked.schema, &asked.values);
        self.telling().surface(surface);
        self.telling().interrupted(Interrupt {
            thread_id: String::new(),
            run_id: String::new(),
            gate_id: gate.to_string(),
            review_task_id: gate.to_string(),
            x_renderer: asked.renderer.unwrap_or_else(|| FALLBACK.to_owned()),
            schema: asked.schema,
            values: asked.values,
            field_name: asked.field,
            message: asked.message,
            is_confirmation: asked.requires_approval,
        });
        draft.beside(self.job.done());
        self.commit(draft, decided, steps).await
    }
}

/// What a gate asks, before it has a number.
struct Asked {
    kind: GateKind,
    place: Option<Place>,
    field: Option<String>,
    renderer: Option<String>,
    surface: Option<String>,
    requires_approval: bool,
    schema: Value,
    values: Value,
    message: Option<String>,
}

impl Asked {
    fn question(&self, draft: &mut Draft, now_us: i64) -> Result<Question, Ended> {
        let name = |text: &Option<String>| {
            let name = text.clone().map(AuthoredName::parse);
            name.transpose().map_err(Ended::from)
        };
        Ok(Question {
            kind: self.kind,
            place: self.place.clone(),
            field: name(&self.field)?,
            renderer: name(&self.renderer)?,
            surface: name(&self.surface)?,
            requires_approval: self.requires_approval,
            schema: Some(draft.content(&self.schema.to_string())),
            values: Some(draft.content(&self.values.to_string())),
            expires_at_us: None,
            now_us,
        })
    }
}

pub(super) fn place(visit: &Visit) -> Result<Place, Ended> {
    Ok(Place {
        node: AuthoredName::parse(visit.node.to_string())?,
        visit: visit.count,
    })
}

fn packed(checkpoint: &Checkpoint) -> Result<Vec<u8>, Ended> {
    let packed = rmp_serde::to_vec_named(checkpoint);
    packed.map_err(|_| {
        wrong(
            "checkpoint_unwritable",
            None,
            "Nothing could go on from it.",
        )
    })
}

fn taken(at: &Visit, bytes: &[u8]) -> Result<Checkpointed, Ended> {
    let digest = blake3::hash(bytes).to_hex().to_string();
    Ok(Checkpointed {
        place: place(at)?,
        digest: Digest::parse(digest)?,
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    })
}
