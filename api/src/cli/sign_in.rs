//! `cinatra sign-up`, `sign-in`, `sign-out`: a session for the command line, kept in this folder.
//!
//! The password is asked for, or read from standard input where that is no terminal; it is no argument, because
//! arguments are seen by everybody on the machine and kept by shells.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cinatra_domain::kernel::TenantId;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::arguments::{SignIn, SignUp};
use super::client::{Beside, Client};
use super::position::{self, Positions};
use super::serve::home_error;
use super::{CliError, Terminal, find};
use crate::config::{ClientConfig, Env, PlaceConfig};
use crate::security::{TOKEN_FILE, create_private};

/// Name of the file with the session of this folder.
const CREDENTIAL_FILE: &str = "credential";
/// Name of the file with the address of the server that the session is from.
const ADDRESS_FILE: &str = "credential-server";

/// Registers, and signs in.
pub(super) async fn up(
    asked: SignUp,
    terminal: &mut Terminal,
    env: Env<'_>,
) -> Result<ExitCode, CliError> {
    let client = connect(env).await?;
    let password = password("Password (at least 12 characters): ")?;
    let input = json!({ "name": asked.name, "email": asked.email, "password": *password });
    let registered = client
        .call("users_register", &input, Beside::default())
        .await?;
    terminal.value(&registered.output)?;
    enter(&client, &asked.email, &password, None, terminal, env).await
}

/// Signs in.
pub(super) async fn enter_with(
    asked: SignIn,
    terminal: &mut Terminal,
    env: Env<'_>,
) -> Result<ExitCode, CliError> {
    let client = connect(env).await?;
    let password = password("Password: ")?;
    let organization = asked.organization.as_deref();
    enter(
        &client,
        &asked.email,
        &password,
        organization,
        terminal,
        env,
    )
    .await
}

/// Signs out, and forgets the session of this folder.
pub(super) async fn out(terminal: &mut Terminal, env: Env<'_>) -> Result<ExitCode, CliError> {
    let client = find::server(env).await?.ok_or_else(|| nobody_there(env))?;
    let ended = client
        .call("sessions_sign_out", &json!({}), Beside::default())
        .await;
    forget(&PlaceConfig::from_env(env))?;
    terminal.value(&ended?.output)?;
    Ok(ExitCode::SUCCESS)
}

async fn enter(
    client: &Client,
    email: &str,
    password: &str,
    organization: Option<&str>,
    terminal: &mut Terminal,
    env: Env<'_>,
) -> Result<ExitCode, CliError> {
    let place = PlaceConfig::from_env(env);
    let input = json!({ "email": email, "password": password });
    let entered = client
        .call("sessions_sign_in", &input, Beside::default())
        .await?;
    let mut output = keep(&place, client.url(), entered.output)?;
    if let Some(organization) = organization {
        let client = find::server(env).await?.ok_or_else(|| nobody_there(env))?;
        let input = json!({ "organizationId": organization });
        let name = "sessions_select_organization";
        let selected = client.call(name, &input, Beside::default()).await?;
        output = keep(&place, client.url(), selected.output)?;
    }
    terminal.value(&output)?;
    if ClientConfig::from_env(env)?.token.is_some() {
        terminal.remark("CINATRA_TOKEN is set and goes before this session")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Keeps a new session's credential in this folder, instead of showing it, and where it is from and acts.
pub(super) fn keep(place: &PlaceConfig, url: &str, mut output: Value) -> Result<Value, CliError> {
    let Some(fields) = output.as_object_mut() else {
        return Ok(output);
    };
    if let Some(Value::String(token)) = fields.remove("sessionToken") {
        let path = credential(place);
        let address = place.home.join(ADDRESS_FILE);
        fs::create_dir_all(&place.home).map_err(|source| home_error(&place.home, source))?;
        for (path, text) in [(&address, url), (&path, token.as_str())] {
            let failed = |source| CliError::Home(path.display().to_string(), source);
            create_private(path, text).map_err(failed)?;
        }
        let organization = fields.get("organizationId").and_then(Value::as_str);
        let organization = organization.and_then(|text| text.parse().ok());
        let mut positions = Positions::of(place);
        positions.acts_in(organization.unwrap_or(TenantId::SYSTEM));
        positions.keep()?;
        fields.insert(
            "credentialFile".to_owned(),
            json!(path.display().to_string()),
        );
    }
    Ok(output)
}

fn forget(place: &PlaceConfig) -> Result<(), CliError> {
    position::forget(&place.home);
    for path in [credential(place), place.home.join(ADDRESS_FILE)] {
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(CliError::Home(path.display().to_string(), source)),
        }
    }
    Ok(())
}

/// The server that the session of this folder is from.
pub(super) fn kept_from(home: &Path) -> Option<String> {
    if !home.join(CREDENTIAL_FILE).exists() {
        return None;
    }
    let text = fs::read_to_string(home.join(ADDRESS_FILE)).ok()?;
    Some(text.trim().to_owned())
}

fn credential(place: &PlaceConfig) -> PathBuf {
    place.home.join(CREDENTIAL_FILE)
}

/// The credential of this folder: the session that was signed in here, else the one of the first start.
pub(super) fn kept(home: &Path) -> Option<String> {
    [CREDENTIAL_FILE, TOKEN_FILE].iter().find_map(|name| {
        let text = fs::read_to_string(home.join(name)).ok()?;
        Some(text.trim().to_owned())
    })
}

async fn connect(env: Env<'_>) -> Result<Client, CliError> {
    let found = find::server_for_anybody(env).await?;
    found.ok_or_else(|| nobody_there(env))
}

fn nobody_there(env: Env<'_>) -> CliError {
    let home = PlaceConfig::from_env(env).home.display().to_string();
    CliError::NothingToTalkTo { home }
}

fn password(prompt: &str) -> Result<Zeroizing<String>, CliError> {
    let failed = |source| CliError::Password(source);
    if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(prompt).map_err(failed)?;
        return Ok(Zeroizing::new(typed));
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line).map_err(failed)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_kept_and_not_shown() {
        let home = tempfile::tempdir().unwrap();
        let place = PlaceConfig {
            home: home.path().to_owned(),
        };
        assert_eq!(kept(home.path()), None);
        let output = json!({ "success": true, "sessionToken": "cis_canary" });
        let shown = keep(&place, "http://there", output).unwrap();
        assert!(!shown.to_string().contains("canary"));
        assert_eq!(kept(home.path()).as_deref(), Some("cis_canary"));
        assert_eq!(kept_from(home.path()).as_deref(), Some("http://there"));
        forget(&place).unwrap();
        assert_eq!(kept(home.path()), None);
        assert_eq!(kept_from(home.path()), None);
    }
}
