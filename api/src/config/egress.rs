//! Whom agents may call.

use cinatra_commands::gateway::egress::Peer;

use super::{ConfigError, Env, invalid};

/// Exceptions from the rule that agents call public addresses only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressConfig {
    /// `CINATRA_EGRESS_ALLOW`, default none: `host:port`, several separated by commas, that agents may
    /// call although they are not public, such as services of one's own network.
    pub allowed_private: Vec<Peer>,
}

impl EgressConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Result<Self, ConfigError> {
        let text = env("CINATRA_EGRESS_ALLOW").unwrap_or_default();
        let peers = text
            .split(',')
            .map(str::trim)
            .filter(|peer| !peer.is_empty());
        let allowed_private = peers
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| invalid("CINATRA_EGRESS_ALLOW", error))?;
        Ok(Self { allowed_private })
    }
}
