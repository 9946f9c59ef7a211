//! Which addresses belong to a registry: nothing else is ever asked, and nothing else sees the token.

use reqwest::Url;

use crate::gateway::registry::SettingError;

/// Base URL of a registry; its path ends in a slash and is a prefix of every address.
#[derive(Clone, Debug)]
pub(super) struct Base(Url);

impl Base {
    /// Reads a base URL. A credential in it is refused: it would end up in origins and logs.
    pub(super) fn parse(text: &str) -> Result<Self, SettingError> {
        let refuse = |reason: &str| {
            Err(SettingError::Registry {
                reason: reason.to_owned(),
            })
        };
        let Ok(mut url) = Url::parse(text) else {
            return refuse("not a URL");
        };
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return refuse("neither http nor https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("a URL must not carry a credential; use the token setting");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("a base URL has no query and no fragment");
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }

    /// Without the closing slash, as origins record it.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether TLS will be needed.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether an address is the registry's own: scheme, host, port and path prefix.
    pub(super) fn covers(&self, url: &Url) -> bool {
        url.origin() == self.0.origin()
            && url.path().starts_with(self.0.path())
            && url.username().is_empty()
            && url.password().is_none()
    }

    /// Address of everything about one package. The name has been checked.
    pub(super) fn packument(&self, package: &str) -> Url {
        self.below(&package.replace('/', "%2f"))
    }

    /// Address of one version's manifest.
    pub(super) fn manifest(&self, package: &str, version: &str) -> Url {
        let mut url = self.packument(package);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(version);
        }
        url
    }

    /// Address of one page of search results.
    pub(super) fn search(&self, text: &str, size: usize, from: usize) -> Url {
        let mut url = self.below("-/v1/search");
        url.query_pairs_mut()
            .append_pair("text", text)
            .append_pair("size", &size.to_string())
            .append_pair("from", &from.to_string());
        url
    }

    /// Where to fetch a tarball that the registry says is at `advertised`.
    ///
    /// A registry behind a proxy may advertise its inner host. When the advertised path has npm's
    /// layout, `<name>/-/<file>`, the same path is asked below our base instead: the bytes have to match
    /// the digest that came from our base anyway. `None` for anything else that is not the registry's own.
    pub(super) fn tarball(&self, advertised: &str, package: &str) -> Option<Url> {
        let url = Url::parse(advertised)
            .or_else(|_| self.0.join(advertised))
            .ok()?;
        if self.covers(&url) {
            return Some(url);
        }
        let path = url
            .path()
            .replace("%40", "@")
            .replace("%2f", "/")
            .replace("%2F", "/");
        let (_, file) = path.split_once(&format!("/{package}/-/"))?;
        let moved = self.0.join(&format!("{package}/-/{file}")).ok()?;
        self.covers(&moved).then_some(moved)
    }

    fn below(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}{path}", self.0.path());
        url.set_path(&path);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Base {
        Base::parse(text).unwrap()
    }

    const NAME: &str = "@cinatra-ai/greet-agent";

    #[test]
    fn addresses_are_joined_to_the_prefix_with_the_scope_encoded() {
        for (text, prefix) in [
            ("http://localhost:4873", "http://localhost:4873/"),
            ("https://npm.example/a/b", "https://npm.example/a/b/"),
            ("https://npm.example/a/b/", "https://npm.example/a/b/"),
        ] {
            let base = base(text);
            let package = format!("{prefix}@cinatra-ai%2fgreet-agent");
            assert_eq!(base.as_str(), prefix.trim_end_matches('/'));
            assert_eq!(base.packument(NAME).as_str(), package);
            assert_eq!(
                base.manifest(NAME, "1.0.0-a+b").as_str(),
                format!("{package}/1.0.0-a+b")
            );
            assert_eq!(
                base.search("a b&c", 20, 40).as_str(),
                format!("{prefix}-/v1/search?text=a+b%26c&size=20&from=40")
            );
        }
    }

    #[test]
    fn unusable_bases_are_refused_without_repeating_them() {
        for text in [
            "npm.example",
            "ftp://npm.example",
            "https://user:s3cret@npm.example",
            "https://s3cret@npm.example",
            "https://npm.example/?token=s3cret",
            "https://npm.example/#a",
            "",
        ] {
            let refused = Base::parse(text).unwrap_err().to_string();
            assert!(!refused.contains("s3cret"), "{refused}");
        }
    }

    #[test]
    fn only_the_same_origin_and_prefix_is_covered() {
        let base = base("https://npm.example/a");
        for (text, expected) in [
            ("https://npm.example/a/x", true),
            ("https://npm.example:443/a/x", true),
            ("https://NPM.example/a/../a/x", true),
            ("http://npm.example/a/x", false),
            ("https://npm.example:8443/a/x", false),
            ("https://npm.example.evil/a/x", false),
            ("https://npm.example/ab/x", false),
            ("https://npm.example/a/../x", false),
            ("https://npm.example/a/%2e%2e/x", false),
            ("https://npm.example@evil.example/a/x", false),
            ("https://user@npm.example/a/x", false),
        ] {
            assert_eq!(base.covers(&Url::parse(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_tarball_is_fetched_from_below_the_base_or_not_at_all() {
        let base = base("https://npm.example/a/");
        let own = "https://npm.example/a/@cinatra-ai/greet-agent/-/greet-agent-1.0.0.tgz";
        for (advertised, expected) in [
            (own, Some(own)),
            (
                "https://npm.example/a/download/x?sig=1",
                Some("https://npm.example/a/download/x?sig=1"),
            ),
            ("@cinatra-ai/greet-agent/-/greet-agent-1.0.0.tgz", Some(own)),
            (
                "http://inner:4873/@cinatra-ai/greet-agent/-/greet-agent-1.0.0.tgz",
                Some(own),
            ),
            (
                "http://inner/p/@cinatra-ai%2Fgreet-agent/-/greet-agent-1.0.0.tgz?x=1",
                Some(own),
            ),
            (
                "https://npm.example/%40cinatra-ai%2fgreet-agent/-/greet-agent-1.0.0.tgz",
                Some(own),
            ),
            ("http://evil.example/greet-agent-1.0.0.tgz", None),
            ("http://evil.example/@cinatra-ai/other-agent/-/x.tgz", None),
            (
                "http://169.254.169.254/@cinatra-ai/greet-agent/-/%2e%2e/%2e%2e/%2e%2e/%2e%2e/x",
                None,
            ),
            ("file:///etc/passwd", None),
            ("", None),
        ] {
            let found = base.tarball(advertised, NAME);
            let found = found.as_ref().map(Url::as_str);
            if advertised.is_empty() {
                // The base itself: its own, and its bytes will match no digest.
                assert_eq!(found, Some("https://npm.example/a/"));
            } else {
                assert_eq!(found, expected, "{advertised}");
            }
        }
    }
}
