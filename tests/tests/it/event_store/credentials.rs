//! Tokens, passwords and sessions: what lets somebody in, and how it stops.

use cinatra_domain::kernel::{ActorId, ServiceAccountId, SessionId, TenantId, TokenId, UserId};
use cinatra_eventstore::{
    EventStore, Expected, IdentityRow, NewSession, SessionChange, SideRow, Token, TokenKind,
};
use cinatra_tests::Database;
use futures_util::future::join_all;
use uuid::Uuid;

use super::{ACME, OTHER, append, later, store};

const JANE: UserId = UserId(Uuid::from_u128(0x1a4e));
const JOHN: UserId = UserId(Uuid::from_u128(0x7044));
const ROBOT: ServiceAccountId = ServiceAccountId(Uuid::from_u128(0x2080));

/// Appends one event with rows beside it.
async fn apply(store: &EventStore, key: &str, rows: Vec<IdentityRow>) {
    let mut append = append(key, "rows", Expected::Any, &[], Vec::new());
    append.side = rows.into_iter().map(SideRow::Identity).collect();
    store.append(append).await.unwrap();
}

fn token(kind: TokenKind, number: u8, tenant: TenantId) -> Token {
    Token {
        token_id: TokenId(Uuid::from_u128(number.into())),
        kind,
        tenant,
        actor: match kind {
            TokenKind::Bootstrap => ActorId::service("bootstrap-admin"),
            TokenKind::Personal(user) => ActorId::user(user),
            TokenKind::Service(account) => ActorId::service(&account.to_string()),
        },
        role: String::new(),
        scopes: Some(vec!["extensions.install".to_owned()]),
        expires_at: None,
    }
}

/// A credential whose hash is its number, over and over.
fn putting(token: &Token, number: u8) -> IdentityRow {
    IdentityRow::PutToken {
        token_hash: [number; 32],
        token: token.clone(),
        label: Some(format!("number {number}")),
    }
}

async fn works(store: &EventStore, number: u8) -> bool {
    store.find_token(&[number; 32]).await.unwrap().is_some()
}

#[tokio::test]
async fn a_token_is_found_as_it_was_put_until_it_ends() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let mut lasting = token(TokenKind::Personal(JANE), 1, ACME);
    lasting.scopes = None;
    let mut limited = token(TokenKind::Personal(JANE), 2, ACME);
    limited.expires_at = Some(later(3600));
    let mut expired = token(TokenKind::Personal(JANE), 3, ACME);
    expired.expires_at = Some(later(-1));
    let johns = token(TokenKind::Personal(JOHN), 4, ACME);
    let tokens = [&lasting, &limited, &expired, &johns];
    let rows = tokens
        .iter()
        .zip(1..)
        .map(|(token, number)| putting(token, number));
    apply(&store, "put", rows.collect()).await;
    let found = store.find_token(&[1; 32]).await.unwrap();
    assert_eq!(found, Some(lasting.clone()));
    let found = store.find_token(&[2; 32]).await.unwrap().unwrap();
    assert_eq!((found.kind, &found.scopes), (limited.kind, &limited.scopes));
    assert!(found.expires_at.is_some());
    assert!(!works(&store, 3).await, "it has expired");
    assert!(!works(&store, 9).await, "nobody made it");

    let token_id = lasting.token_id;
    apply(
        &store,
        "revoke",
        vec![IdentityRow::RevokeToken { token_id }],
    )
    .await;
    assert!(!works(&store, 1).await);
    assert!(works(&store, 2).await);
    let listed = store.tokens_of(JANE).await.unwrap();
    let told: Vec<_> = listed
        .iter()
        .map(|token| {
            (
                token.token_id,
                token.label.as_deref(),
                token.revoked_at.is_some(),
            )
        })
        .collect();
    let id = |number: u128| TokenId(Uuid::from_u128(number));
    assert_eq!(
        told,
        [
            (id(1), Some("number 1"), true),
            (id(2), Some("number 2"), false),
            (id(3), Some("number 3"), false)
        ]
    );
    assert!(!format!("{listed:?}").contains("number"));

    apply(
        &store,
        "all",
        vec![IdentityRow::RevokeTokensOf { user_id: JANE }],
    )
    .await;
    assert!(!works(&store, 2).await);
    assert!(works(&store, 4).await, "another's stays");
    apply(
        &store,
        "erase",
        vec![IdentityRow::DeleteTokensOf { user_id: JANE }],
    )
    .await;
    assert!(store.tokens_of(JANE).await.unwrap().is_empty());
    assert!(works(&store, 4).await);
}

