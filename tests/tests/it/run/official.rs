//! The official AG-UI clients, with their own verification on.

use cinatra_tests::Service;
use cinatra_tests::ag_ui::{CLIENTS, Clients, UNKNOWN, agent};
use cinatra_tests::relay::Relay;

use super::serving;

#[tokio::test(flavor = "multi_thread")]
async fn the_official_clients_run_are_interrupted_answer_and_finish_and_find_what_is_not_of_the_standard()
 {
    let clients = Clients::find().unwrap();
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (served, ada) = serving(&allowed, &[agent(&service.url()).unwrap()]).await;
    let planted = Relay::planting(&served.url(), UNKNOWN).await.unwrap();
    for name in CLIENTS {
        // By way of a relay too, so that what it plants is all that differs.
        let clean = Relay::before(&served.url()).await.unwrap();
        let verdict = clients.run(name, clean.url(), &ada.client).await.unwrap();
        assert!(verdict.passed, "{}", verdict.text);
        let found = clients.run(name, planted.url(), &ada.client).await.unwrap();
        assert!(found.finds_the_unknown(), "{}", found.text);
    }
}
