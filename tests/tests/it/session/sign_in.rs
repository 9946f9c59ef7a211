//! Guessing passwords: counted exactly, refused after ten, on record, and no help in finding out who is here.

use std::time::{Duration, Instant};

use cinatra_domain::authority::{AuthorityEvent, Decided, Outcome};
use cinatra_domain::kernel::{Position, TenantId};
use cinatra_tests::people::{self, PASSWORD, done, nobody, sign_up};
use cinatra_tests::served::Served;
use cinatra_tests::{Client, Database};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;
use serde_json::json;

use super::{enter, from, post};

const WRONG: &str = "not the password at all";

/// Decisions of a kind in the system ledger.
async fn denials(served: &Served) -> Vec<Decided> {
    let store = served.server().store();
    let events = store.read_ledger(TenantId::SYSTEM, Position::START, 1_000);
    let decided = events.await.unwrap().into_iter().filter_map(|recorded| {
        match recorded.decode::<AuthorityEvent>().unwrap()? {
            AuthorityEvent::Decided(decided) => Some(decided),
        }
    });
    decided
        .filter(|decided| decided.outcome == Outcome::Denied)
        .collect()
}

/// Numbers of failures that are counted at present, by account and address.
async fn counted(database: &Database) -> Vec<i32> {
    let superuser = database.superuser().await.unwrap();
    let rows = superuser
        .query(include_str!("sql/count_failures.sql"), &[])
        .await;
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

/// A number in the metrics.
async fn metric(client: &Client, name: &str) -> f64 {
    let reply = client.get("/metrics").await.unwrap();
    let text = reply.body.as_str().unwrap().to_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0.0, |value| value.trim().parse().unwrap())
}

