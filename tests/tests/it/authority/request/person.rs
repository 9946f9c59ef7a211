//! Requests about persons. Whoever would be gone afterwards has a double.

use cinatra_tests::people::{self, PASSWORD};
use serde_json::{Value, json};

use super::{Request, Who};
use crate::authority::golden::Row;
use crate::authority::stage::Stage;

pub(super) async fn make(stage: &Stage, row: &Row, who: Who) -> Option<Request> {
    Some(match (row.primitive(), row.variant()) {
        ("users_me", "") => Request::plain(),
        ("users_update", "") => Request::of(json!({ "name": "Renamed" })),
        ("users_set_password", "") => {
            Request::of(json!({ "currentPassword": PASSWORD, "newPassword": PASSWORD }))
        }
        ("users_register", "") => {
            let email = people::address(&format!("newcomer {}", stage.next()));
            Request::of(json!({ "name": "New", "email": email, "password": PASSWORD }))
        }
        ("users_verify_email", "") => {
            let (_, email) = stage.register().await;
            let home = stage.served.home();
            let secret = people::secret_of_mail(home, &email, "users_verify_email").await;
            Request::of(json!({ "token": secret.unwrap() }))
        }
        ("users_erase", "") => {
            let (user_id, _) = stage.register().await;
            user(&user_id, json!({ "confirmDestructive": true }))
        }
        ("users_erase", "own") => own_erasure(stage, row, who).await,
        ("organizations_leave", "") => departure(stage, row, who).await,
        ("users_ban" | "users_unban", "") => user(&stage.cast.vera, json!({})),
        ("permissions_users_update_platform_role", "") => {
            user(&stage.cast.vera, json!({ "role": "admin" }))
        }
        ("users_ban" | "users_unban", "self") => of_mias_double(stage, json!({})).await,
        ("permissions_users_update_platform_role", "self") => {
            of_mias_double(stage, json!({ "role": "admin" })).await
        }
        _ => return None,
    })
}

fn user(id: &str, mut input: Value) -> Request {
    input["userId"] = json!(id);
    Request::of(input).about("/userId")
}

/// About somebody like Mia, who calls it herself.
async fn of_mias_double(stage: &Stage, input: Value) -> Request {
    let double = stage.double(Who::Mia, None).await;
    user(&double.user_id, input).instead(Who::Mia, double.token)
}

async fn own_erasure(stage: &Stage, row: &Row, who: Who) -> Request {
    let confirmed = json!({ "confirmDestructive": true });
    if matches!(who, Who::Nobody | Who::Program) {
        return user(stage.cast.user_id(who), confirmed).each();
    }
    let double = stage.double(who, row.key.as_deref()).await;
    user(&double.user_id, confirmed)
        .instead(who, double.token)
        .each()
}

/// Whoever does not belong to the organization calls it themselves.
async fn departure(stage: &Stage, row: &Row, who: Who) -> Request {
    if matches!(who, Who::Nobody | Who::Nils | Who::Paul | Who::Program) {
        return Request::plain().each();
    }
    let double = stage.double(who, row.key.as_deref()).await;
    Request::plain().instead(who, double.token).each()
}
