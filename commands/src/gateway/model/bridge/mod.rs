//! What agents say to `/api/llm-bridge`, and what they hear from it. Start with [`BridgeRequest`].
//!
//! Pure: a body becomes a request, a request a prompt, the model's text a reply. Who may ask, and which
//! run and package it is for, is decided elsewhere: what the body says of that is not trusted.

mod error;
mod fields;
mod prompt;
mod reference;
mod reply;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use error::BridgeError;
pub use reference::{Origin, Reference};
pub use reply::reply;

use fields::Fields;

/// A request, its defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct BridgeRequest {
    /// What the model is told; out of the envelope if there was one.
    pub user: String,
    /// Who it is to be.
    pub system: Option<String>,
    /// How often it may call tools in between.
    pub max_steps: u8,
    /// The run that it says it is. Not trusted.
    pub agent_run_id: Option<String>,
    /// The agent that it says it is. Not trusted.
    pub agent_id: Option<String>,
    /// The version that it says it is. Not trusted.
    pub package_version: Option<String>,
    /// The version of the specification it was written for.
    pub agent_spec_version: Option<String>,
    /// The model it insists on.
    pub model_id: Option<String>,
    /// Whose tools it may use.
    pub toolbox_ids: Vec<String>,
    /// The JSON Schema that the answer has to fit.
    pub output_schema: Option<Value>,
    /// Where the agent's skill stands in its package.
    pub skill_source_path: Option<String>,
    /// What it would rather have.
    pub preference: Preference,
    /// A picture, a recording, a film.
    pub media: Option<Media>,
    /// Artifacts; first those of the envelope.
    pub attachments: Vec<Reference>,
}

/// `cinatra_llm`: what an agent would rather have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preference {
    /// Whose models: that provider or none.
    pub provider: Option<String>,
    /// Which model, if it insists on none.
    pub model: Option<String>,
    /// What the model has to be able to do.
    pub capability: Option<String>,
}

/// Something to look at or listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where it is.
    pub url: String,
    /// What it is.
    pub kind: String,
}

impl BridgeRequest {
    /// Models that an agent may insist on.
    pub const MODEL_IDS: [&str; 5] = [
        "gpt-5.5",
        "gpt-5.4",
        "gpt-5.4-mini",
        "gpt-4o",
        "gpt-4o-mini",
    ];
    /// How often tools may be called in between at most.
    pub const STEPS_MAX: u8 = 20;
    /// How many artifacts go along at most.
    pub const ATTACHMENTS_MAX: usize = 20;
    const STEPS: u8 = 6;
    const TOOLBOX: &str = "cinatra-mcp";

    /// Reads a body. What it says besides is left aside.
    pub fn parse(body: &Value) -> Result<Self, BridgeError> {
        let body = Fields::of(body)?;
        let user = body
            .text("user")?
            .ok_or(BridgeError::field("user", "is missing"))?;
        let of_body = body
            .list("attachments", reference::parse)?
            .unwrap_or_default();
        let (user, attachments) = if body.flag("user_envelope")?.unwrap_or_default() {
            reference::open_envelope(&user, of_body)?
        } else if of_body.len() > Self::ATTACHMENTS_MAX {
            return Err(BridgeError::field(
                "attachments",
                "has more than 20 entries",
            ));
        } else {
            (user, of_body)
        };
        let toolbox = |id: &Value| id.as_str().map(str::to_owned);
        Ok(Self {
            user,
            attachments,
            system: body.text("system")?,
            max_steps: max_steps(&body)?,
            agent_run_id: body.text("agent_run_id")?,
            agent_id: body.text("agent_id")?,
            package_version: body.text("package_version")?,
            agent_spec_version: body.text("agent_spec_version")?,
            model_id: model_id(&body)?,
            toolbox_ids: body
                .list("toolbox_ids", toolbox)?
                .unwrap_or_else(|| vec![Self::TOOLBOX.to_owned()]),
            output_schema: body.object("output_schema")?.cloned(),
            skill_source_path: body.text("skill_source_path")?,
            preference: preference(&body)?,
            media: media(&body)?,
        })
    }
}

fn max_steps(body: &Fields<'_>) -> Result<u8, BridgeError> {
    let Some(steps) = body.value("max_steps") else {
        return Ok(BridgeRequest::STEPS);
    };
    let steps = steps.as_u64().and_then(|steps| steps.try_into().ok());
    steps
        .filter(|steps| (1..=BridgeRequest::STEPS_MAX).contains(steps))
        .ok_or(BridgeError::field(
            "max_steps",
            "is not a whole number from 1 to 20",
        ))
}

fn model_id(body: &Fields<'_>) -> Result<Option<String>, BridgeError> {
    match body.text("model_id")? {
        Some(id) if !BridgeRequest::MODEL_IDS.contains(&id.as_str()) => {
            Err(BridgeError::UnknownModelId)
        }
        id => Ok(id),
    }
}

fn preference(body: &Fields<'_>) -> Result<Preference, BridgeError> {
    let Some(preference) = body.object("cinatra_llm")? else {
        return Ok(Preference::default());
    };
    let preference = Fields::of(preference)?;
    let text = |name| {
        let text = preference.text(name);
        text.map_err(|_| BridgeError::field("cinatra_llm", "has a field that is not a text"))
    };
    Ok(Preference {
        provider: text("preferredProvider")?,
        model: text("preferredModel")?,
        capability: text("capabilityRequired")?,
    })
}

fn media(body: &Fields<'_>) -> Result<Option<Media>, BridgeError> {
    let Some(media) = body.object("media")? else {
        return Ok(None);
    };
    let media = Fields::of(media)?;
    let text = |name| {
        let text = media.text(name).ok().flatten();
        text.ok_or(BridgeError::field(
            "media",
            "is not an object of url and kind",
        ))
    };
    Ok(Some(Media {
        url: text("url")?,
        kind: text("kind")?,
    }))
}
