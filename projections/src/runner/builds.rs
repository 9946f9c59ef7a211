//! Builds: the tables of one version of a read model, made by one code, in a schema of their own.
//!
//! A build is known by version, code hash and hash of its tables. Of each version at most one build is
//! live; that row is the pointer. Nothing swaps by itself: a binary whose version has no live build answers
//! `PROJECTION_BUILDING` until a rebuild made one, and nodes that still run the version before keep serving
//! theirs. Source: design.md D10, settled.md 12, 13.

use std::sync::Arc;

use cinatra_eventstore::question;
use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;

use super::transaction::Transaction;
use super::{Board, Live, Projections, sql};
use crate::Error;
use crate::projection::in_build;
use crate::registry::Registered;

/// A row of `projection_builds`.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub(crate) number: i32,
    pub(crate) version: i32,
    pub(crate) code_hash: Vec<u8>,
    pub(crate) ddl_hash: Vec<u8>,
    pub(crate) state: State,
}

/// What a build is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// A rebuild fills it, or did until it died.
    Building,
    /// It serves its version.
    Live,
    /// It served until a rebuild took its place; kept for roll-back until the next rebuild, unless it holds
    /// contents.
    Retired,
}

impl State {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Live => "live",
            Self::Retired => "retired",
        }
    }

    fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "building" => Ok(Self::Building),
            "live" => Ok(Self::Live),
            "retired" => Ok(Self::Retired),
            _ => Err(Error::Unreadable {
                table: "projection_builds",
                column: "state",
            }),
        }
    }
}

impl Registered {
    /// Where a build's tables are.
    pub(crate) fn schema_of(&self, build: i32) -> Arc<str> {
        format!("p_{}_{build}", self.name).into()
    }
}

impl Projections {
    /// Looks at every pointer.
    pub(crate) async fn follow_pointers(&self) -> Result<(), Error> {
        let client = self.unscoped().get().await?;
        let statement = client.prepare_cached(sql::READ_POINTERS).await?;
        let rows = client.query(&statement, &[]).await?;
        for board in &self.0.boards {
            let registered = board.registered;
            let mut live = None;
            for row in &rows {
                let (name, version): (&str, i32) = (row.try_get(0)?, row.try_get(1)?);
                if name == registered.name && version == registered.version {
                    let build = row.try_get(2)?;
                    live = Some(Live {
                        build,
                        schema: registered.schema_of(build),
                    });
                }
            }
            board.point(live);
        }
        Ok(())
    }

    /// Looks at the pointer of one read model.
    pub(crate) async fn find_live(&self, board: &Board) -> Result<Live, Error> {
        let registered = board.registered;
        let params: [&(dyn ToSql + Sync); 2] = [&registered.name, &registered.version];
        let rows = question::ask(self.unscoped(), sql::FIND_LIVE, &params).await?;
        let Some(row) = rows.first() else {
            board.point(None);
            return Err(board.building());
        };
        let build = row.try_get(0)?;
        let live = Live {
            build,
            schema: registered.schema_of(build),
        };
        board.point(Some(live.clone()));
        Ok(live)
    }

    /// Every build of a read model, newest first.
    pub(crate) async fn builds(&self, registered: &Registered) -> Result<Vec<Build>, Error> {
        let client = self.0.writers.get().await?;
        let statement = client.prepare_cached(sql::READ_BUILDS).await?;
        let rows = client.query(&statement, &[&registered.name]).await?;
        let build = |row: &tokio_postgres::Row| {
            Ok(Build {
                number: row.try_get(0)?,
                version: row.try_get(1)?,
                code_hash: row.try_get(2)?,
                ddl_hash: row.try_get(3)?,
                state: State::parse(row.try_get(4)?)?,
            })
        };
        rows.iter().map(build).collect()
    }

    /// On an empty system a first build of each read model serves at once: it has nothing to catch up with.
    pub(crate) async fn create_first_builds(&self) -> Result<(), Error> {
        let ddl = Ddl::begin(self).await?;
        let empty: bool = ddl
            .client()?
            .query_one(sql::IS_EMPTY_SYSTEM, &[])
            .await?
            .try_get(0)?;
        if !empty {
            return ddl.commit().await;
        }
        for board in &self.0.boards {
            let registered = board.registered;
            let serving = ddl
                .client()?
                .query_opt(sql::FIND_LIVE, &[&registered.name, &registered.version])
                .await?;
            if serving.is_none() {
                ddl.create(registered, State::Live).await?;
            }
        }
        ddl.commit().await
    }

