//! Each rule with a package that keeps it and one that breaks it.

use serde_json::{Value, json};

use super::*;
use crate::extension::manifest;
use crate::kernel::Coded as _;

fn manifest_of(name: &str, kind: &str, block: &Value) -> Manifest {
    let mut package = json!({
        "name": name, "version": "1.0.0", "cinatra": { "apiVersion": "cinatra.ai/v1" },
    });
    for (key, value) in block.as_object().unwrap() {
        package["cinatra"][key] = value.clone();
    }
    package["cinatra"]["kind"] = json!(kind);
    manifest::parse(&package).unwrap().0
}

fn breaks_with(
    rule: Rule,
    manifest: &Manifest,
    files: &Files<'_>,
    directory: Option<&str>,
) -> bool {
    let package = Package {
        manifest,
        files,
        directory,
    };
    let results = check(&package);
    results
        .iter()
        .any(|result| result.rule == rule && !result.ok)
}

fn breaks(rule: Rule, name: &str, kind: &str) -> bool {
    breaks_with(
        rule,
        &manifest_of(name, kind, &json!({})),
        &Files::default(),
        None,
    )
}

#[test]
fn n1_the_folder_is_called_like_the_package() {
    let manifest = manifest_of("@cinatra-ai/foo-agent", "agent", &json!({}));
    let files = Files::default();
    let breaks = |directory| breaks_with(Rule::DirectoryName, &manifest, &files, directory);
    assert!(!breaks(Some("foo-agent")));
    assert!(!breaks(None));
    assert!(breaks(Some("bar-agent")));
}

#[test]
fn n2_the_block_states_its_version() {
    let old = manifest_of(
        "@cinatra-ai/a-agent",
        "agent",
        &json!({ "apiVersion": "v0" }),
    );
    assert!(breaks_with(Rule::BlockShape, &old, &Files::default(), None));
    assert!(!breaks(Rule::BlockShape, "@cinatra-ai/a-agent", "agent"));
}

#[test]
fn n3_the_name_ends_with_the_kind() {
    assert!(!breaks(Rule::KindSuffix, "@cinatra-ai/a-b-agent", "agent"));
    assert!(!breaks(
        Rule::KindSuffix,
        "@cinatra-ai/blog-skills",
        "skill"
    ));
    assert!(!breaks(Rule::KindSuffix, "@anthropics/skills", "skill"));
    for (name, kind) in [
        ("@cinatra-ai/blog-skill", "skill"),
        ("@cinatra-ai/cinatra-assistant", "agent"),
        ("@cinatra-ai/email-artifacts", "artifact"),
        ("@cinatra-ai/a_b-agent", "agent"),
        ("@anthropics/skills", "agent"),
    ] {
        assert!(breaks(Rule::KindSuffix, name, kind), "{name}");
    }
}

#[test]
fn n4_scopes_publish_the_kinds_they_may() {
    assert!(!breaks(
        Rule::ScopeForKind,
        "@ossflywheel/blog-connector",
        "connector"
    ));
    assert!(!breaks(Rule::ScopeForKind, "@anthropics/skills", "skill"));
    for (name, kind) in [
        ("@acme/a-agent", "agent"),
        ("@acme/a-artifact", "artifact"),
        ("@acme/a-workflow", "workflow"),
        ("@acme/a-skills", "skill"),
        ("@anthropics/other-skills", "skill"),
    ] {
        assert!(breaks(Rule::ScopeForKind, name, kind), "{name}");
    }
}

#[test]
fn n5_an_agent_is_named_for_its_role() {
    for slug in [
        "foo-pipeline",
        "pipeline",
        "child-foo",
        "stage-3-foo",
        "foo-stage-12",
        "x-handler",
    ] {
        let name = format!("@cinatra-ai/{slug}-agent");
        assert!(breaks(Rule::TopologyToken, &name, "agent"), "{name}");
    }
    for slug in [
        "list-curator",
        "blog-pipeline",
        "pipelines",
        "stage-foo",
        "grandchild",
    ] {
        let name = format!("@cinatra-ai/{slug}-agent");
        assert!(!breaks(Rule::TopologyToken, &name, "agent"), "{name}");
    }
}

