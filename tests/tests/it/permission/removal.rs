//! With a package goes everything that was granted on it, and none of it waits for the package to come back.

use serde_json::json;

use super::{ALL_BUT_MANAGE, SKILLS, USE, and, equipped, may, the_package, the_skill};
use crate::extension::{done, package};

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_is_installed_again_starts_without_what_was_granted_on_it() {
    let town = equipped().await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    let (whole, skill) = (
        the_package(town.tenant),
        the_skill(town.tenant, "sort-mail"),
    );
    let mut force = package(SKILLS, "1.0.0");
    force["confirmDestructive"] = json!(true);
    for (remove, input) in [
        ("extensions_uninstall", package(SKILLS, "1.0.0")),
        ("extensions_force_delete", force),
    ] {
        for resource in [&whole, &skill] {
            let hers = and(resource, &json!({ "userId": mia.user_id }));
            done(ada, "permissions_co_owners_grant", &hers).await;
            let policy = and(resource, &json!({ "read": "owner", "execute": "owner" }));
            done(ada, "permissions_policies_set", &policy).await;
            assert_eq!(may(&mia.client, resource).await, ALL_BUT_MANAGE);
        }
        let before = town.count("permission.deleted.v1").await;
        done(ada, remove, &input).await;
        assert_eq!(
            town.count("permission.deleted.v1").await,
            before + 2,
            "{remove}"
        );
        for resource in [&whole, &skill] {
            assert_eq!(may(&mia.client, resource).await, None, "{remove}");
            assert_eq!(may(ada, resource).await, None, "{remove}");
        }
        done(ada, "extensions_install", &package(SKILLS, "1.0.0")).await;
        for resource in [&whole, &skill] {
            assert_eq!(may(&mia.client, resource).await, USE, "{remove}");
            let rows = town
                .items(ada, "permissions_co_owners_list", resource)
                .await;
            assert!(rows.is_empty(), "{remove}: {rows:?}");
            let policy = town.read(ada, "permissions_policies_get", resource).await;
            assert_eq!(policy.status, 404, "{remove}: {}", policy.body);
        }
    }
    // Whoever installs it then owns it.
    let adam = town.bring("Adam", "admin").await;
    done(ada, "extensions_uninstall", &package(SKILLS, "1.0.0")).await;
    done(
        &adam.client,
        "extensions_install",
        &package(SKILLS, "1.0.0"),
    )
    .await;
    assert_eq!(may(&adam.client, &skill).await, super::ALL);
    let his = and(&skill, &json!({ "userId": adam.user_id }));
    let implicit = (400, "OWNER_IMPLICIT");
    crate::organization::refuses(ada, "permissions_co_owners_grant", &his, implicit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_package_keeps_what_was_granted_on_it() {
    let town = equipped().await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    let skill = the_skill(town.tenant, "sort-mail");
    let policy = and(&skill, &json!({ "read": "owner", "execute": "owner" }));
    done(ada, "permissions_policies_set", &policy).await;
    done(ada, "extensions_archive", &package(SKILLS, "1.0.0")).await;
    assert_eq!(may(&mia.client, &skill).await, None);
    done(ada, "extensions_restore", &json!({ "packageName": SKILLS })).await;
    assert_eq!(may(&mia.client, &skill).await, None);
}
