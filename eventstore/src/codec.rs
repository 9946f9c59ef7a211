//! Payload bytes to domain events, old shapes included.

use cinatra_domain::kernel::{DecodeError, Event, Json};

/// Reads a body by its wire name, lifting retired names step by step.
pub(crate) fn decode<E: Event>(wire_name: &str, payload: &[u8]) -> Result<Option<E>, DecodeError> {
    let malformed = |reason: String| DecodeError::Malformed {
        wire_name: wire_name.into(),
        reason,
    };
    let mut bytes = rmp_serde::Deserializer::from_read_ref(payload);
    let current =
        E::deserialize_body(wire_name, &mut bytes).map_err(|e| malformed(e.to_string()))?;
    if current.is_some() {
        return Ok(current);
    }
    let Some(mut step) = E::upcast(wire_name) else {
        return Ok(None);
    };
    let mut body: Json = rmp_serde::from_slice(payload).map_err(|e| malformed(e.to_string()))?;
    loop {
        let (name, lifted) = step(body).map_err(|e| malformed(e.to_string()))?;
        match E::upcast(name) {
            Some(next) => (step, body) = (next, lifted),
            None => {
                return E::deserialize_body(name, lifted).map_err(|e| malformed(e.to_string()));
            }
        }
    }
}

/// The same for a stream of one aggregate, in which every name must be its own.
pub(crate) fn decode_known<E: Event>(wire_name: &str, payload: &[u8]) -> Result<E, DecodeError> {
    decode(wire_name, payload)?.ok_or_else(|| DecodeError::UnknownName(wire_name.into()))
}
