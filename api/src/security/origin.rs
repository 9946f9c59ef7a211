//! Which hosts and origins this server answers to.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use cinatra_domain::kernel::Class;

use crate::problem::Problem;

/// A public URL that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the public URL must be http://host[:port] or https://host[:port], without a path")]
pub struct InvalidPublicUrl;

/// One scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Site {
    scheme: &'static str,
    host: String,
    port: u16,
}

/// The sites that this server is known by: loopback names with its port, and the public URL.
#[derive(Clone, Debug)]
pub struct AllowedHosts(Vec<Site>);

impl AllowedHosts {
    /// For a server on `port`.
    pub fn new(port: u16, public_url: Option<&str>) -> Result<Self, InvalidPublicUrl> {
        let mut sites = vec![
            site("localhost", port),
            site("127.0.0.1", port),
            site("[::1]", port),
        ];
        if let Some(url) = public_url {
            sites.push(parse_site(url).ok_or(InvalidPublicUrl)?);
        }
        Ok(Self(sites))
    }

    /// Refuses a foreign `Host`, and a foreign `Origin` where there is one.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        if !self.knows_host(uri, headers) {
            return Err(refusal("HOST_NOT_ALLOWED", "Host"));
        }
        match headers.get(header::ORIGIN) {
            Some(origin) if !self.knows_origin(origin) => {
                Err(refusal("ORIGIN_NOT_ALLOWED", "Origin"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn knows_host(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let host = match headers.get(header::HOST) {
            Some(value) => value.to_str().ok(),
            None => uri.authority().map(axum::http::uri::Authority::as_str),
        };
        host.is_some_and(|host| {
            self.0
                .iter()
                .any(|site| split_port(host, site.scheme).is_some_and(|at| site.is_at(at)))
        })
    }

    fn knows_origin(&self, origin: &HeaderValue) -> bool {
        origin
            .to_str()
            .ok()
            .and_then(parse_site)
            .is_some_and(|site| self.0.contains(&site))
    }
}

impl Site {
    fn is_at(&self, (host, port): (&str, u16)) -> bool {
        self.port == port && self.host.eq_ignore_ascii_case(host)
    }
}

fn site(host: &str, port: u16) -> Site {
    Site {
        scheme: "http",
        host: host.into(),
        port,
    }
}

fn parse_site(url: &str) -> Option<Site> {
    let (scheme, rest) = match url.split_once("://")? {
        ("http", rest) => ("http", rest),
        ("https", rest) => ("https", rest),
        _ => return None,
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = split_port(authority, scheme)?;
    Some(Site {
        scheme,
        host: host.to_ascii_lowercase(),
        port,
    })
}

/// `host[:port]`, the scheme's port where none is given.
fn split_port<'a>(authority: &'a str, scheme: &str) -> Option<(&'a str, u16)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    if authority.is_empty() || !authority.chars().all(plain) {
        return None;
    }
    let default = if scheme == "https" { 443 } else { 80 };
    match authority.rsplit_once(':') {
        Some((_, tail)) if tail.ends_with(']') => Some((authority, default)),
        Some((host, port)) if !host.is_empty() => Some((host, port.parse().ok()?)),
        Some(_) => None,
        None => Some((authority, default)),
    }
}

fn refusal(code: &'static str, header: &str) -> Problem {
    Problem::new(
        Class::Forbidden,
        code,
        format!("This server does not answer to that {header}; see CINATRA_PUBLIC_URL."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> AllowedHosts {
        AllowedHosts::new(7171, Some("https://cinatra.example")).unwrap()
    }

    fn with(pairs: &[(header::HeaderName, &str)]) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        let checked = hosts().check(&Uri::from_static("/"), &headers);
        checked.map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn known_hosts_pass_and_others_do_not() {
        for host in [
            "localhost:7171",
            "127.0.0.1:7171",
            "LOCALHOST:7171",
            "cinatra.example",
            "cinatra.example:443",
        ] {
            assert_eq!(with(&[(header::HOST, host)]), Ok(()), "{host}");
        }
        for host in [
            "localhost",
            "localhost:1",
            "evil.example:7171",
            "cinatra.example:80",
            "",
            "a@localhost:7171",
            "localhost.evil.example:7171",
        ] {
            assert_eq!(
                with(&[(header::HOST, host)]),
                Err("HOST_NOT_ALLOWED".into()),
                "{host}"
            );
        }
        assert!(with(&[]).is_err());
    }

    #[test]
    fn a_present_origin_must_match_an_absent_one_may_pass() {
        let origin = |value| with(&[(header::HOST, "localhost:7171"), (header::ORIGIN, value)]);
        for value in [
            "http://localhost:7171",
            "http://127.0.0.1:7171",
            "https://cinatra.example",
        ] {
            assert_eq!(origin(value), Ok(()), "{value}");
        }
        for value in [
            "null",
            "http://evil.example",
            "https://localhost:7171",
            "http://localhost:80",
            "http://cinatra.example",
        ] {
            assert_eq!(origin(value), Err("ORIGIN_NOT_ALLOWED".into()), "{value}");
        }
    }

    #[test]
    fn a_public_url_has_no_path() {
        assert!(AllowedHosts::new(1, Some("https://a.example/x")).is_err());
        assert!(AllowedHosts::new(1, Some("ftp://a.example")).is_err());
        assert!(AllowedHosts::new(1, Some("http://a.example:8080/")).is_ok());
    }
}
