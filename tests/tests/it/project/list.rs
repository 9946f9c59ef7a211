//! Who sees which projects: exactly those that may be read, page by page.

use std::collections::BTreeSet;

use cinatra_tests::Client;
use serde_json::{Value, json};

use super::{UNKNOWN, create, grant, named, own, place};
use crate::extension::{call, done};
use crate::organization::{Town, column};

/// Every page of a list; each but the last is full.
async fn pages(town: &Town, client: &Client, more: &Value, limit: usize) -> Vec<String> {
    let (mut ids, mut input) = (Vec::new(), more.clone());
    input["limit"] = json!(limit);
    loop {
        let page = town.read(client, "projects_list", &input).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let rows = page.body["items"].as_array().unwrap();
        ids.extend(column(rows, "projectId").into_iter().map(str::to_owned));
        let Some(cursor) = page.body["nextCursor"].as_str() else {
            return ids;
        };
        assert_eq!(rows.len(), limit, "hidden rows do not shorten a page");
        input["cursor"] = json!(cursor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_exactly_what_may_be_read_and_every_page_is_full() {
    let town = Town::with(&[]).await;
    let (mia, cora) = (
        town.bring("Mia", "member").await,
        town.bring("Cora", "member").await,
    );
    let crew = town.team("crew").await;
    town.join(&crew, &cora, "member").await;
    let here = town.tenant.to_string();
    let (mut hidden, mut seen) = (Vec::new(), BTreeSet::new());
    // Between each that Cora sees are some that she does not.
    for number in 0..4 {
        hidden.push(own(&mia).await);
        let shared = own(&mia).await;
        let (level, id) = match number {
            0 => ("user", cora.user_id.as_str()),
            1 => ("team", crew.as_str()),
            _ => ("organization", here.as_str()),
        };
        let input = grant(&shared, level, id, "read");
        done(&mia.client, "project_access_grant", &input).await;
        seen.insert(shared);
        hidden.push(own(&mia).await);
        let found = own(&mia).await;
        let visible = json!({ "projectId": found, "visibility": "discoverable" });
        done(&mia.client, "projects_update", &visible).await;
        seen.insert(found);
        seen.insert(own(&cora).await);
    }
    seen.insert(create(&town.ada.client, &place("organization", &here)).await);
    seen.insert(create(&town.ada.client, &place("workspace", "__workspace__")).await);
    for limit in [1, 3, 200] {
        let listed = pages(&town, &cora.client, &json!({}), limit).await;
        assert!(listed.is_sorted(), "by id, the newest last");
        let listed: BTreeSet<_> = listed.into_iter().collect();
        assert_eq!(listed, seen, "pages of {limit}");
    }
    // What is listed may be read, and what is not may not.
    for project in &seen {
        let shown = town
            .read(&cora.client, "projects_get", &named(project))
            .await;
        assert_eq!(shown.status, 200, "{}", shown.body);
    }
    let absent = call(&cora.client, "projects_get", &named(UNKNOWN)).await;
    for project in &hidden {
        let shown = call(&cora.client, "projects_get", &named(project)).await;
        assert_eq!((shown.status, &shown.body), (404, &absent.body));
    }
    let own = json!({ "ownerLevel": "user", "ownerId": cora.user_id });
    assert_eq!(pages(&town, &cora.client, &own, 3).await.len(), 4);
    let of_all = json!({ "ownerLevel": "organization", "ownerId": here });
    assert_eq!(pages(&town, &cora.client, &of_all, 3).await.len(), 1);
    let workspace = json!({ "ownerLevel": "workspace", "ownerId": "__workspace__" });
    assert_eq!(pages(&town, &cora.client, &workspace, 3).await.len(), 1);
    // The owner of the organization has no part in what is private to others.
    let adas = pages(&town, &town.ada.client, &json!({}), 3).await;
    assert!(hidden.iter().all(|project| !adas.contains(project)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_may_be_found_is_still_closed() {
    let town = Town::with(&[]).await;
    let (mia, cora) = (
        town.bring("Mia", "member").await,
        town.bring("Cora", "member").await,
    );
    let project = own(&mia).await;
    let visible = json!({ "projectId": project, "visibility": "discoverable" });
    done(&mia.client, "projects_update", &visible).await;
    let found = town
        .read(&cora.client, "projects_get", &named(&project))
        .await;
    assert_eq!(found.status, 200, "{}", found.body);
    for primitive in ["project_access_check", "project_access_list"] {
        let absent = call(&cora.client, primitive, &named(UNKNOWN)).await;
        let closed = call(&cora.client, primitive, &named(&project)).await;
        assert_eq!((closed.status, closed.body), (404, absent.body));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_project_looks_like_none() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let project = own(&mia).await;
    let visible = json!({ "projectId": project, "visibility": "discoverable" });
    done(&mia.client, "projects_update", &visible).await;
    let (otto, other) = town.elsewhere("Otto").await;
    let calls = [
        ("projects_get", json!({})),
        ("projects_update", json!({ "name": "Mine" })),
        ("projects_archive", json!({})),
        ("projects_unarchive", json!({})),
        ("projects_promote", place("organization", &other)),
        ("project_access_list", json!({})),
        ("project_access_check", json!({})),
        (
            "project_access_grant",
            json!({ "principalLevel": "user", "principalId": otto.user_id, "role": "read" }),
        ),
        (
            "project_access_revoke",
            json!({ "principalLevel": "user", "principalId": otto.user_id }),
        ),
    ];
    let before = town.ledger().await.len();
    for (primitive, more) in calls {
        let ask =
            async |id: &str| call(&otto.client, primitive, &super::and(named(id), &more)).await;
        let (theirs, nobodys) = (ask(&project).await, ask(UNKNOWN).await);
        assert_eq!(theirs.status, 404, "{primitive}: {}", theirs.body);
        assert_eq!(theirs.body, nobodys.body, "{primitive}");
    }
    assert_eq!(town.ledger().await.len(), before, "nothing is written here");
    let other = other.parse().unwrap();
    let listed = town
        .read_in(other, &otto.client, "projects_list", &json!({}))
        .await;
    assert_eq!(listed.body["items"], json!([]));
}
