//! Runs are moved from project to project by whoever may.

use cinatra_tests::Reply;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    ARCHIVED, HIDDEN, MISSING, UNKNOWN, archive, at, begin, id, moved, over, room, share, started,
    told, town,
};
use crate::extension::{done, refused};
use crate::run::{answer, reaches};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_moved_while_nothing_works_at_it() {
    let town = town().await;
    let ada = &town.ada.client;
    let (study, attic) = (
        room(&town.ada, "private").await,
        room(&town.ada, "private").await,
    );
    let run = id(&started(ada, &study).await);
    reaches(ada, &run, "pending_approval").await;
    let refusal = moved(ada, &run, Some(&attic)).await;
    assert_eq!(told(&refusal), (409, "ILLEGAL_TRANSITION"));
    let named = json!({ "runId": run });
    done(ada, "agent_run_reject", &named).await;
    for (to, changed) in [
        (Some(attic.as_str()), true),
        (Some(attic.as_str()), false),
        (None, true),
        (None, false),
        (Some(study.as_str()), true),
    ] {
        let reply = moved(ada, &run, to).await;
        let expected =
            json!({ "runId": run, "status": "failed", "projectId": to, "changed": changed });
        assert_eq!(reply.body, expected);
        let seen = town.read(ada, "agent_run_get", &named).await;
        assert_eq!(seen.body["projectId"], json!(to));
    }
    // What is moved begins again where it is.
    done(ada, "agent_run_retry", &named).await;
    let seen = reaches(ada, &run, "pending_approval").await;
    assert_eq!(seen["projectId"], study);
    answer(ada, &run, "yes").await;
    reaches(ada, &run, "completed").await;
    assert_eq!(moved(ada, &run, None).await.status, 200);
    for wrong in [
        json!({ "runId": run }),
        json!({ "runId": run, "projectId": "the study" }),
        json!({ "runId": run, "projectId": 7 }),
        json!({ "runId": run, "projectId": study, "reason": "" }),
        json!({ "runId": run, "projectId": study, "reason": "x".repeat(501) }),
    ] {
        let refusal = refused(ada, "agent_run_update", &wrong).await;
        assert_eq!(refusal, (400, "INVALID_INPUT".to_owned()), "{wrong}");
    }
    assert_eq!(town.count("run.moved.v1").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_moves_a_run_may_write_where_it_is_and_where_it_goes() {
    let town = town().await;
    let (ada, mia) = (&town.ada.client, town.bring("Mia", "member").await);
    let (study, attic) = (
        room(&town.ada, "private").await,
        room(&town.ada, "private").await,
    );
    share(ada, &study, &mia, "write").await;
    let run = over(&mia.client, None).await;

    // Her own, into where she writes; not into where she only reads, or does not look.
    assert_eq!(told(&moved(&mia.client, &run, Some(&attic)).await), HIDDEN);
    assert_eq!(told(&moved(&mia.client, &run, Some(UNKNOWN)).await), HIDDEN);
    share(ada, &attic, &mia, "read").await;
    assert_eq!(told(&moved(&mia.client, &run, Some(&attic)).await), MISSING);
    assert_eq!(moved(&mia.client, &run, Some(&study)).await.status, 200);
    // Out of it by whoever writes there: whose it is does not count.
    share(ada, &study, &mia, "read").await;
    for to in [None, Some(attic.as_str())] {
        assert_eq!(told(&moved(&mia.client, &run, to).await), MISSING);
    }
    assert_eq!(moved(ada, &run, Some(&attic)).await.status, 200);
    // Somebody who writes in both, and may not read the run, is told nothing of it.
    let max = town.bring("Max", "member").await;
    share(ada, &study, &max, "write").await;
    share(ada, &attic, &max, "write").await;
    assert_eq!(told(&moved(&max.client, &run, Some(&study)).await), HIDDEN);
    let open = json!({ "resourceKind": "agent_run", "resourceId": run,
        "read": format!("project:{attic}") });
    done(&mia.client, "permissions_policies_set", &open).await;
    assert_eq!(moved(&max.client, &run, Some(&study)).await.status, 200);
    // Out of an archived project it may go, into one it may not.
    archive(ada, &study).await;
    assert_eq!(moved(&max.client, &run, Some(&attic)).await.status, 200);
    assert_eq!(
        told(&moved(&max.client, &run, Some(&study)).await),
        ARCHIVED
    );
    assert_eq!(moved(&max.client, &run, None).await.status, 200);
    // In no project, whoever may only read it does not hand it on.
    let refusal = moved(&max.client, &run, Some(&attic)).await;
    assert_eq!(refusal.status, 403, "{}", refusal.body);
    // Another organization's project is none.
    let (foreigner, _) = town.elsewhere("Fay").await;
    let abroad = room(&foreigner, "private").await;
    assert_eq!(told(&moved(&mia.client, &run, Some(&abroad)).await), HIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_moved_and_found_over_rest() {
    let town = town().await;
    let (ada, study) = (&town.ada.client, room(&town.ada, "private").await);
    let (run, other) = (over(ada, None).await, over(ada, None).await);
    let path = format!("/api/agents/runs/{run}");
    let into = json!({ "projectId": study, "reason": "Tidy." });
    let reply = at(ada, Method::PATCH, &path, Some(&into)).await;
    let moved = json!({ "runId": run, "status": "completed", "projectId": study, "changed": true });
    assert_eq!((reply.status, &reply.body), (200, &moved));
    let found = async |query: &str| {
        town.read(ada, "agent_run_list", &json!({})).await;
        let path = format!("/api/agents/runs?{query}");
        let reply = at(ada, Method::GET, &path, None).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let items = reply.body["items"].as_array().unwrap().iter();
        items.map(|item| item["runId"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(&format!("projectId={study}")).await, [json!(run)]);
    assert_eq!(found("projectId=null").await, [json!(other)]);
    assert_eq!(found("").await.len(), 2);
    let out = json!({ "projectId": null });
    let reply = at(ada, Method::PATCH, &path, Some(&out)).await;
    assert_eq!(reply.body["projectId"], Value::Null);
    assert_eq!(
        found(&format!("projectId={study}")).await,
        Vec::<Value>::new()
    );
    // A body may name the project within which a run starts; a header says the same or nothing.
    let mut begin = begin();
    begin["projectId"] = json!(study);
    let started = at(ada, Method::POST, "/api/agents/runs", Some(&begin)).await;
    assert_eq!(started.status, 201, "{}", started.body);
    let inside = [started.body["runId"].clone()];
    assert_eq!(found(&format!("projectId={study}")).await, inside);
    let twice = ada
        .bare(Method::POST, "/api/agents/runs")
        .bearer_auth(ada.token());
    let twice = twice.header("cinatra-project", UNKNOWN).json(&begin);
    let twice = Reply::read(twice.send().await.unwrap()).await.unwrap();
    assert_eq!(told(&twice), (400, "INVALID_INPUT"));
    for (body, code) in [(json!({}), 400), (json!({ "projectId": UNKNOWN }), 404)] {
        let reply = at(ada, Method::PATCH, &path, Some(&body)).await;
        assert_eq!(reply.status, code, "{}", reply.body);
    }
}
