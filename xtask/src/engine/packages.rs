//! Debian packages: those the machine itself must have, installed with apt-get where missing, and a
//! newer Docker than the system's, downloaded from another suite and unpacked below the target
//! directory without touching the system's own.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};

use super::sources;
use crate::{cmd, ui};

/// The suite that Docker comes from. A suite, not versions: it moves.
const SUITE: &str = "forky";
/// What is taken from it; all of it runs on the libc of the last three releases.
const DOCKER: [&str; 5] =
    ["docker.io", "docker-cli", "docker-buildx", "containerd", "docker-registry"];
/// What is taken of an older one.
const DAEMON: [&str; 2] = ["docker.io", "containerd"];
/// What an engine of our own and its base images need from the machine's own suite.
const MACHINE: [&str; 7] =
    ["runc", "iptables", "iproute2", "debootstrap", "busybox-static", "ca-certificates", "git"];

/// Installs what an engine of our own needs and the machine lacks.
pub(crate) fn install_for_engine() -> Result<()> {
    install(&MACHINE)
}

/// Installs those of the packages that are missing, or says which ones are and why they cannot be.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !cmd::is_installed("apt-get") {
        bail!("this machine has no apt-get: install {names} by its own means");
    }
    if !rustix::process::geteuid().is_root() {
        bail!(
            "these Debian packages are missing: {names}\nrun as root, or `apt-get install {names}`"
        );
    }
    ui::step(format!("installing Debian packages: {names}"));
    patiently(|| {
        cmd::output(apt().arg("update"))?;
        let mut command = apt();
        command.args(["install", "-y", "--no-install-recommends"]).args(&missing);
        cmd::output(command.env("DEBIAN_FRONTEND", "noninteractive"))
    })
    .with_context(|| format!("cannot install {names}"))?;
    Ok(())
}

/// Whether Docker's packages can be had here: from a Debian mirror, with Debian's tools.
fn can_download() -> bool {
    cmd::is_installed("apt-get") && cmd::is_installed("dpkg") && sources::mirror().is_some()
}

/// Whether a Docker of our own can be had: it is there already, or can be downloaded.
pub(crate) fn can_unpack_docker(programs: &Path) -> bool {
    is_unpacked(programs) || can_download()
}

fn is_unpacked(programs: &Path) -> bool {
    programs.join("complete").exists()
}

/// Downloads Docker's packages and unpacks them into `programs`, unless they are there.
pub(crate) fn unpack_docker(programs: &Path) -> Result<()> {
    unpack(programs, SUITE, &DOCKER)
}

/// The same for the daemon alone, from another suite.
pub(crate) fn unpack_daemon(programs: &Path, suite: &str) -> Result<()> {
    unpack(programs, suite, &DAEMON)
}

fn unpack(programs: &Path, suite: &str, packages: &[&str]) -> Result<()> {
    // Several instances may want the same at once.
    let lock = File::create(programs.with_extension(format!("{suite}.lock")))?;
    flock(&lock, FlockOperation::LockExclusive)?;
    if is_unpacked(programs) {
        return Ok(());
    }
    ui::step(format!("downloading Docker from Debian {suite}"));
    let draft = programs.with_extension(format!("{suite}.new"));
    if draft.exists() {
        fs::remove_dir_all(&draft)?;
    }
    fs::create_dir_all(draft.join("lists/partial"))?;
    fs::create_dir_all(draft.join("cache/archives/partial"))?;
    patiently(|| download(&draft, suite, packages))?;
    for file in fs::read_dir(&draft)?.flatten().map(|entry| entry.path()) {
        if file.extension().is_some_and(|extension| extension == "deb") {
            cmd::output(Command::new("dpkg").arg("-x").arg(&file).arg(draft.join("root")))?;
            fs::remove_file(&file)?;
        }
    }
    fs::remove_dir_all(draft.join("lists"))?;
    fs::remove_dir_all(draft.join("cache"))?;
    fs::write(draft.join("complete"), suite)?;
    if programs.exists() {
        fs::remove_dir_all(programs)?;
    }
    fs::rename(&draft, programs)?;
    Ok(())
}

/// With lists and sources of our own: the system's apt stays as it is.
fn download(directory: &Path, suite: &str, packages: &[&str]) -> Result<String> {
    let mirror = sources::mirror().context("no Debian mirror among the machine's apt sources")?;
    let keyring = sources::KEYRING;
    let signed =
        if Path::new(keyring).exists() { format!("[signed-by={keyring}] ") } else { String::new() };
    fs::write(directory.join("sources.list"), format!("deb {signed}{mirror} {suite} main\n"))?;
    cmd::output(private_apt(directory).arg("update"))?;
    let names = packages.iter().map(|name| format!("{name}/{suite}"));
    cmd::output(private_apt(directory).arg("download").args(names))
}

fn private_apt(directory: &Path) -> Command {
    let mut command = apt();
    for (option, value) in [
        ("Dir::Etc::sourcelist", directory.join("sources.list")),
        ("Dir::Etc::sourceparts", "-".into()),
        ("Dir::State::lists", directory.join("lists")),
        ("Dir::Cache", directory.join("cache")),
    ] {
        command.arg("-o").arg(format!("{option}={}", value.display()));
    }
    // apt would drop to a user that cannot write here.
    command.args(["-o", "APT::Sandbox::User=root"]).current_dir(directory);
    command
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]);
    command
}

/// apt does not wait for its list lock, and mirrors have bad moments.
fn patiently<T>(mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    for pause in [3, 10, 30] {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(error) => ui::note(format!("{error:#}\n    trying again in {pause} s")),
        }
        thread::sleep(Duration::from_secs(pause));
    }
    attempt()
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${db:Status-Status}", package]);
    cmd::output(&mut query).is_ok_and(|status| status == "installed")
}
