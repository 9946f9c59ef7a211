//! What callers are told. No answer has a name or an address in it: answers are kept.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hidden::hidden;

/// Something about the organization is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationChanged {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// An invitation is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberInvited {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub invitation_id: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// An invitation was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationAccepted {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// The organization that the caller belongs to.
    pub organization_id: String,
    /// Whether the caller did not belong to it before.
    pub changed: bool,
}

/// A team is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamCreated {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub team_id: String,
}

/// A service account has a secret.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccountSecret {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub service_account_id: String,
    /// The secret itself: shown this once, and not in the answer to a retry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<String>,
    /// Until when the former secret works; absent when there was none.
    pub former_works_until: Option<Timestamp>,
}

hidden!(ServiceAccountSecret);
