//! What a project shows of its runs, and what is left of where they were.

use cinatra_tests::places::Scratch;
use cinatra_tests::{Database, people};
use serde_json::{Value, json};

use super::{HIDDEN, UNKNOWN, found, moved, node, over, room, share, told, town};
use crate::cli::out;
use crate::extension::{call, done, package, refused};
use crate::run::AGENT;
use crate::session::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_looked_into_by_whoever_may_and_shows_what_its_runs_let_them_see() {
    let town = town().await;
    let (ada, mia) = (&town.ada.client, town.bring("Mia", "member").await);
    let max = town.bring("Max", "member").await;
    let study = room(&town.ada, "private").await;
    let inside = json!({ "projectId": study });
    share(ada, &study, &mia, "admin").await;
    let (run, other) = (over(ada, Some(&study)).await, over(ada, Some(&study)).await);

    // Not even whoever administers the project is shown a run by that.
    assert_eq!(
        found(&town, &mia.client, &inside).await,
        Vec::<String>::new()
    );
    let seen = json!({ "runId": run });
    assert_eq!(refused(&mia.client, "agent_run_get", &seen).await.0, 404);
    let open = json!({ "resourceKind": "agent_run", "resourceId": run,
        "read": format!("project:{study}") });
    done(ada, "permissions_policies_set", &open).await;
    let shown = found(&town, &mia.client, &inside).await;
    assert_eq!(shown, std::slice::from_ref(&run));
    done(&mia.client, "agent_run_get", &seen).await;
    assert_eq!(found(&town, ada, &inside).await, [other, run.clone()]);

    let closed = call(&max.client, "agent_run_list", &inside).await;
    assert_eq!(told(&closed), HIDDEN);
    let nothing = json!({ "projectId": UNKNOWN });
    assert_eq!(
        closed.body,
        call(&max.client, "agent_run_list", &nothing).await.body
    );
    assert_eq!(refused(&max.client, "agent_run_get", &seen).await.0, 404);
    // Who is out of the project is out of its runs; who owns one still sees it, outside of any list of the project.
    let revoke =
        json!({ "projectId": study, "principalLevel": "user", "principalId": mia.user_id });
    share(ada, &study, &mia, "write").await;
    let hers = over(&mia.client, Some(&study)).await;
    done(ada, "project_access_revoke", &revoke).await;
    assert_eq!(refused(&mia.client, "agent_run_list", &inside).await.0, 404);
    assert_eq!(refused(&mia.client, "agent_run_get", &seen).await.0, 404);
    assert_eq!(found(&town, &mia.client, &json!({})).await, [hers]);
    assert_eq!(
        refused(ada, "agent_run_list", &json!({ "projectId": "x" }))
            .await
            .0,
        400
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_finds_every_run_where_it_was_moved_and_an_erasure_what_was_said_of_it() {
    const WHY: &str = "canary-7b1e";
    let home = Scratch::new("moved").unwrap();
    let database = Database::fresh().await.unwrap();
    let node = node(&home, &database).await;
    let ada = people::sign_in(node.url(), &people::address("Ada"))
        .await
        .unwrap();
    done(&ada.client, "extensions_install", &package(AGENT, "1.0.0")).await;
    let bob = ada.bring(home.path(), "Bob", "member").await.unwrap();
    let (study, attic) = (room(&ada, "private").await, room(&ada, "private").await);
    share(&ada.client, &study, &bob, "write").await;
    let runs = [
        over(&ada.client, Some(&study)).await,
        over(&ada.client, Some(&study)).await,
        over(&ada.client, None).await,
    ];
    assert_eq!(moved(&ada.client, &runs[0], Some(&attic)).await.status, 200);
    assert_eq!(moved(&ada.client, &runs[1], None).await.status, 200);
    assert_eq!(moved(&ada.client, &runs[1], Some(&attic)).await.status, 200);
    // Bob says why he brings Ada's run into the study.
    let grant =
        json!({ "resourceKind": "agent_run", "resourceId": runs[2], "userId": bob.user_id });
    done(&ada.client, "permissions_co_owners_grant", &grant).await;
    let why = json!({ "runId": runs[2], "projectId": study, "reason": WHY });
    done(&bob.client, "agent_run_update", &why).await;
    let listed = async || {
        let reply = done(&ada.client, "agent_run_list", &json!({})).await;
        let items = reply["items"].as_array().unwrap().clone();
        let place = |run: &Value| (run["runId"].clone(), run["projectId"].clone());
        items.iter().map(place).collect::<Vec<_>>()
    };
    let expected = [(&runs[2], &study), (&runs[1], &attic), (&runs[0], &attic)];
    let expected = expected.map(|(run, project)| (json!(run), json!(project)));
    eventually("they are where they were moved", async || {
        (listed().await == expected).then_some(())
    })
    .await;
    let rebuild = || {
        let output = node
            .start_again()
            .run(&["replay", "rebuild", "run_list"])
            .unwrap();
        assert!(output.status.success(), "{}", out(&output));
        assert!(!out(&output).contains("DIFFERS"), "{}", out(&output));
    };
    rebuild();
    assert_eq!(listed().await, expected);

    let superuser = database.superuser().await.unwrap();
    let canary = crate::columns::Canary::new(WHY);
    let shown = async || {
        let columns = crate::columns::columns(&superuser).await.into_iter();
        columns.filter(|(_, text)| canary.is_in(text)).count()
    };
    assert!(shown().await > 0);
    let gone = json!({ "userId": bob.user_id, "confirmDestructive": true });
    done(&bob.client, "users_erase", &gone).await;
    eventually("what he said is nowhere", async || {
        (shown().await == 0).then_some(())
    })
    .await;
    rebuild();
    assert_eq!(listed().await, expected[1..]);
}
