//! Erasing a person: nothing tells any more who it was, and everything still proves.

mod dying;
mod rules;
mod runs;
mod trace;

use cinatra_tests::people::{self, Person, done, secret_of_next_mail, secrets_of_mails};
use serde_json::{Value, json};

use crate::session::eventually;

/// Input of an erasure.
fn gone(person: &Person) -> Value {
    json!({ "userId": person.user_id, "confirmDestructive": true })
}

/// Another organization of somebody's, in which they go on acting.
async fn founded(owner: &Person, slug: &str) -> (String, Person) {
    let mut there = people::sign_in(owner.client.url(), &owner.email)
        .await
        .unwrap();
    let organization = there.found(slug).await.unwrap();
    (organization, there)
}

/// Invites a person to the caller's organization and answers the secret of the mail.
async fn invited(home: &std::path::Path, owner: &Person, email: &str) -> String {
    let input = json!({ "email": email, "role": "member" });
    let accept = "invitations_accept";
    let former = secrets_of_mails(home, email, accept).unwrap();
    done(&owner.client, "permissions_members_invite", &input)
        .await
        .unwrap();
    secret_of_next_mail(home, email, accept, &former)
        .await
        .unwrap()
}

/// Ids of the members of the caller's organization, once the read model has a number of them.
async fn members(owner: &Person, count: usize) -> Vec<String> {
    eventually(&format!("{count} members"), async || {
        let listed = done(&owner.client, "permissions_members_list", &json!({}))
            .await
            .unwrap();
        let items = listed["items"].as_array().unwrap();
        let ids: Vec<_> = items
            .iter()
            .map(|item| item["userId"].as_str().unwrap())
            .collect();
        (ids.len() == count).then(|| ids.into_iter().map(str::to_owned).collect())
    })
    .await
}
