//! Work that was given up: an operator sees it and has it tried again.

use std::sync::atomic::{AtomicU32, Ordering};

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{EventStore, JobClaim, JobEnd, NewJob};
use serde_json::{Value, json};
use uuid::Uuid;

use super::serving;
use crate::extension::{done, refused};

const QUEUE: &str = "work-of-a-test";

/// Makes a dead letter of an organization, in a queue where nothing else waits.
pub(crate) async fn bury(store: &EventStore, tenant: TenantId, queue: &str) -> String {
    static BURIED: AtomicU32 = AtomicU32::new(1);
    let job_id = Uuid::from_u128(BURIED.fetch_add(1, Ordering::Relaxed).into());
    let job = NewJob {
        job_id,
        queue: queue.to_owned(),
        kind: "nothing".to_owned(),
        key: None,
        payload: json!({ "runId": job_id }),
        priority: 0,
        run_at: None,
        attempts_max: 1,
    };
    store.enqueue_job(tenant, &job).await.unwrap();
    let claim = JobClaim {
        queue,
        owner: Uuid::from_u128(99),
        limit: 1,
        in_hand_max: 1,
    };
    let claimed = store.claim_jobs(claim).await.unwrap();
    let end = JobEnd::Failed {
        error_code: "it_rained".to_owned(),
        retry_at: None,
    };
    store.end_job(&claimed[0].lease, &end).await.unwrap();
    job_id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_listed_and_tried_again_on_record() {
    let (served, ada) = serving(&[], &[]).await;
    let store = served.server().app().backend().store.clone();
    let me = done(&ada.client, "users_me", &json!({})).await;
    let own = me["activeOrganizationId"].as_str().unwrap();
    let tenant = own.parse().unwrap();
    let mut buried = Vec::new();
    for _ in 0..3 {
        buried.insert(0, bury(&store, tenant, QUEUE).await);
    }
    let (mut found, mut input) = (Vec::new(), json!({ "queue": QUEUE, "limit": 1 }));
    loop {
        let page = done(&ada.client, "jobs_dead_list", &input).await;
        found.extend(page["items"].as_array().unwrap().iter().cloned());
        if page["nextCursor"].is_null() {
            break;
        }
        input["cursor"] = page["nextCursor"].clone();
    }
    let ids: Vec<&Value> = found.iter().map(|job| &job["jobId"]).collect();
    assert_eq!(ids, buried.iter().collect::<Vec<_>>());
    assert_eq!(found[0]["errorCode"], "it_rained");
    let usual = done(&ada.client, "jobs_dead_list", &json!({})).await;
    assert_eq!(
        usual["items"],
        json!([]),
        "another queue's are not among them"
    );

    let one = json!({ "jobId": buried[1] });
    done(&ada.client, "jobs_dead_retry", &one).await;
    assert_eq!(refused(&ada.client, "jobs_dead_retry", &one).await.0, 404);
    let left = json!({ "queue": QUEUE });
    let left = done(&ada.client, "jobs_dead_list", &left).await;
    assert_eq!(left["items"].as_array().map(Vec::len), Some(2));
    let trail = json!({ "resourceType": "job", "resourceId": buried[1] });
    for _ in 0..500 {
        let trail = done(&ada.client, "audit_events_list", &trail).await;
        if trail["items"].to_string().contains("jobs_dead_retry") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("nothing is on record");
}