    /// Builds from before there was row-level security get it; nothing happens when all have it.
    pub(crate) async fn secure_builds(&self) -> Result<(), Error> {
        let missing = missing_walls(&self.unscoped().get().await?).await?;
        if missing.is_empty() {
            return Ok(());
        }
        let ddl = Ddl::begin(self).await?;
        ddl.secure().await?;
        ddl.commit().await
    }

    /// Code and tables of each live build are those of this binary, or its version says otherwise.
    pub(crate) async fn refuse_drift(&self) -> Result<(), Error> {
        for board in &self.0.boards {
            let registered = board.registered;
            let builds = self.builds(registered).await?;
            let drift = builds.iter().find_map(|build| drift(registered, build));
            match drift {
                Some(drift) if !self.0.options.tolerate_drift => return Err(drift),
                Some(drift) => tracing::warn!(%drift, "serving a read model made by other code"),
                None => {}
            }
        }
        Ok(())
    }
}

/// How the live build of this version differs from what this binary would make.
fn drift(registered: &Registered, build: &Build) -> Option<Error> {
    let changed = |what| {
        Some(Error::Drift {
            name: registered.name,
            version: registered.version,
            what,
        })
    };
    if build.state != State::Live || build.version != registered.version {
        None
    } else if build.ddl_hash != registered.ddl_hash() {
        changed("tables")
    } else if build.code_hash != registered.code_hash() {
        changed("code")
    } else {
        None
    }
}

/// What would put the tables of all builds under row-level security: statements composed by the server.
async fn missing_walls(client: &Object) -> Result<Vec<String>, Error> {
    let rows = client.query(sql::COMPOSE_MISSING_WALLS, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Creating and dropping builds, alone and all or nothing.
pub(crate) struct Ddl(Transaction);

impl Ddl {
    pub(crate) async fn begin(projections: &Projections) -> Result<Self, Error> {
        Self::begin_as(projections, sql::BEGIN_DDL).await
    }

    /// Begins with limits of the caller's.
    pub(crate) async fn begin_as(projections: &Projections, begin: &str) -> Result<Self, Error> {
        let transaction = Transaction::begin(&projections.0.writers, begin).await?;
        transaction
            .client()?
            .batch_execute(sql::LOCK_BUILDS)
            .await?;
        Ok(Self(transaction))
    }

    pub(crate) fn client(&self) -> Result<&Object, Error> {
        self.0.client()
    }

    /// Makes an empty build and answers its number.
    pub(crate) async fn create(&self, registered: &Registered, state: State) -> Result<i32, Error> {
        let (code_hash, ddl_hash) = (registered.code_hash(), registered.ddl_hash());
        let row = self
            .client()?
            .query_one(
                sql::INSERT_BUILD,
                &[
                    &registered.name,
                    &registered.version,
                    &code_hash.as_slice(),
                    &ddl_hash.as_slice(),
                    &state.word(),
                ],
            )
            .await?;
        let build = row.try_get(0)?;
        let schema = registered.schema_of(build);
        for statement in [sql::CREATE_SCHEMA, registered.schema, sql::GRANT_SCHEMA] {
            let statement = in_build(statement, &schema);
            self.client()?.batch_execute(&statement).await?;
        }
        self.secure().await?;
        Ok(build)
    }

    /// Puts every table of every build under row-level security that is not yet (ADR-0008).
    async fn secure(&self) -> Result<(), Error> {
        let client = self.client()?;
        for statement in missing_walls(client).await? {
            client.batch_execute(&statement).await?;
        }
        Ok(())
    }

    /// Removes a build with everything known about it.
    pub(crate) async fn drop(&self, registered: &Registered, build: i32) -> Result<(), Error> {
        let schema = registered.schema_of(build);
        let client = self.client()?;
        client
            .batch_execute(&in_build(sql::DROP_SCHEMA, &schema))
            .await?;
        client
            .execute(sql::DELETE_BUILD, &[&registered.name, &build])
            .await?;
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.0.commit().await
    }
}
