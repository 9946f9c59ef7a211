//! Typed identifiers. Two kinds of id never mix by accident.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An identifier outside its grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {kind}: {reason}")]
pub struct InvalidId {
    /// Which identifier.
    pub kind: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// An organization, or the system: whoever owns one ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(Uuid);

impl TenantId {
    /// Owner of the system ledger: the nil UUID (settled.md 2).
    pub const SYSTEM: Self = Self(Uuid::nil());

    /// Wraps an organization's id.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id as stored.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({})", self.0)
    }
}

impl std::str::FromStr for TenantId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId {
            kind: "ledger",
            reason: "not a UUID",
        })
    }
}

/// Place of an event in its ledger, counted from 1 without holes; 0 is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub i64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The place right after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Place of an event in its stream, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

impl Revision {
    /// The first event of a stream.
    pub const FIRST: Self = Self(0);

    /// The place right after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Readable name of a stream: `category:id`, for example `extension:@acme/mail-agent`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(String);

impl StreamId {
    /// Longest readable name, in bytes.
    pub const BYTES_MAX: usize = 512;

    /// Joins an aggregate's category with the id of one instance.
    pub fn new(category: &str, id: &str) -> Self {
        Self(format!("{category}:{id}"))
    }

    /// Reads a stored name back.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        let invalid = |reason| InvalidId {
            kind: "stream",
            reason,
        };
        if text.len() > Self::BYTES_MAX {
            return Err(invalid("longer than 512 bytes"));
        }
        match text.split_once(':') {
            Some((category, id)) if !category.is_empty() && !id.is_empty() => Ok(Self(text)),
            Some(_) | None => Err(invalid("not of the form category:id")),
        }
    }

    /// The readable name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First half: which aggregate.
    pub fn category(&self) -> &str {
        self.0.split_once(':').map_or("", |(category, _)| category)
    }

    /// Second half: which instance.
    pub fn id(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, id)| id)
    }

    /// Narrow key under which the stream is indexed: the first 16 bytes of its name's blake3.
    pub fn key(&self) -> StreamKey {
        let hash = blake3::hash(self.0.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hash.as_bytes()[..16]);
        StreamKey(key)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Indexed form of a [`StreamId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamKey(pub [u8; 16]);

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

/// One command: the key under which a retry finds the first result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub Uuid);

impl CommandId {
    /// Longest idempotency key, in characters (settled.md 6).
    pub const KEY_CHARS_MAX: usize = 255;

    /// First 16 bytes of blake3 over the length-prefixed actor and the caller's idempotency key.
    pub fn derive(actor: &ActorId, idempotency_key: &str) -> Result<Self, InvalidId> {
        let invalid = |reason| InvalidId {
            kind: "idempotency key",
            reason,
        };
        if idempotency_key.is_empty() {
            return Err(invalid("empty"));
        }
        if idempotency_key.chars().count() > Self::KEY_CHARS_MAX {
            return Err(invalid("longer than 255 characters"));
        }
        let mut hasher = blake3::Hasher::new();
        let actor_len = u64::try_from(actor.as_str().len()).unwrap_or(u64::MAX);
        hasher.update(&actor_len.to_be_bytes());
        hasher.update(actor.as_str().as_bytes());
        hasher.update(idempotency_key.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Ok(Self(Uuid::from_bytes(id)))
    }
}

/// Ids that are UUIDs and nothing else, each with its own type.
macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = |_| InvalidId { kind: $kind, reason: "not a UUID" };
                Uuid::try_parse(text).map(Self).map_err(invalid)
            }
        }
    )+};
}

uuid_ids! {
    /// A person or an assistant, in every organization the same.
    UserId = "user";
    /// A team of one organization.
    TeamId = "team";
    /// An offer to join an organization.
    InvitationId = "invitation";
    /// A credential's holder that is no person.
    ServiceAccountId = "service account";
    /// A personal access token, without the token.
    TokenId = "token";
    /// A signed-in browser or program, without its credential.
    SessionId = "session";
    /// A room for work within an organization.
    ProjectId = "project";
    /// One execution of an agent.
    RunId = "run";
    /// One version of an agent's flow as it was taken down.
    SnapshotId = "snapshot";
}

/// Who acts: `user:<id>`, `service:<name>` or `system:<source>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActorId(String);

impl ActorId {
    /// A part of Cinatra that acts on its own, for example `system:bootstrap`.
    pub fn system(source: &str) -> Self {
        Self(format!("system:{source}"))
    }

    /// A person or an assistant.
    pub fn user(id: UserId) -> Self {
        Self(format!("user:{id}"))
    }

    /// A non-human credential.
    pub fn service(name: &str) -> Self {
        Self(format!("service:{name}"))
    }

    /// Reads a stored actor back.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        let invalid = |reason| InvalidId {
            kind: "actor",
            reason,
        };
        if text.len() > 255 {
            return Err(invalid("longer than 255 bytes"));
        }
        match text.split_once(':') {
            Some(("user" | "service" | "system", id)) if !id.is_empty() => Ok(Self(text)),
            Some(_) | None => Err(invalid("not user:, service: or system:")),
        }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The person or assistant, if it is one.
    pub fn user_id(&self) -> Option<UserId> {
        self.0.strip_prefix("user:")?.parse().ok()
    }

    /// `user`, `service` or `system`.
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or("", |(kind, _)| kind)
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name under which an event can be found across streams, for example `dep-on:@acme/mail-agent`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(String);

impl Tag {
    /// Longest tag, in bytes.
    pub const BYTES_MAX: usize = 255;

    /// Joins the kind of tag with what it names.
    pub fn new(kind: &str, value: &str) -> Result<Self, InvalidId> {
        Self::parse(format!("{kind}:{value}"))
    }

    /// Reads a stored tag back.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        let invalid = |reason| InvalidId {
            kind: "tag",
            reason,
        };
        if text.is_empty() || text.len() > Self::BYTES_MAX {
            return Err(invalid("empty or longer than 255 bytes"));
        }
        if text.contains('\0') {
            return Err(invalid("contains NUL"));
        }
        Ok(Self(text))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
