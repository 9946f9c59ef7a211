//! Requests about one's own sessions, tokens and invitations. Whatever takes a session away gets one of its own.

use cinatra_tests::people::PASSWORD;
use serde_json::json;

use super::{Request, Who};
use crate::authority::UNKNOWN;
use crate::authority::newcomer::Spare;
use crate::authority::stage::{Stage, id};

pub(super) async fn make(stage: &Stage, name: (&str, &str), who: Who) -> Option<Request> {
    Some(match name {
        ("sessions_list" | "tokens_list", "") => Request::plain(),
        ("sessions_list", "others") => {
            let of_mia = stage.sign_in(stage.cast.email(Who::Mia)).await;
            Request::plain().seeking(&of_mia.session_id)
        }
        ("tokens_list", "others") => Request::plain().seeking(&stage.mias_token),
        ("sessions_sign_in", "") => {
            // The session that the call comes with ends.
            let email = stage.cast.email(Who::Mia);
            let request = Request::of(json!({ "email": email, "password": PASSWORD })).each();
            match spare(stage, who).await {
                Some(spare) => request.instead(who, spare.token),
                None => request,
            }
        }
        ("sessions_sign_out", "") => match spare(stage, who).await {
            Some(spare) => Request::plain().instead(who, spare.token).each(),
            None => Request::plain().each(),
        },
        ("sessions_revoke", "") => {
            let spare = spare(stage, who).await;
            let session = spare.map_or_else(|| UNKNOWN.to_owned(), |spare| spare.session_id);
            Request::of(json!({ "sessionId": session }))
                .about("/sessionId")
                .each()
        }
        ("sessions_revoke", "others") => {
            let of_mia = stage.sign_in(stage.cast.email(Who::Mia)).await;
            Request::of(json!({ "sessionId": of_mia.session_id })).about("/sessionId")
        }
        ("sessions_select_organization", variant) => {
            let mut input = json!({ "organizationId": stage.cast.organization });
            if variant == "bypass" {
                input["bypassReason"] = json!("compliance_audit");
            }
            let request = Request::of(input).about("/organizationId").each();
            match spare(stage, who).await {
                Some(spare) => request.instead(who, spare.token),
                None => request,
            }
        }
        ("tokens_create", "") => Request::of(json!({ "label": "matrix" })),
        ("tokens_revoke", "") if who.is_whole_person() => {
            let created = stage
                .done(who, "tokens_create", &json!({ "label": "own" }))
                .await;
            token(&id(&created, "tokenId")).each()
        }
        ("tokens_revoke", "") => token(UNKNOWN).each(),
        ("tokens_revoke", "others") => token(&stage.mias_token),
        ("invitations_accept", "") if who == Who::Nils => {
            // He is to belong nowhere afterwards.
            let (guest, secret) = stage.guest_of(Who::Sue).await;
            Request::of(json!({ "token": secret }))
                .instead(who, guest)
                .each()
        }
        ("invitations_accept", "") => {
            Request::of(json!({ "token": stage.cast.invitation(who) })).each()
        }
        ("invitations_accept", "others") => {
            Request::of(json!({ "token": stage.cast.invitation(Who::Mia) }))
        }
        _ => return None,
    })
}

fn token(id: &str) -> Request {
    Request::of(json!({ "tokenId": id })).about("/tokenId")
}

/// Another session of a person's.
async fn spare(stage: &Stage, who: Who) -> Option<Spare> {
    if who.is_whole_person() {
        Some(stage.sign_in(stage.cast.email(who)).await)
    } else {
        None
    }
}
