//! Who calls: everybody whom the rules tell apart, as they come over the public interface.

use std::collections::BTreeMap;

use cinatra_tests::people::{self, Person, done, sign_in, sign_up};
use cinatra_tests::served::Served;
use serde_json::json;

/// A caller. Who they are stands at the head of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    Nobody,
    Nils,
    Sue,
    Mia,
    Rex,
    Tess,
    Tina,
    Cora,
    Otto,
    Pam,
    Ada,
    Pia,
    Paul,
    Program,
    Narrow,
    /// A token of Ada, narrowed to the one permission that the row names.
    Key,
}

impl Who {
    /// The columns of the table.
    pub(super) const ALL: [Self; 15] = [
        Self::Nobody,
        Self::Nils,
        Self::Sue,
        Self::Mia,
        Self::Rex,
        Self::Tess,
        Self::Tina,
        Self::Cora,
        Self::Otto,
        Self::Pam,
        Self::Ada,
        Self::Pia,
        Self::Paul,
        Self::Program,
        Self::Narrow,
    ];

    /// As the table calls them.
    pub(super) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    pub(super) fn parse(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|who| who.name() == name);
        found.unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// Whether they are a person with a whole credential.
    pub(super) fn is_whole_person(self) -> bool {
        !matches!(
            self,
            Self::Nobody | Self::Program | Self::Narrow | Self::Key
        )
    }

    /// Who owns the organization that they act in.
    pub(super) fn owner(self) -> Self {
        match self {
            Self::Sue => Self::Sue,
            Self::Pia => Self::Pia,
            Self::Nobody
            | Self::Nils
            | Self::Mia
            | Self::Rex
            | Self::Tess
            | Self::Tina
            | Self::Cora
            | Self::Otto
            | Self::Pam
            | Self::Ada
            | Self::Paul
            | Self::Program
            | Self::Narrow
            | Self::Key => Self::Ada,
        }
    }
}

/// Everybody.
#[derive(Debug)]
pub(super) struct Cast {
    callers: BTreeMap<Who, Caller>,
    keys: BTreeMap<String, String>,
    /// Secret of an invitation that went to each person.
    invited: BTreeMap<Who, String>,
    /// Default organization.
    pub(super) organization: String,
    /// A plain member to whom things are done.
    pub(super) vic: String,
    /// Somebody to whom things are done who belongs nowhere.
    pub(super) vera: String,
}

#[derive(Debug)]
struct Caller {
    token: String,
    user_id: Option<String>,
    email: Option<String>,
}

impl From<&Person> for Caller {
    fn from(person: &Person) -> Self {
        Self {
            token: person.client.token().to_owned(),
            user_id: Some(person.user_id.clone()),
            email: Some(person.email.clone()),
        }
    }
}

impl Caller {
    fn with(token: &str, user_id: Option<&str>) -> Self {
        Self {
            token: token.to_owned(),
            user_id: user_id.map(str::to_owned),
            email: None,
        }
    }
}

impl Cast {
    /// Brings everybody. `keys` are the permissions that the table names.
    pub(super) async fn assemble(served: &Served, keys: impl Iterator<Item = &str>) -> Self {
        let (url, home) = (served.url(), served.home());
        let ada = served.first().await.unwrap();
        let me = done(&ada.client, "users_me", &json!({})).await.unwrap();
        let organization = me["activeOrganizationId"].as_str().unwrap().to_owned();
        let mut persons = BTreeMap::new();
        let of_ours = [
            (Who::Mia, "member"),
            (Who::Rex, "member"),
            (Who::Tess, "member"),
            (Who::Tina, "member"),
            (Who::Cora, "member"),
            (Who::Otto, "admin"),
            (Who::Pam, "member"),
        ];
        for (who, role) in of_ours {
            let person = ada.bring(home, &who.name(), role).await.unwrap();
            persons.insert(who, person);
        }
        for who in [Who::Nils, Who::Sue, Who::Pia, Who::Paul] {
            persons.insert(who, sign_up(&url, &who.name()).await.unwrap());
        }
        for who in [Who::Pam, Who::Pia, Who::Paul] {
            let user_id = &persons[&who].user_id;
            let input = json!({ "userId": user_id, "role": "admin" });
            let appoint = "permissions_users_update_platform_role";
            done(&ada.client, appoint, &input).await.unwrap();
            // What somebody may do changed, so they were signed out.
            let again = sign_in(&url, &people::address(&who.name())).await.unwrap();
            persons.insert(who, again);
        }
        found_elsewhere(served, &ada, persons.get_mut(&Who::Sue).unwrap()).await;
        persons
            .get_mut(&Who::Pia)
            .unwrap()
            .found("pias")
            .await
            .unwrap();
        enter(persons.get_mut(&Who::Paul).unwrap(), &organization).await;
        persons.insert(Who::Ada, ada.clone());
        let invited = invite_everybody(served, &ada, &persons).await;
        let vic = ada.bring(home, "Vic", "member").await.unwrap().user_id;
        let vera = sign_up(&url, "Vera").await.unwrap().user_id;
        let mut callers: BTreeMap<Who, Caller> = persons
            .iter()
            .map(|(who, person)| (*who, Caller::from(person)))
            .collect();
        callers.insert(Who::Nobody, Caller::with("", None));
        callers.insert(Who::Program, Caller::with(&program(&ada).await, None));
        let narrow = narrowed(&ada, "project.read").await;
        callers.insert(Who::Narrow, Caller::with(&narrow, Some(&ada.user_id)));
        let mut of_keys = BTreeMap::new();
        for key in keys {
            if !of_keys.contains_key(key) {
                of_keys.insert(key.to_owned(), narrowed(&ada, key).await);
            }
        }
        Self {
            callers,
            keys: of_keys,
            invited,
            organization,
            vic,
            vera,
        }
    }

