//! How somebody comes to an organization: by a mail, once.

use std::sync::Arc;

use cinatra_commands::organization::InviteMember;
use cinatra_eventstore::{Clock as _, SystemClock};
use cinatra_tests::people::{address, secret_of_mail, secret_of_next_mail, secrets_of_mails};
use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::stack::{At, Stack};
use super::{Town, column, refuses};
use crate::extension::{call, done};

const ACCEPT: &str = "invitations_accept";

async fn invite(town: &Town, input: &Value) -> (String, String) {
    let (home, email) = (town.served.home(), input["email"].as_str().unwrap());
    let former = secrets_of_mails(home, email, ACCEPT).unwrap();
    let invited = done(&town.ada.client, "permissions_members_invite", input).await;
    let secret = secret_of_next_mail(home, email, ACCEPT, &former).await;
    let id = invited["invitationId"].as_str().unwrap().to_owned();
    (id, secret.unwrap())
}

async fn statuses(town: &Town) -> Vec<String> {
    let listed = town
        .items(&town.ada.client, "permissions_invitations_list", &json!({}))
        .await;
    let statuses = column(&listed, "status");
    statuses.into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_for_whoever_has_the_address_and_makes_one_membership() {
    let town = Town::with(&[]).await;
    let team = town.team("crew").await;
    let (mia, eve) = (town.stranger("Mia").await, town.stranger("Eve").await);
    let input = json!({ "email": "MIA@example.test", "role": "admin", "teamId": team });
    done(&town.ada.client, "permissions_members_invite", &input).await;
    let secret = secret_of_mail(town.served.home(), &mia.email, ACCEPT).await;
    let secret = json!({ "token": secret.unwrap() });
    assert_eq!(statuses(&town).await, ["pending"]);

    let other = (403, "INVITATION_OTHER_ADDRESSEE");
    refuses(&eve.client, ACCEPT, &secret, other).await;
    refuses(
        &mia.client,
        "teams_list",
        &json!({}),
        (403, "NO_ORGANIZATION"),
    )
    .await;
    let first = done(&mia.client, ACCEPT, &secret).await;
    assert_eq!(first["changed"], true);
    assert_eq!(first["organizationId"], town.tenant.to_string());
    // Her session acted nowhere; it acts there at once, under the same credential.
    done(&mia.client, "teams_list", &json!({})).await;
    let second = done(&mia.client, ACCEPT, &secret).await;
    assert_eq!(second["changed"], false);
    assert_eq!(second["organizationId"], town.tenant.to_string());
    // Whom it did not go to learns nothing of what became of it.
    refuses(&eve.client, ACCEPT, &secret, other).await;

    assert_eq!(statuses(&town).await, ["accepted"]);
    let members = town
        .items(&town.ada.client, "permissions_members_list", &json!({}))
        .await;
    let hers = members.iter().filter(|row| row["userId"] == mia.user_id);
    let hers: Vec<_> = hers.collect();
    assert_eq!(hers.len(), 1);
    assert_eq!(hers[0]["role"], "admin");
    let crew = json!({ "teamId": team });
    let crew = town
        .items(&town.ada.client, "team_members_list", &crew)
        .await;
    assert_eq!(column(&crew, "userId"), [mia.user_id.as_str()]);
    assert_eq!(column(&crew, "role"), ["member"]);
    assert_eq!(town.count("organization.member_added.v1").await, 2);
    let me = done(&mia.client, "users_me", &json!({})).await;
    assert_eq!(me["emailVerified"], true);

    let again = json!({ "email": mia.email, "role": "member" });
    let invite = "permissions_members_invite";
    refuses(&town.ada.client, invite, &again, (409, "ALREADY_MEMBER")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_was_taken_back_opens_nothing() {
    let town = Town::with(&[]).await;
    let mia = town.stranger("Mia").await;
    let input = json!({ "email": mia.email, "role": "owner" });
    let (id, secret) = invite(&town, &input).await;
    let cancel = "permissions_invitations_cancel";
    let named = json!({ "invitationId": id });
    assert_eq!(
        done(&town.ada.client, cancel, &named).await["changed"],
        true
    );
    assert_eq!(
        done(&town.ada.client, cancel, &named).await["changed"],
        false
    );
    let reply = call(&mia.client, ACCEPT, &json!({ "token": secret })).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    assert_eq!(statuses(&town).await, ["canceled"]);
    assert_eq!(town.count("organization.member_added.v1").await, 1);

    let (followed, secret) = invite(&town, &json!({ "email": mia.email, "role": "member" })).await;
    done(&mia.client, ACCEPT, &json!({ "token": secret })).await;
    let named = json!({ "invitationId": followed });
    let accepted = (409, "INVITATION_ACCEPTED");
    refuses(&town.ada.client, cancel, &named, accepted).await;
    let unknown = json!({ "invitationId": "01a20170-61d3-7004-9d22-46000e86bb16" });
    let not_found = (404, "INVITATION_NOT_FOUND");
    refuses(&town.ada.client, cancel, &unknown, not_found).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_too_late_is_told_so() {
    let town = Town::with(&[]).await;
    let mia = town.stranger("Mia").await;
    // A node whose invitation went out eight days ago.
    let past = SystemClock.now() - (8 * 24).hours();
    let stack = Stack::beside(&town.served, Arc::new(At::new(past))).await;
    let invite: InviteMember =
        serde_json::from_value(json!({ "email": mia.email, "role": "member" })).unwrap();
    let invitation = Stack::as_system(town.tenant, "permissions_members_invite");
    stack
        .organizations
        .invite(&invitation, &invite)
        .await
        .unwrap();
    let secret = secret_of_mail(town.served.home(), &mia.email, ACCEPT).await;
    let secret = json!({ "token": secret.unwrap() });
    let expired = (422, "INVITATION_EXPIRED");
    refuses(&mia.client, ACCEPT, &secret, expired).await;
    assert_eq!(town.count("organization.member_added.v1").await, 1);
    let eve = town.stranger("Eve").await;
    let other = (403, "INVITATION_OTHER_ADDRESSEE");
    refuses(&eve.client, ACCEPT, &secret, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_nobody_mailed_open_nothing() {
    let town = Town::with(&[]).await;
    let mia = town.stranger("Mia").await;
    let verification = secret_of_mail(town.served.home(), &mia.email, "users_verify_email").await;
    let made_up = format!("cic_{}", "0".repeat(64));
    for secret in [verification.unwrap(), made_up, "nonsense".to_owned()] {
        let reply = call(&mia.client, ACCEPT, &json!({ "token": secret })).await;
        assert_eq!(reply.status, 404, "{secret}: {}", reply.body);
    }
    let input = json!({ "email": address("Nobody"), "role": "member" });
    let (_, secret) = invite(&town, &input).await;
    // The secret alone is not enough, nor is a token instead of a session.
    let anonymous = cinatra_tests::people::nobody(&town.served.url()).unwrap();
    let input = json!({ "token": secret });
    refuses(&anonymous, ACCEPT, &input, (401, "UNAUTHENTICATED")).await;
    let absent = json!({ "email": "x@example.test", "role": "member",
        "teamId": "01a20170-61d3-7004-9d22-46000e86bb16" });
    let invite = "permissions_members_invite";
    refuses(&town.ada.client, invite, &absent, (404, "TEAM_NOT_FOUND")).await;
}
