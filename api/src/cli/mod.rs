//! The command line: the only place that prints.
//!
//! Start with [`run`]. Results go to standard output, readable by default and as JSON with `--json`;
//! progress, refusals and logs go to standard error. Exit codes: 0 done, 1 the answer is no (tampering
//! was found, nothing to talk to), otherwise as [`crate::problem::treatment`] says.

mod arguments;
mod call;
mod client;
mod demo;
mod error;
mod find;
mod position;
mod primitives;
mod replay;
mod run;
mod serve;
mod sign_in;
mod telemetry;
mod terminal;
mod turn;
mod up;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

pub use terminal::Terminal;

use arguments::{Arguments, Command};
use error::CliError;

use crate::config::{Env, LogConfig, process_env};

/// Reads the arguments, does what they say, and answers with the exit code.
pub async fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let mut terminal = Terminal::standard(arguments.json);
    match dispatch(arguments, &mut terminal, &process_env).await {
        Ok(code) => code,
        // Whoever reads has read enough.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = terminal.fail(&error);
            ExitCode::from(error.exit())
        }
    }
}

async fn dispatch(
    arguments: Arguments,
    terminal: &mut Terminal,
    env: Env<'_>,
) -> Result<ExitCode, CliError> {
    let is_server = matches!(arguments.command, Command::Up | Command::Serve);
    telemetry::install(&LogConfig::from_env(env)?, is_server)?;
    let done = Ok(ExitCode::SUCCESS);
    match arguments.command {
        Command::Up => up::run(terminal, env).await.and(done),
        Command::Serve => serve::run(terminal, env).await.and(done),
        Command::SignUp(asked) => sign_in::up(asked, terminal, env).await,
        Command::SignIn(asked) => sign_in::enter_with(asked, terminal, env).await,
        Command::SignOut => sign_in::out(terminal, env).await,
        Command::Call(call) => call::run(call, terminal, env).await,
        Command::Run(asked) => run::run(asked, terminal, env).await,
        Command::Primitives(asked) => primitives::run(&asked, terminal).and(done),
        Command::Replay(replay) => replay::run(replay, terminal, env).await,
        Command::Openapi => openapi(terminal).and(done),
        Command::Demo(demo) => demo::run(&demo, terminal).await.and(done),
    }
}

fn openapi(terminal: &mut Terminal) -> Result<(), CliError> {
    let catalogue = crate::primitive::Catalogue::build().map_err(CliError::Catalogue)?;
    terminal.value(&crate::http::openapi_document(&catalogue))?;
    Ok(())
}

/// Help and version are answers; anything else is misuse.
fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        let _ = write!(std::io::stderr(), "{text}");
        return ExitCode::from(2);
    }
    let _ = write!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}
