//! What callers send, and how it becomes values of the domain.

use cinatra_domain::secret::SecretName;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::SecretValue;
use crate::Error;

/// A value to keep under a name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetSecret {
    /// Its name, for example `registry.default.read-token`.
    #[schemars(length(max = 128), regex(pattern = SecretName::PATTERN))]
    pub name: String,
    /// The value; never shown again.
    #[schemars(with = "String", length(min = 1, max = 8192))]
    pub value: SecretValue,
}

/// A secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedSecret {
    /// Its name, for example `registry.default.read-token`.
    #[schemars(length(max = 128), regex(pattern = SecretName::PATTERN))]
    pub name: String,
}

/// All secrets of the organization.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllSecrets {}

impl SetSecret {
    pub(super) fn parse(&self) -> Result<(SecretName, &SecretString), Error> {
        Ok((name(&self.name)?, self.value.parse()?))
    }
}

impl NamedSecret {
    pub(super) fn parse(&self) -> Result<SecretName, Error> {
        name(&self.name)
    }
}

fn name(text: &str) -> Result<SecretName, Error> {
    SecretName::parse(text).map_err(|invalid| Error::invalid("name", invalid.reason))
}

#[cfg(test)]
mod tests {
    use cinatra_domain::kernel::Coded as _;
    use serde_json::json;

    use super::*;

    fn read(name: &str, value: &str) -> Result<(), Error> {
        let input = json!({ "name": name, "value": value });
        let input: SetSecret = serde_json::from_value(input).unwrap();
        input.parse().map(|_| ())
    }

    #[test]
    fn a_bad_field_is_named_and_a_value_never_repeated() {
        assert!(read("a", "v").is_ok());
        assert!(read("a", &"v".repeat(8_192)).is_ok());
        let long = "canary ".repeat(1_200);
        for (name, value, field) in [
            ("A", "v", "name"),
            ("a", "", "value"),
            ("a", &long, "value"),
        ] {
            let error = read(name, value).unwrap_err();
            assert_eq!(error.details()["field"], field);
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
        // Long in bytes, not in characters, which is all that a schema can count.
        assert!(read("a", &"ä".repeat(4_097)).is_err());
    }

    #[test]
    fn an_input_is_not_shown_by_accident() {
        let input = json!({ "name": "a", "value": "canary" });
        let input: SetSecret = serde_json::from_value(input).unwrap();
        assert!(!format!("{input:?}").contains("canary"));
    }
}
