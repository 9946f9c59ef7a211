//! `cinatra call`: one primitive, over the same route as anybody's.

use std::process::ExitCode;

use serde_json::Value;

use super::arguments::Call;
use super::client::{self, Beside, Client};
use super::{CliError, Terminal, find, sign_in};
use crate::config::{ClientConfig, Config, Env, PlaceConfig, database_url};
use crate::server::Server;

/// Calls and prints the output.
pub(super) async fn run(
    call: Call,
    terminal: &mut Terminal,
    env: Env<'_>,
) -> Result<ExitCode, CliError> {
    let input = parse(&call.input)?;
    let beside = Beside {
        key: call.key.as_deref(),
        min_pos: call.min_pos.as_deref(),
        strict: call.strict,
    };
    client::check(&call.name, beside)?;
    let (client, own) = match find::server(env).await? {
        Some(client) => (client, None),
        None => borrow(env).await?,
    };
    let answer = client.call(&call.name, &input, beside).await;
    if let Some(server) = own {
        server.shutdown().await;
    }
    let answer = answer?;
    // Whoever calls with the session of this folder goes on with the one that takes its place.
    let output = if ClientConfig::from_env(env)?.token.is_none() {
        sign_in::keep(&PlaceConfig::from_env(env), answer.output)?
    } else {
        answer.output
    };
    terminal.value(&output)?;
    if let Some(at) = answer.at {
        terminal.remark(format_args!(
            "at {at}{}",
            if answer.stale { " (stale)" } else { "" }
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Of what was typed nothing is repeated: it may be a secret, and a shell may have cut it into pieces.
fn parse(typed: &[String]) -> Result<Value, CliError> {
    let text = match typed {
        [] => "{}",
        [text] => text,
        _ => {
            let reason = "it is more than one argument; put it in quotes".to_owned();
            return Err(CliError::NotJson(reason));
        }
    };
    serde_json::from_str(text).map_err(|error| CliError::NotJson(error.to_string()))
}

/// With a database and no server, one of our own for the time of the call.
async fn borrow(env: Env<'_>) -> Result<(Client, Option<Server>), CliError> {
    let place = PlaceConfig::from_env(env);
    let Some(url) = database_url(env)? else {
        let home = place.home.display().to_string();
        return Err(CliError::NothingToTalkTo { home });
    };
    let mut config = Config::from_env(env, url)?;
    config.http.port = 0;
    let server = Server::start(config).await?;
    let token = find::token(env, &place)?;
    let client = Client::new(server.url().to_owned(), Some(token))?;
    Ok((client, Some(server)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_one_argument_and_is_never_repeated() {
        let typed =
            |pieces: &[&str]| parse(&pieces.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(typed(&[]).unwrap(), serde_json::json!({}));
        assert_eq!(
            typed(&[r#"{"a":1}"#]).unwrap(),
            serde_json::json!({ "a": 1 })
        );
        for pieces in [&["name=a", "value=canary"][..], &["canary"]] {
            let refused = typed(pieces).unwrap_err().to_string();
            assert!(!refused.contains("canary"), "{refused}");
        }
    }
}
