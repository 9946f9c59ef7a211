//! What somebody may not read is not there for them: not in a list, not by name, not in a history.

use serde_json::{Value, json};

use super::{AGENT, SKILLS, agent, and, input, skills};
use crate::extension::{call, done, package};
use crate::organization::{Town, column};
use cinatra_domain::permission::Resource;
use cinatra_tests::{Client, Package};

const SET: &str = "permissions_policies_set";

fn closed() -> Value {
    json!({ "read": "owner", "execute": "owner" })
}

/// Every page of a list by one column; each but the last is full.
async fn pages(town: &Town, client: &Client, list: &str, field: &str, limit: usize) -> Vec<String> {
    let (mut names, mut input) = (Vec::new(), json!({ "limit": limit }));
    loop {
        let page = town.read(client, list, &input).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let rows = page.body["items"].as_array().unwrap();
        names.extend(column(rows, field).into_iter().map(str::to_owned));
        let Some(cursor) = page.body["nextCursor"].as_str() else {
            return names;
        };
        assert_eq!(rows.len(), limit, "hidden rows do not shorten a page");
        input["cursor"] = json!(cursor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_that_somebody_may_not_read_look_as_if_they_were_not_installed() {
    let names: Vec<String> = (0..9).map(|n| format!("@acme/tool-{n}-agent")).collect();
    let packages: Vec<_> = names.iter().map(|name| agent(name)).collect();
    let town = Town::with(&packages).await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    for (number, name) in names.iter().enumerate() {
        done(ada, "extensions_install", &package(name, "1.0.0")).await;
        if number % 3 != 0 {
            let resource = input(Resource::agent_template(town.tenant, name));
            done(ada, SET, &and(&resource, &closed())).await;
        }
    }
    let open: Vec<_> = names.iter().step_by(3).cloned().collect();
    for limit in [1, 2, 200] {
        let listed = pages(&town, &mia.client, "extensions_list", "packageName", limit).await;
        assert_eq!(listed, open);
        let listed = pages(&town, ada, "extensions_list", "packageName", limit).await;
        assert_eq!(listed, names);
    }
    for (number, name) in names.iter().enumerate() {
        let input = json!({ "packageName": name });
        let expected = if number % 3 == 0 { 200 } else { 404 };
        let unknown = json!({ "packageName": "@acme/random-agent" });
        for primitive in ["extensions_get", "extensions_timeline"] {
            let reply = town.read(&mia.client, primitive, &input).await;
            let nobodys = town.read(&mia.client, primitive, &unknown).await;
            match expected {
                200 => assert_eq!(reply.status, 200, "{}", reply.body),
                _ => assert_eq!((reply.status, reply.body), (nobodys.status, nobodys.body)),
            }
            let reply = town.read(ada, primitive, &input).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
    }
    let found = town
        .items(
            &mia.client,
            "extensions_list",
            &json!({ "query": "tool-4" }),
        )
        .await;
    assert!(found.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visible_package_does_not_name_hidden_ones_that_depend_on_it() {
    let base = Package::skill("@acme/base-skill", "1.0.0");
    let top = Package::skill("@acme/top-skill", "1.0.0").needs("@acme/base-skill", "^1.0.0");
    let packages = [base.pack().unwrap(), top.pack().unwrap()];
    let town = Town::with(&packages).await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    done(
        ada,
        "extensions_install",
        &package("@acme/top-skill", "1.0.0"),
    )
    .await;
    let top = input(Resource::skill_package(town.tenant, "@acme/top-skill"));
    done(ada, SET, &and(&top, &closed())).await;
    let named = json!({ "packageName": "@acme/base-skill" });
    let shown = town.read(&mia.client, "extensions_get", &named).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(
        !shown.body.to_string().contains("top-skill"),
        "{}",
        shown.body
    );
    let listed = town.read(&mia.client, "extensions_list", &json!({})).await;
    assert!(
        !listed.body.to_string().contains("top-skill"),
        "{}",
        listed.body
    );
    let shown = town.read(ada, "extensions_get", &named).await;
    assert!(
        shown.body.to_string().contains("top-skill"),
        "{}",
        shown.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_that_somebody_may_not_read_look_as_if_no_package_brought_them() {
    let names: Vec<String> = (0..7).map(|n| format!("skill-{n}")).collect();
    let every: Vec<_> = names.iter().map(String::as_str).collect();
    let town = Town::with(&[skills(SKILLS, &every), agent(AGENT)]).await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    done(ada, "extensions_install", &package(SKILLS, "1.0.0")).await;
    let skill = |name: &str| Resource::skill(town.tenant, SKILLS, name);
    for name in names.iter().skip(1).step_by(2) {
        done(ada, SET, &and(&input(skill(name)), &closed())).await;
    }
    let open: Vec<_> = names.iter().step_by(2).cloned().collect();
    for limit in [1, 2, 200] {
        let listed = pages(&town, &mia.client, "skills_installed_list", "name", limit).await;
        assert_eq!(listed, open);
        assert_eq!(
            pages(&town, ada, "skills_installed_list", "name", limit).await,
            names
        );
    }
    let unknown = json!({ "skillId": super::UNKNOWN });
    let unknown = call(&mia.client, "skills_installed_get", &unknown).await;
    for (number, name) in names.iter().enumerate() {
        let asked = json!({ "skillId": skill(name).id });
        let reply = town.read(&mia.client, "skills_installed_get", &asked).await;
        if number % 2 == 0 {
            assert_eq!(reply.status, 200, "{}", reply.body);
        } else {
            assert_eq!((reply.status, &reply.body), (404, &unknown.body));
        }
        let reply = town.read(ada, "skills_installed_get", &asked).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    // A closed package closes its skills, but for those that say otherwise.
    let package = input(Resource::skill_package(town.tenant, SKILLS));
    done(ada, SET, &and(&package, &closed())).await;
    let wide = and(&input(skill("skill-0")), &json!({ "read": "org" }));
    done(ada, SET, &wide).await;
    let listed = pages(&town, &mia.client, "skills_installed_list", "name", 2).await;
    assert_eq!(listed, ["skill-0"]);
    let listed = pages(&town, &mia.client, "extensions_list", "packageName", 2).await;
    assert!(listed.is_empty());
}
