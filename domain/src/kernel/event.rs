//! Facts and their storage names.

use serde::{Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Any JSON value, as upcasters see an old body.
pub type Json = Value;

/// One step from an old wire name and body to the next.
pub type Upcast = fn(Json) -> Result<(&'static str, Json), UpcastError>;

/// The facts of one aggregate, each with an explicit, versioned wire name.
///
/// The body is serialized with field names (`MessagePack`, named form) by the event store; the wire
/// name travels in its own column. Implemented by [`crate::events!`]. Source: design.md D6.
pub trait Event: Sized + Send + Sync + 'static {
    /// Every current wire name, in declaration order.
    const WIRE_NAMES: &'static [&'static str];

    /// The storage name of this fact.
    fn wire_name(&self) -> &'static str;

    /// Writes the body without the name.
    fn serialize_body<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads a body by a current wire name; `Ok(None)` when the name is not of this aggregate.
    fn deserialize_body<'de, D: Deserializer<'de>>(
        wire_name: &str,
        deserializer: D,
    ) -> Result<Option<Self>, D::Error>;

    /// The step that lifts a retired wire name, if `wire_name` is one.
    fn upcast(wire_name: &str) -> Option<Upcast> {
        let _ = wire_name;
        None
    }
}

/// Adapter that serializes an event's body.
#[derive(Debug)]
pub struct Body<'a, E>(pub &'a E);

impl<E: Event> Serialize for Body<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_body(serializer)
    }
}

/// An old body that does not have the shape its wire name promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot lift {wire_name}: {reason}")]
pub struct UpcastError {
    /// The retired wire name.
    pub wire_name: &'static str,
    /// What is missing or of another type.
    pub reason: String,
}

/// A stored event that this binary cannot read: corruption, or written by a newer one.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The name belongs to no event this binary knows.
    #[error("unknown wire name {0}")]
    UnknownName(String),
    /// The bytes do not have the shape of the name.
    #[error("body of {wire_name} is malformed: {reason}")]
    Malformed {
        /// The stored wire name.
        wire_name: String,
        /// What the decoder said.
        reason: String,
    },
}

/// Declares the events of one aggregate: one list, from which the enum, conversions, names and
/// decoding follow. The quoted names are the storage format: add lines, never edit one.
///
/// Every variant is a struct of the same name in scope. An optional `upcast` list names the step
/// for each retired wire name.
#[macro_export]
macro_rules! events {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident => $wire:literal),+ $(,)? }
        $(upcast { $($old:literal => $step:path),+ $(,)? })?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $(#[$vdoc])* $variant($variant),)+
        }
        $(impl From<$variant> for $name {
            fn from(body: $variant) -> Self { Self::$variant(body) }
        })+
        impl $crate::kernel::Event for $name {
            const WIRE_NAMES: &'static [&'static str] = &[$($wire),+];
            fn wire_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $wire,)+ }
            }
            fn serialize_body<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(body) => serde::Serialize::serialize(body, s),)+ }
            }
            fn deserialize_body<'de, D: serde::Deserializer<'de>>(
                wire_name: &str,
                d: D,
            ) -> Result<Option<Self>, D::Error> {
                Ok(match wire_name {
                    $($wire => Some(Self::$variant(serde::Deserialize::deserialize(d)?)),)+
                    _ => None,
                })
            }
            $(fn upcast(wire_name: &str) -> Option<$crate::kernel::Upcast> {
                match wire_name { $($old => Some($step),)+ _ => None }
            })?
        }
    };
}
