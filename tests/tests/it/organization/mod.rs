//! Organizations over the public interface: how they come to be, who belongs to them, and what goes with whom.

mod bad_input;
mod departure;
mod invitation;
mod life;
mod process;
mod program;
mod race;
mod role_grant;

pub(crate) mod stack;
mod team;
pub(crate) mod world;

use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::{Authority, Recorded};
use cinatra_tests::people::{Person, sign_up};
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client, Packed, Reply};
use serde_json::{Value, json};

use crate::extension::{call, done};

/// A server, and whoever came first: Ada administers the instance and owns its default organization.
pub(crate) struct Town {
    pub(crate) served: Served,
    pub(crate) ada: Person,
    pub(crate) tenant: TenantId,
}

impl Town {
    /// With a registry that holds these packages.
    pub(crate) async fn with(packages: &[Packed]) -> Self {
        let served = Served::with(packages).await.unwrap();
        let ada = served.first().await.unwrap();
        let me = done(&ada.client, "users_me", &json!({})).await;
        let organization = me["activeOrganizationId"].as_str().unwrap();
        Self {
            tenant: organization.parse().unwrap(),
            served,
            ada,
        }
    }

    /// Somebody who belongs to the organization.
    pub(crate) async fn bring(&self, name: &str, role: &str) -> Person {
        let home = self.served.home();
        self.ada.bring(home, name, role).await.unwrap()
    }

    /// Somebody who belongs to no organization.
    pub(crate) async fn stranger(&self, name: &str) -> Person {
        sign_up(&self.served.url(), name).await.unwrap()
    }

    /// An organization of somebody who is not of this one, and its owner.
    pub(crate) async fn elsewhere(&self, name: &str) -> (Person, String) {
        let mut ada = self.again(&self.ada).await;
        let organization = ada.found("elsewhere").await.unwrap();
        let owner = ada.bring(self.served.home(), name, "owner").await.unwrap();
        (owner, organization)
    }

    /// Another session of the same person.
    pub(crate) async fn again(&self, person: &Person) -> Person {
        let url = self.served.url();
        cinatra_tests::people::sign_in(&url, &person.email)
            .await
            .unwrap()
    }

    /// A team of the organization.
    pub(crate) async fn team(&self, slug: &str) -> String {
        let input = json!({ "name": slug, "slug": slug });
        let created = done(&self.ada.client, "teams_create", &input).await;
        created["teamId"].as_str().unwrap().to_owned()
    }

    /// Puts a member into a team.
    pub(crate) async fn join(&self, team: &str, person: &Person, role: &str) {
        let input = json!({ "teamId": team, "userId": person.user_id, "role": role });
        done(&self.ada.client, "team_members_add", &input).await;
    }

    /// Everything that the organization's ledger says.
    pub(crate) async fn ledger(&self) -> Vec<Recorded> {
        self.ledger_of(self.tenant).await
    }

    /// Everything that a ledger says.
    pub(crate) async fn ledger_of(&self, tenant: TenantId) -> Vec<Recorded> {
        let store = self.served.server().store();
        store
            .read_ledger(tenant, Position::START, 100_000)
            .await
            .unwrap()
    }

    /// How many events of a wire name there are.
    pub(crate) async fn count(&self, wire_name: &str) -> usize {
        let ledger = self.ledger().await;
        let such = ledger.iter().filter(|event| event.wire_name == wire_name);
        such.count()
    }

    /// Asks, not before everything is shown that the organization's ledger says by now.
    pub(crate) async fn read(&self, client: &Client, primitive: &str, input: &Value) -> Reply {
        self.read_in(self.tenant, client, primitive, input).await
    }

    /// The same of another organization.
    pub(crate) async fn read_in(
        &self,
        tenant: TenantId,
        client: &Client,
        primitive: &str,
        input: &Value,
    ) -> Reply {
        let head = self.served.server().store().head(tenant).await.unwrap();
        let place = format!("{tenant}:{}", head.unwrap());
        let terms = Call {
            min_pos: Some(&place),
            strict: true,
            ..Call::default()
        };
        client.call(primitive, input, terms).await.unwrap()
    }

    /// The rows of a list, everything shown.
    pub(crate) async fn items(
        &self,
        client: &Client,
        primitive: &str,
        input: &Value,
    ) -> Vec<Value> {
        let reply = self.read(client, primitive, input).await;
        assert_eq!(reply.status, 200, "{primitive} {input}: {}", reply.body);
        reply.body["items"].as_array().unwrap().clone()
    }
}

/// By what right an event stands in a ledger.
pub(crate) fn right(event: &Recorded) -> Authority {
    serde_json::from_str(&event.authority).unwrap()
}

/// The values of one field.
pub(crate) fn column<'v>(rows: &'v [Value], field: &str) -> Vec<&'v str> {
    let values = rows.iter().map(|row| row[field].as_str().unwrap());
    values.collect()
}

/// Calls, and expects this status and code.
#[track_caller]
pub(crate) fn refusal(reply: &Reply, status: u16, code: &str) {
    let outcome = (reply.status, reply.code());
    assert_eq!(outcome, (status, Some(code)), "{}", reply.body);
}

/// Calls, and expects to be refused with this status and code.
pub(crate) async fn refuses(
    client: &Client,
    primitive: &str,
    input: &Value,
    (status, code): (u16, &str),
) {
    let reply = call(client, primitive, input).await;
    let outcome = (reply.status, reply.code());
    let told = format!("{primitive} {input}: {}", reply.body);
    assert_eq!(outcome, (status, Some(code)), "{told}");
}
