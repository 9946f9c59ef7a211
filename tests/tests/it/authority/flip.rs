//! Every primitive under every other rule: the table notices each.

use std::collections::BTreeMap;

use cinatra_api::primitive::{Catalogue, Primitive, Terms};
use cinatra_api::problem::treatment;
use cinatra_domain::authority::{Operation, Rule};
use cinatra_domain::permission::Permission;
use cinatra_domain::project::ProjectRole;
use cinatra_tests::console::say;

use super::cast::Who;
use super::golden::{Golden, Row};
use super::request::Desk;
use super::stage::Stage;
use crate::tidy::complain;

/// Pairs of rules that come to the same for what a primitive answers, and why.
const ALIKE: &[(&str, Rule, &str)] = &[
    (
        "teams_delete",
        Rule::Team(Permission::TeamDelete),
        "administrators of a team may not delete it, and no team but ours is there to be deleted",
    ),
    (
        "team_members_list",
        Rule::Team(Permission::TeamRead),
        "whoever administers a team is a member and reads every team, and the handler looks whether it is there",
    ),
    (
        "project_access_check",
        Rule::FindProject,
        "whoever may only find a project is told by the handler, too, that there is none",
    ),
    (
        "agent_run_counts",
        Rule::Inside(Permission::RunList),
        "what it counts is of no project in particular",
    ),
    (
        "agent_runs_stop",
        Rule::Inside(Permission::RunList),
        "what it stops is of no project in particular",
    ),
];

/// From whom a difference shows soonest, without any effect.
const ORDER: [Who; 16] = [
    Who::Nobody,
    Who::Key,
    Who::Nils,
    Who::Program,
    Who::Mia,
    Who::Tess,
    Who::Tina,
    Who::Cora,
    Who::Otto,
    Who::Sue,
    Who::Pam,
    Who::Rex,
    Who::Pia,
    Who::Narrow,
    Who::Paul,
    Who::Ada,
];

/// Rules that are nobody's own but stricter or looser than many.
const MORE: [Rule; 6] = [
    Rule::Public,
    Rule::SignedIn,
    Rule::Organization(Permission::OrganizationRead),
    Rule::Organization(Permission::SettingsUpdate),
    Rule::Organization(Permission::OrganizationManageMembers),
    Rule::Platform(Permission::SettingsRead),
];

/// Rules that demand the same of others.
fn neighbours(rule: Rule) -> Vec<Rule> {
    match rule {
        Rule::Organization(permission)
        | Rule::Inside(permission)
        | Rule::Platform(permission)
        | Rule::OwnOr(permission)
        | Rule::Team(permission) => vec![
            Rule::Organization(permission),
            Rule::Platform(permission),
            Rule::OwnOr(permission),
            Rule::Team(permission),
        ],
        Rule::Project(_, permission) => projects(permission).to_vec(),
        Rule::CreateProject => vec![
            Rule::Organization(Permission::ProjectCreate),
            Rule::Platform(Permission::ProjectCreate),
        ],
        Rule::FindProject => [
            Rule::Organization(Permission::ProjectRead),
            Rule::Platform(Permission::ProjectRead),
        ]
        .into_iter()
        .chain(projects(Permission::ProjectRead))
        .collect(),
        Rule::PromoteProject => projects(Permission::ProjectUpdate).to_vec(),
        Rule::GrantProject => projects(Permission::ProjectManageMembers).to_vec(),
        Rule::Resource(_) => [
            Operation::Read,
            Operation::Execute,
            Operation::Share,
            Operation::Manage,
        ]
        .map(Rule::Resource)
        .into_iter()
        .chain([
            Rule::Organization(Permission::SkillRead),
            Rule::Organization(Permission::SkillManageVisibility),
        ])
        .collect(),
        Rule::Run(permission) => runs()
            .into_iter()
            .chain([Rule::Organization(permission), Rule::Platform(permission)])
            .collect(),
        Rule::MoveRun => runs()
            .into_iter()
            .chain([Rule::Organization(Permission::RunEditOutput)])
            .chain(projects(Permission::RunEditOutput))
            .collect(),
        Rule::Public | Rule::SignedIn => Vec::new(),
    }
}

