//! Why a command has no result.

use std::io;

use axum::http::StatusCode;
use cinatra_domain::kernel::Class;
use cinatra_migrations::ClusterError;
use serde_json::Value;

use crate::config::ConfigError;
use crate::primitive::CatalogueError;
use crate::problem::{class_of, treatment};
use crate::samples::SampleError;
use crate::server::StartError;
use crate::web::WebError;

/// Why a command has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("CINATRA_LOG cannot be read: {0}")]
    Log(String),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("cannot put the sample packages in place")]
    Samples(#[source] SampleError),
    #[error("cannot write to {0}; set CINATRA_HOME to a folder that you may write to")]
    Home(String, #[source] io::Error),
    #[error("cannot write the result")]
    Output(#[from] io::Error),
    #[error(
        "no server is running in {home} and DATABASE_URL is not set; start one with `cinatra up`, \
         or set DATABASE_URL (or, for `call`, CINATRA_URL)"
    )]
    NothingToTalkTo { home: String },
    #[error("the server of {home} uses an external database; set DATABASE_URL to it and try again")]
    DatabaseUnnamed { home: String },
    #[error("`cinatra serve` needs DATABASE_URL; `cinatra up` starts a database of its own")]
    DatabaseRequired,
    #[error(
        "nobody is signed in in {home}: use `cinatra sign-in` or `cinatra sign-up`, or set CINATRA_TOKEN"
    )]
    NoToken { home: String },
    #[error("cannot read the password")]
    Password(#[source] io::Error),
    #[error("{url} is not the server of this folder: set CINATRA_TOKEN to a token of its own")]
    TokenUnnamed { url: String },
    #[error("another `cinatra` still starts or replays in {home}; try again when it is done")]
    Busy { home: String },
    #[error("the input is not JSON: {0}")]
    NotJson(String),
    #[error("{argument}: {reason}")]
    Argument {
        argument: &'static str,
        reason: &'static str,
    },
    #[error("the request cannot be sent as it was given")]
    Unsendable(#[source] reqwest::Error),
    #[error(transparent)]
    Web(#[from] WebError),
    #[error("the server at {url} does not answer")]
    Unreachable {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("refused with {status}")]
    Refused { status: u16, envelope: Value },
    #[error("the server stopped by itself")]
    Stopped(#[source] io::Error),
    #[error("{message}")]
    Replay {
        class: Class,
        message: String,
        #[source]
        source: cinatra_replay::Error,
    },
    #[error(
        "{}",
        if ledgers.is_empty() { "there is no organization yet".to_owned() }
        else { format!("there are several organizations; name the ledger of one with --ledger: {}", ledgers.join(", ")) }
    )]
    WhichLedger { ledgers: Vec<String> },
    #[error("cannot read the answer")]
    Typed(#[source] io::Error),
    #[error(
        "run {run} goes on waiting at {gate}: nothing was given for {field}; give it with --answer {field}=..., or \
         answer with `cinatra call agent_run_resume '{{\"runId\":\"{run}\",\"userResponse\":\"...\"}}'`"
    )]
    Unanswered {
        run: String,
        gate: String,
        field: String,
    },
    #[error("the run came to nothing")]
    RunEnded { envelope: Value },
    #[error(transparent)]
    Catalogue(CatalogueError),
    #[error("the demonstration did not go as it should: {0}")]
    Demo(String),
}

impl CliError {
    /// The code that the process ends with.
    pub(super) fn exit(&self) -> u8 {
        match self {
            Self::Refused { status, .. } => StatusCode::from_u16(*status)
                .ok()
                .and_then(class_of)
                .map_or(1, |class| treatment(class).exit),
            Self::Config(_)
            | Self::Log(_)
            | Self::NotJson(_)
            | Self::Argument { .. }
            | Self::Unanswered { .. }
            | Self::Typed(_)
            | Self::Password(_)
            | Self::Unsendable(_) => treatment(Class::Invalid).exit,
            Self::Start(error) if error.is_setting() => treatment(Class::Invalid).exit,
            Self::NoToken { .. } | Self::TokenUnnamed { .. } => {
                treatment(Class::Unauthenticated).exit
            }
            // 1 means that the answer is no; here there is none.
            Self::Unreachable { .. } | Self::NothingToTalkTo { .. } | Self::Start(_) => {
                treatment(Class::Unavailable).exit
            }
            Self::DatabaseUnnamed { .. } | Self::DatabaseRequired | Self::WhichLedger { .. } => {
                treatment(Class::Invalid).exit
            }
            Self::Replay { class, .. } => treatment(*class).exit,
            Self::Cluster(error) => cluster_exit(error),
            Self::Web(_)
            | Self::Samples(_)
            | Self::Home(..)
            | Self::Output(_)
            | Self::Busy { .. }
            | Self::Stopped(_)
            | Self::RunEnded { .. }
            | Self::Catalogue(_)
            | Self::Demo(_) => 1,
        }
    }

    /// The code of what a server said.
    pub(super) fn code(&self) -> Option<&str> {
        self.envelope()?["error"]["code"].as_str()
    }

    /// What a server said, whole.
    pub(super) const fn envelope(&self) -> Option<&Value> {
        if let Self::Refused { envelope, .. } | Self::RunEnded { envelope } = self {
            Some(envelope)
        } else {
            None
        }
    }
}

/// What cannot be installed without more rights is exit 2 with the commands to type (settled.md 32).
const fn cluster_exit(error: &ClusterError) -> u8 {
    if matches!(error, ClusterError::NotInstalled { .. }) {
        2
    } else {
        1
    }
}
