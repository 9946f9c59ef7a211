//! What a person may say of themselves: who they are, what they are called, that an address is theirs.

use cinatra_tests::Call;
use cinatra_tests::people::{PASSWORD, address, done, nobody, secret_of_mail, sign_up};
use cinatra_tests::served::Served;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::extension::{call, refused};

#[tokio::test]
async fn a_person_is_told_who_they_are() {
    let served = Served::with(&[]).await.unwrap();
    // The first start's credential is nobody's.
    let told = refused(&served.client().unwrap(), "users_me", &json!({})).await;
    assert_eq!(told.0, 403);
    let ada = served.first().await.unwrap();
    let me = done(&ada.client, "users_me", &json!({})).await.unwrap();
    let own = me["organizationIds"][0].clone();
    let expected = json!({
        "userId": ada.user_id, "name": "Ada", "email": "ada@example.test", "emailVerified": false,
        "platformRole": "admin", "organizationIds": [own], "activeOrganizationId": own,
    });
    assert_eq!(me, expected);
    // Whoever comes later belongs nowhere until somebody asks them in.
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let me = done(&mia.client, "users_me", &json!({})).await.unwrap();
    let expected = json!({
        "userId": mia.user_id, "name": "Mia", "email": "mia@example.test", "emailVerified": false,
        "platformRole": "user", "organizationIds": [], "activeOrganizationId": null,
    });
    assert_eq!(me, expected);
    let told = refused(&nobody(&served.url()).unwrap(), "users_me", &json!({})).await;
    assert_eq!(told, (401, "UNAUTHENTICATED".to_owned()));
}

#[tokio::test]
async fn a_person_is_called_otherwise_and_the_former_name_is_forgotten() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let input = json!({ "name": "  Countess Canary-5e1f  " });
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    let first = ada
        .client
        .call("users_update", &input, keyed())
        .await
        .unwrap();
    let again = ada
        .client
        .call("users_update", &input, keyed())
        .await
        .unwrap();
    assert_eq!(
        first.body,
        json!({ "success": true, "userId": ada.user_id, "changed": true })
    );
    assert_eq!((again.body, again.at), (first.body, first.at));
    let me = done(&ada.client, "users_me", &json!({})).await.unwrap();
    assert_eq!(me["name"], "Countess Canary-5e1f");
    let input = json!({ "name": "Ada" });
    done(&ada.client, "users_update", &input).await.unwrap();
    let superuser = served.database().superuser().await.unwrap();
    let canary = crate::columns::Canary::new("canary-5e1f");
    crate::session::eventually("the former name is forgotten", async || {
        let columns = crate::columns::columns(&superuser).await;
        let is_gone = columns.iter().all(|(_, text)| !canary.is_in(text));
        is_gone.then_some(())
    })
    .await;
}

#[tokio::test]
async fn nothing_personal_can_be_guessed_from_what_is_kept_of_a_request() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let superuser = served.database().superuser().await.unwrap();
    let hashes = include_str!("sql/read_request_hashes.sql");
    for (primitive, input, is_personal) in [
        ("users_update", json!({ "name": "Countess" }), true),
        ("tokens_create", json!({ "label": "of the Countess" }), true),
        (
            "permissions_members_invite",
            json!({ "email": "countess@example.test", "role": "member" }),
            true,
        ),
        (
            "users_register",
            json!({ "name": "C", "email": "c@example.test", "password": PASSWORD }),
            true,
        ),
        (
            "organizations_create",
            json!({ "name": "Second", "slug": "second" }),
            false,
        ),
    ] {
        done(&ada.client, primitive, &input).await.unwrap();
        let kept = superuser.query(hashes, &[]).await.unwrap();
        let mut kept = kept.iter().map(|row| row.get::<_, Vec<u8>>(0));
        let guess = request_hash(primitive, &input);
        assert_ne!(kept.any(|hash| hash == guess), is_personal, "{primitive}");
    }
}

