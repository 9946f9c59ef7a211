//! The naming and manifest rules N1 to N12. Source: seed 004, naming; numbers as in the specification.

use serde_json::Value;

use super::super::Kind;
use super::super::name::is_kebab;
use super::Package;
use super::lists::{
    self, GRANDFATHERED, OLD_NAMES, TOPOLOGY_TOKENS, VENDORED_NAMES, VENDORED_SCOPES,
};

/// One rule. Its discriminant order is N1 to N12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// N1: the folder is called like the package.
    DirectoryName,
    /// N2: the `cinatra` block has the version and a kind.
    BlockShape,
    /// N3: the name ends with the kind.
    KindSuffix,
    /// N4: the scope may publish this kind.
    ScopeForKind,
    /// N5: an agent is named for its role, not for its place in a flow.
    TopologyToken,
    /// N6: the name was not replaced.
    OldName,
    /// N7: the kind stands at the end, not at the beginning.
    KindPrefix,
    /// N8: `metadata.cinatra.packageName` is the name.
    DeclaredName,
    /// N9: skills are referred to by catalogue id, never by path.
    SkillReference,
    /// N10: skills are in kebab-case folders.
    SkillSlug,
    /// N11: an artifact's skills are called after it.
    ArtifactSkillName,
    /// N12: providers have a setup page, facades have none.
    ConnectorSetupPage,
}

impl Rule {
    /// Every rule, N1 first.
    pub const ALL: [Self; 12] = [
        Self::DirectoryName,
        Self::BlockShape,
        Self::KindSuffix,
        Self::ScopeForKind,
        Self::TopologyToken,
        Self::OldName,
        Self::KindPrefix,
        Self::DeclaredName,
        Self::SkillReference,
        Self::SkillSlug,
        Self::ArtifactSkillName,
        Self::ConnectorSetupPage,
    ];

    /// Code of the warning when it is violated.
    pub fn code(self) -> &'static str {
        match self {
            Self::DirectoryName => "NAME_DIRECTORY_MISMATCH",
            Self::BlockShape => "CINATRA_BLOCK_SHAPE",
            Self::KindSuffix => "NAME_SUFFIX_MISMATCH",
            Self::ScopeForKind => "SCOPE_NOT_ALLOWED_FOR_KIND",
            Self::TopologyToken => "NAME_TOPOLOGY_TOKEN",
            Self::OldName => "NAME_REPLACED",
            Self::KindPrefix => "NAME_PREFIX_FORM",
            Self::DeclaredName => "PACKAGE_NAME_DRIFT",
            Self::SkillReference => "SKILL_REFERENCE_IS_PATH",
            Self::SkillSlug => "SKILL_SLUG_FORM",
            Self::ArtifactSkillName => "ARTIFACT_SKILL_NAME",
            Self::ConnectorSetupPage => "CONNECTOR_SETUP_PAGE",
        }
    }

    /// Why the package violates it, if it does.
    pub fn violation(self, package: &Package<'_>) -> Option<String> {
        match self {
            Self::DirectoryName => directory_name(package),
            Self::BlockShape => block_shape(package),
            Self::KindSuffix => kind_suffix(package),
            Self::ScopeForKind => scope_for_kind(package),
            Self::TopologyToken => topology_token(package),
            Self::OldName => old_name(package),
            Self::KindPrefix => kind_prefix(package),
            Self::DeclaredName => declared_name(package),
            Self::SkillReference => skill_reference(package),
            Self::SkillSlug => skill_slug(package),
            Self::ArtifactSkillName => artifact_skill_name(package),
            Self::ConnectorSetupPage => connector_setup_page(package),
        }
    }
}

fn is_vendored(package: &Package<'_>) -> bool {
    package.manifest.kind == Kind::Skill
        && lists::lists(VENDORED_NAMES, package.manifest.name.as_str())
}

fn directory_name(package: &Package<'_>) -> Option<String> {
    let slug = package.manifest.name.slug();
    let directory = package.directory?;
    (directory != slug).then(|| format!("folder {directory} is not called {slug}"))
}

fn block_shape(package: &Package<'_>) -> Option<String> {
    let stated = package.manifest.block.get("apiVersion");
    (stated.and_then(Value::as_str) != Some("cinatra.ai/v1"))
        .then(|| "cinatra.apiVersion is not cinatra.ai/v1".to_owned())
}

fn kind_suffix(package: &Package<'_>) -> Option<String> {
    let (slug, kind) = (package.manifest.name.slug(), package.manifest.kind);
    let suffix = kind.name_suffix();
    let stem = slug.strip_suffix(suffix);
    (!is_vendored(package) && !stem.is_some_and(is_kebab))
        .then(|| format!("a package of kind {kind} is called <slug>{suffix} in kebab-case"))
}

