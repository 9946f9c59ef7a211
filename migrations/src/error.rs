//! What can go wrong before the first statement of ours runs. Every message says what to do next.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

/// Why there is no embedded PostgreSQL to talk to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A folder or file of the cluster cannot be created, read or written.
    #[error(
        "cannot use {path} for the database; run from a folder you may write to, or set CINATRA_HOME to one"
    )]
    Folder {
        /// The path that refused.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The cluster was created by somebody else.
    #[error(
        "{path} belongs to another user (uid {owner}); run as that user, or set CINATRA_HOME to a folder of your own"
    )]
    Foreign {
        /// The cluster's folder.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
    },
    /// We are root, PostgreSQL refuses root, and there is nobody to become.
    #[error(
        "PostgreSQL refuses to run as root, and neither a `postgres` nor a `nobody` user exists here; run as an ordinary user"
    )]
    NobodyToBecome,
    /// No usable installation was found and none could be obtained.
    #[error("no PostgreSQL {wanted} was found{tried}\nAny of these helps:\n{commands}")]
    NotInstalled {
        /// Which majors would do, in words.
        wanted: String,
        /// Where we looked and what was wrong there, a line each.
        tried: String,
        /// What to type, a line each.
        commands: String,
    },
    /// The data folder was written by a newer PostgreSQL than any found here.
    #[error(
        "{data} was created by PostgreSQL {major}, and the newest here is {newest}; data of a newer major cannot be opened by an older one.\nInstall PostgreSQL {major} or point CINATRA_PG_BIN at its bin folder"
    )]
    NewerData {
        /// The data folder.
        data: PathBuf,
        /// The major that wrote it.
        major: u32,
        /// The newest major found.
        newest: u32,
    },
    /// The data folder was written by an older major than any found here.
    #[error(
        "{data} was created by PostgreSQL {major}, which is not installed here (found: {found}).\nInstall PostgreSQL {major} or point CINATRA_PG_BIN at its bin folder; pg_upgrade moves the data to a newer major"
    )]
    OlderData {
        /// The data folder.
        data: PathBuf,
        /// The major that wrote it.
        major: u32,
        /// The majors found.
        found: String,
    },
    /// The data folder is not one.
    #[error(
        "{data} is not a PostgreSQL data folder: {what}; restore it from a backup, or move it away to start empty"
    )]
    Damaged {
        /// The data folder.
        data: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The passwords of an existing cluster are gone or refused.
    #[error(
        "the passwords of the cluster in {path} are unusable: {what}; restore that file from a backup"
    )]
    Passwords {
        /// The password file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The system gave no random bytes for a password.
    #[error("the system gives no random bytes for a password: {what}")]
    NoRandomness {
        /// What the system said.
        what: String,
    },
    /// A helper program could not be run.
    #[error("cannot run {program}")]
    Program {
        /// Its path.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("initdb could not create the cluster:\n{output}")]
    Initdb {
        /// What it printed.
        output: String,
    },
    /// PostgreSQL ended before it was ready.
    #[error("PostgreSQL ended while starting ({status}); the end of {log}:\n{tail}")]
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// PostgreSQL lives and does not answer.
    #[error("PostgreSQL (process {pid}) did not answer for {} seconds; see {log}", waited.as_secs())]
    Silent {
        /// The postmaster.
        pid: u32,
        /// How long we waited.
        waited: Duration,
        /// The log to read.
        log: PathBuf,
    },
    /// Another start in this folder does not come to an end.
    #[error("another start of the cluster in {path} has not finished after {} seconds; stop that process and try again", waited.as_secs())]
    Busy {
        /// The cluster's folder.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// The new cluster answers, but its roles or its database could not be made.
    #[error("cannot prepare the cluster: {doing}")]
    Prepare {
        /// The step.
        doing: &'static str,
        /// What PostgreSQL said.
        source: tokio_postgres::Error,
    },
    /// The cluster died again and again after it had been ready.
    #[error("PostgreSQL keeps ending ({last}); see {log}")]
    GaveUp {
        /// How it ended the last time.
        last: String,
        /// The log to read.
        log: PathBuf,
    },
    /// A background thread or task ended without an answer.
    #[error("the thread that {doing} ended without an answer")]
    Lost {
        /// What it was doing.
        doing: &'static str,
    },
}

/// Why a database is not ready to serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The database does not answer.
    #[error("cannot connect to the database for migrations")]
    Connect(#[source] tokio_postgres::Error),
    /// A statement of the runner itself failed.
    #[error("cannot migrate the database: {doing}")]
    Statement {
        /// The step.
        doing: &'static str,
        /// What PostgreSQL said.
        source: tokio_postgres::Error,
    },
    /// Another node holds the migration lock.
    #[error("another node has been migrating this database for {} minutes; wait for it or stop it, then start again", waited.as_secs() / 60)]
    Locked {
        /// How long we waited.
        waited: Duration,
    },
    /// The user of the database may not create what we need.
    #[error(
        "the database user may not prepare roles and rights; let an administrator run this in the database, then start again:\n{sql}"
    )]
    MissingRights {
        /// What to run.
        sql: String,
        /// What PostgreSQL said.
        source: tokio_postgres::Error,
    },
    /// A newer binary has been here.
    #[error(
        "the database is at migration {database} and this binary knows {binary}; run a binary at least as new as the one that migrated it"
    )]
    NewerDatabase {
        /// The newest applied migration.
        database: i32,
        /// The newest embedded migration, 0 if none.
        binary: i32,
    },
    /// An applied migration differs from the embedded one of the same number.
    #[error(
        "migration {version} ({name}) was applied with other content than this binary carries; migrations are never edited: run the binary that applied it, or restore the file"
    )]
    Changed {
        /// Its number.
        version: i32,
        /// Its name in the database.
        name: String,
    },
    /// The database has a migration below our newest that we do not know.
    #[error(
        "migration {version} ({name}) was applied by another line of development; this binary does not know it"
    )]
    Unknown {
        /// Its number.
        version: i32,
        /// Its name in the database.
        name: String,
    },
    /// We carry a migration below the database's newest that was never applied.
    #[error(
        "migration {version} ({name}) is numbered below what the database already has; give it the next free number"
    )]
    OutOfOrder {
        /// Its number.
        version: i32,
        /// Its name here.
        name: String,
    },
    /// A migration itself failed and was rolled back.
    #[error("a migration failed and was rolled back; those before it stay applied")]
    Failed(#[source] Box<refinery::Error>),
}

/// Why a session is refused to serve with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivilegeError {
    /// The session could rewrite the log.
    #[error(
        "refusing to serve as {user}, {why}; use a login that is neither superuser nor owner, and has no BYPASSRLS:\n  create role cinatra login noinherit password '…'; grant cinatra_owner, cinatra_ledger, cinatra_reader to cinatra;"
    )]
    Privileged {
        /// The user in question.
        user: String,
        /// What it may do too much.
        why: &'static str,
    },
    /// The question itself failed.
    #[error("cannot ask the database as whom we are connected")]
    Statement(#[source] tokio_postgres::Error),
}
