//! What can be typed.

use std::path::PathBuf;

use cinatra_domain::kernel::TenantId;
use cinatra_replay::At;
use clap::{Args, Parser, Subcommand};

use super::run::Given;

/// Durable work of people, assistants and agents, on a ledger that can be proven.
#[derive(Debug, Parser)]
#[command(name = "cinatra", version, about, propagate_version = true)]
pub(super) struct Arguments {
    /// Print results as JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start everything on this machine: a PostgreSQL of its own (unless `DATABASE_URL` names one), the
    /// ledgers, the read models and the server.
    Up,
    /// Serve on the PostgreSQL that `DATABASE_URL` names.
    Serve,
    /// Register at the running server, and sign in. The first person administers the instance.
    SignUp(SignUp),
    /// Sign in at the running server; the session is kept in this folder.
    SignIn(SignIn),
    /// End the session of this folder.
    SignOut,
    /// Call a primitive of the running server.
    Call(Call),
    /// Run an agent: tell what happens, ask here what it asks, and print what it answers.
    Run(Run),
    /// List the primitives, or describe one: who may call it, its input and its output.
    Primitives(Primitives),
    /// Look at the ledger's read models, rebuild them, and prove the ledger.
    #[command(subcommand)]
    Replay(Replay),
    /// Print the OpenAPI document.
    Openapi,
    /// Walk through an extension's life on the sample packages, as an auditor would see it.
    Demo(Demo),
}

/// Who registers. The password is asked for, or read from standard input.
#[derive(Args, Debug)]
pub(super) struct SignUp {
    /// What you are called.
    #[arg(long)]
    pub(super) name: String,
    /// Where you are reached.
    #[arg(long)]
    pub(super) email: String,
}

/// Who signs in. The password is asked for, or read from standard input.
#[derive(Args, Debug)]
pub(super) struct SignIn {
    /// The address that you registered with.
    #[arg(long)]
    pub(super) email: String,
    /// The organization to act in; the first of yours otherwise.
    #[arg(long)]
    pub(super) organization: Option<String>,
}

/// A call.
#[derive(Args, Debug)]
pub(super) struct Call {
    /// The primitive, for example `extensions_list`.
    pub(super) name: String,
    /// Its input as JSON, one argument; `{}` where there is none.
    #[arg(num_args = 0..)]
    pub(super) input: Vec<String>,
    /// Idempotency key: a retry with the same key gets the first result.
    #[arg(long)]
    pub(super) key: Option<String>,
    /// Wait until the answer holds this place, `<ledger>:<position>`, instead of what was called here before.
    #[arg(long)]
    pub(super) min_pos: Option<String>,
    /// Refuse rather than answer with less than `--min-pos`.
    #[arg(long)]
    pub(super) strict: bool,
    /// The project within which it is called, by its id: a run starts there.
    #[arg(long, value_name = "ID")]
    pub(super) project: Option<String>,
}

/// What is run.
#[derive(Args, Debug)]
pub(super) struct Run {
    /// The agent, for example `@cinatra-ai/meeting-opener-agent`.
    pub(super) package: String,
    /// A field that it begins with: `name=text`, or `name:=JSON`. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) input: Vec<Given>,
    /// A field of a question that it will ask, the same way; asked for here otherwise. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) answer: Vec<Given>,
    /// Install this version of it, or what this tag names, if it is not installed yet.
    #[arg(long, value_name = "VERSION")]
    pub(super) install: Option<String>,
    /// For how many seconds it may execute.
    #[arg(long, value_name = "SECONDS")]
    pub(super) timeout: Option<u32>,
    /// The project within which it runs, by its id.
    #[arg(long, value_name = "ID")]
    pub(super) project: Option<String>,
}

/// What is listed.
#[derive(Args, Debug)]
pub(super) struct Primitives {
    /// The one to describe.
    pub(super) name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Replay {
    /// Each read model: position, lag, version, build, digest.
    Status,
    /// Prove that every ledger is complete and unaltered; exit 1 names the first bad position.
    Verify {
        /// Only this ledger; every ledger otherwise.
        #[arg(long)]
        ledger: Option<TenantId>,
    },
    /// The history of one package.
    Timeline {
        /// For example `@acme/mail-agent`.
        package: String,
        /// Whose ledger, an organization's id; not needed while there is only one organization.
        #[arg(long)]
        ledger: Option<TenantId>,
    },
    /// A run as it was: where it stood, what had happened, and what its viewers had been shown.
    Run {
        /// The run's id.
        run: String,
        /// As of when: `frame:12`, `1-12` (the id of a frame) or `position:345`; now otherwise.
        #[arg(long)]
        at: Option<At>,
    },
    /// Build a read model anew beside the live one, compare, and flip.
    Rebuild(Rebuild),
    /// Let the build serve again that served before the last rebuild, once it has caught up. Twice is back.
    Rollback {
        /// The read model.
        name: String,
    },
    /// The digest of a read model's rows.
    Digest {
        /// The read model.
        name: String,
    },
}

/// Which read models to rebuild.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Rebuild {
    /// One read model.
    pub(super) name: Option<String>,
    /// Every read model.
    #[arg(long)]
    pub(super) all: bool,
}

/// Where the demonstration happens.
#[derive(Args, Debug)]
pub(super) struct Demo {
    /// A folder to keep; a temporary one otherwise.
    #[arg(long)]
    pub(super) home: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn json_may_stand_anywhere() {
        for words in [
            ["cinatra", "--json", "replay", "status"],
            ["cinatra", "replay", "status", "--json"],
        ] {
            assert!(Arguments::try_parse_from(words).unwrap().json);
        }
    }

    #[test]
    fn a_rebuild_needs_a_name_or_all() {
        let rebuild = |rest: &[&str]| {
            let words = ["cinatra", "replay", "rebuild"].iter().chain(rest);
            Arguments::try_parse_from(words).is_ok()
        };
        assert!(rebuild(&["extension_catalog"]));
        assert!(rebuild(&["--all"]));
        assert!(!rebuild(&[]));
        assert!(!rebuild(&["extension_catalog", "--all"]));
    }
}