    /// Somebody's credential; empty for nobody.
    pub(super) fn token(&self, who: Who, key: Option<&str>) -> &str {
        match (who, key) {
            (Who::Key, Some(key)) => &self.keys[key],
            (who, _) => &self.callers[&who].token,
        }
    }

    /// Whose credential it is, for programs and nobody an id that is nobody's.
    pub(super) fn user_id(&self, who: Who) -> &str {
        let who = if who == Who::Key { Who::Ada } else { who };
        self.callers[&who]
            .user_id
            .as_deref()
            .unwrap_or(super::UNKNOWN)
    }

    /// Where a person is reached.
    pub(super) fn email(&self, who: Who) -> &str {
        self.callers[&who].email.as_deref().unwrap()
    }

    /// Secret of an invitation: one's own, or Mia's for who is no person.
    pub(super) fn invitation(&self, who: Who) -> &str {
        let own = self.invited.get(&who);
        own.unwrap_or(&self.invited[&Who::Mia])
    }
}

/// Lets Sue own an organization alone.
async fn found_elsewhere(served: &Served, ada: &Person, sue: &mut Person) {
    let mut abroad = sign_in(&served.url(), &ada.email).await.unwrap();
    abroad.found("elsewhere").await.unwrap();
    abroad.bring_in(served.home(), sue, "owner").await.unwrap();
    let left = done(&abroad.client, "organizations_leave", &json!({})).await;
    left.unwrap();
}

/// Lets an administrator of the instance act in an organization that is not theirs.
async fn enter(person: &mut Person, organization: &str) {
    let input = json!({ "organizationId": organization, "bypassReason": "incident_response" });
    let select = "sessions_select_organization";
    let entered = done(&person.client, select, &input).await.unwrap();
    let token = entered["sessionToken"].as_str().unwrap();
    person.client = cinatra_tests::Client::new(person.client.url(), token).unwrap();
}

/// Lets an organization that none of them belongs to invite them all.
async fn invite_everybody(
    served: &Served,
    ada: &Person,
    persons: &BTreeMap<Who, Person>,
) -> BTreeMap<Who, String> {
    let mut host = sign_in(&served.url(), &ada.email).await.unwrap();
    host.found("harbour").await.unwrap();
    let sam = host.bring(served.home(), "Sam", "owner").await.unwrap();
    let left = done(&host.client, "organizations_leave", &json!({})).await;
    left.unwrap();
    let mut invited = BTreeMap::new();
    for (who, person) in persons {
        let input = json!({ "email": person.email, "role": "member" });
        let invite = "permissions_members_invite";
        done(&sam.client, invite, &input).await.unwrap();
        let accept = "invitations_accept";
        let secret = people::secret_of_mail(served.home(), &person.email, accept);
        invited.insert(*who, secret.await.unwrap());
    }
    invited
}

/// A service account with all the permissions that one can have.
async fn program(ada: &Person) -> String {
    let input = json!({ "name": "Program", "scopes": ["agent.execute", "run.read"] });
    let created = done(&ada.client, "service_accounts_create", &input).await;
    created.unwrap()["secret"].as_str().unwrap().to_owned()
}

/// A token that is narrowed to one permission.
async fn narrowed(person: &Person, permission: &str) -> String {
    let input = json!({ "label": permission, "scopes": [permission] });
    let created = done(&person.client, "tokens_create", &input).await;
    created.unwrap()["token"].as_str().unwrap().to_owned()
}
