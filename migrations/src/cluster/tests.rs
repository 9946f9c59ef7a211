use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tokio_postgres::config::Host;

use super::{Run, postmaster::lives, start::start as start_in};
use crate::{
    Cluster, ClusterConfig, ClusterError, Durability, Listen,
    connect::connect,
    drop_database,
    role::{LEDGER, OWNER, READER},
    testing::{CREATE_KEPT, DESCRIBE_LOGIN, ask, closed_home, config, home, open, start},
    with_database,
};

const ALIVE: &str = "select 'alive'";
const KEPT: &str = "select 'kept'::regclass::text";

const PATIENCE: Duration = Duration::from_secs(20);

fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap()).unwrap()
}

fn kill(number: u32, signal: Signal) {
    kill_process(pid(number), signal).unwrap();
}

async fn gone(number: u32) {
    let since = Instant::now();
    while lives(pid(number)) {
        assert!(since.elapsed() < PATIENCE, "process {number} lives on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Kills the server and forgets the cluster before it is started again: what a power cut leaves behind.
async fn cut_power(cluster: Cluster) {
    let server = cluster.pid();
    kill(server, Signal::KILL);
    drop(cluster);
    gone(server).await;
}

async fn refusal(config: ClusterConfig) -> ClusterError {
    Cluster::start(config).await.unwrap_err()
}

#[tokio::test]
async fn a_new_cluster_is_durable_private_and_ready() {
    let home = home();
    let mut config = config(&home);
    config.durability = Durability::Durable;
    let cluster = Cluster::start(config).await.unwrap();
    assert!(!cluster.adopted());

    let client = open(cluster.url()).await;
    for name in [
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "data_checksums",
    ] {
        assert_eq!(ask(&client, &format!("show {name}")).await, "on", "{name}");
    }
    assert_eq!(ask(&client, "show server_encoding").await, "UTF8");
    assert_eq!(
        ask(&client, "show password_encryption").await,
        "scram-sha-256"
    );
    // Sorts by bytes; neither superuser, role maker, database maker, above policies, nor does it inherit.
    assert_eq!(ask(&client, DESCRIBE_LOGIN).await, "C cinatra f f f f f");
    for role in [OWNER, LEDGER, READER] {
        client
            .batch_execute(&format!("set role {role}"))
            .await
            .unwrap();
    }

    let mut guess: tokio_postgres::Config = cluster.url().parse().unwrap();
    guess.password("guessed");
    assert!(
        connect(&guess).await.is_err(),
        "a password is asked on the socket too"
    );

    let base = home.path().join("pg");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let owner = |path: &Path| fs::metadata(path).unwrap().uid();
    let ours = geteuid().as_raw();
    assert_eq!(
        (mode(&base), owner(&base)),
        (if ours == 0 { 0o711 } else { 0o700 }, ours)
    );
    for theirs in ["data", "run"].map(|name| base.join(name)) {
        assert_eq!((mode(&theirs), owner(&theirs) == ours), (0o700, ours != 0));
    }
    for secret in [&base.join("passwords"), cluster.log()] {
        assert_eq!((mode(secret), owner(secret)), (0o600, ours));
    }
    assert!(!base.join("initdb.secret").exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_stopped_cluster_is_gone_and_comes_back_with_its_data() {
    let home = home();
    let first = start(&home).await;
    let server = first.pid();
    open(first.admin_url())
        .await
        .batch_execute(CREATE_KEPT)
        .await
        .unwrap();
    let url = first.url().to_owned();
    first.stop().await.unwrap();
    gone(server).await;
    assert!(!home.path().join("pg/data/postmaster.pid").exists());

    let second = start(&home).await;
    assert_eq!(second.url(), url, "passwords and address stay");
    assert_eq!(ask(&open(second.url()).await, KEPT).await, "kept");

    // Dropping is the seat belt, and holds too.
    let server = second.pid();
    drop(second);
    gone(server).await;
}

#[tokio::test]
async fn who_comes_second_adopts_and_does_not_stop() {
    let home = home();
    let (one, other) = tokio::join!(start(&home), start(&home));
    assert_ne!(
        one.adopted(),
        other.adopted(),
        "exactly one of two simultaneous starts is the first"
    );
    let (ours, adopted) = if one.adopted() {
        (other, one)
    } else {
        (one, other)
    };
    assert_eq!((ours.pid(), ours.url()), (adopted.pid(), adopted.url()));

    adopted.stop().await.unwrap();
    let third = start(&home).await;
    assert!(third.adopted());
    drop(third);
    assert_eq!(ask(&open(ours.url()).await, ALIVE).await, "alive");
    ours.stop().await.unwrap();
}

#[tokio::test]
async fn a_look_finds_a_running_cluster_and_starts_none() {
    let home = home();
    let root = home.path().join("home");
    assert!(Cluster::find(&root).await.unwrap().is_none());
    assert!(!Cluster::exists(&root).unwrap());
    assert!(!root.exists());
    let cluster = start(&root).await;
    let found = Cluster::find(&root).await.unwrap().unwrap();
    assert!(found.adopted());
    assert_eq!(found.url(), cluster.url());
    cluster.stop().await.unwrap();
    assert!(Cluster::find(&root).await.unwrap().is_none());
    assert!(Cluster::exists(&root).unwrap());
}

#[tokio::test]
async fn a_start_during_a_stop_waits_and_starts_anew() {
    let home = home();
    let first = start(&home).await;
    let server = first.pid();
    let (stopped, second) = tokio::join!(first.stop(), start(&home));
    stopped.unwrap();
    assert!(!second.adopted() || second.pid() != server);
    assert_eq!(ask(&open(second.url()).await, ALIVE).await, "alive");
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_started_again_at_the_same_address() {
    let home = home();
    let mut config = config(&home);
    config.durability = Durability::Durable;
    let cluster = Cluster::start(config).await.unwrap();
    let admin = open(cluster.admin_url()).await;
    admin.batch_execute(CREATE_KEPT).await.unwrap();
    let killed = cluster.pid();
    kill(killed, Signal::KILL);

    let since = Instant::now();
    let kept = loop {
        assert!(since.elapsed() < PATIENCE, "it does not come back");
        let config = cluster.admin_url().parse().unwrap();
        if let Ok(client) = connect(&config).await
            && let Ok(row) = client.query_one(KEPT, &[]).await
        {
            break row.get::<_, String>(0);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(kept, "kept");
    assert!(cluster.pid() != killed && cluster.pid() != 0);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_crashed_cluster_recovers_at_the_next_start() {
    let home = home();
    let mut config = config(&home);
    config.durability = Durability::Durable;
    let first = Cluster::start(config.clone()).await.unwrap();
    open(first.admin_url())
        .await
        .batch_execute(CREATE_KEPT)
        .await
        .unwrap();
    cut_power(first).await;
    assert!(
        home.path().join("pg/data/postmaster.pid").exists(),
        "a crash leaves its pid file"
    );

    let second = Cluster::start(config).await.unwrap();
    assert!(!second.adopted());
    assert_eq!(ask(&open(second.url()).await, KEPT).await, "kept");
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_whose_number_is_somebody_elses_now_is_stale() {
    let home = home();
    let first = start(&home).await;
    cut_power(first).await;
    let file = home.path().join("pg/data/postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();

    // A process of the user that the server runs as: the server itself would refuse to start.
    let mut stranger = Command::new("sleep").arg("600").spawn().unwrap();
    if geteuid().is_root() {
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        let owner = fs::metadata(home.path().join("pg/data")).unwrap();
        stranger = Command::new("sleep")
            .arg("600")
            .uid(owner.uid())
            .gid(owner.gid())
            .spawn()
            .unwrap();
    }
    fs::write(&file, format!("{}\n{rest}", stranger.id())).unwrap();

    let second = start(&home).await;
    assert!(!second.adopted());
    second.stop().await.unwrap();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn a_first_start_that_was_killed_halfway_is_done_again() {
    let home = home();
    let first = start(&home).await;
    let maintenance = with_database(first.admin_url(), "postgres");
    drop_database(&maintenance, "cinatra").await.unwrap();
    cut_power(first).await;
    let base = home.path().join("pg");
    fs::create_dir(base.join("data.new")).unwrap();
    let second = start(&home).await;
    assert_eq!(ask(&open(second.url()).await, ALIVE).await, "alive");
    second.stop().await.unwrap();

    // Or in the middle of initdb.
    fs::rename(base.join("data"), base.join("data.new")).unwrap();
    start(&home).await.stop().await.unwrap();
    assert!(!base.join("data.new").exists());
}

#[tokio::test]
async fn lost_passwords_and_a_data_folder_that_does_not_fit_are_named() {
    let home = home();
    start(&home).await.stop().await.unwrap();
    let path = home.path().join("pg/passwords");
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let error = refusal(config(&home)).await;
    assert!(matches!(error, ClusterError::Passwords { .. }), "{error}");
    fs::write(&path, text.replace("superuser:", "superuser:x")).unwrap();
    let error = refusal(config(&home)).await;
    assert!(matches!(error, ClusterError::Passwords { .. }), "{error}");
    assert!(
        !home.path().join("pg/data/postmaster.pid").exists(),
        "a failed start leaves no server"
    );

    let version = home.path().join("pg/data/PG_VERSION");
    let mut config = config(&home);
    config.obtain = false;

    fs::write(&version, "99\n").unwrap();
    let newer = refusal(config.clone()).await;
    assert!(
        matches!(newer, ClusterError::NewerData { major: 99, .. }),
        "{newer}"
    );
    assert!(
        newer.to_string().contains("created by PostgreSQL 99"),
        "{newer}"
    );

    fs::write(&version, "9.6\n").unwrap();
    assert!(matches!(
        refusal(config.clone()).await,
        ClusterError::Damaged { .. }
    ));
    fs::write(&version, "11\n").unwrap();
    assert!(matches!(
        refusal(config.clone()).await,
        ClusterError::OlderData { major: 11, .. }
    ));
    fs::remove_file(&version).unwrap();
    assert!(matches!(
        refusal(config).await,
        ClusterError::Damaged { .. }
    ));
}

#[tokio::test]
async fn without_programs_the_error_says_what_to_type() {
    let home = home();
    let mut config = config(&home);
    config.bin = Some("/nowhere/bin".into());
    let error = refusal(config).await;
    assert!(
        matches!(error, ClusterError::NotInstalled { .. }),
        "{error}"
    );
    let text = error.to_string();
    for part in [
        "15 or newer",
        "/nowhere/bin",
        "install",
        "CINATRA_PG_BIN",
        "DATABASE_URL",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    assert!(!home.path().join("pg/data").exists());
}

#[tokio::test]
async fn a_home_that_cannot_be_written_is_named() {
    let home = home();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let error = refusal(config(file.join("home"))).await;
    assert!(matches!(error, ClusterError::Folder { .. }), "{error}");
    assert!(error.to_string().contains("CINATRA_HOME"), "{error}");
    if !geteuid().is_root() {
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let error = refusal(config(&home)).await;
        assert!(matches!(error, ClusterError::Folder { .. }), "{error}");
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test]
async fn a_deep_home_listens_on_a_port_that_nobody_has() {
    let home = home();
    let deep = home.path().join("d".repeat(120));
    let port_of = |cluster: &Cluster| {
        let parsed: tokio_postgres::Config = cluster.url().parse().unwrap();
        assert_eq!(parsed.get_hosts(), [Host::Tcp("127.0.0.1".to_owned())]);
        parsed.get_ports()[0]
    };
    let cluster = start(&deep).await;
    let port = port_of(&cluster);
    assert_eq!(ask(&open(cluster.url()).await, ALIVE).await, "alive");
    cluster.stop().await.unwrap();

    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut config = config(&deep);
    config.listen = Listen::Loopback(Some(port));
    let cluster = Cluster::start(config).await.unwrap();
    assert_ne!(port_of(&cluster), port);
    assert_eq!(ask(&open(cluster.url()).await, ALIVE).await, "alive");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_home_out_of_reach_links_to_the_system_home() {
    if !geteuid().is_root() {
        // Nobody is dropped to: an ordinary user reaches its own home.
        let closed = closed_home();
        start(closed.path()).await.stop().await.unwrap();
        assert!(!closed.path().join("pg").is_symlink());
        return;
    }
    let (closed, system) = (closed_home(), home());
    let system_home = system.path().join("lib");
    let cluster = start_in(config(&closed), &system_home).await.unwrap();
    let link = fs::read_link(closed.path().join("pg")).unwrap();
    assert!(link.starts_with(&system_home), "{}", link.display());
    cluster.stop().await.unwrap();

    let again = start_in(config(&closed), &system_home).await.unwrap();
    again.stop().await.unwrap();
    assert_eq!(
        fs::read_dir(&system_home).unwrap().count(),
        1,
        "the link is followed"
    );

    fs::remove_file(closed.path().join("pg")).unwrap();
    start_in(config(&closed), &system_home)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    assert_eq!(
        fs::read_dir(&system_home).unwrap().count(),
        2,
        "a removed home is not resurrected"
    );

    let link = fs::read_link(closed.path().join("pg")).unwrap();
    fs::remove_dir_all(link).unwrap();
    start_in(config(&closed), &system_home)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_cluster_that_cannot_live_is_given_up() {
    let home = home();
    let mut config = config(&home);
    config
        .settings
        .push(("shared_buffers".to_owned(), "nonsense".to_owned()));
    let error = refusal(config).await;
    let ClusterError::Exited { tail, .. } = &error else {
        panic!("{error}")
    };
    assert!(tail.contains("shared_buffers"), "{tail}");
}

/// Runs twice: as the test, and, told so by the environment, as the parent that is going to be killed.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_parent_takes_the_server_with_it() {
    const HOME: &str = "PARENT_HOME_UNDER_TEST";
    if let Some(root) = env::var_os(HOME) {
        let cluster = start(Path::new(&root)).await;
        let Run::Ours(_) = &cluster.run else {
            panic!("adopted")
        };
        fs::write(Path::new(&root).join("ready"), cluster.pid().to_string()).unwrap();
        std::future::pending::<()>().await;
    }
    let home = home();
    let name = "cluster::tests::a_killed_parent_takes_the_server_with_it";
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(HOME, home.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let ready = home.path().join("ready");
    let since = Instant::now();
    let server: u32 = loop {
        if let Ok(Ok(number)) = fs::read_to_string(&ready).map(|text| text.parse()) {
            break number;
        }
        if parent.try_wait().unwrap().is_some() || since.elapsed() > PATIENCE {
            let output = BufReader::new(parent.stdout.take().unwrap());
            panic!("{:?}", output.lines().collect::<Vec<_>>());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    parent.kill().unwrap();
    parent.wait().unwrap();
    gone(server).await;
    let after = start(&home).await;
    assert!(!after.adopted());
    after.stop().await.unwrap();
}
