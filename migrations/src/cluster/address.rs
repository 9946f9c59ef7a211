//! Where a cluster listens, and the URL that says so.
//!
//! A Unix socket is the first choice: no port to collide on, nobody but the owner of the folder can even knock,
//! and a round trip costs about a third less than over TCP. A socket's path must fit into about a hundred bytes,
//! so a cluster in a deep folder listens on a free port of 127.0.0.1 instead; passwords are asked on both.

use std::{
    fmt::Write as _,
    io,
    net::TcpListener,
    path::{Path, PathBuf},
};

/// Longest socket path that Linux (108 bytes) and macOS (104) both accept, with its final zero byte.
const SOCKET_PATH_MAX: usize = 103;

/// Only names the socket's file: nothing listens on this port.
const SOCKET_PORT: u16 = 5432;

/// Where a cluster listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A Unix socket in a folder.
    Socket { folder: PathBuf, port: u16 },
    /// A port of 127.0.0.1.
    Loopback { port: u16 },
}

impl Address {
    /// A socket in `folder`, if its path is short and plain enough for PostgreSQL's setting.
    pub(crate) fn socket(folder: &Path) -> Option<Self> {
        let text = folder.to_str()?;
        let name_len = "/.s.PGSQL.5432".len();
        let fits = text.len() + name_len <= SOCKET_PATH_MAX;
        let plain = !text.contains([',', '"', '\n']);
        (fits && plain).then(|| Self::Socket {
            folder: folder.to_owned(),
            port: SOCKET_PORT,
        })
    }

    /// The preferred port if it is free, else any free one.
    pub(crate) fn loopback(preferred: Option<u16>) -> io::Result<Self> {
        let free = |port: u16| TcpListener::bind(("127.0.0.1", port))?.local_addr();
        let found = match preferred.map(free) {
            Some(Ok(found)) => found,
            Some(Err(error)) => {
                tracing::warn!(port = preferred, %error, "port is taken, using a free one");
                free(0)?
            }
            None => free(0)?,
        };
        Ok(Self::Loopback { port: found.port() })
    }

    /// The server's settings for listening here.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Socket { folder, port } => vec![
                ("listen_addresses", String::new()),
                ("unix_socket_directories", folder.display().to_string()),
                ("unix_socket_permissions", "0700".to_owned()),
                ("port", port.to_string()),
            ],
            Self::Loopback { port } => vec![
                ("listen_addresses", "127.0.0.1".to_owned()),
                ("unix_socket_directories", String::new()),
                ("port", port.to_string()),
            ],
        }
    }

    /// A URL that psql and tokio-postgres read alike. User and password are plain letters and digits.
    pub(crate) fn url(&self, user: &str, password: &str, database: &str) -> String {
        let (host, port) = match self {
            Self::Socket { folder, port } => (percent_encoded(&folder.display().to_string()), port),
            Self::Loopback { port } => ("127.0.0.1".to_owned(), port),
        };
        format!("postgresql://{user}:{password}@{host}:{port}/{database}")
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Address;

    #[test]
    fn a_socket_url_survives_strange_folders() {
        let folder = Path::new("/tmp/a b/é?&#");
        let url = Address::socket(folder).unwrap().url("u", "p", "d");
        let config: tokio_postgres::Config = url.parse().unwrap();
        assert_eq!(
            config.get_hosts(),
            [tokio_postgres::config::Host::Unix(folder.to_owned())]
        );
        assert_eq!(
            (config.get_ports(), config.get_dbname()),
            (&[5432][..], Some("d"))
        );
    }

    #[test]
    fn a_long_path_gets_no_socket() {
        assert_eq!(
            Address::socket(Path::new(&format!("/{}", "x".repeat(100)))),
            None
        );
    }

    #[test]
    fn a_taken_port_is_replaced_by_a_free_one() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(
            Address::loopback(Some(port)).unwrap(),
            Address::Loopback { port }
        );
    }
}
