//! `cinatra call`: one primitive, over the same route as anybody's.

use std::process::ExitCode;

use serde_json::Value;

use super::arguments::Call;
use super::client::{self, Answer, Beside, Client};
use super::position::Positions;
use super::{CliError, Terminal, find, sign_in};
use crate::config::{ClientConfig, Config, Env, PlaceConfig, database_url};
use crate::primitive::{Catalogue, Effect};
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
        project: call.project.as_deref(),
    };
    client::check(&call.name, beside)?;
    let (client, own) = match find::server(env).await? {
        Some(client) => (client, None),
        None => borrow(env).await?,
    };
    // Only the credential of this folder is remembered for: another one may be anybody's.
    let place = ClientConfig::from_env(env)?.token.is_none();
    let place = place.then(|| PlaceConfig::from_env(env));
    let answer = ask(place.as_ref(), &client, &call.name, &input, beside).await;
    if let Some(server) = own {
        server.shutdown().await;
    }
    let answer = answer?;
    // Whoever calls with the session of this folder goes on with the one that takes its place.
    let output = match &place {
        Some(place) => sign_in::keep(place, client.url(), answer.output)?,
        None => answer.output,
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

/// Calls, with what is remembered in the folder that the credential is from.
pub(super) async fn ask(
    place: Option<&PlaceConfig>,
    client: &Client,
    name: &str,
    input: &Value,
    beside: Beside<'_>,
) -> Result<Answer, CliError> {
    match place {
        Some(place) => remembering(place, client, name, input, beside).await,
        None => client.call(name, input, beside).await,
    }
}

/// Calls so that a read holds what this folder's caller did before, unless they say what it has to hold.
async fn remembering(
    place: &PlaceConfig,
    client: &Client,
    name: &str,
    input: &Value,
    beside: Beside<'_>,
) -> Result<Answer, CliError> {
    let mut positions = Positions::of(place);
    let is_read = reads(name)?;
    let expected = positions.expected().filter(|_| is_read);
    let asked = beside.min_pos.is_none().then_some(expected).flatten();
    let min_pos = asked.as_deref().or(beside.min_pos);
    let answer = match client.call(name, input, Beside { min_pos, ..beside }).await {
        // The credential acts in another ledger by now, where nothing is remembered; or there is no such thing.
        Err(CliError::Refused { status: 404, .. }) if asked.is_some() => {
            client.call(name, input, beside).await?
        }
        answer => answer?,
    };
    if let Some(at) = answer.at.as_deref().and_then(|text| text.parse().ok()) {
        if is_read {
            positions.saw(at);
        } else {
            positions.did(at);
        }
        positions.keep()?;
    }
    Ok(answer)
}

/// Whether this primitive only reads, as far as this build knows it.
fn reads(name: &str) -> Result<bool, CliError> {
    let catalogue = Catalogue::build().map_err(CliError::Catalogue)?;
    let mut named = catalogue.iter().filter(|known| known.name() == name);
    Ok(named.any(|known| known.effect() == Effect::Reads))
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
