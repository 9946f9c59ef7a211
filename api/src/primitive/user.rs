//! What anybody may ask about persons.

use super::input::Nothing;
use cinatra_commands::user::{
    EraseUser, NamedUser, RegisterUser, SetPassword, UpdatePlatformRole, UpdateUser, VerifyEmail,
};
use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;

use super::call::{Reply, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};

/// How the audit names the noun.
const USER: &str = "user";
const INSTANCE_ADMIN: Rule = Rule::Platform(Permission::SettingsUpdate);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        register()?,
        verify_email()?,
        me()?,
        update()?,
        set_password()?,
        update_platform_role()?,
        ban()?,
        unban()?,
        erase()?,
    ])
}

fn register() -> Result<Primitive, CatalogueError> {
    Declaration::command("users_register", USER, Rule::Public)
        .told(
            "Sign up",
            "Registers a person. The first one administers the instance and owns its default organization; \
            everybody else belongs to an organization once they follow an invitation. A mail asks to prove \
            the address.",
        )
        .sensitive()
        .repeated_is_another()
        .handled_by(async |backend, call, input: RegisterUser| {
            done(backend.users.register(&call.invocation()?, &input).await)
        })
}

fn verify_email() -> Result<Primitive, CatalogueError> {
    Declaration::command("users_verify_email", USER, Rule::Public)
        .told(
            "Prove an e-mail address",
            "Takes the secret of a mail as proof that the address is the person's. It works once.",
        )
        .sensitive()
        .handled_by(async |backend, call, input: VerifyEmail| {
            done(
                backend
                    .users
                    .verify_email(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn me() -> Result<Primitive, CatalogueError> {
    Declaration::query("users_me", USER, Rule::SignedIn)
        .told(
            "Who am I",
            "Answers the caller: name, address, role on the instance, organizations.",
        )
        .handled_by(async |backend, call, _input: Nothing| {
            let active = call.principal.actor.organization;
            let me = backend.users.me(call.user()?, active).await;
            Ok(Reply::bare(me.map_err(|error| problem(&error))?))
        })
}

fn update() -> Result<Primitive, CatalogueError> {
    Declaration::command("users_update", USER, Rule::SignedIn)
        .told("Change my name", "Calls the caller otherwise from now on.")
        .sensitive()
        .handled_by(async |backend, call, input: UpdateUser| {
            let user = call.user()?;
            done(
                backend
                    .users
                    .rename(&call.invocation()?, user, &input)
                    .await,
            )
        })
}

fn set_password() -> Result<Primitive, CatalogueError> {
    Declaration::command("users_set_password", USER, Rule::SignedIn)
        .told(
            "Change my password",
            "Puts a new password in the place of the present one, and ends every other session of the \
            caller. After ten wrong ones within 15 minutes TOO_MANY_ATTEMPTS says when to try again.",
        )
        .sensitive()
        .handled_by(async |backend, call, input: SetPassword| {
            let (user, held) = (call.user()?, call.principal.held.as_ref());
            let who = (user, held.map(|held| held.session_id));
            let (invocation, origin) = (call.invocation()?, &call.terms.origin);
            done(backend.users.set_password(&invocation, who, origin, &input).await)
        })
}

fn update_platform_role() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_users_update_platform_role", USER, INSTANCE_ADMIN)
        .told(
            "Appoint an administrator",
            "Lets somebody administer the instance, or not any more; whatever they were signed in with ends. \
            The last administrator stays one.",
        )
        .handled_by(async |backend, call, input: UpdatePlatformRole| {
            let invocation = call.invocation()?;
            done(backend.users.change_platform_role(&invocation, &input).await)
        })
}

fn ban() -> Result<Primitive, CatalogueError> {
    Declaration::command("users_ban", USER, INSTANCE_ADMIN)
        .told(
            "Ban somebody",
            "Does not let somebody in any more, with whatever credential, and ends their sessions.",
        )
        .handled_by(async |backend, call, input: NamedUser| {
            done(backend.users.ban(&call.invocation()?, &input).await)
        })
}

fn unban() -> Result<Primitive, CatalogueError> {
    Declaration::command("users_unban", USER, INSTANCE_ADMIN)
        .told("Unban somebody", "Lets somebody in again.")
        .handled_by(async |backend, call, input: NamedUser| {
            done(backend.users.unban(&call.invocation()?, &input).await)
        })
}

fn erase() -> Result<Primitive, CatalogueError> {
    Declaration::command("users_erase", USER, Rule::OwnOr(Permission::SettingsUpdate))
        .told(
            "Erase a person",
            "Takes a person out of everything, for ever: name, address, password, sessions, tokens, mail, \
            memberships, what was granted to them, and every run into which they typed something. The history keeps an id without a person. Refused \
            while an organization has no other owner, or the instance no other administrator. Needs \
            confirmDestructive: true.",
        )
        .destructive(true)
        .handled_by(async |backend, call, input: EraseUser| {
            let (invocation, beside) = (
                call.invocation()?,
                (&backend.organizations, &backend.runs),
            );
            done(backend.users.erase(&invocation, beside, &input).await)
        })
}
