//! Who administers the instance, and who makes them.

use serde_json::{Value, json};

use crate::extension::done;
use crate::organization::{Town, refuses};

const UPDATE: &str = "permissions_users_update_platform_role";

fn role(user: &str, role: &str) -> Value {
    json!({ "userId": user, "role": role })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_appoints_themself_is_refused_and_on_record() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let refused = (403, "ADMIN_REQUIRED");
    refuses(&mia.client, UPDATE, &role(&mia.user_id, "admin"), refused).await;
    let denied = json!({ "decision": "denied", "actor": format!("user:{}", mia.user_id) });
    let rows = town
        .items(&town.ada.client, "audit_events_list", &denied)
        .await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0]["metadata"]["primitive"], UPDATE);
    assert_eq!(rows[0]["operation"], UPDATE);
    assert_eq!(rows[0]["metadata"]["code"], "ADMIN_REQUIRED");
    let me = done(&mia.client, "users_me", &json!({})).await;
    assert_eq!(me["platformRole"], "user");
    // Owning an organization makes nobody administer the instance.
    let olive = town.bring("Olive", "owner").await;
    refuses(
        &olive.client,
        UPDATE,
        &role(&olive.user_id, "admin"),
        refused,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_instance_keeps_its_last_administrator() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada;
    let last = (409, "LAST_ADMINISTRATOR");
    refuses(&ada.client, UPDATE, &role(&ada.user_id, "user"), last).await;
    done(&ada.client, UPDATE, &role(&mia.user_id, "admin")).await;
    // Whatever they were signed in with ends with the change.
    let mia = town.again(&mia).await;
    done(&mia.client, UPDATE, &role(&ada.user_id, "user")).await;
    let ada = town.again(ada).await;
    let refused = (403, "ADMIN_REQUIRED");
    refuses(&ada.client, UPDATE, &role(&mia.user_id, "user"), refused).await;
    refuses(&mia.client, UPDATE, &role(&mia.user_id, "user"), last).await;
    let unknown = role("01a20170-61d3-7004-9d22-46000e86bb16", "admin");
    refuses(&mia.client, UPDATE, &unknown, (404, "USER_NOT_FOUND")).await;
}
