//! The session of a browser. Source: RFC 6265bis, settled.md 20.

use axum::http::{HeaderMap, HeaderValue, header};
use cinatra_commands::session::SESSION_SECONDS;

use super::{InvalidToken, Token, TokenKind};

/// How this server's cookie is called and kept: `__Host-` and `Secure` on https, plain on loopback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    is_https: bool,
}

impl Cookies {
    /// For a server that callers know by this address.
    pub(crate) fn of(public_url: Option<&str>) -> Self {
        let is_https = public_url.is_some_and(|url| url.starts_with("https://"));
        Self { is_https }
    }

    const fn name(self) -> &'static str {
        if self.is_https {
            "__Host-cinatra-session"
        } else {
            "cinatra-session"
        }
    }

    /// The session that a browser shows; of two, neither is believed.
    pub(crate) fn read(self, headers: &HeaderMap) -> Result<Option<Token>, InvalidToken> {
        let mut found = None;
        for value in headers.get_all(header::COOKIE) {
            let text = value.to_str().map_err(|_| InvalidToken)?;
            for pair in text.split(';') {
                let Some((name, value)) = pair.trim().split_once('=') else {
                    continue;
                };
                if name != self.name() {
                    continue;
                }
                if found.is_some() {
                    return Err(InvalidToken);
                }
                let token = Token::parse(value)?;
                found = (token.kind() == TokenKind::Session).then_some(token);
            }
        }
        Ok(found)
    }

    /// Lets the browser keep a session, or forget it.
    pub(crate) fn write(self, token: Option<&str>) -> Option<HeaderValue> {
        let (value, seconds) = match token {
            Some(token) => (token, SESSION_SECONDS),
            None => ("", 0),
        };
        let secure = if self.is_https { "; Secure" } else { "" };
        let name = self.name();
        let text =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(text).unwrap());
        headers
    }

    #[test]
    fn a_browser_shows_what_it_was_given() {
        let token = Token::generate(TokenKind::Session).unwrap().reveal();
        for url in [None, Some("https://cinatra.example")] {
            let cookies = Cookies::of(url);
            let written = cookies.write(Some(&token)).unwrap();
            let written = written.to_str().unwrap();
            assert!(written.contains("HttpOnly") && written.contains("SameSite=Lax"));
            assert_eq!(written.contains("; Secure"), url.is_some());
            let pair = written.split(';').next().unwrap();
            let read = cookies.read(&shown(&format!("a=b; {pair}"))).unwrap();
            assert_eq!(read.unwrap().reveal(), token);
        }
    }

    #[test]
    fn only_one_session_of_this_kind_is_believed() {
        let cookies = Cookies::of(None);
        let session = Token::generate(TokenKind::Session).unwrap().reveal();
        let personal = Token::generate(TokenKind::Personal).unwrap().reveal();
        let twice = format!("cinatra-session={session}; cinatra-session={session}");
        assert!(cookies.read(&shown(&twice)).is_err());
        let other = format!("cinatra-session={personal}");
        assert!(cookies.read(&shown(&other)).unwrap().is_none());
        assert!(cookies.read(&shown("other=x")).unwrap().is_none());
        assert!(cookies.read(&shown("cinatra-session=x")).is_err());
        let gone = cookies.write(None).unwrap();
        assert!(gone.to_str().unwrap().contains("Max-Age=0"));
    }
}
