//! What callers send to sign in, choose an organization, and make tokens.

use cinatra_domain::authority::BypassReason;
use cinatra_domain::kernel::{Label, SessionId, TenantId, TokenId};
use cinatra_domain::permission::Permission;
use cinatra_domain::user::EmailAddress;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Error;
use crate::credential::Password;
use crate::hidden::hidden;
use crate::user::input::email;

/// Most scopes of one token.
const SCOPES_MAX: usize = 200;

/// Sign in.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// The address that the person registered with.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// The password.
    #[schemars(with = "String", length(max = 1024))]
    pub password: Password,
}

/// A session.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedSession {
    /// Which.
    #[schemars(length(max = 36))]
    pub session_id: String,
}

/// Act in an organization from now on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelectOrganization {
    /// In which: one that the person belongs to.
    #[schemars(length(max = 36))]
    pub organization_id: String,
    /// Why an administrator of the instance acts in an organization that is not theirs: that, and everything done
    /// there, is on record in it.
    pub bypass_reason: Option<BypassReason>,
}

/// Make a token for programs, which acts in the session's organization.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for.
    #[schemars(length(min = 1, max = 255))]
    pub label: String,
    /// Permissions that it is narrowed to; absent for everything that the person may do.
    #[schemars(length(max = 200), inner(length(max = 100)))]
    pub scopes: Option<Vec<String>>,
    /// Days until it ends; absent for never.
    #[schemars(range(min = 1, max = 3650))]
    pub expires_in_days: Option<u16>,
}

/// A token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedToken {
    /// Which.
    #[schemars(length(max = 36))]
    pub token_id: String,
}

impl SignIn {
    pub(super) fn parse(&self) -> Result<EmailAddress, Error> {
        email(&self.email)
    }
}

impl NamedSession {
    pub(super) fn parse(&self) -> Result<SessionId, Error> {
        let parsed = self.session_id.parse();
        parsed.map_err(|_| Error::invalid("sessionId", "is not a UUID"))
    }
}

impl SelectOrganization {
    pub(super) fn parse(&self) -> Result<TenantId, Error> {
        match self.organization_id.parse() {
            Ok(TenantId::SYSTEM) | Err(_) => Err(Error::invalid(
                "organizationId",
                "is not the id of an organization",
            )),
            Ok(organization) => Ok(organization),
        }
    }
}

impl CreateToken {
    pub(super) fn parse(&self) -> Result<(Label, Option<Vec<String>>), Error> {
        let label = Label::parse(&self.label);
        let label = label.map_err(|invalid| Error::invalid("label", invalid.reason))?;
        Ok((label, self.scopes.as_deref().map(scopes).transpose()?))
    }
}

impl NamedToken {
    pub(super) fn parse(&self) -> Result<TokenId, Error> {
        let parsed = self.token_id.parse();
        parsed.map_err(|_| Error::invalid("tokenId", "is not a UUID"))
    }
}

/// Permissions that a credential is narrowed to, as callers write them.
pub(crate) fn scopes(texts: &[String]) -> Result<Vec<String>, Error> {
    if texts.len() > SCOPES_MAX {
        return Err(Error::invalid("scopes", "has more than 200 entries"));
    }
    let mut scopes = Vec::with_capacity(texts.len());
    for text in texts {
        let Some(permission) = Permission::parse(text) else {
            return Err(Error::invalid(
                "scopes",
                "names a permission that does not exist",
            ));
        };
        scopes.push(permission.as_str().to_owned());
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

hidden!(SignIn, CreateToken);