#[test]
fn n6_replaced_names_stay_replaced() {
    assert!(breaks(Rule::OldName, "@cinatra-ai/context-agent", "agent"));
    assert!(!breaks(
        Rule::OldName,
        "@cinatra-ai/context-selection-agent",
        "agent"
    ));
}

#[test]
fn n7_the_kind_stands_at_the_end() {
    assert!(breaks(
        Rule::KindPrefix,
        "@cinatra-ai/agent-email-test-delivery",
        "agent"
    ));
    assert!(breaks(
        Rule::KindPrefix,
        "@cinatra-ai/skill-assistant",
        "skill"
    ));
    assert!(!breaks(
        Rule::KindPrefix,
        "@cinatra-ai/skill-recommender-agent",
        "agent"
    ));
    assert!(!breaks(
        Rule::KindPrefix,
        "@cinatra-ai/agentic-agent",
        "agent"
    ));
}

#[test]
fn n8_a_declared_name_is_the_name() {
    let mut manifest = manifest_of("@cinatra-ai/a-agent", "agent", &json!({}));
    let files = Files::default();
    manifest.declared_name = Some("@cinatra-ai/b-agent".to_owned());
    assert!(breaks_with(Rule::DeclaredName, &manifest, &files, None));
    manifest.declared_name = Some("@cinatra-ai/a-agent".to_owned());
    assert!(!breaks_with(Rule::DeclaredName, &manifest, &files, None));
}

#[test]
fn n9_and_n11_skills_are_referred_to_by_catalogue_id() {
    let with = |role: &str, reference: &str| {
        let block = json!({ "artifact": { "skills": { role: [reference] } } });
        manifest_of("@cinatra-ai/a-artifact", "artifact", &block)
    };
    let breaks = |rule, manifest: &Manifest| breaks_with(rule, manifest, &Files::default(), None);
    let good = with("matchers", "@cinatra-ai/a-artifact:a-matcher");
    assert!(!breaks(Rule::SkillReference, &good) && !breaks(Rule::ArtifactSkillName, &good));
    for path in ["./skills/a", "/a", "../a", "skills/a/SKILL.md"] {
        assert!(
            breaks(Rule::SkillReference, &with("validators", path)),
            "{path}"
        );
    }
    assert!(breaks(
        Rule::ArtifactSkillName,
        &with("matchers", "@cinatra-ai/a:find")
    ));
    assert!(breaks(
        Rule::ArtifactSkillName,
        &with("authoring", "@cinatra-ai/a:a-matcher")
    ));
}

#[test]
fn n10_skills_are_in_kebab_case_folders() {
    let manifest = manifest_of("@cinatra-ai/a-skills", "skill", &json!({}));
    let breaks = |path| {
        let files = Files::new([path], []);
        breaks_with(Rule::SkillSlug, &manifest, &files, None)
    };
    assert!(!breaks("skills/write-mail/SKILL.md"));
    assert!(breaks("skills/WriteMail/SKILL.md"));
    assert!(breaks("skills/a/b/SKILL.md"));
    assert!(!breaks("docs/SKILL.md"));
}

#[test]
fn n12_providers_have_a_short_setup_page_and_facades_none() {
    let manifest = manifest_of("@cinatra-ai/mail-connector", "connector", &json!({}));
    let long = "x\n".repeat(21);
    let page = |content: &'static str, others: &[&'static str]| {
        let files = Files::new(
            others.iter().copied(),
            [("src/setup-page.tsx", content.as_bytes())],
        );
        breaks_with(Rule::ConnectorSetupPage, &manifest, &files, None)
    };
    assert!(!page("x\n", &[]));
    assert!(page(long.leak(), &[]));
    assert!(page("x\n", &["src/facade.ts"]));
}

#[test]
fn missing_files_are_reported_together() {
    let manifest = manifest_of("@cinatra-ai/a-agent", "agent", &json!({}));
    let files = Files::new(
        ["package.json", "cinatra/oas.json", "skills/a/SKILL.md"],
        [],
    );
    let warnings = inspect(&manifest, &files).unwrap();
    let messages: Vec<&str> = warnings.iter().map(|w| w.message.as_str()).collect();
    assert_eq!(messages, ["missing: .cinatra-published.json, LICENSE"]);

    let connector = manifest_of("@cinatra-ai/mail-connector", "connector", &json!({}));
    let missing = inspect(&connector, &Files::new(["package.json"], [])).unwrap();
    assert!(
        missing[0].message.contains("src/mail-setup-impl.tsx"),
        "{missing:?}"
    );
}

