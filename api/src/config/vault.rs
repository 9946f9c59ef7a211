//! The key above all secrets.

use cinatra_commands::gateway::vault::MasterKey;

use super::{ConfigError, Env, invalid};

/// The master key, if it is not in a file, and the one before it.
#[derive(Clone, Debug, Default)]
pub struct VaultConfig {
    /// `CINATRA_ENCRYPTION_KEY`, default the file `<home>/master-key`, made at the first start: 64
    /// hexadecimal digits, or base64 of 32 bytes.
    pub master: Option<MasterKey>,
    /// `CINATRA_ENCRYPTION_KEY_PREVIOUS`, default none: the key before, for one start after a change.
    pub previous: Option<MasterKey>,
}

impl VaultConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Result<Self, ConfigError> {
        let key = |variable: &'static str| {
            let text = env(variable);
            let key = text.map(|text| MasterKey::parse(text.trim()));
            key.transpose().map_err(|error| invalid(variable, error))
        };
        Ok(Self {
            master: key("CINATRA_ENCRYPTION_KEY")?,
            previous: key("CINATRA_ENCRYPTION_KEY_PREVIOUS")?,
        })
    }
}
