//! People who come for one call: whoever is gone or changed afterwards must not be one of the cast.

use std::net::Ipv4Addr;
use std::sync::Arc;

use cinatra_api::primitive::Terms;
use cinatra_api::security::Principal;
use cinatra_commands::session::Origin;
use cinatra_tests::people::{self, PASSWORD};
use serde_json::{Value, json};

use super::cast::Who;
use super::stage::{Stage, id};

/// Somebody who stands in for a caller in a call that takes the caller away.
pub(super) struct Double {
    pub(super) user_id: String,
    pub(super) token: String,
}

/// A session that was opened for one call.
pub(super) struct Spare {
    pub(super) session_id: String,
    pub(super) token: String,
}

impl Stage {
    /// Registers somebody; their address.
    pub(super) async fn register(&self) -> (String, String) {
        let email = people::address(&format!("guest {}", self.next()));
        let input = json!({ "name": "Guest", "email": email, "password": PASSWORD });
        let registered = people::done(&self.nobody, "users_register", &input).await;
        (id(&registered.unwrap(), "userId"), email)
    }

    /// Opens a session. From another address each time: one address has only so many tries.
    pub(super) async fn sign_in(&self, email: &str) -> Spare {
        let address = Ipv4Addr::from(0x0a00_0000 + self.next());
        let terms = Terms {
            origin: Origin {
                address: Some(address.into()),
                user_agent: None,
            },
            ..Terms::default()
        };
        let app = self.served.server().app();
        let input = json!({ "email": email, "password": PASSWORD });
        let nobody = Arc::new(Principal::anonymous());
        let reply = app
            .call("sessions_sign_in", nobody, terms, input)
            .await
            .unwrap();
        let entered: Value = serde_json::from_slice(&reply.output).unwrap();
        Spare {
            session_id: id(&entered, "sessionId"),
            token: id(&entered, "sessionToken"),
        }
    }

    /// Somebody new who is in the organization what a caller is; with a token narrowed as theirs is.
    pub(super) async fn double(&self, who: Who, key: Option<&str>) -> Double {
        let (user_id, email) = self.register().await;
        let mut token = self.sign_in(&email).await.token;
        let role = match who {
            Who::Mia | Who::Rex | Who::Tess | Who::Tina | Who::Cora | Who::Pam => Some("member"),
            Who::Otto => Some("admin"),
            Who::Sue | Who::Ada | Who::Pia | Who::Narrow | Who::Key => Some("owner"),
            Who::Nobody | Who::Nils | Who::Paul | Who::Program => None,
        };
        if let Some(role) = role {
            token = self.join(who.owner(), &email, &token, role).await;
        }
        let scope = if who == Who::Narrow {
            Some("project.read")
        } else {
            key.filter(|_| who == Who::Key)
        };
        if let Some(scope) = scope {
            let input = json!({ "label": "double", "scopes": [scope] });
            let created = people::done(&self.client(&token), "tokens_create", &input).await;
            token = id(&created.unwrap(), "token");
        }
        Double { user_id, token }
    }

    /// Somebody new who belongs to our organization.
    pub(super) async fn member(&self) -> String {
        self.double(Who::Mia, None).await.user_id
    }

    /// Somebody new whom somebody invited, and the secret that they got.
    pub(super) async fn guest_of(&self, host: Who) -> (String, String) {
        let (_, email) = self.register().await;
        let token = self.sign_in(&email).await.token;
        (token, self.invite(host, &email, "member").await)
    }

    /// Somebody new who administers the instance and belongs nowhere.
    pub(super) async fn administrator(&self) -> String {
        let (user_id, email) = self.register().await;
        let input = json!({ "userId": user_id, "role": "admin" });
        let appoint = "permissions_users_update_platform_role";
        self.ada(appoint, &input).await;
        self.sign_in(&email).await.token
    }

    /// Invites somebody; the secret of the mail.
    async fn invite(&self, host: Who, email: &str, role: &str) -> String {
        let input = json!({ "email": email, "role": role });
        self.done(host, "permissions_members_invite", &input).await;
        let secret = people::secret_of_mail(self.served.home(), email, "invitations_accept");
        secret.await.unwrap()
    }

    /// Lets somebody follow an invitation; their new credential, which acts there.
    async fn join(&self, host: Who, email: &str, token: &str, role: &str) -> String {
        let input = json!({ "token": self.invite(host, email, role).await });
        let guest = self.client(token);
        let accepted = people::done(&guest, "invitations_accept", &input)
            .await
            .unwrap();
        let input = json!({ "organizationId": accepted["organizationId"] });
        let selected = people::done(&guest, "sessions_select_organization", &input).await;
        id(&selected.unwrap(), "sessionToken")
    }
}
