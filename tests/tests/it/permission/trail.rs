//! The trail from an auditor's chair: what is found by which criterion, page by page, and that looking is on record.

use std::collections::BTreeSet;

use cinatra_domain::permission::Resource;
use serde_json::{Value, json};

use super::{AGENT, and, input};
use crate::extension::{call, done};
use crate::organization::{Town, column, refusal, refuses};

const LIST: &str = "audit_events_list";

/// What is asked for, and what it is to find.
type Criterion<'c> = (Value, Box<dyn Fn(&Value) -> bool + 'c>);

fn positions(rows: &[Value]) -> Vec<i64> {
    let positions = rows.iter().map(|row| row["position"].as_i64().unwrap());
    positions.collect()
}

/// A town in which several people did or were refused several things, and its administrator.
async fn lived_in() -> (Town, cinatra_tests::people::Person) {
    let town = super::equipped().await;
    let (adam, mia) = (
        town.bring("Adam", "admin").await,
        town.bring("Mia", "member").await,
    );
    for slug in ["crew", "deck"] {
        let input = json!({ "name": slug, "slug": slug });
        done(&adam.client, "teams_create", &input).await;
        refuses(&mia.client, "teams_create", &input, (403, "ADMIN_REQUIRED")).await;
        let again = (409, "SLUG_TAKEN");
        refuses(&adam.client, "teams_create", &input, again).await;
    }
    let agent = input(Resource::agent_template(town.tenant, AGENT));
    let hers = and(&agent, &json!({ "userId": mia.user_id }));
    done(&town.ada.client, "permissions_co_owners_grant", &hers).await;
    done(&town.ada.client, "permissions_co_owners_grant", &hers).await;
    (town, adam)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_found_by_each_of_its_criteria() {
    let (town, adam) = lived_in().await;
    let happened: Vec<i64> = town
        .ledger()
        .await
        .iter()
        .map(|event| event.position.0)
        .collect();
    let all = town
        .items(&adam.client, LIST, &json!({ "limit": 200 }))
        .await;
    // Everything that happened here before is in it: each event is one row. The reading itself may be, too.
    let mut told = positions(&all);
    told.reverse();
    assert_eq!(told[..happened.len()], happened);
    assert!(told.len() <= happened.len() + 2, "{told:?}");
    let times: Vec<&str> = column(&all, "createdAt");
    let middle = times[times.len() / 2];
    let field = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let by_adam = format!("user:{}", adam.user_id);
    let agent = all
        .iter()
        .find(|row| row["operation"] == "permissions_co_owners_grant");
    let agent = field(agent.unwrap_or_else(|| panic!("{all:#?}")), "resourceId");
    let criteria: [Criterion<'_>; 8] = [
        (
            json!({ "actor": by_adam }),
            Box::new(|row| row["actorPrincipalId"] == by_adam),
        ),
        (
            json!({ "decision": "denied" }),
            Box::new(|row| row["decision"] == "denied"),
        ),
        (
            json!({ "decision": "allowed" }),
            Box::new(|row| row["decision"] == "allowed"),
        ),
        (
            json!({ "from": middle }),
            Box::new(|row| {
                field(row, "createdAt").parse::<jiff::Timestamp>().unwrap()
                    >= middle.parse().unwrap()
            }),
        ),
        (
            json!({ "to": middle }),
            Box::new(|row| {
                field(row, "createdAt").parse::<jiff::Timestamp>().unwrap()
                    < middle.parse().unwrap()
            }),
        ),
        (
            json!({ "resourceType": "team" }),
            Box::new(|row| row["resourceType"] == "team"),
        ),
        (
            json!({ "resourceId": agent }),
            Box::new(|row| row["resourceId"] == agent),
        ),
        (
            json!({ "operation": "create", "decision": "denied" }),
            Box::new(|row| row["operation"] == "create" && row["decision"] == "denied"),
        ),
    ];
    for (filter, accepts) in criteria {
        let expected: Vec<_> = all.iter().filter(|row| accepts(row)).cloned().collect();
        assert!(!expected.is_empty(), "{filter}");
        let asked = and(&filter, &json!({ "limit": 200 }));
        let mut found = town.items(&adam.client, LIST, &asked).await;
        found.retain(|row| all.contains(row));
        assert_eq!(positions(&found), positions(&expected), "{filter}");
    }
    let nothing = json!({ "actor": "user:nobody" });
    assert!(town.items(&adam.client, LIST, &nothing).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_trail_tell_everything_once_though_it_grows_by_being_read() {
    let (town, adam) = lived_in().await;
    let head = town.ledger().await.last().unwrap().position.0;
    let (mut read, mut input, mut pages) = (Vec::new(), json!({ "limit": 4 }), 0);
    loop {
        let page = town.read(&adam.client, LIST, &input).await;
        assert_eq!(page.status, 200, "{}", page.body);
        pages += 1;
        read.extend(positions(page.body["items"].as_array().unwrap()));
        let Some(cursor) = page.body["nextCursor"].as_str() else {
            break;
        };
        input["cursor"] = json!(cursor);
    }
    assert!(read.is_sorted_by(|newer, older| newer > older), "{read:?}");
    let told: BTreeSet<_> = read.iter().copied().collect();
    assert!((1..=head).all(|position| told.contains(&position)));
    // Each page was one reading, and each reading is on record.
    let ledger = town.ledger().await;
    let since = ledger.iter().filter(|event| event.position.0 > head);
    assert_eq!(since.count(), pages);
    let readings = json!({ "resourceType": "audit_events" });
    let readings = town.items(&adam.client, LIST, &readings).await;
    assert!(readings.len() >= pages);
    for row in &readings {
        assert_eq!(row["metadata"]["outcome"], "read");
        assert_eq!(row["metadata"]["primitive"], LIST);
        assert_eq!(row["decision"], "allowed");
        assert_eq!(row["actorPrincipalId"], format!("user:{}", adam.user_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_one_kind_of_call_is_found_under_one_name() {
    let (town, adam) = lived_in().await;
    let creations = json!({ "operation": "create", "resourceType": "team" });
    let rows = town.items(&adam.client, LIST, &creations).await;
    let mut fates: Vec<_> = rows
        .iter()
        .map(|row| (row["decision"].as_str(), row["metadata"]["code"].as_str()))
        .collect();
    fates.sort_unstable();
    // Denials of one person and primitive within a minute are one row.
    let (allowed, taken) = (Some("allowed"), Some("SLUG_TAKEN"));
    assert_eq!(
        fates,
        [
            (allowed, None),
            (allowed, None),
            (allowed, taken),
            (allowed, taken),
            (Some("denied"), Some("ADMIN_REQUIRED")),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_about_one_thing_is_found_by_its_id() {
    let (town, adam) = lived_in().await;
    let mia = town.bring("Nia", "member").await;
    let ada = &town.ada.client;
    let crew = town.team("hold").await;
    town.join(&crew, &mia, "member").await;
    town.join(&crew, &mia, "member").await;
    let rename = json!({ "teamId": crew, "name": "Hold", "slug": "deck" });
    refuses(ada, "teams_update", &rename, (409, "SLUG_TAKEN")).await;
    refuses(
        &mia.client,
        "teams_update",
        &rename,
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    let promote = json!({ "userId": mia.user_id, "role": "admin" });
    done(ada, "permissions_members_update_role", &promote).await;
    let agent = Resource::agent_template(town.tenant, AGENT);
    let policy = and(&input(agent), &json!({ "read": "org" }));
    refuses(
        &mia.client,
        "permissions_policies_set",
        &policy,
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    let found = async |kind: &str, id: &str| {
        let about = json!({ "resourceType": kind, "resourceId": id });
        let rows = town.items(&adam.client, LIST, &about).await;
        let primitives = rows.iter().map(|row| row["metadata"]["primitive"].clone());
        let mut primitives: Vec<_> = primitives
            .map(|word| word.as_str().unwrap().to_owned())
            .collect();
        primitives.sort_unstable();
        primitives
    };
    assert_eq!(
        found("team", &crew).await,
        [
            "team_members_add",
            "team_members_add",
            "teams_create",
            "teams_update",
            "teams_update"
        ]
    );
    assert_eq!(
        found("member", &mia.user_id).await,
        ["invitations_accept", "permissions_members_update_role"]
    );
    let agent = found("agent_template", &agent.id.to_string()).await;
    assert_eq!(
        agent,
        [
            "permissions_co_owners_grant",
            "permissions_co_owners_grant",
            "permissions_policies_set"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_read_by_administrators_and_what_they_ask_has_a_form() {
    let (town, adam) = lived_in().await;
    let mia = town.again(&town.stranger("Sam").await).await;
    let plain = town.bring("Nia", "member").await;
    refuses(&plain.client, LIST, &json!({}), (403, "ADMIN_REQUIRED")).await;
    refuses(&mia.client, LIST, &json!({}), (403, "NO_ORGANIZATION")).await;
    let before = town.ledger().await.len();
    for (field, value) in [
        ("from", json!("yesterday")),
        ("to", json!("2027-01-31")),
        ("decision", json!("maybe")),
        ("limit", json!(0)),
        ("limit", json!(201)),
        ("cursor", json!("nonsense")),
        ("actor", json!("a".repeat(256))),
        ("operation", json!(7)),
    ] {
        let reply = call(&adam.client, LIST, &json!({ field: value })).await;
        refusal(&reply, 400, "INVALID_INPUT");
        let details = &reply.body["error"]["details"];
        assert_eq!(details["field"], field, "{value}");
        assert!(details["reason"].is_string(), "{value}");
    }
    assert!(
        town.ledger().await.len() <= before + 1,
        "nonsense is no reading"
    );
    // Another organization's trail is another trail.
    let (otto, other) = town.elsewhere("Otto").await;
    let theirs = town
        .read_in(other.parse().unwrap(), &otto.client, LIST, &json!({}))
        .await;
    let rows = theirs.body["items"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["organizationId"] == other));
}
