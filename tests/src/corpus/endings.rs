//! How runs of published agents end with a scripted model: looked at one by one.
//!
//! Each that ends by an error calls an endpoint that is not built, or has not what it wants when it stands alone.

/// Runs that have to come to a gate or their end. Source: issue 4.
pub(super) const ARRIVING_MIN: usize = 18;

const ENDINGS: &[(&str, &str)] = &[
    (
        "@cinatra-ai/auditor-agent",
        "error resolve_skills not_implemented",
    ),
    ("@cinatra-ai/author-agent", "end"),
    (
        "@cinatra-ai/blog-draft-writer-agent",
        "end after context_draftContext/ctx-draftContext-context_select_gate",
    ),
    (
        "@cinatra-ai/blog-image-prompt-agent",
        "end after context_imagePromptContext/ctx-imagePromptContext-context_select_gate",
    ),
    ("@cinatra-ai/blog-linkedin-writer-agent", "end"),
    // It wants another version of an agent than there is.
    (
        "@cinatra-ai/blog-pipeline-agent",
        "not installed RANGE_VIOLATION",
    ),
    ("@cinatra-ai/blog-wordpress-publish-agent", "end"),
    ("@cinatra-ai/code-reviewer-agent", "end"),
    // It chooses for an agent that declares a slot, and stands alone here.
    (
        "@cinatra-ai/context-selection-agent",
        "error resolve_context call_failed",
    ),
    ("@cinatra-ai/drupal-agent", "end"),
    (
        "@cinatra-ai/email-delivery-agent",
        "end after confirmation_gate",
    ),
    (
        "@cinatra-ai/email-drafting-agent",
        "error apply not_implemented after approval_gate",
    ),
    (
        "@cinatra-ai/email-recipient-selection-agent",
        "error apply not_implemented after scope_gate, approval_gate",
    ),
    (
        "@cinatra-ai/email-test-delivery-agent",
        "error parse_action not_implemented after test_form_gate",
    ),
    ("@cinatra-ai/lint-policy-agent", "end"),
    ("@cinatra-ai/media-feed-lister-agent", "end"),
    ("@cinatra-ai/planner-agent", "end"),
    ("@cinatra-ai/reviewer-agent", "end after approval_gate"),
    (
        "@cinatra-ai/skill-recommender-agent",
        "end after recommend_gate",
    ),
    (
        "@cinatra-ai/trigger-agent",
        "error persist not_implemented after configure_gate",
    ),
    ("@cinatra-ai/wordpress-agent", "end"),
];

/// How a run of this agent ends; `None` when nobody has looked at it.
pub(super) fn ending(agent: &str) -> Option<&'static str> {
    let mut endings = ENDINGS.iter();
    endings.find_map(|(name, ending)| (*name == agent).then_some(*ending))
}

/// Whether all agents of the table are there, so that the least number applies.
pub(super) fn covers(agents: impl Fn(&str) -> bool) -> bool {
    ENDINGS.iter().all(|(name, _)| agents(name))
}
