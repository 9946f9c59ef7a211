//! Artifacts that go along with what a person said, and the envelope that both come in.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::BridgeRequest;
use super::error::BridgeError;

/// One revision of an artifact, as agents pass it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reference {
    /// Which artifact.
    pub artifact_id: String,
    /// Which revision, in which form.
    pub representation_revision_id: String,
    /// Of its bytes.
    pub digest: String,
    /// Its media type.
    pub mime: String,
    /// How it came here.
    pub origin_kind: Origin,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What its file was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// In bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// How an artifact came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody uploaded it.
    Upload,
    /// It came with a mail.
    EmailAttachment,
    /// An agent made it.
    AgentGenerated,
    /// It is elsewhere.
    ExternalLink,
    /// It is made when it is looked at.
    LiveGenerator,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    text: String,
    #[serde(default)]
    attachments: Vec<Reference>,
}

pub(super) fn parse(value: &Value) -> Option<Reference> {
    Reference::deserialize(value).ok()
}

/// The text in an envelope, and its attachments before those of the body. Nothing but an envelope will
/// do: text that only looks like one is never taken as it is.
pub(super) fn open_envelope(
    text: &str,
    of_body: Vec<Reference>,
) -> Result<(String, Vec<Reference>), BridgeError> {
    let envelope: Envelope =
        serde_json::from_str(text).map_err(|_| BridgeError::InvalidUserEnvelope {
            reason: "it is not an object of text and attachments",
        })?;
    let mut attachments = envelope.attachments;
    attachments.extend(of_body);
    if attachments.len() > BridgeRequest::ATTACHMENTS_MAX {
        return Err(BridgeError::InvalidUserEnvelope {
            reason: "there are more than 20 attachments",
        });
    }
    Ok((envelope.text, attachments))
}
