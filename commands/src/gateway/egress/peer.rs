//! Who may be called although no stranger could reach it.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// A host and a port, as an address names them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    host: String,
    port: u16,
}

/// Not `host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not host:port")]
pub struct InvalidPeer;

impl Peer {
    /// Whom an address names, if it names anybody.
    pub(super) fn of(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host_str()?.trim_end_matches('.').to_owned(),
            port: url.port_or_known_default()?,
        })
    }
}

impl FromStr for Peer {
    type Err = InvalidPeer;

    /// Reads `host:port` the way addresses are read, so that both spell a host alike.
    fn from_str(text: &str) -> Result<Self, InvalidPeer> {
        let url = Url::parse(&format!("http://{text}")).map_err(|_| InvalidPeer)?;
        let peer = Self::of(&url).ok_or(InvalidPeer)?;
        let (host, port) = text.rsplit_once(':').ok_or(InvalidPeer)?;
        let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', '\\']);
        let same = port.parse() == Ok(peer.port) && port.bytes().all(|b| b.is_ascii_digit());
        if plain && same {
            Ok(peer)
        } else {
            Err(InvalidPeer)
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_spelled_as_addresses_spell_it() {
        for (text, url) in [
            ("Crm.Internal:8080", "http://crm.internal:8080/x?y"),
            ("127.1:80", "http://127.0.0.1/"),
            ("[::1]:443", "https://[0:0::1]/"),
            ("crm.internal:443", "https://crm.internal./"),
        ] {
            let peer: Peer = text.parse().unwrap();
            assert_eq!(Some(peer), Peer::of(&url.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_and_port_is_refused() {
        for text in [
            "",
            "crm",
            ":80",
            "crm:",
            "crm:port",
            "crm:80/x",
            "a@crm:80",
            "http://crm:80",
            "crm:99999",
            "::1:80",
            "crm:+80",
            "crm :80",
            "a/b:80",
        ] {
            assert_eq!(text.parse::<Peer>(), Err(InvalidPeer), "{text}");
        }
    }
}