fn scope_for_kind(package: &Package<'_>) -> Option<String> {
    let (scope, kind) = (package.manifest.name.scope(), package.manifest.kind);
    let allowed = match kind {
        Kind::Connector => true,
        Kind::Agent | Kind::Artifact | Kind::Workflow => scope == OWN_SCOPE,
        Kind::Skill => {
            scope == OWN_SCOPE || (lists::lists(VENDORED_SCOPES, scope) && is_vendored(package))
        }
    };
    (!allowed).then(|| format!("a package of kind {kind} is not expected in scope {scope}"))
}

const OWN_SCOPE: &str = "@cinatra-ai";

fn topology_token(package: &Package<'_>) -> Option<String> {
    let name = &package.manifest.name;
    if package.manifest.kind != Kind::Agent || lists::lists(GRANDFATHERED, name.as_str()) {
        return None;
    }
    let role = name.slug().strip_suffix("-agent").unwrap_or(name.slug());
    let words: Vec<&str> = role.split('-').collect();
    let token = lists::entries(TOPOLOGY_TOKENS).find(|token| {
        let token: Vec<&str> = token.split('-').collect();
        let alike = |part: &[&str]| {
            part.iter().zip(&token).all(|(word, wanted)| match *wanted {
                "#" => word.parse::<u32>().is_ok(),
                wanted => *word == wanted,
            })
        };
        words.len() >= token.len()
            && (alike(&words[..token.len()]) || alike(&words[words.len() - token.len()..]))
    })?;
    Some(format!("{token} names a place in a flow, not a role"))
}

fn old_name(package: &Package<'_>) -> Option<String> {
    let name = package.manifest.name.as_str();
    lists::pairs(OLD_NAMES)
        .find(|(old, _)| *old == name)
        .map(|(_, new)| format!("the package is now called {new}"))
}

fn kind_prefix(package: &Package<'_>) -> Option<String> {
    let slug = package.manifest.name.slug();
    let prefixed = |kind: Kind| {
        slug.strip_prefix(kind.as_str())
            .is_some_and(|rest| rest.starts_with('-'))
    };
    // `agent-agent` style names aside, a name that ends with its kind groups by domain already.
    let kind = Kind::ALL.into_iter().find(|kind| prefixed(*kind))?;
    let ends_with_kind = slug.ends_with(package.manifest.kind.name_suffix());
    (!ends_with_kind).then(|| format!("the kind {kind} stands before the name instead of after it"))
}

fn declared_name(package: &Package<'_>) -> Option<String> {
    let declared = package.manifest.declared_name.as_deref()?;
    (declared != package.manifest.name.as_str())
        .then(|| format!("metadata.cinatra.packageName is {declared}"))
}

/// References to skills from an artifact's block, with the role they are listed under.
fn skill_references<'a>(
    package: &Package<'a>,
) -> impl Iterator<Item = (&'static str, &'a str)> + use<'a> {
    let skills = package
        .manifest
        .block
        .get("artifact")
        .and_then(|artifact| artifact.get("skills"));
    ["authoring", "matchers", "validators", "enrichers"]
        .into_iter()
        .flat_map(move |role| {
            let listed = skills.and_then(|skills| skills.get(role));
            let listed = listed.and_then(Value::as_array);
            let texts = listed.into_iter().flatten().filter_map(Value::as_str);
            texts.map(move |text| (role, text))
        })
}

fn skill_reference(package: &Package<'_>) -> Option<String> {
    let (role, path) = skill_references(package).find(|(_, text)| {
        text.to_ascii_lowercase().ends_with(".md")
            || ["/", "./", "../"].iter().any(|p| text.starts_with(p))
    })?;
    Some(format!("artifact.skills.{role} names the path {path}"))
}

fn skill_slug(package: &Package<'_>) -> Option<String> {
    let slug = package.files.paths().find_map(|path| {
        let folder = path.strip_prefix("skills/")?.strip_suffix("/SKILL.md")?;
        (!is_kebab(folder)).then_some(folder)
    })?;
    Some(format!("skills/{slug} is not one kebab-case folder"))
}

fn artifact_skill_name(package: &Package<'_>) -> Option<String> {
    if package.manifest.kind != Kind::Artifact {
        return None;
    }
    let (role, text) = skill_references(package).find(|(role, text)| {
        let slug = text.rsplit_once(':').map_or(*text, |(_, slug)| slug);
        match *role {
            "matchers" => !slug.ends_with("-matcher"),
            "authoring" => !slug.ends_with("-author") && !slug.ends_with("-authoring"),
            _ => false,
        }
    })?;
    Some(format!("artifact.skills.{role} names {text}"))
}

fn connector_setup_page(package: &Package<'_>) -> Option<String> {
    const PAGE: &str = "src/setup-page.tsx";
    const PAGE_LINES_MAX: usize = 20;
    if package.manifest.kind != Kind::Connector {
        return None;
    }
    let has_page = package.files.contains(PAGE);
    if package.files.contains("src/facade.ts") {
        return has_page.then(|| "a facade has no setup page".to_owned());
    }
    let lines = package.files.content(PAGE).map(|content| {
        content
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .count()
    });
    lines
        .is_some_and(|lines| lines > PAGE_LINES_MAX)
        .then(|| format!("{PAGE} has over {PAGE_LINES_MAX} lines"))
}