#[tokio::test]
async fn a_replaced_secret_of_a_service_account_works_until_it_ends_and_no_longer() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let secret = |number| putting(&token(TokenKind::Service(ROBOT), number, ACME), number);
    let ending = |seconds| IdentityRow::EndServiceTokens {
        service_account_id: ROBOT,
        ends_at: later(seconds),
    };
    apply(&store, "create", vec![secret(1)]).await;
    apply(&store, "rotate", vec![ending(3600), secret(2)]).await;
    assert!(works(&store, 1).await && works(&store, 2).await);
    // Without grace: both end, and an end is never put off.
    apply(&store, "rotate at once", vec![ending(-1), secret(3)]).await;
    apply(&store, "rotate later", vec![ending(3600), secret(4)]).await;
    assert!(!works(&store, 1).await && !works(&store, 2).await);
    assert!(works(&store, 3).await && works(&store, 4).await);

    // Another organization's append reaches none of them.
    let revoking = IdentityRow::RevokeServiceTokens {
        service_account_id: ROBOT,
    };
    store.create_ledger(OTHER).await.unwrap();
    let mut foreign = append("foreign", "rows", Expected::Any, &[], Vec::new());
    foreign.tenant = OTHER;
    foreign.side = vec![SideRow::Identity(revoking.clone())];
    store.append(foreign).await.unwrap();
    assert!(works(&store, 4).await);
    apply(&store, "revoke", vec![revoking]).await;
    assert!(!works(&store, 3).await && !works(&store, 4).await);
}

#[tokio::test]
async fn the_first_credential_is_revoked_for_good() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let actor = ActorId::service("bootstrap-admin");
    let first = Token::bootstrap(OTHER, actor, "platform_admin".to_owned());
    assert!(store.create_first_token(&[1; 32], &first).await.unwrap());
    assert!(!store.create_first_token(&[2; 32], &first).await.unwrap());
    assert_eq!(
        store.find_token(&[1; 32]).await.unwrap(),
        Some(first.clone())
    );
    assert!(store.head(OTHER).await.unwrap().is_some(), "its ledger");
    let personal = token(TokenKind::Personal(JANE), 3, ACME);
    apply(&store, "put", vec![putting(&personal, 3)]).await;

    assert_eq!(store.revoke_bootstrap_token().await.unwrap(), 1);
    assert_eq!(store.revoke_bootstrap_token().await.unwrap(), 0);
    assert!(!works(&store, 1).await);
    assert!(works(&store, 3).await);
    assert!(!store.create_first_token(&[4; 32], &first).await.unwrap());
}

/// What a node from before the new columns writes.
#[tokio::test]
async fn a_token_of_an_older_node_is_the_first_one() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let older = database.role("cinatra_ledger").await.unwrap();
    older
        .batch_execute(include_str!("sql/insert_older_token.sql"))
        .await
        .unwrap();
    let found = store.find_token(&[0xab; 32]).await.unwrap().unwrap();
    assert_eq!((found.kind, found.scopes), (TokenKind::Bootstrap, None));
}

fn session(number: u8, user_id: UserId) -> NewSession {
    NewSession {
        session_hash: [number; 32],
        session_id: SessionId(Uuid::from_u128(number.into())),
        user_id,
        organization_id: Some(ACME),
        bypass_reason: None,
        address: Some("203.0.113.7".to_owned()),
        user_agent: Some("Netscape".to_owned()),
        expires_at: later(3600),
        password_set_at: None,
    }
}

