//! Service accounts: programs that act in one organization, with a secret that is shown once.

use cinatra_tests::Client;
use serde_json::json;

use super::{Town, column, refuses};
use crate::extension::{call, done};

#[tokio::test(flavor = "multi_thread")]
async fn service_accounts_are_listed_without_their_secrets() {
    let town = Town::with(&[]).await;
    let (adam, mia) = (
        town.bring("Adam", "admin").await,
        town.bring("Mia", "member").await,
    );
    let input = json!({ "name": "Robot", "scopes": ["agent.execute", "run.read"] });
    let refused = (403, "ADMIN_REQUIRED");
    refuses(&mia.client, "service_accounts_create", &input, refused).await;
    refuses(&mia.client, "service_accounts_list", &json!({}), refused).await;
    let created = done(&adam.client, "service_accounts_create", &input).await;
    let named = json!({ "serviceAccountId": created["serviceAccountId"] });
    let rotated = done(&adam.client, "service_accounts_rotate", &named).await;
    let secrets = [&created["secret"], &rotated["secret"]].map(|secret| secret.as_str().unwrap());
    assert_ne!(secrets[0], secrets[1]);
    for secret in secrets {
        // Known, and narrowed to what no list demands.
        let program = Client::new(town.served.url(), secret).unwrap();
        let reply = call(&program, "projects_list", &json!({})).await;
        assert_eq!(reply.status, 403, "{}", reply.body);
    }
    let listed = town
        .read(&adam.client, "service_accounts_list", &json!({}))
        .await;
    let text = listed.body.to_string();
    let rows = listed.body["items"].as_array().unwrap();
    assert_eq!(column(rows, "name"), ["Robot"]);
    assert_eq!(rows[0]["scopes"], json!(["agent.execute", "run.read"]));
    assert_eq!(rows[0]["isRevoked"], false);
    for ledger in [
        town.ledger().await,
        town.ledger_of(cinatra_domain::kernel::TenantId::SYSTEM)
            .await,
    ] {
        for event in ledger {
            let body = String::from_utf8_lossy(&event.payload);
            assert!(secrets.iter().all(|secret| !body.contains(secret)));
        }
    }
    assert!(
        secrets.iter().all(|secret| !text.contains(secret)),
        "{text}"
    );

    assert_eq!(
        done(&adam.client, "service_accounts_revoke", &named).await["changed"],
        true
    );
    assert_eq!(
        done(&adam.client, "service_accounts_revoke", &named).await["changed"],
        false
    );
    let rows = town
        .items(&adam.client, "service_accounts_list", &json!({}))
        .await;
    assert_eq!(rows[0]["isRevoked"], true);
    let absent = (404, "SERVICE_ACCOUNT_NOT_FOUND");
    refuses(&adam.client, "service_accounts_rotate", &named, absent).await;
    let (other, _) = town.elsewhere("Otto").await;
    refuses(&other.client, "service_accounts_revoke", &named, absent).await;
}
