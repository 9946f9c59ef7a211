//! What goes through a mailbox: secrets that work once, and mails that wait to be handed over.

use cinatra_domain::kernel::{InvitationId, TenantId, UserId};
use cinatra_eventstore::{
    ChallengePurpose, EventStore, Expected, IdentityRow, NewChallenge, NewMail, SideRow,
};
use cinatra_tests::Database;
use futures_util::future::join_all;
use uuid::Uuid;

use super::{ACME, append, later, store};

const JANE: UserId = UserId(Uuid::from_u128(0x1a4e));
const INVITATION: InvitationId = InvitationId(Uuid::from_u128(0x14));

async fn apply(store: &EventStore, key: &str, rows: Vec<IdentityRow>) {
    let mut append = append(key, "rows", Expected::Any, &[], Vec::new());
    append.side = rows.into_iter().map(SideRow::Identity).collect();
    store.append(append).await.unwrap();
}

/// A secret whose hash is its number, over and over.
fn challenge(number: u8, purpose: ChallengePurpose) -> NewChallenge {
    let is_invitation = purpose == ChallengePurpose::Invitation;
    NewChallenge {
        challenge_hash: [number; 32],
        purpose,
        user_id: (!is_invitation).then_some(JANE),
        invitation_id: is_invitation.then_some(INVITATION),
        expires_at: later(3600),
    }
}

fn mail(number: u128, recipient_key: &str) -> NewMail {
    NewMail {
        mail_id: Uuid::from_u128(number),
        user_id: Some(JANE),
        recipient_key: recipient_key.to_owned(),
        recipient: "jane@example.com".to_owned(),
        subject: format!("Mail {number}"),
        body: "a link".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_who_use_a_mailed_secret_at_once_one_is_answered() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    let (secret, letter) = (challenge(1, ChallengePurpose::PasswordReset), mail(1, "k"));
    let sending = stores[0].send_challenge(TenantId::SYSTEM, &secret, &letter);
    sending.await.unwrap();
    let using = (0..20_usize).map(|number| {
        let store = stores[number % 2].clone();
        async move {
            let purpose = ChallengePurpose::PasswordReset;
            store.use_challenge(&[1; 32], purpose).await.unwrap()
        }
    });
    let won: Vec<_> = join_all(using).await.into_iter().flatten().collect();
    let [used] = &won[..] else { panic!("{won:?}") };
    assert_eq!((used.user_id, used.tenant), (Some(JANE), TenantId::SYSTEM));
    assert_eq!(stores[0].mails_waiting().await.unwrap(), 1);
}

#[tokio::test]
async fn a_mailed_secret_is_for_one_purpose_and_for_a_time() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let mut over = challenge(2, ChallengePurpose::Email);
    over.expires_at = later(-1);
    let rows = vec![
        IdentityRow::PutChallenge(challenge(1, ChallengePurpose::Email)),
        IdentityRow::PutChallenge(over),
    ];
    apply(&store, "put", rows).await;
    let email = ChallengePurpose::Email;
    for _ in 0..2 {
        let found = store
            .find_challenge(&[1; 32], email)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.purpose, found.tenant), (email, ACME));
    }
    let reset = ChallengePurpose::PasswordReset;
    assert_eq!(store.find_challenge(&[1; 32], reset).await.unwrap(), None);
    assert_eq!(store.use_challenge(&[1; 32], reset).await.unwrap(), None);
    assert_eq!(store.find_challenge(&[2; 32], email).await.unwrap(), None);
    assert_eq!(store.use_challenge(&[2; 32], email).await.unwrap(), None);
    assert_eq!(store.delete_expired_challenges().await.unwrap(), 1);
    assert!(
        store
            .use_challenge(&[1; 32], email)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(store.find_challenge(&[1; 32], email).await.unwrap(), None);
}