#[tokio::test]
async fn after_ten_failures_an_account_is_locked_for_an_address_and_its_owner_gets_in_from_elsewhere()
 {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let there = nobody(&served.url()).unwrap().over(from([127, 0, 0, 3]));
    let elsewhere = nobody(&served.url()).unwrap().over(from([127, 0, 0, 2]));
    let locked_before = metric(&ada.client, "cinatra_sign_ins_locked_total").await;
    for number in 1..=10 {
        let answer = enter(&there, &ada.email, WRONG).await;
        let told = (answer.status, answer.code());
        assert_eq!(told, (401, "SIGN_IN_FAILED"), "{number}");
    }
    for password in [WRONG, PASSWORD] {
        let answer = enter(&there, &ada.email, password).await;
        let told = (answer.status, answer.code());
        assert_eq!(told, (429, "TOO_MANY_ATTEMPTS"), "{}", answer.body);
        assert_eq!(answer.header("retry-after"), Some("900"));
        let details = &answer.body["error"]["details"];
        assert_eq!(details["retryAfterSeconds"], 900);
    }
    // Neither another account nor another address is locked.
    assert_eq!(enter(&there, &mia.email, PASSWORD).await.status, 200);
    assert_eq!(enter(&elsewhere, &ada.email, PASSWORD).await.status, 200);
    assert_eq!(enter(&there, &ada.email, PASSWORD).await.status, 429);
    // On record in the system's ledger, about her; the others of the minute are counted.
    let denials = denials(&served).await;
    let [denial] = denials.as_slice() else {
        panic!("{denials:?}");
    };
    assert_eq!(denial.primitive, "sessions_sign_in");
    assert_eq!(denial.resource_type, "user");
    assert_eq!(denial.resource_id.as_deref(), Some(ada.user_id.as_str()));
    assert_eq!(denial.code.as_deref(), Some("TOO_MANY_ATTEMPTS"));
    let locked = metric(&ada.client, "cinatra_sign_ins_locked_total").await;
    assert!(locked >= locked_before + 3.0, "{locked_before} {locked}");
    assert!(metric(&ada.client, "cinatra_sign_ins_failed_total").await >= 10.0);
    // A quarter of an hour later she gets in from there, too.
    let superuser = served.database().superuser().await.unwrap();
    let older = include_str!("sql/let_the_window_pass.sql");
    assert_eq!(superuser.execute(older, &[]).await.unwrap(), 2);
    assert_eq!(enter(&there, &ada.email, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn each_account_that_is_locked_is_on_record() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let client = nobody(&served.url()).unwrap();
    for person in [&ada, &mia] {
        let tries = (0..12).map(|_| enter(&client, &person.email, WRONG));
        join_all(tries).await;
    }
    let about: Vec<_> = denials(&served)
        .await
        .into_iter()
        .filter_map(|denial| denial.resource_id)
        .collect();
    assert_eq!(about, [ada.user_id, mia.user_id]);
}

#[tokio::test]
async fn nobody_can_tell_by_the_answer_or_its_time_who_has_an_account() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let emails = [ada.email.as_str(), "nobody@example.test"];
    let locks = nobody(&served.url()).unwrap();
    let mut times = [Vec::new(), Vec::new()];
    for last in 1..=15 {
        // Each from another address, so that nothing is locked.
        let client = nobody(&served.url()).unwrap().over(from([127, 0, 1, last]));
        let mut answers = Vec::new();
        for (email, times) in emails.iter().zip(&mut times) {
            let began = Instant::now();
            let answer = enter(&client, email, WRONG).await;
            times.push(began.elapsed());
            assert_eq!(answer.status, 401);
            answers.push(answer);
        }
        assert_eq!(answers[0].body, answers[1].body);
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let [known, unknown] = times.each_mut().map(median);
    assert!(
        known < unknown * 2 && unknown < known * 2,
        "an account answers in {known:?}, none in {unknown:?}"
    );
    // A lock tells nothing either.
    let mut locked = Vec::new();
    for email in emails {
        for _ in 0..10 {
            assert_eq!(enter(&locks, email, WRONG).await.status, 401);
        }
        locked.push(enter(&locks, email, PASSWORD).await);
    }
    let told = |place: usize| {
        let answer = &locked[place];
        (
            answer.status,
            answer.body.clone(),
            answer.header("retry-after"),
        )
    };
    assert_eq!(told(0).0, 429);
    assert_eq!(told(0), told(1));
    assert_eq!(told(0).2, Some("900"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_wrong_tries_at_once_on_two_nodes_are_counted_exactly() {
    let served = Served::with(&[]).await.unwrap();
    let other = served.beside().await.unwrap();
    let ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    assert!(counted(served.database()).await.is_empty());
    let nodes = [&served, &other].map(|node| nobody(&node.url()).unwrap());
    let tries = (0..50).map(|number| enter(&nodes[number % 2], &ada.email, WRONG));
    let answers = join_all(tries).await;
    let count = |status| answers.iter().filter(|a| a.status == status).count();
    assert_eq!((count(401), count(429)), (10, 40));
    // Once for the account there, once for everything that came from there.
    assert_eq!(counted(served.database()).await, [50, 50]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_tries_many_accounts_from_one_address_is_stopped_and_who_gets_in_is_not_counted() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let client = nobody(&served.url()).unwrap();
    for _ in 0..3 {
        assert_eq!(enter(&client, &ada.email, PASSWORD).await.status, 200);
    }
    assert!(counted(served.database()).await.is_empty());
    let emails: Vec<_> = (0..100).map(|n| format!("n{n}@example.test")).collect();
    let tries = emails.iter().map(|email| enter(&client, email, WRONG));
    let answers: Vec<_> = stream::iter(tries).buffer_unordered(8).collect().await;
    assert!(answers.iter().all(|answer| answer.status == 401));
    let answer = enter(&client, &ada.email, PASSWORD).await;
    assert_eq!((answer.status, answer.code()), (429, "TOO_MANY_ATTEMPTS"));
    let elsewhere = client.over(from([127, 0, 0, 2]));
    assert_eq!(enter(&elsewhere, &ada.email, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn whoever_is_banned_hears_what_a_stranger_hears() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let named = json!({ "userId": mia.user_id });
    done(&ada.client, "users_ban", &named).await.unwrap();
    let client = nobody(&served.url()).unwrap();
    let banned = enter(&client, &mia.email, PASSWORD).await;
    let stranger = enter(&client, "nobody@example.test", PASSWORD).await;
    assert_eq!((banned.status, banned.body), (401, stranger.body));
    done(&ada.client, "users_unban", &named).await.unwrap();
    assert_eq!(enter(&client, &mia.email, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn what_is_kept_of_a_failure_names_nobody() {
    let served = Served::with(&[]).await.unwrap();
    let client = nobody(&served.url()).unwrap().over(from([127, 0, 9, 9]));
    let input = json!({ "email": "canary-1@example.test", "password": "canary-2 canary-2" });
    let answer = post(&client, "sessions_sign_in", &input, &[]).await;
    assert_eq!(answer.status, 401);
    assert_eq!(counted(served.database()).await, [1, 1]);
    let superuser = served.database().superuser().await.unwrap();
    let columns = crate::columns::columns(&superuser).await;
    for text in ["canary-1", "canary-2", "127.0.9.9"] {
        let canary = crate::columns::Canary::new(text);
        let shown: Vec<_> = columns.iter().filter(|(_, t)| canary.is_in(t)).collect();
        assert!(shown.is_empty(), "{shown:?}");
    }
}
