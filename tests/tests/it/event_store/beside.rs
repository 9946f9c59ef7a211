//! Rows beside the ledger commit with the events that tell of them, or not at all.

use std::sync::Arc;

use cinatra_domain::kernel::{ActorId, Position, TenantId, TokenId, UserId};
use cinatra_eventstore::{
    Append, ChallengePurpose, Condition, EventStore, Expected, IdentityRow, NewChallenge, NewMail,
    Options, SideRow, SystemClock, Token, TokenKind, Verdict,
};
use cinatra_tests::Database;
use futures_util::future::join;
use uuid::Uuid;

use super::{ACME, OTHER, append, later, store, tags};

const JANE: UserId = UserId(Uuid::from_u128(0x1a4e));

/// A mail with this number.
fn mail(number: u128) -> NewMail {
    NewMail {
        mail_id: Uuid::from_u128(number),
        user_id: Some(JANE),
        recipient_key: format!("key-{number}"),
        recipient: "jane@example.com".to_owned(),
        subject: "Hello".to_owned(),
        body: "the s3cret link".to_owned(),
    }
}

fn putting_mail(number: u128) -> SideRow {
    SideRow::Identity(IdentityRow::PutMail(mail(number)))
}

/// One event with rows beside it, on condition that nothing came after a position.
fn with_rows(tenant: TenantId, key: &str, after: Option<i64>, side: Vec<SideRow>) -> Append {
    let conditions = after.map(|after| Condition {
        tags: tags(&["t:any"]),
        after: Position(after),
        proof: None,
    });
    let conditions = conditions.into_iter().collect();
    let mut append = append(key, key, Expected::Any, &["t:any"], conditions);
    append.tenant = tenant;
    append.side = side;
    append
}

/// A store whose ledgers share one lane, and so one batch.
async fn one_lane(database: &Database) -> EventStore {
    let config = database.url.parse().unwrap();
    let options = Options {
        lanes: 1,
        ..Options::default()
    };
    let store = EventStore::open(config, Arc::new(SystemClock), options);
    let store = store.await.unwrap();
    for tenant in [ACME, OTHER] {
        store.create_ledger(tenant).await.unwrap();
    }
    store
}

async fn mails(store: &EventStore) -> Vec<u128> {
    let mails = store.next_mails(100).await.unwrap();
    let mut numbers: Vec<u128> = mails.iter().map(|mail| mail.mail_id.as_u128()).collect();
    numbers.sort_unstable();
    numbers
}

/// Writes an event that the other store does not know of.
async fn behind_its_back(other: &EventStore, key: &str) {
    other
        .append(with_rows(ACME, key, None, Vec::new()))
        .await
        .unwrap();
}

#[tokio::test]
async fn rows_commit_with_their_append_and_not_when_it_conflicts() {
    let database = Database::fresh().await.unwrap();
    let store = one_lane(&database).await;
    let made = with_rows(ACME, "1", None, vec![putting_mail(1)]);
    store.append(made).await.unwrap();
    let (refused, made) = join(
        store.append(with_rows(ACME, "2", Some(0), vec![putting_mail(2)])),
        store.append(with_rows(OTHER, "3", Some(0), vec![putting_mail(3)])),
    )
    .await;
    assert!(refused.unwrap_err().is_conflict());
    made.unwrap();
    assert_eq!(mails(&store).await, [1, 3]);
}

/// A lane that met a foreign event writes under the ledger's lock for some batches.
#[tokio::test]
async fn rows_commit_with_their_append_and_not_when_it_conflicts_under_the_lock() {
    let database = Database::fresh().await.unwrap();
    let (ours, theirs) = (one_lane(&database).await, one_lane(&database).await);
    for number in 1..=3 {
        let key = format!("ours-{number}");
        ours.append(with_rows(ACME, &key, None, vec![putting_mail(number)]))
            .await
            .unwrap();
        behind_its_back(&theirs, &format!("theirs-{number}")).await;
    }
    let (refused, made) = join(
        ours.append(with_rows(ACME, "late", Some(0), vec![putting_mail(8)])),
        ours.append(with_rows(ACME, "in-time", Some(6), vec![putting_mail(9)])),
    )
    .await;
    assert!(refused.unwrap_err().is_conflict());
    made.unwrap();
    let alone = with_rows(ACME, "alone", Some(0), vec![putting_mail(10)]);
    assert!(ours.append(alone).await.unwrap_err().is_conflict());
    assert_eq!(mails(&ours).await, [1, 2, 3, 9]);
}

/// The first attempt finds that one of the two ledgers has moved: its rows wait for the second.
#[tokio::test]
async fn rows_of_a_ledger_that_moved_are_written_once_and_those_beside_them_too() {
    let database = Database::fresh().await.unwrap();
    let (ours, theirs) = (one_lane(&database).await, one_lane(&database).await);
    for (tenant, key) in [(ACME, "a"), (OTHER, "b")] {
        ours.append(with_rows(tenant, key, None, Vec::new()))
            .await
            .unwrap();
    }
    behind_its_back(&theirs, "foreign").await;
    let (stale, fresh) = join(
        ours.append(with_rows(ACME, "c", None, vec![putting_mail(1)])),
        ours.append(with_rows(OTHER, "d", None, vec![putting_mail(2)])),
    )
    .await;
    assert_eq!(stale.unwrap().first, Position(3));
    assert_eq!(fresh.unwrap().first, Position(2));
    assert_eq!(mails(&ours).await, [1, 2]);
}

