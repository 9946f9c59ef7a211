//! What a client is shown: `?profile=` at the endpoint's address.
//!
//! Some clients cut a list off after 128 tools without a word, so no profile lists more. It says what is listed, not what
//! may be called. Source: settled.md 19, spec/workspace.md 11 and B-35.

use axum::extract::Query;
use axum::http::Uri;
use serde::Deserialize;

use crate::primitive::Primitive;

/// Most tools that a profile lists.
pub(super) const LISTED_MAX: usize = 127;

/// Nouns that people and assistants work with every day, as the audit names them.
const CORE: [&str; 4] = ["agent_run", "extension", "project", "skill"];

/// Which tools are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Profile {
    /// Every primitive.
    #[default]
    All,
    /// What one works with every day, and the agents that are installed.
    Core,
    /// Every other primitive: who is who, who may do what, secrets, the instance.
    Admin,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    profile: Profile,
}

impl Profile {
    /// The one that an address asks for; none when there is no such profile.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let asked: Result<Query<Asked>, _> = Query::try_from_uri(uri);
        asked.ok().map(|asked| asked.profile)
    }

    /// Whether it lists a primitive.
    pub(super) fn lists(self, primitive: &Primitive) -> bool {
        let is_core = CORE.contains(&primitive.resource());
        match self {
            Self::All => true,
            Self::Core => is_core,
            Self::Admin => !is_core,
        }
    }

    /// Whether it lists agents, each as a tool.
    pub(super) const fn lists_agents(self) -> bool {
        matches!(self, Self::Core)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::Catalogue;

    const PROFILES: [Profile; 3] = [Profile::All, Profile::Core, Profile::Admin];

    fn listed(profile: Profile) -> Vec<&'static str> {
        let catalogue = Catalogue::build().unwrap();
        let listed = catalogue.iter().filter(|one| profile.lists(one));
        listed.map(Primitive::name).collect()
    }

    #[test]
    fn no_profile_lists_more_than_clients_accept() {
        for profile in PROFILES {
            let count = listed(profile).len();
            assert!(count <= LISTED_MAX, "{profile:?} lists {count}");
        }
        let core = listed(Profile::Core).len();
        assert!(core + 32 <= LISTED_MAX, "little room for agents: {core}");
    }

    #[test]
    fn every_noun_of_the_core_is_there_and_the_rest_is_of_the_administrators() {
        let catalogue = Catalogue::build().unwrap();
        for noun in CORE {
            assert!(catalogue.iter().any(|one| one.resource() == noun), "{noun}");
        }
        let (core, admin) = (listed(Profile::Core), listed(Profile::Admin));
        assert!(core.contains(&"agent_run") && !admin.contains(&"agent_run"));
        assert!(admin.contains(&"secrets_set") && !core.contains(&"secrets_set"));
        assert_eq!(core.len() + admin.len(), listed(Profile::All).len());
    }

    #[test]
    fn an_address_says_which() {
        let of = |text: &'static str| Profile::of(&Uri::from_static(text));
        assert_eq!(of("/api/mcp"), Some(Profile::All));
        assert_eq!(of("/api/mcp?profile=core"), Some(Profile::Core));
        assert_eq!(of("/api/mcp?profile=admin"), Some(Profile::Admin));
        assert_eq!(of("/api/mcp?profile=Core"), None);
    }
}
