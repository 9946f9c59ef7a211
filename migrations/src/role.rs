//! As whom we connect. Three roles without login divide the rights; one login user takes them on.
//!
//! `cinatra_owner` owns every table and only migrations use it. `cinatra_ledger` appends and reads the log and
//! may create the schemas of read models; it can neither update, delete nor truncate the log. `cinatra_reader`
//! answers queries. Roles belong to a whole PostgreSQL cluster, so they are made before any migration runs.

use tokio_postgres::{Client, Config, Error, error::SqlState, types::ToSql};

use crate::{
    connect::{compose, run_all},
    error::PrivilegeError,
};

/// Owner of all objects. Nobody serves as this role.
pub const OWNER: &str = "cinatra_owner";
/// Lanes, tails and the projection runner.
pub const LEDGER: &str = "cinatra_ledger";
/// Queries of requests.
pub const READER: &str = "cinatra_reader";

/// All three, in the order in which they are created.
pub(crate) const ALL: [&str; 3] = [OWNER, LEDGER, READER];

const COMPOSE_MISSING_ROLES: &str = include_str!("sql/compose_missing_roles.sql");
const COMPOSE_MISSING_MEMBERSHIPS: &str = include_str!("sql/compose_missing_memberships.sql");
const COMPOSE_MISSING_GRANTS: &str = include_str!("sql/compose_missing_grants.sql");
const COMPOSE_ADVICE: &str = include_str!("sql/compose_advice.sql");
const READ_SESSION: &str = include_str!("sql/read_session.sql");

/// The same connection, acting as `role` from its first statement on.
#[must_use]
pub fn connect_as(mut config: Config, role: &str) -> Config {
    let options = match config.get_options() {
        Some(given) => format!("{given} -c role={role}"),
        None => format!("-c role={role}"),
    };
    config.options(options);
    config
}

/// Refuses a session that could change the log or see past the walls between organizations: a superuser (even one
/// that took on a lesser role, which it can drop again), whoever may bypass row-level security, or the owner of the
/// tables.
pub async fn refuse_privileged(client: &Client) -> Result<(), PrivilegeError> {
    let row = client
        .query_one(READ_SESSION, &[])
        .await
        .map_err(PrivilegeError::Statement)?;
    let read = |index: usize| {
        row.try_get::<_, String>(index)
            .map_err(PrivilegeError::Statement)
    };
    let holds = |index: usize| {
        row.try_get::<_, bool>(index)
            .map_err(PrivilegeError::Statement)
    };
    let (current, session) = (read(0)?, read(1)?);
    if holds(2)? {
        return Err(PrivilegeError::Privileged {
            user: session,
            why: "a superuser",
        });
    }
    if holds(3)? {
        return Err(PrivilegeError::Privileged {
            user: session,
            why: "who may bypass row-level security",
        });
    }
    if current == OWNER {
        return Err(PrivilegeError::Privileged {
            user: current,
            why: "the owner of every table",
        });
    }
    Ok(())
}

/// Creates the roles that are missing and makes `login` a member of them.
pub(crate) async fn ensure(client: &Client, login: &str) -> Result<(), Error> {
    let names = ALL.as_slice();
    apply(client, COMPOSE_MISSING_ROLES, &[&names]).await?;
    apply(client, COMPOSE_MISSING_MEMBERSHIPS, &[&names, &login]).await
}

/// Gives the roles their rights on `database`, by default the one that `client` is connected to.
pub(crate) async fn ensure_grants(client: &Client, database: Option<&str>) -> Result<(), Error> {
    apply(
        client,
        COMPOSE_MISSING_GRANTS,
        &[&OWNER, &LEDGER, &database],
    )
    .await
}

/// Everything that an administrator has to run for `login`, when it may not do so itself.
pub(crate) async fn advice(client: &Client, login: &str) -> Result<Vec<String>, Error> {
    compose(
        client,
        COMPOSE_ADVICE,
        &[&ALL.as_slice(), &login, &OWNER, &LEDGER],
    )
    .await
}

/// Order: roles are cluster-wide and no lock of ours spans databases, so two migrating nodes may create the same
/// role at once. The loser asks again what is missing; it can lose only as often as something new appears.
const ATTEMPTS_MAX: usize = 8;

async fn apply(
    client: &Client,
    composer: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        let statements = compose(client, composer, params).await?;
        match run_all(client, &statements).await {
            Err(error) if attempt < ATTEMPTS_MAX && lost_a_race(&error) => attempt += 1,
            done => return done,
        }
    }
}

/// "tuple concurrently updated" has no code of its own.
fn lost_a_race(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::DUPLICATE_OBJECT
            || *code == SqlState::UNIQUE_VIOLATION
            || *code == SqlState::INTERNAL_ERROR
    })
}
