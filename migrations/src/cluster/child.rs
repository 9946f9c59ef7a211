//! Programs that we run: as whom, with which environment, and that they do not outlive us.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};

use super::identity::Identity;

/// A program under `identity`, with nothing of our environment but the search path: a stray `PGDATA` or locale
/// must not change what it does.
pub(crate) fn command(program: &Path, identity: Option<Identity>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .current_dir("/");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    if let Some(Identity { uid, gid }) = identity {
        // As root this also drops every supplementary group.
        command.uid(uid).gid(gid);
    }
    command
}

/// The same, and the program gets a SIGINT from the system when the calling thread dies.
#[cfg(target_os = "linux")]
pub(crate) fn tied(program: &Path, identity: Option<Identity>) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    let works = command(setpriv, identity)
        .args(["--pdeathsig", "INT", "--", "/bin/sh", "-c", ":"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if works {
        let mut tied = command(setpriv, identity);
        tied.args(["--pdeathsig", "INT", "--"]).arg(program);
        return tied;
    }
    tied_by_ourselves(program, identity)
}

#[cfg(target_os = "linux")]
fn tied_by_ourselves(program: &Path, identity: Option<Identity>) -> Command {
    let mut tied = command(program, identity);
    #[expect(
        unsafe_code,
        reason = "no setpriv here; one system call between fork and exec ties the child to us"
    )]
    // SAFETY: the closure allocates nothing and takes no lock; prctl is async-signal-safe.
    unsafe {
        tied.pre_exec(|| {
            use rustix::process::{Signal, set_parent_process_death_signal};
            set_parent_process_death_signal(Some(Signal::INT)).map_err(std::io::Error::from)
        });
    }
    tied
}

/// Elsewhere the system has no such tie: a server that outlives us is found by the next start.
#[cfg(not(target_os = "linux"))]
pub(crate) fn tied(program: &Path, identity: Option<Identity>) -> Command {
    command(program, identity)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{
        fs,
        path::Path,
        process::Command,
        thread,
        time::{Duration, Instant},
    };

    use rustix::process::geteuid;

    use super::{Identity, tied, tied_by_ourselves};

    fn dies_with_its_thread(tie: fn(&Path, Option<Identity>) -> Command) {
        let nobody = Identity {
            uid: 65534,
            gid: 65534,
        };
        let identity = geteuid().is_root().then_some(nobody);
        let parent = thread::spawn(move || {
            // A script's background job ignores SIGINT and hands that on; a server handles it, `sleep` does not.
            let child = tie(Path::new("env"), identity)
                .args(["--default-signal=INT", "sleep", "600"])
                .spawn()
                .unwrap();
            // The tie is made shortly before the program runs.
            let name = format!("/proc/{}/comm", child.id());
            while fs::read_to_string(&name).unwrap().trim() != "sleep" {
                thread::sleep(Duration::from_millis(1));
            }
            child
        });
        let mut child = parent.join().unwrap();
        let since = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if since.elapsed() > Duration::from_secs(5) {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("the child outlived its thread");
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_child_dies_with_the_thread_that_started_it() {
        dies_with_its_thread(tied);
        dies_with_its_thread(tied_by_ourselves);
    }
}
