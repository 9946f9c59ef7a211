//! What anybody may ask about their own sessions and tokens.

use super::input::Nothing;
use cinatra_commands::Error;
use cinatra_commands::session::{
    CreateToken, NamedSession, NamedToken, SelectOrganization, SignIn, SignedIn,
};
use cinatra_domain::authority::Rule;

use super::call::{Reply, SessionCookie, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use crate::problem::Problem;

/// How the audit names the nouns.
const SESSION: &str = "session";
const TOKEN: &str = "token";

/// The entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        sign_in()?,
        sign_out()?,
        list()?,
        revoke()?,
        select_organization()?,
        create_token()?,
        list_tokens()?,
        revoke_token()?,
    ])
}

fn sign_in() -> Result<Primitive, CatalogueError> {
    Declaration::command("sessions_sign_in", SESSION, Rule::Public)
        .told(
            "Sign in",
            "Opens a session with e-mail address and password, in the first of the person's organizations, and \
            ends the one that the call comes with. Browsers get a cookie, programs the token in the answer. \
            After ten tries within 15 minutes from one address TOO_MANY_ATTEMPTS says when to try again.",
        )
        .sensitive()
        .repeated_is_another()
        .handled_by(async |backend, call, input: SignIn| {
            let (invocation, origin) = (call.invocation()?, &call.terms.origin);
            let (sessions, held) = (&backend.sessions, call.principal.held.as_ref());
            opened(sessions.sign_in(&invocation, origin, held, &input).await)
        })
}

fn sign_out() -> Result<Primitive, CatalogueError> {
    Declaration::command("sessions_sign_out", SESSION, Rule::SignedIn)
        .told("Sign out", "Ends the session that the call comes with.")
        .handled_by(async |backend, call, _input: Nothing| {
            let ended = backend
                .sessions
                .sign_out(call.principal.held.as_ref())
                .await;
            let mut reply = Reply::bare(ended.map_err(|error| problem(&error))?);
            reply.session = Some(SessionCookie::Closed);
            Ok(reply)
        })
}

fn list() -> Result<Primitive, CatalogueError> {
    Declaration::query("sessions_list", SESSION, Rule::SignedIn)
        .told(
            "List my sessions",
            "Lists where the caller is signed in: since when, from which address, with which program.",
        )
        .handled_by(async |backend, call, _input: Nothing| {
            let held = call.principal.held.as_ref();
            let listed = backend.sessions.list(call.user()?, held).await;
            Ok(Reply::bare(listed.map_err(|error| problem(&error))?))
        })
}

fn revoke() -> Result<Primitive, CatalogueError> {
    Declaration::command("sessions_revoke", SESSION, Rule::SignedIn)
        .told(
            "End one of my sessions",
            "Ends one of the caller's own sessions; it stops working within a second, on every node.",
        )
        .handled_by(async |backend, call, input: NamedSession| {
            let ended = backend.sessions.revoke(call.user()?, &input).await;
            Ok(Reply::bare(ended.map_err(|error| problem(&error))?))
        })
}

fn select_organization() -> Result<Primitive, CatalogueError> {
    Declaration::command("sessions_select_organization", SESSION, Rule::SignedIn)
        .told(
            "Act in an organization",
            "Lets the session act in one of the caller's organizations from now on, under a new credential; \
            the former one stops working. An administrator of the instance who does not belong there names \
            a bypassReason, and that is on record in the organization before anything else happens.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: SelectOrganization| {
            let (invocation, principal) = (call.invocation()?, &call.principal);
            let held = principal.held.as_ref();
            let sessions = &backend.sessions;
            let selected = sessions.select_organization(&invocation, &principal.actor, held, &input);
            opened(selected.await)
        })
}

/// A new credential, which a browser keeps as its cookie.
fn opened(outcome: Result<SignedIn, Error>) -> Result<Reply<SignedIn>, Problem> {
    let signed_in = outcome.map_err(|error| problem(&error))?;
    let token = signed_in.session_token.clone();
    let mut reply = Reply::bare(signed_in);
    reply.session = Some(SessionCookie::Opened(token));
    Ok(reply)
}

fn create_token() -> Result<Primitive, CatalogueError> {
    Declaration::command("tokens_create", TOKEN, Rule::SignedIn)
        .told(
            "Make a token",
            "Makes a token with which programs act as the caller, in the organization that the session acts \
            in, narrowed to some permissions if scopes are given. It is shown this once. Only a session makes \
            tokens, not a token.",
        )
        .sensitive()
        .repeated_is_another()
        .handled_by(async |backend, call, input: CreateToken| {
            let (principal, invocation) = (&call.principal, call.invocation()?);
            let (held, organization) = (principal.held.as_ref(), principal.actor.organization);
            let sessions = &backend.sessions;
            done(sessions.create_token(&invocation, held, organization, &input).await)
        })
}

fn list_tokens() -> Result<Primitive, CatalogueError> {
    Declaration::query("tokens_list", TOKEN, Rule::SignedIn)
        .told(
            "List my tokens",
            "Lists the caller's tokens: what each is for, where it acts, when it ends; never the token.",
        )
        .handled_by(async |backend, call, _input: Nothing| {
            let listed = backend.sessions.list_tokens(call.user()?).await;
            Ok(Reply::bare(listed.map_err(|error| problem(&error))?))
        })
}

fn revoke_token() -> Result<Primitive, CatalogueError> {
    Declaration::command("tokens_revoke", TOKEN, Rule::SignedIn)
        .told(
            "Revoke one of my tokens",
            "Lets one of the caller's tokens stop working, within a second, on every node.",
        )
        .handled_by(async |backend, call, input: NamedToken| {
            let (user, invocation) = (call.user()?, call.invocation()?);
            done(
                backend
                    .sessions
                    .revoke_token(&invocation, user, &input)
                    .await,
            )
        })
}
