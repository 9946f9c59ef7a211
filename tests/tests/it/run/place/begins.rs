//! Where a run starts: in the project that its request names, if whoever starts it may write there.

use cinatra_tests::{Call, Viewer};
use serde_json::{Value, json};

use super::{
    ARCHIVED, HIDDEN, MISSING, UNKNOWN, archive, begin, found, id, moved, room, share, started,
    told, town,
};
use crate::extension::{done, refused};
use crate::mcp::tool_on_terms;
use crate::run::{AGENT, answer, reaches, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_starts_within_the_project_that_its_request_names_on_every_surface() {
    let town = town().await;
    let (ada, mia) = (&town.ada.client, town.bring("Mia", "member").await);
    let study = room(&town.ada, "private").await;
    share(ada, &study, &mia, "write").await;

    let mut inside = vec![
        id(&started(ada, &study).await),
        id(&started(&mia.client, &study).await),
    ];
    let header = [("cinatra-project", study.as_str())];
    let meta = [("cinatra.ai/projectId", study.as_str())];
    for (meta, headers) in [
        (&meta[..], &[][..]),
        (&[][..], &header[..]),
        (&meta, &header),
    ] {
        let result = tool_on_terms(ada, "agent_run", &begin(), meta, headers).await;
        assert_eq!(result["isError"], false, "{result}");
        let run = result["structuredContent"]["runId"].as_str().unwrap();
        inside.push(run.to_owned());
    }
    // The agent itself, as a tool.
    let guest = json!({ "guest": "Bob" });
    let result = tool_on_terms(ada, "acme_asker-agent", &guest, &meta, &[]).await;
    let run = result["structuredContent"]["runId"].as_str().unwrap();
    inside.push(run.to_owned());
    let posted = json!({ "threadId": "t", "runId": "r", "state": {}, "tools": [], "context": [],
        "messages": [{ "id": "m", "role": "user", "content": "{\"guest\": \"Bob\"}" }],
        "forwardedProps": { "cinatra": { "projectId": study } } });
    let viewer = Viewer::post(ada, "acme/asker-agent", &posted, None)
        .await
        .unwrap();
    assert_eq!(viewer.status, 200);
    inside.push(viewer.run.clone().unwrap());
    let outside = start(ada, AGENT, &json!({ "guest": "Bob" })).await;

    for run in &inside {
        let seen = town
            .read(ada, "agent_run_get", &json!({ "runId": run }))
            .await;
        assert_eq!(seen.body["projectId"], study, "{}", seen.body);
    }
    let seen = town
        .read(ada, "agent_run_get", &json!({ "runId": outside }))
        .await;
    assert_eq!(seen.body["projectId"], Value::Null);
    inside.reverse();
    assert_eq!(
        found(&town, ada, &json!({ "projectId": study })).await,
        inside
    );
    assert_eq!(
        found(&town, ada, &json!({ "projectId": null })).await,
        std::slice::from_ref(&outside)
    );
    inside.insert(0, outside);
    assert_eq!(found(&town, ada, &json!({})).await, inside);
    // Of what is in the project, everybody finds what they may read.
    let hers = found(&town, &mia.client, &json!({ "projectId": study })).await;
    assert_eq!(hers.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_starts_in_a_project_in_which_one_may_not_write() {
    let town = town().await;
    let (ada, mia) = (&town.ada.client, town.bring("Mia", "member").await);
    let otto = town.bring("Otto", "admin").await;
    let (own, open) = (
        room(&mia, "private").await,
        room(&mia, "discoverable").await,
    );
    share(&mia.client, &own, &otto, "read").await;

    // Nothing there tells a project that one may not look into from one that is not there.
    let hidden = started(ada, &own).await;
    let unknown = started(ada, UNKNOWN).await;
    assert_eq!(told(&hidden), HIDDEN);
    assert_eq!(hidden.body, unknown.body);
    let (foreigner, _) = town.elsewhere("Fay").await;
    let abroad = room(&foreigner, "private").await;
    assert_eq!(started(ada, &abroad).await.body, unknown.body);
    let read_only = started(&otto.client, &own).await;
    assert_eq!(told(&read_only), MISSING);
    let message = &read_only.body["error"]["message"];
    assert_eq!(message, "Missing project_access grant for project context.");
    assert_eq!(told(&started(&otto.client, &open).await), MISSING);
    assert_eq!(
        told(&started(ada, "the study").await),
        (400, "INVALID_INPUT")
    );
    assert_eq!(town.count("run.created.v1").await, 0);
    // What was refused is on record.
    let denied = json!({ "decision": "denied" });
    let trail = town.items(ada, "audit_events_list", &denied).await;
    let asked = |user: &str| {
        trail.iter().any(|event| {
            event["metadata"]["primitive"] == "agent_run"
                && event["actorPrincipalId"].as_str().unwrap().contains(user)
        })
    };
    assert!(
        asked(&otto.user_id) && asked(&town.ada.user_id),
        "{trail:?}"
    );

    share(&mia.client, &own, &otto, "write").await;
    let run = id(&started(&otto.client, &own).await);
    reaches(&otto.client, &run, "pending_approval").await;
    archive(&mia.client, &own).await;
    for client in [&otto.client, &mia.client] {
        assert_eq!(told(&started(client, &own).await), ARCHIVED);
    }
    // What goes on there ends.
    answer(&otto.client, &run, "yes").await;
    reaches(&otto.client, &run, "completed").await;
    let revoke = json!({ "projectId": own, "principalLevel": "user", "principalId": otto.user_id });
    done(&mia.client, "project_access_revoke", &revoke).await;
    assert_eq!(told(&started(&otto.client, &own).await), HIDDEN);
    assert_eq!(town.count("run.created.v1").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_for_one_project() {
    let town = town().await;
    let ada = &town.ada.client;
    let (one, other) = (
        room(&town.ada, "private").await,
        room(&town.ada, "private").await,
    );
    let keyed = async |project| {
        let terms = Call {
            key: Some("k"),
            project,
            ..Call::default()
        };
        ada.call("agent_run", &begin(), terms).await.unwrap()
    };
    let first = id(&keyed(Some(one.as_str())).await);
    assert_eq!(id(&keyed(Some(one.as_str())).await), first);
    for project in [Some(other.as_str()), None] {
        assert_eq!(told(&keyed(project).await), (422, "IDEMPOTENCY_KEY_REUSED"));
    }
    // Where a project means nothing, a header does no harm.
    let terms = Call {
        key: Some("l"),
        project: Some(UNKNOWN),
        ..Call::default()
    };
    let team = json!({ "name": "Team", "slug": "team" });
    assert_eq!(
        ada.call("teams_create", &team, terms).await.unwrap().status,
        200
    );
    let terms = Call {
        key: Some("l"),
        ..Call::default()
    };
    assert_eq!(
        ada.call("teams_create", &team, terms).await.unwrap().status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_another_one_starts_is_in_its_project() {
    let town = town().await;
    let ada = &town.ada.client;
    let (study, attic) = (
        room(&town.ada, "private").await,
        room(&town.ada, "private").await,
    );
    let parent = id(&started(ada, &study).await);
    let mut child = begin();
    child["parentRunId"] = json!(parent);
    let within = async |project| {
        let terms = Call {
            project,
            ..Call::default()
        };
        ada.call("agent_run", &child, terms).await.unwrap()
    };
    for project in [None, Some(study.as_str())] {
        let run = json!({ "runId": id(&within(project).await) });
        let seen = town.read(ada, "agent_run_get", &run).await;
        assert_eq!(seen.body["projectId"], study, "{}", seen.body);
    }
    assert_eq!(told(&within(Some(&attic)).await), (400, "INVALID_INPUT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_begins_again_in_an_archived_project() {
    let town = town().await;
    let ada = &town.ada.client;
    let study = room(&town.ada, "private").await;
    let run = id(&started(ada, &study).await);
    reaches(ada, &run, "pending_approval").await;
    let named = json!({ "runId": run });
    done(ada, "agent_run_reject", &named).await;
    let stopped = id(&started(ada, &study).await);
    reaches(ada, &stopped, "pending_approval").await;
    done(ada, "agent_run_stop", &json!({ "runId": stopped })).await;
    let terms = Call {
        project: Some(&study),
        ..Call::default()
    };
    let draft = id(&ada
        .call("agent_run_prepare", &begin(), terms)
        .await
        .unwrap());
    archive(ada, &study).await;
    let (stopped, draft) = (json!({ "runId": stopped }), json!({ "runId": draft }));
    for (primitive, input) in [
        ("agent_run_retry", &named),
        ("agent_run_resume_stopped", &stopped),
        ("agent_run_submit", &draft),
    ] {
        let refusal = refused(ada, primitive, input).await;
        assert_eq!((refusal.0, refusal.1.as_str()), ARCHIVED, "{primitive}");
    }
    assert_eq!(moved(ada, &run, None).await.status, 200);
    done(ada, "agent_run_retry", &named).await;
    reaches(ada, &run, "pending_approval").await;
}