/// Numbers of a person's sessions.
async fn signed_in(store: &EventStore, user: UserId) -> Vec<u128> {
    let sessions = store.sessions_of(user).await.unwrap();
    let mut numbers: Vec<u128> = sessions.iter().map(|s| s.session_id.0.as_u128()).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_ends_when_it_is_told_to() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    for (number, user) in [(1, JANE), (2, JANE), (3, JANE), (4, JOHN)] {
        assert!(store.open_session(&session(number, user)).await.unwrap());
    }
    let mut over = session(5, JANE);
    over.expires_at = later(-1);
    store.open_session(&over).await.unwrap();
    assert_eq!(store.find_session(&[5; 32]).await.unwrap(), None);
    let id = over.session_id;
    assert!(
        !store.touch_session(id, later(60)).await.unwrap(),
        "over is over"
    );
    assert_eq!(signed_in(&store, JANE).await, [1, 2, 3]);
    assert_eq!(store.end_expired_sessions().await.unwrap(), 1);

    let opened = store.find_session(&[1; 32]).await.unwrap().unwrap();
    assert_eq!(opened.user_agent.as_deref(), Some("Netscape"));
    assert_eq!((opened.user_id, opened.organization_id), (JANE, Some(ACME)));
    let until = later(7200);
    assert!(store.touch_session(opened.session_id, until).await.unwrap());
    let touched = store.find_session(&[1; 32]).await.unwrap().unwrap();
    assert!(touched.expires_at > opened.expires_at && touched.seen_at >= opened.seen_at);
    assert_eq!(
        store.sessions_of(JANE).await.unwrap()[0],
        touched,
        "the last used"
    );
    for hidden in ["203", "Netscape"] {
        assert!(!format!("{touched:?} {:?}", session(1, JANE)).contains(hidden));
    }

    assert!(!store.end_session(opened.session_id, JOHN).await.unwrap());
    assert!(store.end_session(opened.session_id, JANE).await.unwrap());
    assert!(!store.end_session(opened.session_id, JANE).await.unwrap());
    assert!(store.end_session_by_hash(&[4; 32]).await.unwrap());
    assert!(!store.end_session_by_hash(&[4; 32]).await.unwrap());
    assert_eq!(signed_in(&store, JANE).await, [2, 3]);
    assert_eq!(signed_in(&store, JOHN).await, [0; 0]);
}

#[tokio::test]
async fn a_replaced_sessions_former_hash_is_dead_at_once() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    store.open_session(&session(1, JANE)).await.unwrap();
    let change = SessionChange {
        organization_id: Some(OTHER),
        bypass_reason: Some("moderation".to_owned()),
        expires_at: later(60),
    };
    // Of many who replace it at once one is told that it was there.
    let changes = (2..22_u8).map(|number| {
        let (store, change) = (store.clone(), &change);
        async move {
            let (former, hash) = ([1; 32], [number; 32]);
            let replaced = store.replace_session(&former, &hash, change).await;
            replaced.unwrap().then_some(number)
        }
    });
    let won: Vec<u8> = join_all(changes).await.into_iter().flatten().collect();
    let [number] = won[..] else { panic!("{won:?}") };
    assert_eq!(store.find_session(&[1; 32]).await.unwrap(), None);
    let found = store.find_session(&[number; 32]).await.unwrap().unwrap();
    assert_eq!(found.session_id, session(1, JANE).session_id);
    assert_eq!(found.organization_id, Some(OTHER));
    assert_eq!(found.bypass_reason.as_deref(), Some("moderation"));
    assert_eq!(signed_in(&store, JANE).await, [1]);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_those_that_the_former_one_opens() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let password = |phc: &str| IdentityRow::PutPassword {
        user_id: JANE,
        phc: phc.to_owned(),
    };
    apply(&store, "first", vec![password("one")]).await;
    let former = store.password(JANE).await.unwrap().unwrap();
    for number in 1..=3 {
        let mut opening = session(number, JANE);
        opening.password_set_at = Some(former.set_at);
        assert!(store.open_session(&opening).await.unwrap());
    }
    store.open_session(&session(4, JOHN)).await.unwrap();
    let ending = IdentityRow::EndSessions {
        user_id: JANE,
        except: Some(session(2, JANE).session_id),
    };
    apply(&store, "second", vec![password("two"), ending]).await;
    assert_eq!(signed_in(&store, JANE).await, [2]);
    assert_eq!(signed_in(&store, JOHN).await, [4]);
    let mut late = session(5, JANE);
    late.password_set_at = Some(former.set_at);
    assert!(!store.open_session(&late).await.unwrap());
    late.password_set_at = Some(store.password(JANE).await.unwrap().unwrap().set_at);
    assert!(store.open_session(&late).await.unwrap());

    let erasing = vec![
        IdentityRow::DeletePassword { user_id: JANE },
        IdentityRow::EndSessions {
            user_id: JANE,
            except: None,
        },
    ];
    apply(&store, "erase", erasing).await;
    assert_eq!(signed_in(&store, JANE).await, [0; 0]);
    assert!(store.password(JANE).await.unwrap().is_none());
    assert!(!format!("{former:?}").contains("one"));
}

