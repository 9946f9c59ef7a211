//! What was denied is on record truly: what was lacking, about what, how often, and until the last moment.

use std::sync::Arc;

use cinatra_domain::authority::{AuthorityEvent, Decided, Outcome};
use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::{Authority, EventStore, Options, Recorded, SystemClock};
use cinatra_tests::people::{self, secret_of_next_mail, sign_in};
use cinatra_tests::places::Scratch;
use cinatra_tests::{Client, Database, Node, Start};
use serde_json::json;

use crate::extension::{call, done};
use crate::organization::{Town, refuses, right};

/// Denials of a ledger, oldest first, each with what its envelope says.
fn denials(ledger: &[Recorded]) -> Vec<(Decided, Authority)> {
    let decided = ledger.iter().filter_map(|event| {
        let decided: Option<AuthorityEvent> = event.decode().unwrap();
        let AuthorityEvent::Decided(decided) = decided?;
        (decided.outcome == Outcome::Denied).then(|| (decided, right(event)))
    });
    decided.collect()
}

async fn flush(town: &Town) {
    town.served
        .server()
        .app()
        .backend()
        .authorities
        .flush()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn further_denials_name_what_they_are_about_only_if_it_is_one_thing() {
    let town = Town::with(&[]).await;
    let (mia, nia) = (
        town.bring("Mia", "member").await,
        town.bring("Nia", "member").await,
    );
    let (crew, deck) = (town.team("crew").await, town.team("deck").await);
    let denied = async |client: &Client, team: &str| {
        let input = json!({ "teamId": team });
        refuses(client, "teams_delete", &input, (403, "ADMIN_REQUIRED")).await;
    };
    for team in [&crew, &deck, &deck] {
        denied(&mia.client, team).await;
    }
    for team in [&crew, &deck, &crew] {
        denied(&nia.client, team).await;
    }
    flush(&town).await;
    // What was flushed is told once.
    flush(&town).await;
    let told = denials(&town.ledger().await);
    let mut rows: Vec<_> = told
        .iter()
        .map(|(decided, _)| (decided.resource_id.clone(), decided.count))
        .collect();
    rows.sort();
    let (mut crews, mut expected) = (vec![(Some(crew.clone()), 1), (Some(crew), 1)], vec![]);
    expected.append(&mut crews);
    expected.extend([(Some(deck), 2), (None, 2)]);
    expected.sort();
    assert_eq!(rows, expected);
    for (decided, authority) in told {
        assert_eq!(decided.code.as_deref(), Some("ADMIN_REQUIRED"));
        assert_eq!(authority.permission, "team.delete");
        assert_eq!(authority.via, "denied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lacks_a_session_is_on_record_and_whoever_asks_for_the_metrics() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let token = mia.token().await.unwrap();
    let program = Client::new(town.served.url(), token).unwrap();
    let select = json!({ "organizationId": town.tenant.to_string() });
    let without = [
        ("tokens_create", json!({ "label": "x" })),
        ("sessions_select_organization", select),
        ("sessions_sign_out", json!({})),
    ];
    for (primitive, input) in &without {
        refuses(&program, primitive, input, (403, "SESSION_REQUIRED")).await;
    }
    assert_eq!(mia.client.get("/metrics").await.unwrap().status, 403);
    let told = denials(&town.ledger().await);
    let rows: Vec<_> = told
        .iter()
        .map(|(decided, authority)| {
            let code = decided.code.as_deref().unwrap();
            (
                decided.primitive.as_str(),
                code,
                authority.permission.as_str(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("tokens_create", "SESSION_REQUIRED", "signed_in"),
            (
                "sessions_select_organization",
                "SESSION_REQUIRED",
                "signed_in"
            ),
            ("sessions_sign_out", "SESSION_REQUIRED", "signed_in"),
            ("metrics", "FORBIDDEN", "settings.read"),
        ]
    );
    assert_eq!(told[1].0.resource_id, Some(town.tenant.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_domain_forbids_was_denied() {
    let town = Town::with(&[]).await;
    let (ada, home) = (&town.ada, town.served.home());
    let (mia, nia) = (town.stranger("Mia").await, town.stranger("Nia").await);
    let invite = json!({ "email": mia.email, "role": "member" });
    done(&ada.client, "permissions_members_invite", &invite).await;
    let accept = "invitations_accept";
    let secret = secret_of_next_mail(home, &mia.email, accept, &[]).await;
    let secret = json!({ "token": secret.unwrap() });
    let other = (403, "INVITATION_OTHER_ADDRESSEE");
    refuses(&nia.client, accept, &secret, other).await;
    let list = json!({ "decision": "denied" });
    let rows = town
        .items(&town.ada.client, "audit_events_list", &list)
        .await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0]["metadata"]["code"], "INVITATION_OTHER_ADDRESSEE");
    assert_eq!(rows[0]["metadata"]["outcome"], "denied");
}

#[tokio::test]
async fn a_node_that_is_stopped_leaves_no_denial_uncounted() {
    let home = Scratch::new("denials").unwrap();
    let database = Database::fresh().await.unwrap();
    let node = Node::start(Start::serve(home.path(), &database.url))
        .await
        .unwrap();
    let ada = sign_in(node.url(), &people::address("Ada")).await.unwrap();
    let me = done(&ada.client, "users_me", &json!({})).await;
    let tenant: TenantId = me["activeOrganizationId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mia = ada.bring(home.path(), "Mia", "member").await.unwrap();
    for _ in 0..4 {
        let input = json!({ "name": "x", "slug": "x" });
        assert_eq!(call(&mia.client, "teams_create", &input).await.status, 403);
    }
    node.stop().unwrap();
    let config = database.url.parse().unwrap();
    let store = EventStore::open(config, Arc::new(SystemClock), Options::default());
    let store = store.await.unwrap();
    let ledger = store.read_ledger(tenant, Position::START, 1_000).await;
    let counts = denials(&ledger.unwrap()).into_iter();
    let counts: Vec<u32> = counts.map(|(decided, _)| decided.count).collect();
    assert_eq!(counts, [1, 3]);
}