/// What would be kept of a request that is no secret.
fn request_hash(primitive: &str, input: &Value) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&u64::try_from(primitive.len()).unwrap().to_be_bytes());
    hasher.update(primitive.as_bytes());
    hasher.update(input.to_string().as_bytes());
    hasher.finalize().as_bytes().to_vec()
}

#[tokio::test]
async fn an_address_is_proved_once_by_the_secret_that_went_there() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let stranger = nobody(&served.url()).unwrap();
    let secret = secret_of_mail(served.home(), &ada.email, "users_verify_email").await;
    let input = json!({ "token": secret.unwrap() });
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    let verify = "users_verify_email";
    let first = stranger.call(verify, &input, keyed()).await.unwrap();
    assert_eq!(
        first.body,
        json!({ "success": true, "userId": ada.user_id, "changed": true })
    );
    let retried = stranger.call(verify, &input, keyed()).await.unwrap();
    assert_eq!(
        (retried.status, retried.body),
        (200, first.body),
        "a retry hears it again"
    );
    let told = refused(&stranger, verify, &input).await;
    assert_eq!(told, (404, "CHALLENGE_UNKNOWN".to_owned()));
    let me = done(&ada.client, "users_me", &json!({})).await.unwrap();
    assert_eq!(me["emailVerified"], true);
    // Guesses, other kinds of credentials and expired secrets prove nothing.
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let secret = secret_of_mail(served.home(), &mia.email, verify)
        .await
        .unwrap();
    let superuser = served.database().superuser().await.unwrap();
    superuser
        .execute(include_str!("sql/expire_challenges.sql"), &[])
        .await
        .unwrap();
    let guess = format!("cic_{}", blake3::hash(b"a guess").to_hex());
    for token in [&secret, &guess, mia.client.token(), "x", "cic_"] {
        let told = refused(&stranger, verify, &json!({ "token": token })).await;
        assert_eq!(told, (404, "CHALLENGE_UNKNOWN".to_owned()), "{token}");
    }
    let me = done(&mia.client, "users_me", &json!({})).await.unwrap();
    assert_eq!(me["emailVerified"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_show_one_secret_at_once_one_proves_the_address() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let stranger = nobody(&served.url()).unwrap();
    let secret = secret_of_mail(served.home(), &ada.email, "users_verify_email").await;
    let input = json!({ "token": secret.unwrap() });
    let calls = (0..10).map(|_| call(&stranger, "users_verify_email", &input));
    let replies = join_all(calls).await;
    let proved = replies.iter().filter(|reply| reply.body["changed"] == true);
    assert_eq!(proved.count(), 1, "{replies:?}");
    for reply in &replies {
        assert!([200, 404].contains(&reply.status), "{}", reply.body);
    }
}

#[tokio::test]
async fn an_address_is_one_persons_however_it_is_written() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let stranger = nobody(&served.url()).unwrap();
    let input = |email: &str| json!({ "name": "Other", "email": email, "password": PASSWORD });
    for email in ["ada@example.test", " ADA@Example.TEST "] {
        let told = refused(&stranger, "users_register", &input(email)).await;
        assert_eq!(told, (409, "EMAIL_TAKEN".to_owned()), "{email}");
    }
    let entered = json!({ "email": " Ada@EXAMPLE.test", "password": PASSWORD });
    let entered = done(&stranger, "sessions_sign_in", &entered).await.unwrap();
    assert_eq!(entered["userId"], ada.user_id.as_str());
    // The same call again is one registration; another one under its key is refused.
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    let register = "users_register";
    let mia = input(&address("Mia"));
    let first = stranger.call(register, &mia, keyed()).await.unwrap();
    let again = stranger.call(register, &mia, keyed()).await.unwrap();
    assert_eq!((first.status, &first.body), (200, &again.body));
    let other = input(&address("Moe"));
    let reused = stranger.call(register, &other, keyed()).await.unwrap();
    assert_eq!(reused.code(), Some("IDEMPOTENCY_KEY_REUSED"));
}