#[tokio::test]
async fn a_command_that_is_repeated_writes_its_rows_once() {
    let database = Database::fresh().await.unwrap();
    let (ours, theirs) = (one_lane(&database).await, one_lane(&database).await);
    let sent = || with_rows(ACME, "same", None, vec![putting_mail(1)]);
    ours.append(sent()).await.unwrap();
    ours.delete_mail(Uuid::from_u128(1)).await.unwrap();
    for store in [&ours, &theirs] {
        assert!(store.append(sent()).await.unwrap().repeated.is_some());
    }
    assert_eq!(ours.mails_waiting().await.unwrap(), 0);
}

/// Two mails of one id cannot be: neither its event nor its other rows stand, and nobody else suffers.
#[tokio::test]
async fn an_append_whose_row_is_refused_fails_alone_and_whole() {
    let database = Database::fresh().await.unwrap();
    let store = one_lane(&database).await;
    let first = with_rows(ACME, "1", None, vec![putting_mail(1)]);
    store.append(first).await.unwrap();
    let twice = vec![putting_mail(2), putting_mail(1)];
    let (refused, made) = join(
        store.append(with_rows(ACME, "2", None, twice)),
        store.append(with_rows(OTHER, "3", None, vec![putting_mail(3)])),
    )
    .await;
    assert!(!refused.unwrap_err().is_conflict());
    made.unwrap();
    assert_eq!(mails(&store).await, [1, 3]);
    assert_eq!(store.head(ACME).await.unwrap(), Some(Position(1)));
}

#[tokio::test]
async fn rows_are_applied_in_the_order_in_which_they_are_named() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let password = |phc: &str| {
        let (user_id, phc) = (JANE, phc.to_owned());
        SideRow::Identity(IdentityRow::PutPassword { user_id, phc })
    };
    let forgotten = SideRow::Identity(IdentityRow::DeletePassword { user_id: JANE });
    // More than are on their way at once.
    let mut rows: Vec<SideRow> = (0..40).map(|n| password(&format!("phc-{n}"))).collect();
    store
        .append(with_rows(ACME, "put", None, rows.clone()))
        .await
        .unwrap();
    let kept = store.password(JANE).await.unwrap().unwrap();
    assert_eq!(kept.phc, "phc-39");
    rows.push(forgotten);
    store
        .append(with_rows(ACME, "forget", None, rows))
        .await
        .unwrap();
    assert!(store.password(JANE).await.unwrap().is_none());
}

#[tokio::test]
async fn erased_contents_are_gone_while_every_hash_still_verifies() {
    let database = Database::fresh().await.unwrap();
    let store = one_lane(&database).await;
    let id = Uuid::from_u128(0xc0de);
    let typed = |bytes: &str| SideRow::Content {
        id,
        salt: [7; 16],
        bytes: bytes.as_bytes().to_vec(),
    };
    let (kept, keeping) = SideRow::content(b"stays".to_vec());
    let rows = vec![typed("Jane Doe"), keeping];
    store
        .append(with_rows(ACME, "typed", None, rows))
        .await
        .unwrap();
    store
        .append(with_rows(OTHER, "typed", None, vec![typed("of another")]))
        .await
        .unwrap();
    let ids = [id, kept.id];
    assert_eq!(store.contents(ACME, &ids).await.unwrap().len(), 2);

    let erasing = || SideRow::EraseContents {
        ids: vec![id, Uuid::from_u128(0xab5e)],
    };
    let late = with_rows(ACME, "late", Some(0), vec![erasing()]);
    assert!(store.append(late).await.unwrap_err().is_conflict());
    assert!(store.content(ACME, id).await.unwrap().is_some());
    for key in ["receipt", "receipt of nothing"] {
        store
            .append(with_rows(ACME, key, None, vec![erasing()]))
            .await
            .unwrap();
        assert_eq!(store.content(ACME, id).await.unwrap(), None);
    }
    let left = store.contents(ACME, &ids).await.unwrap();
    assert_eq!(
        left.into_iter().collect::<Vec<_>>(),
        [(kept.id, b"stays".to_vec())]
    );
    assert!(store.content(OTHER, id).await.unwrap().is_some());
    for (tenant, events) in [(ACME, 3), (OTHER, 1)] {
        let verdict = store.verify(tenant, &|_, _| {}).await.unwrap();
        assert!(
            matches!(verdict, Verdict::Intact { head, .. } if head.0 == events),
            "{verdict:?}"
        );
    }
}

/// What is handed about and logged by accident tells nothing.
#[test]
fn rows_hide_what_they_carry() {
    let token = Token {
        token_id: TokenId(Uuid::from_u128(1)),
        kind: TokenKind::Personal(JANE),
        tenant: ACME,
        actor: ActorId::user(JANE),
        role: String::new(),
        scopes: None,
        expires_at: None,
    };
    let challenge = NewChallenge {
        challenge_hash: [0xee; 32],
        purpose: ChallengePurpose::Email,
        user_id: Some(JANE),
        invitation_id: None,
        expires_at: later(60),
    };
    let rows = [
        IdentityRow::PutToken {
            token_hash: [0xee; 32],
            token,
            label: Some("the laptop".to_owned()),
        },
        IdentityRow::PutPassword {
            user_id: JANE,
            phc: "$argon2id$v=19$s3cret".to_owned(),
        },
        IdentityRow::PutChallenge(challenge.clone()),
        IdentityRow::PutMail(mail(1)),
        IdentityRow::DeleteMailsOf {
            recipient_key: "key-1".to_owned(),
        },
    ];
    let mut said = format!("{challenge:?} {:?}", mail(1));
    for row in rows {
        let side = vec![SideRow::Identity(row)];
        let side = with_rows(ACME, "1", None, side).side;
        said = format!("{said} {side:?}");
    }
    for hidden in ["laptop", "argon2", "s3cret", "jane", "key-1", "238"] {
        assert!(!said.contains(hidden), "{hidden}: {said}");
    }
}