#[tokio::test]
async fn mailed_secrets_are_taken_back_by_hash_by_person_and_by_invitation() {
    use ChallengePurpose::{Email, Invitation, PasswordReset};
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let secrets = [
        (1, Email),
        (2, Email),
        (3, PasswordReset),
        (4, Invitation),
        (5, PasswordReset),
    ];
    let rows = secrets.map(|(number, what)| IdentityRow::PutChallenge(challenge(number, what)));
    apply(&store, "put", rows.to_vec()).await;
    let left = async || {
        let mut left = Vec::new();
        for (number, purpose) in secrets {
            let found = store.find_challenge(&[number; 32], purpose).await.unwrap();
            left.extend(found.map(|_| number));
        }
        left
    };
    assert_eq!(left().await, [1, 2, 3, 4, 5]);
    let one = IdentityRow::DeleteChallenge {
        challenge_hash: [1; 32],
    };
    apply(&store, "one", vec![one.clone(), one]).await;
    assert_eq!(left().await, [2, 3, 4, 5]);
    let of = |purpose| IdentityRow::DeleteChallengesOf {
        user_id: JANE,
        purpose,
    };
    apply(&store, "resets", vec![of(Some(PasswordReset))]).await;
    assert_eq!(left().await, [2, 4]);
    let invitation_id = INVITATION;
    let accepted = IdentityRow::DeleteChallengesOfInvitation { invitation_id };
    apply(&store, "accepted", vec![accepted]).await;
    assert_eq!(left().await, [2]);
    apply(&store, "all", vec![of(None)]).await;
    assert_eq!(left().await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_given_to_one_at_a_time_and_waits_until_it_is_handed_over() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    let rows = (1..=40).map(|number| IdentityRow::PutMail(mail(number, "jane")));
    apply(&stores[0], "put", rows.collect()).await;
    let taking = (0..10_usize).map(|number| {
        let store = stores[number % 2].clone();
        async move { store.next_mails(4).await.unwrap() }
    });
    let mut taken: Vec<u128> = join_all(taking)
        .await
        .into_iter()
        .flatten()
        .map(|mail| mail.mail_id.as_u128())
        .collect();
    // Who came while others were taking may have been given less.
    taken.extend(ids(&stores[0]).await);
    taken.sort_unstable();
    assert_eq!(taken, (1..=40).collect::<Vec<u128>>(), "each once");
    assert_eq!(ids(&stores[1]).await, [0; 0]);

    assert!(stores[0].delete_mail(Uuid::from_u128(1)).await.unwrap());
    assert!(!stores[0].delete_mail(Uuid::from_u128(1)).await.unwrap());
    assert_eq!(stores[0].mails_waiting().await.unwrap(), 39);
    // Whoever took the others has died.
    let superuser = database.superuser().await.unwrap();
    superuser
        .batch_execute(include_str!("sql/let_a_minute_pass.sql"))
        .await
        .unwrap();
    assert_eq!(ids(&stores[1]).await, (2..=40).collect::<Vec<u128>>());
}

async fn ids(store: &EventStore) -> Vec<u128> {
    let mails = store.next_mails(100).await.unwrap();
    mails.iter().map(|mail| mail.mail_id.as_u128()).collect()
}

#[tokio::test]
async fn what_waits_for_somebody_who_is_erased_is_not_sent() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let rows = [(1, "jane"), (2, "john"), (3, "jane")]
        .map(|(number, key)| IdentityRow::PutMail(mail(number, key)));
    apply(&store, "put", rows.to_vec()).await;
    let recipient_key = "jane".to_owned();
    apply(
        &store,
        "erase",
        vec![IdentityRow::DeleteMailsOf { recipient_key }],
    )
    .await;
    let left = store.next_mails(10).await.unwrap();
    let [only] = &left[..] else {
        panic!("{left:?}")
    };
    assert_eq!((only.subject.as_str(), only.tenant), ("Mail 2", ACME));
    assert!(!format!("{left:?}").contains("jane@"));
}
