//! Where a server listens, and under which names.

use std::net::{IpAddr, Ipv4Addr};

use super::{ConfigError, Env, invalid};
use crate::security::AllowedHosts;

/// Address, port and public name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// `CINATRA_BIND`, default `127.0.0.1`: the address to listen on.
    pub bind: IpAddr,
    /// `CINATRA_PORT`, default 7171; 0 takes a free one.
    pub port: u16,
    /// `CINATRA_PUBLIC_URL`, default `http://localhost:<port>`: the name that callers use.
    pub public_url: Option<String>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 7171,
            public_url: None,
        }
    }
}

impl HttpConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Result<Self, ConfigError> {
        let default = Self::default();
        let public_url = env("CINATRA_PUBLIC_URL");
        AllowedHosts::new(default.port, public_url.as_deref())
            .map_err(|error| invalid("CINATRA_PUBLIC_URL", error))?;
        Ok(Self {
            bind: match env("CINATRA_BIND") {
                Some(text) => text
                    .parse()
                    .map_err(|_| invalid("CINATRA_BIND", "not an address"))?,
                None => default.bind,
            },
            port: match env("CINATRA_PORT") {
                Some(text) => text
                    .parse()
                    .map_err(|_| invalid("CINATRA_PORT", "not a port"))?,
                None => default.port,
            },
            public_url,
        })
    }
}
