//! The order of a start: lock the folder, adopt what runs, else find the programs, create the data, run the server,
//! wait until it answers, prepare it. Every step may find the traces of an earlier start that was killed.

use std::{
    fs,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio_postgres::{Client, Config, error::SqlState};

use super::{
    Cluster, ClusterConfig, Durability, Listen, Run,
    address::Address,
    init,
    install::{Installation, Search},
    obtain::Fetcher,
    passwords::{Passwords, SUPERUSER},
    place::{Place, refused},
    postmaster::{Postmaster, remove_stale_pid_file},
    prepare::prepare,
    supervisor::{Ending, Plan, Stage, Supervisor},
};
use crate::{connect::connect, error::ClusterError};

/// Exists in every cluster.
const MAINTENANCE_DATABASE: &str = "postgres";

/// How long a live server may say nothing at all. While it says that it is recovering, we wait on.
const SILENCE_MAX: Duration = Duration::from_mins(1);
const KNOCK_PAUSE: Duration = Duration::from_millis(10);
const KNOCK_MAX: Duration = Duration::from_secs(5);

/// How often a start is repeated that failed for a reason which passes by itself.
const ATTEMPTS_MAX: u32 = 100;
const ATTEMPT_PAUSE: Duration = Duration::from_millis(200);

/// Lines of the log that an error message quotes.
const TAIL_LINES: usize = 12;

pub(crate) async fn start(
    config: ClusterConfig,
    system_home: &Path,
) -> Result<Cluster, ClusterError> {
    let place = Place::prepare(&config.root, system_home)?;
    let _turn = place.lock().await?;
    let mut listen = config.listen;
    let mut attempt = 1;
    loop {
        if let Some(cluster) = adopt(&place).await? {
            return Ok(cluster);
        }
        remove_stale_pid_file(&place.data());
        let address = address(&place, listen)?;
        let (plan, passwords) = plan(&config, &place, &address).await?;
        match run(plan, &address, &passwords).await {
            Ok((supervisor, client)) => {
                prepare(&client, &passwords).await?;
                supervisor.keep_alive();
                return Ok(Cluster::new(
                    &address,
                    &passwords,
                    place.log(),
                    Run::Ours(supervisor),
                ));
            }
            Err(error) if attempt >= ATTEMPTS_MAX => return Err(error),
            Err(error) => listen = next_listen(&error, listen).ok_or(error)?,
        }
        attempt += 1;
        tokio::time::sleep(ATTEMPT_PAUSE).await;
    }
}

pub(crate) async fn find(root: &Path) -> Result<Option<Cluster>, ClusterError> {
    match Place::existing(root)? {
        Some(place) => adopt(&place).await,
        None => Ok(None),
    }
}

/// The running cluster of this folder, if there is one. One that is just stopping is waited for instead.
async fn adopt(place: &Place) -> Result<Option<Cluster>, ClusterError> {
    let since = Instant::now();
    while let Some(running) = Postmaster::find(&place.data()) {
        let passwords = Passwords::load(&place.passwords())?;
        if let Some(address) = &running.address {
            match knock(address, &passwords).await {
                Knock::Open(_) => {
                    let run = Run::Adopted {
                        pid: running.number(),
                    };
                    return Ok(Some(Cluster::new(address, &passwords, place.log(), run)));
                }
                Knock::Refused(error) => return Err(wrong_password(place, &error)),
                Knock::NotYet | Knock::Nothing => {}
            }
        }
        if since.elapsed() > SILENCE_MAX {
            let (pid, log) = (running.number(), place.log());
            return Err(ClusterError::Silent {
                pid,
                waited: SILENCE_MAX,
                log,
            });
        }
        tokio::time::sleep(KNOCK_PAUSE).await;
    }
    Ok(None)
}

fn wrong_password(place: &Place, error: &tokio_postgres::Error) -> ClusterError {
    let what = error
        .as_db_error()
        .map_or(error.to_string(), |error| error.message().to_owned());
    ClusterError::Passwords {
        path: place.passwords(),
        what,
    }
}

fn address(place: &Place, listen: Listen) -> Result<Address, ClusterError> {
    let preferred = match listen {
        Listen::Auto => match Address::socket(&place.run()) {
            Some(socket) => return Ok(socket),
            None => None,
        },
        Listen::Loopback(preferred) => preferred,
    };
    Address::loopback(preferred).map_err(refused(&place.run()))
}

/// Finds the programs and makes the data folder if there is none: seconds of blocking work, so on a thread for it.
async fn plan(
    config: &ClusterConfig,
    place: &Place,
    address: &Address,
) -> Result<(Plan, Passwords), ClusterError> {
    let (place, durability) = (place.clone(), config.durability);
    let settings = settings(config, address);
    let search = Search {
        named: config.bin.as_deref().map(absolute),
        system: config.system,
        obtain: config.obtain,
        fetcher: Fetcher::new(),
        identity: place.identity,
    };
    let work = move || {
        let (data, path) = (place.data(), place.passwords());
        let major = init::major_of(&data)?;
        let installation = search.find(&data, major)?;
        let passwords = if major.is_some() {
            Passwords::load(&path)?
        } else {
            let passwords = Passwords::load_or_create(&path)?;
            init::create(&place, &installation, &passwords, durability)?;
            passwords
        };
        Ok((server(&place, &installation, settings), passwords))
    };
    let lost = |_| ClusterError::Lost {
        doing: "prepares the data folder",
    };
    tokio::task::spawn_blocking(work).await.map_err(lost)?
}

fn server(place: &Place, installation: &Installation, settings: Vec<(String, String)>) -> Plan {
    Plan {
        program: installation.bin.join("postgres"),
        identity: place.identity,
        data: place.data(),
        log: place.log(),
        settings,
    }
}

/// Programs run in another folder than we do.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Settings on the command line, where they outrank the files in the data folder.
fn settings(config: &ClusterConfig, address: &Address) -> Vec<(String, String)> {
    let safe = match config.durability {
        Durability::Durable => "on",
        Durability::TestOnlyUnsafe => "off",
    };
    let mut settings = address.settings();
    for (name, value) in [
        ("fsync", safe),
        ("full_page_writes", safe),
        ("synchronous_commit", safe),
        ("max_connections", "100"),
        ("shared_buffers", "256MB"),
        ("max_wal_size", "2GB"),
        // Our statements are short; compiling them costs more than it saves.
        ("jit", "off"),
        ("log_line_prefix", "%m [%p] %u@%d "),
        ("log_timezone", "UTC"),
        ("timezone", "UTC"),
    ] {
        settings.push((name, value.to_owned()));
    }
    let ours = settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    ours.chain(config.settings.iter().cloned()).collect()
}

/// Runs the server until it answers.
async fn run(
    plan: Plan,
    address: &Address,
    passwords: &Passwords,
) -> Result<(Supervisor, Client), ClusterError> {
    let (program, log) = (plan.program.clone(), plan.log.clone());
    let log_from = fs::metadata(&log).map_or(0, |found| found.len());
    let supervisor = Supervisor::spawn(plan)?;
    let mut heard = Instant::now();
    loop {
        match supervisor.stage() {
            Stage::Ended(Ending::Status(status)) => {
                let tail = tail(&log, log_from);
                return Err(ClusterError::Exited { status, log, tail });
            }
            Stage::Ended(Ending::NotStarted(kind)) => {
                return Err(ClusterError::Program {
                    program,
                    source: kind.into(),
                });
            }
            Stage::Absent => {}
            Stage::Running { pid } => match knock(address, passwords).await {
                Knock::Open(client) => return Ok((supervisor, client)),
                Knock::NotYet => heard = Instant::now(),
                Knock::Nothing if heard.elapsed() > SILENCE_MAX => {
                    return Err(ClusterError::Silent {
                        pid,
                        waited: SILENCE_MAX,
                        log,
                    });
                }
                Knock::Nothing => {}
                Knock::Refused(error) => {
                    let path = log.with_file_name("passwords");
                    let what = error.to_string();
                    return Err(ClusterError::Passwords { path, what });
                }
            },
        }
        tokio::time::sleep(KNOCK_PAUSE).await;
    }
}

/// What a server answers to the superuser.
enum Knock {
    Open(Client),
    /// It lives, and is starting, recovering or stopping.
    NotYet,
    /// Nobody there, or not a word.
    Nothing,
    Refused(tokio_postgres::Error),
}

async fn knock(address: &Address, passwords: &Passwords) -> Knock {
    let url = address.url(SUPERUSER, &passwords.superuser, MAINTENANCE_DATABASE);
    let config: Config = match url.parse() {
        Ok(config) => config,
        Err(error) => return Knock::Refused(error),
    };
    match tokio::time::timeout(KNOCK_MAX, connect(&config)).await {
        Ok(Ok(client)) => Knock::Open(client),
        Ok(Err(error)) => match error.code() {
            Some(code) if *code == SqlState::CANNOT_CONNECT_NOW => Knock::NotYet,
            Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => Knock::NotYet,
            Some(_) => Knock::Refused(error),
            None => Knock::Nothing,
        },
        Err(_) => Knock::Nothing,
    }
}

/// How to listen in the next attempt, if the reason of this failure passes or can be avoided.
fn next_listen(error: &ClusterError, listen: Listen) -> Option<Listen> {
    let ClusterError::Exited { tail, .. } = error else {
        return None;
    };
    // The processes of a killed server need a moment to notice; somebody without our lock may be starting it.
    let passes = [
        "pre-existing shared memory block",
        "lock file \"postmaster.pid\" already exists",
    ];
    if passes.iter().any(|reason| tail.contains(reason)) {
        return Some(listen);
    }
    // Another program was quicker at the port, or this file system has no sockets.
    let elsewhere = [
        "could not create any TCP/IP sockets",
        "could not create any Unix-domain sockets",
    ];
    elsewhere
        .iter()
        .any(|reason| tail.contains(reason))
        .then_some(Listen::Loopback(None))
}

/// The last lines that the server wrote since `from`.
fn tail(log: &Path, from: u64) -> String {
    let read = || {
        let mut file = fs::File::open(log)?;
        file.seek(SeekFrom::Start(from))?;
        let mut text = Vec::new();
        file.take(64 * 1024).read_to_end(&mut text)?;
        std::io::Result::Ok(String::from_utf8_lossy(&text).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
