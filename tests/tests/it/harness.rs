//! The harness itself works.

use cinatra_tests::registry::{Scripted, honest};
use cinatra_tests::{Package, Verdaccio, web};
use std::time::Duration;

async fn get(url: impl reqwest::IntoUrl) -> reqwest::Result<reqwest::Response> {
    web::client(Duration::from_secs(20))
        .unwrap()
        .get(url)
        .send()
        .await
}

#[tokio::test]
async fn verdaccio_takes_a_scoped_package_and_serves_it() {
    let registry = Verdaccio::start().await.unwrap();
    let packed = Package::skill("@acme/hello-skill", "1.0.0").pack().unwrap();
    registry.publish(&packed).await.unwrap();
    let url = format!("{}/@acme%2fhello-skill", registry.url());
    let packument: serde_json::Value = get(url).await.unwrap().json().await.unwrap();
    let dist = &packument["versions"]["1.0.0"]["dist"];
    assert_eq!(dist["integrity"], packed.integrity.as_str());
    let tarball = get(dist["tarball"].as_str().unwrap())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(tarball, packed.tarball);
}

#[tokio::test]
async fn verdaccio_can_be_closed_to_strangers() {
    let registry = Verdaccio::with_access("$authenticated").await.unwrap();
    let packed = Package::skill("@acme/hello-skill", "1.0.0").pack().unwrap();
    assert!(registry.publish(&packed).await.is_err());
    let token = registry.create_user("robot").await.unwrap();
    registry.publish_as(&packed, Some(&token)).await.unwrap();
    let url = format!("{}/@acme%2fhello-skill", registry.url());
    assert_eq!(get(url).await.unwrap().status().as_u16(), 401);
}

#[tokio::test]
async fn the_scripted_registry_serves_what_it_is_told() {
    let packed = Package::skill("@acme/hello-skill", "1.0.0").pack().unwrap();
    let registry = Scripted::start(|base| honest(base, &[packed]))
        .await
        .unwrap();
    let url = format!("{}/@acme%2fhello-skill", registry.url());
    let packument: serde_json::Value = get(url).await.unwrap().json().await.unwrap();
    assert_eq!(packument["dist-tags"]["latest"], "1.0.0");
}