/// What may be demanded of a run.
fn runs() -> [Rule; 5] {
    [
        Permission::RunRead,
        Permission::RunResume,
        Permission::RunApproveHitl,
        Permission::RunRespondToHitl,
        Permission::RunCancel,
    ]
    .map(Rule::Run)
}

fn projects(permission: Permission) -> [Rule; 4] {
    [
        ProjectRole::Read,
        ProjectRole::Write,
        ProjectRole::Admin,
        ProjectRole::Owner,
    ]
    .map(|role| Rule::Project(role, permission))
}

/// The rules to try instead of a primitive's own.
fn others(catalogue: &Catalogue, own: Rule) -> Vec<Rule> {
    let of_all = catalogue.iter().map(Primitive::rule);
    let mut rules: Vec<Rule> = Vec::new();
    for rule in of_all.chain(MORE).chain(neighbours(own)) {
        if rule != own && !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primitive_under_any_other_rule_does_not_answer_as_the_table_says() {
    let golden = Golden::read();
    let keys = golden.rows.iter().filter_map(|row| row.key.as_deref());
    let stage = Stage::set(keys).await;
    let mut desk = Desk::new(&stage);
    let mut catalogue = Catalogue::build().unwrap();
    let own: BTreeMap<&str, Rule> = catalogue
        .iter()
        .map(|primitive| (primitive.name(), primitive.rule()))
        .collect();
    let (mut flips, mut calls, mut findings) = (0, 0, Vec::new());
    for (name, rule) in &own {
        for other in others(&catalogue, *rule) {
            flips += 1;
            catalogue = catalogue.with_rule(name, other);
            let noticed = is_noticed(&stage, &golden, &mut desk, &catalogue, name, &mut calls);
            let noticed = noticed.await;
            let alike = ALIKE.iter().find(|(of, to, _)| of == name && *to == other);
            match (noticed, alike) {
                (None, None) => findings.push(format!("nobody notices {name} under {other:?}")),
                (Some(by), Some(_)) => {
                    findings.push(format!("{name} under {other:?} is not alike: {by}"));
                }
                (Some(_), None) | (None, Some(_)) => {}
            }
        }
        catalogue = catalogue.with_rule(name, *rule);
        // What was noticed was the rule, and no trace of what came before.
        let spoilt = is_noticed(&stage, &golden, &mut desk, &catalogue, name, &mut calls).await;
        findings.extend(spoilt.map(|by| format!("{name} under its own rule: {by}")));
    }
    say(format!(
        "{flips} flips, {} of them alike, {calls} calls",
        ALIKE.len()
    ));
    complain("rules that could be others", &findings);
}

/// The first cell that differs.
async fn is_noticed(
    stage: &Stage,
    golden: &Golden,
    desk: &mut Desk<'_>,
    catalogue: &Catalogue,
    name: &str,
    calls: &mut u32,
) -> Option<String> {
    for who in ORDER {
        for row in golden.of(name) {
            if who == Who::Key && row.key.is_none() {
                continue;
            }
            *calls += 1;
            let answer = ask(stage, desk, catalogue, row, who).await;
            if answer != row.answer(who) {
                // Under another rule a call may have ended half-way.
                desk.spend(row, who);
                return Some(format!("{} of {}: {answer}", row.name, who.name()));
            }
        }
    }
    None
}

/// Without the way over the network.
async fn ask(
    stage: &Stage,
    desk: &mut Desk<'_>,
    catalogue: &Catalogue,
    row: &Row,
    who: Who,
) -> String {
    let request = desk.request(row, who).await;
    let own = stage.cast.token(who, row.key.as_deref());
    let principal = stage
        .principal(request.credential(who).unwrap_or(own))
        .await;
    let backend = stage.served.server().app().backend();
    let input = request.input.clone();
    let terms = Terms {
        project: request.within.as_ref().map(|id| id.parse().unwrap()),
        ..Terms::default()
    };
    let answer = catalogue
        .call(backend, row.primitive(), principal, terms, input)
        .await;
    match answer {
        Ok(reply) => {
            desk.spend(row, who);
            request.word(200, &String::from_utf8_lossy(&reply.output))
        }
        Err(problem) => {
            let status = treatment(problem.class()).status.as_u16();
            assert!(status < 500, "{}: {problem:?}", row.name);
            request.word(status, "")
        }
    }
}
