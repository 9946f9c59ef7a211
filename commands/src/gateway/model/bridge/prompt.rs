//! From a request to what a model is told.

use std::fmt::Write as _;

use super::super::Prompt;
use super::{BridgeError, BridgeRequest};

impl BridgeRequest {
    /// Whose models there are: those behind an endpoint that speaks `OpenAI`'s language.
    pub const PROVIDER: &str = "openai";

    /// What the model is told, unless the agent wants nobody but another provider.
    pub fn prompt(&self) -> Result<Prompt, BridgeError> {
        let provider = self.preference.provider.as_deref();
        if provider.is_some_and(|provider| !provider.eq_ignore_ascii_case(Self::PROVIDER)) {
            return Err(BridgeError::PreferredProviderUnavailable);
        }
        let model = self.model_id.as_ref().or(self.preference.model.as_ref());
        Ok(Prompt {
            system: self.system.clone(),
            user: self.user_with_manifest(),
            model: model.cloned(),
            output_schema: self.output_schema.clone(),
        })
    }

    /// What was said, and behind it what goes along: the model is to know that there is something even
    /// if it cannot see it. Without any the text is untouched.
    fn user_with_manifest(&self) -> String {
        let mut text = self.user.clone();
        if !self.attachments.is_empty() {
            text.push_str("\n\n[ATTACHMENTS");
            for reference in &self.attachments {
                let name = reference.title.as_ref().or(reference.filename.as_ref());
                let name = name.unwrap_or(&reference.artifact_id);
                // Writing to a String cannot fail.
                let _ = write!(
                    text,
                    "\n- {name} ({}, artifact {}, revision {})",
                    reference.mime, reference.artifact_id, reference.representation_revision_id
                );
            }
            text.push(']');
        }
        if let Some(media) = &self.media {
            let _ = write!(text, "\n\n[MEDIA {}: {}]", media.kind, media.url);
        }
        text
    }
}
