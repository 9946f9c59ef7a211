//! What callers send about persons, and how it becomes values of the domain.

use cinatra_domain::kernel::{Label, UserId};
use cinatra_domain::user::{EmailAddress, PlatformRole};
use schemars::JsonSchema;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::Error;
use crate::credential::{Password, Token, TokenKind};
use crate::hidden::hidden;

/// Somebody comes to this instance.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterUser {
    /// What they are called.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Where they are reached: a mail to it proves that it is theirs.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// At least 12 characters.
    #[schemars(with = "String", length(min = 12, max = 1024))]
    pub password: Password,
}

/// The secret of a mail that asks to prove an address.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyEmail {
    /// The secret, as it stands in the mail.
    #[schemars(length(min = 1, max = 100))]
    pub token: String,
}

/// Be called otherwise.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateUser {
    /// From now on.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// Sign in with another password from now on.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetPassword {
    /// The present one.
    #[schemars(with = "String", length(max = 1024))]
    pub current_password: Password,
    /// At least 12 characters.
    #[schemars(with = "String", length(min = 12, max = 1024))]
    pub new_password: Password,
}

/// A person.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedUser {
    /// Which.
    #[schemars(length(max = 36))]
    pub user_id: String,
}

/// What a person may do on the instance.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdatePlatformRole {
    /// Who.
    #[schemars(length(max = 36))]
    pub user_id: String,
    /// From now on.
    pub role: PlatformRole,
}

/// Everything that tells who a person was is to go, for ever.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EraseUser {
    /// Who.
    #[schemars(length(max = 36))]
    pub user_id: String,
    /// Must be true.
    #[schemars(extend("const" = true))]
    pub confirm_destructive: bool,
}

impl RegisterUser {
    pub(super) fn parse(&self) -> Result<(Label, EmailAddress), Error> {
        self.password.check_new("password")?;
        let name = Label::parse(&self.name);
        let name = name.map_err(|invalid| Error::invalid("name", invalid.reason))?;
        Ok((name, email(&self.email)?))
    }
}

impl VerifyEmail {
    pub(super) fn parse(&self) -> Result<Token, Error> {
        challenge(&self.token)
    }
}

impl UpdateUser {
    pub(super) fn parse(&self) -> Result<Label, Error> {
        Label::parse(&self.name).map_err(|invalid| Error::invalid("name", invalid.reason))
    }
}

impl NamedUser {
    pub(super) fn parse(&self) -> Result<UserId, Error> {
        user_id(&self.user_id)
    }
}

impl UpdatePlatformRole {
    pub(super) fn parse(&self) -> Result<UserId, Error> {
        user_id(&self.user_id)
    }
}

impl EraseUser {
    pub(super) fn parse(&self) -> Result<UserId, Error> {
        if !self.confirm_destructive {
            return Err(Error::invalid("confirmDestructive", "is not true"));
        }
        user_id(&self.user_id)
    }
}

/// A person's id, as callers write it.
pub(crate) fn user_id(text: &str) -> Result<UserId, Error> {
    let parsed = text.parse();
    parsed.map_err(|_| Error::invalid("userId", "is not a UUID"))
}

/// An address, as callers write it.
pub(crate) fn email(text: &str) -> Result<EmailAddress, Error> {
    // Order: lower case first, which can take a letter apart.
    let text: String = text.to_lowercase().nfc().collect();
    EmailAddress::parse(&text).map_err(|invalid| Error::invalid("email", invalid.reason))
}

/// A mailed secret, as callers write it.
pub(crate) fn challenge(text: &str) -> Result<Token, Error> {
    match Token::parse(text.trim()) {
        Ok(token) if token.kind() == TokenKind::Challenge => Ok(token),
        Ok(_) | Err(_) => Err(Error::ChallengeUnknown),
    }
}

hidden!(RegisterUser, VerifyEmail, UpdateUser, SetPassword);

#[cfg(test)]
mod tests {
    use super::email;

    #[test]
    fn one_address_is_one_address_however_its_letters_are_put_together() {
        let composed = email("Jos\u{e9}@x.test").unwrap();
        let decomposed = email("JOSE\u{301}@x.test").unwrap();
        assert_eq!(composed.as_str(), decomposed.as_str());
        assert!(email("a\u{200b}@x.test").is_err());
    }
}
