//! Names that npm can have: checked before they become part of an address or a file name.

use super::RegistryError;

/// Longest name that npm allows.
const BYTES_MAX: usize = 214;

/// Accepts `name` and `@scope/name`; which names an extension may have is the domain's business.
pub(super) fn check(package: &str) -> Result<(), RegistryError> {
    let is_valid = package.len() <= BYTES_MAX
        && match package.strip_prefix('@') {
            Some(scoped) => scoped
                .split_once('/')
                .is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(package),
        };
    if is_valid {
        Ok(())
    } else {
        Err(RegistryError::NameInvalid {
            package: package.chars().take(BYTES_MAX).collect(),
        })
    }
}

/// Letters, digits and the marks that mean nothing in a URL; capitals only occur in old names.
fn is_part(part: &str) -> bool {
    let mut bytes = part.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_npm_cannot_have_never_reach_a_registry() {
        for good in [
            "lodash",
            "@cinatra-ai/greeter-agent",
            "@a/b.c_d",
            "JSONStream",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = format!("@a/{}", "b".repeat(212));
        let bad = [
            "",
            "@",
            "@a",
            "@a/",
            "@/b",
            "@a/b/c",
            "../b",
            "@a/..",
            "@a/.b",
            "a b",
            "a%2fb",
            "a?b",
            "a#b",
            "@a/ü",
            "_all",
            "-",
            "a\\b",
            "a:b",
            long.as_str(),
        ];
        for bad in bad {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
