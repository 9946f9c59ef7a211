//! Archived: nothing new comes in, everything is still read, and what was shared can be taken back.

use serde_json::json;

use super::{UNKNOWN, grant, named, own, place};
use crate::extension::{call, done};
use crate::organization::{Town, column, refuses};

#[tokio::test(flavor = "multi_thread")]
async fn archiving_and_unarchiving_twice_is_once() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let project = own(&mia).await;
    let why = json!({ "projectId": project, "reason": "Done." });
    for (primitive, told, wire_name) in [
        ("projects_archive", "alreadyArchived", "project.archived.v1"),
        (
            "projects_unarchive",
            "alreadyActive",
            "project.unarchived.v1",
        ),
        ("projects_archive", "alreadyArchived", "project.archived.v1"),
    ] {
        let before = town.count(wire_name).await;
        assert_eq!(done(&mia.client, primitive, &why).await[told], false);
        assert_eq!(done(&mia.client, primitive, &why).await[told], true);
        assert_eq!(town.count(wire_name).await, before + 1);
    }
    refuses(
        &mia.client,
        "projects_archive",
        &named(UNKNOWN),
        (404, "NOT_FOUND"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_project_is_read_and_taken_back_but_not_written() {
    let town = Town::with(&[]).await;
    let (mia, cora) = (
        town.bring("Mia", "admin").await,
        town.bring("Cora", "member").await,
    );
    let project = own(&mia).await;
    let share = grant(&project, "user", &cora.user_id, "write");
    done(&mia.client, "project_access_grant", &share).await;
    let forbidden = (403, "ADMIN_REQUIRED");
    refuses(
        &cora.client,
        "projects_archive",
        &named(&project),
        forbidden,
    )
    .await;
    done(&mia.client, "projects_archive", &named(&project)).await;
    refuses(
        &cora.client,
        "projects_unarchive",
        &named(&project),
        forbidden,
    )
    .await;

    let archived = (403, "PROJECT_ARCHIVED");
    let up = super::and(
        named(&project),
        &place("organization", &town.tenant.to_string()),
    );
    let rename = json!({ "projectId": project, "name": "Other" });
    let more = grant(&project, "user", &town.ada.user_id, "read");
    let before = town.ledger().await.len();
    refuses(&mia.client, "projects_update", &rename, archived).await;
    refuses(&mia.client, "projects_promote", &up, archived).await;
    refuses(&mia.client, "project_access_grant", &more, archived).await;
    // A refusal is on record, and nothing else is.
    let ledger = town.ledger().await;
    let since = ledger[before..].iter();
    assert!(
        since
            .clone()
            .all(|event| event.wire_name == "authority.decided.v1")
    );
    assert_eq!(since.count(), 3);

    let shown = town
        .read(&cora.client, "projects_get", &named(&project))
        .await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(shown.body["archivedAt"].is_string());
    let checked = call(&cora.client, "project_access_check", &named(&project)).await;
    assert_eq!(checked.body["role"], "write");
    assert_eq!(checked.body["writable"], false);
    let revoke = json!({ "projectId": project, "principalLevel": "user",
        "principalId": cora.user_id });
    assert_eq!(
        done(&mia.client, "project_access_revoke", &revoke).await["changed"],
        true
    );
    refuses(
        &cora.client,
        "project_access_check",
        &named(&project),
        (404, "NOT_FOUND"),
    )
    .await;
    let listed = town.items(&mia.client, "projects_list", &json!({})).await;
    assert!(listed.is_empty());
    let all = json!({ "includeArchived": true });
    let listed = town.items(&mia.client, "projects_list", &all).await;
    assert_eq!(column(&listed, "projectId"), [project.as_str()]);
    done(&mia.client, "projects_unarchive", &named(&project)).await;
    done(&mia.client, "projects_update", &rename).await;
}
