//! What callers are told about sessions and tokens. A credential is shown once, by the call that makes it, and never kept.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hidden::hidden;

/// Somebody is signed in.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Who.
    pub user_id: String,
    /// The session.
    pub session_id: String,
    /// Its credential, for programs; browsers get it as a cookie.
    pub session_token: String,
    /// The organization it acts in; absent when the person belongs to none.
    pub organization_id: Option<String>,
    /// When it ends, unless it is used.
    pub expires_at: Timestamp,
}

/// Somebody is not signed in any more.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionEnded {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Whether there was a session.
    pub ended: bool,
}

/// One of one's own sessions.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedSession {
    /// Which.
    pub session_id: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// The organization it acts in.
    pub organization_id: Option<String>,
    /// From where it was opened.
    pub ip_address: Option<String>,
    /// With what it was opened.
    pub user_agent: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last prolonged.
    pub seen_at: Timestamp,
    /// When it ends, unless it is used.
    pub expires_at: Timestamp,
}

/// Every session of the caller.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedSessions {
    /// Newest first.
    pub items: Vec<ListedSession>,
}

/// A token was made.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenCreated {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub token_id: String,
    /// The token itself: shown this once, and not in the answer to a retry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
    /// The organization it acts in.
    pub organization_id: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A token does not work any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenRevoked {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub token_id: String,
    /// Whether it worked before.
    pub revoked: bool,
}

/// One of one's own tokens, without the token.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedToken {
    /// Which.
    pub token_id: String,
    /// What it is for.
    pub label: Option<String>,
    /// The organization it acts in.
    pub organization_id: Option<String>,
    /// Permissions that it is narrowed to.
    pub scopes: Option<Vec<String>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Every token of the caller.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedTokens {
    /// Newest first.
    pub items: Vec<ListedToken>,
}

hidden!(
    SignedIn,
    ListedSession,
    ListedSessions,
    TokenCreated,
    ListedToken,
    ListedTokens
);
