//! Names that belong to packages of our own, which every system has. Source: settled.md 28, spec/runs.md 7.1, R66.

use super::PackageName;

/// The agent that fills context slots, and the only one of its name.
pub const CONTEXT_SELECTION: &str = "@cinatra-ai/context-selection-agent";

/// Every reserved name.
pub const RESERVED: &[&str] = &[CONTEXT_SELECTION];

impl PackageName {
    /// The reserved name that this one is taken for, because it differs by its scope only.
    pub fn claims(&self) -> Option<&'static str> {
        let mut reserved = RESERVED.iter();
        let is_alike = |name: &&str| {
            let slug = name.rsplit_once('/').map_or("", |(_, slug)| slug);
            self.slug() == slug && self.as_str() != *name
        };
        reserved.find(|name| is_alike(name)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_name_is_claimed_by_whoever_has_another_scope() {
        let claims = |name: &str| PackageName::parse(name).unwrap().claims();
        assert_eq!(
            claims("@acme/context-selection-agent"),
            Some(CONTEXT_SELECTION)
        );
        for name in [CONTEXT_SELECTION, "@acme/context-selection-agents"] {
            assert_eq!(claims(name), None, "{name}");
        }
    }
}
