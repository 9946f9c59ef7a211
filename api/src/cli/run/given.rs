//! Values that are typed as arguments: `name=text`, or `name:=` and JSON.

use std::str::FromStr;

use serde_json::Value;

/// A value with the name of its field.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Given {
    pub(super) name: String,
    pub(super) value: Value,
}

impl FromStr for Given {
    type Err = &'static str;

    /// Of what was typed nothing is repeated, as with `cinatra call`.
    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let (name, text) = typed.split_once('=').ok_or("is not name=value")?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => {
                let value = serde_json::from_str(text);
                (name, value.map_err(|_| "what follows := is not JSON")?)
            }
            None => (name, Value::from(text)),
        };
        if name.is_empty() {
            return Err("has no name before =");
        }
        Ok(Self {
            name: name.to_owned(),
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_text_or_json() {
        for (typed, name, value) in [
            ("guest=Bob", "guest", json!("Bob")),
            ("guest=", "guest", json!("")),
            ("sum=1=1", "sum", json!("1=1")),
            ("count=3", "count", json!("3")),
            ("count:=3", "count", json!(3)),
            ("list:=[\"a=b\"]", "list", json!(["a=b"])),
        ] {
            let given: Given = typed.parse().unwrap();
            assert_eq!((given.name.as_str(), given.value), (name, value), "{typed}");
        }
        for typed in ["guest", "", "=Bob", ":=1", "count:=three"] {
            assert!(typed.parse::<Given>().is_err(), "{typed}");
        }
    }
}
