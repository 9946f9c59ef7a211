//! What administrators may do with secrets: everything but read them.

use cinatra_commands::secret::{AllSecrets, NamedSecret, SetSecret};

use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;

use super::call::{Reply, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};

/// How the audit names the noun.
const SECRET: &str = "secret";

const SETTINGS: Rule = Rule::Organization(Permission::SettingsUpdate);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![set()?, list()?, delete()?, rotate_keys()?])
}

fn set() -> Result<Primitive, CatalogueError> {
    Declaration::command("secrets_set", SECRET, SETTINGS)
        .told(
            "Keep a secret",
            "Keeps a value under a name, encrypted, in the place of the former one if there is one. No \
            primitive shows it again. registry.default.read-token is the token with which this \
            organization reads the registry.",
        )
        .sensitive()
        .handled_by(async |backend, call, input: SetSecret| {
            done(backend.secrets.set(&call.invocation()?, &input).await)
        })
}

fn list() -> Result<Primitive, CatalogueError> {
    Declaration::query("secrets_list", SECRET, SETTINGS)
        .told(
            "List secrets",
            "Lists the names of this organization's secrets, who stored each first and when it was last \
            set; never a value.",
        )
        .handled_by(async |backend, call, _input: AllSecrets| {
            let listed = backend.secrets.list(call.principal.tenant()).await;
            Ok(Reply::bare(listed.map_err(|error| problem(&error))?))
        })
}

fn delete() -> Result<Primitive, CatalogueError> {
    Declaration::command("secrets_delete", SECRET, SETTINGS)
        .told(
            "Forget a secret",
            "Forgets the value under a name. Nothing happens when there is none.",
        )
        .destructive(true)
        .handled_by(async |backend, call, input: NamedSecret| {
            done(backend.secrets.delete(&call.invocation()?, &input).await)
        })
}

fn rotate_keys() -> Result<Primitive, CatalogueError> {
    Declaration::command("secrets_rotate_keys", SECRET, SETTINGS)
        .told(
            "Rotate the key of secrets",
            "Encrypts every secret of this organization anew under a new data key, at once, and forgets \
            the former key. The values stay as they are.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, _input: AllSecrets| {
            done(backend.secrets.rotate_keys(&call.invocation()?).await)
        })
}