/// Whichever comes first, no session that the former password opened is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_opened_while_the_password_changes_does_not_outlive_it() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let changing = |round: u8| {
        let password = IdentityRow::PutPassword {
            user_id: JANE,
            phc: format!("phc {round}"),
        };
        let ending = IdentityRow::EndSessions {
            user_id: JANE,
            except: None,
        };
        vec![password, ending]
    };
    apply(&store, "first", changing(0)).await;
    for round in 1..=20_u8 {
        let former = store.password(JANE).await.unwrap().unwrap();
        let opening = (0..8_u8).map(|number| {
            let mut session = session(round * 8 + number, JANE);
            session.password_set_at = Some(former.set_at);
            let store = store.clone();
            async move { store.open_session(&session).await.unwrap() }
        });
        let key = format!("change {round}");
        tokio::join!(join_all(opening), apply(&store, &key, changing(round)));
        assert_eq!(signed_in(&store, JANE).await, [0; 0], "round {round}");
    }
}

#[tokio::test]
async fn whoever_leaves_an_organization_acts_there_no_more() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let mut elsewhere = session(2, JANE);
    elsewhere.organization_id = Some(OTHER);
    let mut bypassing = session(4, JANE);
    bypassing.bypass_reason = Some("moderation".to_owned());
    for opening in [session(1, JANE), elsewhere, session(3, JOHN), bypassing] {
        store.open_session(&opening).await.unwrap();
    }
    let rows = [(1, JANE, ACME), (2, JANE, OTHER), (3, JOHN, ACME)]
        .map(|(n, user, tenant)| putting(&token(TokenKind::Personal(user), n, tenant), n));
    apply(&store, "put", rows.to_vec()).await;
    let leaving = IdentityRow::LeaveOrganization {
        user_id: JANE,
        organization_id: ACME,
    };
    apply(&store, "leave", vec![leaving]).await;
    let active = async |number: u8| {
        let session = store.find_session(&[number; 32]).await.unwrap().unwrap();
        (session.organization_id, session.bypass_reason)
    };
    assert_eq!(active(1).await, (None, None));
    assert_eq!(active(2).await, (Some(OTHER), None));
    assert_eq!(active(3).await, (Some(ACME), None));
    assert_eq!(active(4).await, (None, None));
    // Only a session that acts nowhere enters, and only its holder's.
    let entering = [(1, JANE), (2, JANE), (4, JOHN)].map(|(number, user_id)| {
        let session_id = session(number, JANE).session_id;
        IdentityRow::EnterOrganization {
            session_id,
            user_id,
        }
    });
    apply(&store, "enter", entering.to_vec()).await;
    assert_eq!(active(1).await, (Some(ACME), None));
    assert_eq!(active(2).await, (Some(OTHER), None));
    assert_eq!(active(4).await, (None, None));
    assert!(!works(&store, 1).await && works(&store, 2).await && works(&store, 3).await);
}