#[test]
fn an_artifact_must_not_carry_an_agent() {
    let manifest = manifest_of("@cinatra-ai/a-artifact", "artifact", &json!({}));
    let files = Files::new(["package.json", "src/index.ts", "cinatra/oas.json"], []);
    assert_eq!(
        inspect(&manifest, &files).unwrap_err().code(),
        "FORBIDDEN_FILE"
    );
    let agent = manifest_of("@cinatra-ai/a-agent", "agent", &json!({}));
    assert!(inspect(&agent, &files).is_ok());
}

#[test]
fn what_an_agent_says_twice_has_to_agree() {
    let codes = |block: &Value, oas: &Value| {
        let manifest = manifest_of("@cinatra-ai/a-agent", "agent", block);
        let bytes = oas.to_string();
        let all = [
            "package.json",
            "LICENSE",
            ".cinatra-published.json",
            "skills/a/SKILL.md",
        ];
        let files = Files::new(all, [("cinatra/oas.json", bytes.as_bytes())]);
        let warnings = inspect(&manifest, &files).unwrap();
        warnings.into_iter().map(|w| w.code).collect::<Vec<_>>()
    };
    let described = |fields: Value| json!({ "metadata": { "cinatra": fields } });
    assert_eq!(
        codes(&json!({}), &described(json!({}))),
        Vec::<String>::new()
    );
    assert_eq!(
        codes(&json!({}), &described(json!({ "packageVersion": "0.9.0" }))),
        ["OAS_VERSION_DRIFT"]
    );
    assert_eq!(
        codes(
            &json!({}),
            &described(json!({ "packageName": "@cinatra-ai/b" }))
        ),
        ["OAS_NAME_DRIFT"]
    );
    let nested = json!({ "nodes": [{ "subflow": [{ "component_type": "InputMessageNode" }] }] });
    let gates = |claimed: bool, oas: &Value| codes(&json!({ "hasApprovalGates": claimed }), oas);
    assert_eq!(gates(false, &nested), ["APPROVAL_GATES_DRIFT"]);
    assert_eq!(gates(true, &nested), Vec::<String>::new());
    assert_eq!(gates(true, &json!({})), ["APPROVAL_GATES_DRIFT"]);
    assert_eq!(
        codes(&json!({}), &described(json!({ "contextSlots": [{}] }))),
        ["CONTEXT_SELECTION_DRIFT"]
    );
    assert_eq!(codes(&json!({}), &json!(7)), Vec::<String>::new());
}

#[test]
fn a_workflow_has_one_definition_and_a_known_dashboard() {
    let manifest = manifest_of(
        "@cinatra-ai/a-workflow",
        "workflow",
        &json!({ "workflowVersion": 1 }),
    );
    let codes = |paths: &[&'static str], dashboard: &'static [u8]| {
        let files = Files::new(
            paths.iter().copied(),
            [("cinatra/dashboard.json", dashboard)],
        );
        let warnings = inspect(&manifest, &files).unwrap();
        warnings.into_iter().map(|w| w.code).collect::<Vec<_>>()
    };
    let base = ["package.json", "cinatra/workflow.bpmn"];
    assert_eq!(
        codes(&base, br#"{"apiVersion":"v1.2"}"#),
        Vec::<String>::new()
    );
    assert_eq!(codes(&base, b"{"), ["DASHBOARD_API_VERSION"]);
    let doubled = ["package.json", "cinatra/workflow.bpmn", "src/workflow.bpmn"];
    assert_eq!(
        codes(&doubled, br#"{"apiVersion":"v1.2"}"#),
        ["BPMN_SIDECAR_DUPLICATE"]
    );
    assert_eq!(
        codes(&base[..1], br#"{"apiVersion":"v1.2"}"#),
        ["REQUIRED_FILE_MISSING"]
    );
}
