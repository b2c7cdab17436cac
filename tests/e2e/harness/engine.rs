//! The engine of `cargo xtask up`: taken from the environment, or brought up once for all tests of
//! this run. There is no way around it: without an engine every test here fails.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Deref;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use super::{Project, fresh};

/// What `cargo xtask up --env` says.
pub(crate) struct Engine {
    pub(crate) variables: BTreeMap<String, String>,
}

const NAMES: [&str; 10] = [
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "BUILDX_BUILDER",
    "BUILDX_CONFIG",
    "PATH",
    "STRAKE_SYNTAX",
    "STRAKE_REGISTRY",
    "STRAKE_BASE",
    "STRAKE_BUSYBOX",
    "STRAKE_PROFILE",
];

pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        fresh::demand();
        let variables = match std::env::var("STRAKE_SYNTAX") {
            Ok(_) => NAMES
                .iter()
                .filter_map(|name| Some((*name, std::env::var(name).ok()?)))
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            Err(_) => bring_up(),
        };
        Engine { variables: with_builder(variables) }
    })
}

/// `STRAKE_BUILDER=NAME`: builds go to that builder of the user's in place of the engine itself. It must reach the
/// registry on loopback.
fn with_builder(mut variables: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let Ok(builder) = std::env::var("STRAKE_BUILDER") else { return variables };
    variables.insert("BUILDX_BUILDER".into(), builder);
    // An engine of ours has a directory of settings of its own, in which there is no such builder.
    let home = || Some(format!("{}/.docker/buildx", std::env::var("HOME").ok()?));
    if let Some(settings) = std::env::var("BUILDX_CONFIG").ok().or_else(home) {
        variables.insert("BUILDX_CONFIG".into(), settings);
    }
    variables
}

impl Engine {
    fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_else(|| panic!("the engine does not say {name}"))
    }

    /// The image in the syntax line.
    pub(crate) fn syntax(&self) -> &str {
        self.variable("STRAKE_SYNTAX")
    }

    /// Host and port of the registry.
    pub(crate) fn registry(&self) -> &str {
        self.variable("STRAKE_REGISTRY")
    }

    /// A Debian base image.
    pub(crate) fn debian(&self) -> &str {
        self.variable("STRAKE_BASE")
    }

    /// Whether strake was compiled in haste, for somebody who tries a change.
    pub(crate) fn is_quick(&self) -> bool {
        self.variables.get("STRAKE_PROFILE").is_some_and(|profile| profile == "quick")
    }

    /// A small base image.
    pub(crate) fn busybox(&self) -> &str {
        self.variable("STRAKE_BUSYBOX")
    }

    /// `docker`, talking to the engine.
    pub(crate) fn docker(&self) -> Command {
        // A child is looked up in the PATH of this process: lead it to the engine's client.
        self.program(self.client().unwrap_or_else(|| "docker".into()))
    }

    /// `docker buildx`.
    pub(crate) fn buildx(&self) -> Command {
        strake_compare::buildx(|| self.docker())
    }

    /// A program that runs `docker`.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.envs(&self.variables);
        command
    }

    fn client(&self) -> Option<std::path::PathBuf> {
        let path = self.variables.get("PATH")?;
        std::env::split_paths(path)
            .map(|directory| directory.join("docker"))
            .find(|file| file.is_file())
    }
}

fn bring_up() -> BTreeMap<String, String> {
    xtask(&["up", "--env"])
}

/// Runs a task that prints exports, and gives them.
fn xtask(args: &[&str]) -> BTreeMap<String, String> {
    let task = task(args).output().expect("cargo runs");
    assert!(task.status.success(), "`cargo xtask {}` failed", args.join(" "));
    let text = String::from_utf8(task.stdout).expect("exports are text");
    text.lines().filter_map(export).collect()
}

fn task(args: &[&str]) -> Command {
    // The program itself, where there is one: cargo would wait for whoever else compiles.
    let mut task = match std::env::var_os("STRAKE_XTASK") {
        Some(program) => Command::new(program),
        None => {
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
            cargo.arg("xtask");
            cargo
        }
    };
    task.args(args).stderr(Stdio::inherit());
    task
}

/// An engine of a test's own, empty, that shares nothing with the other but the registry: a fresh CI
/// runner. It ends with the test.
pub(crate) struct Runner {
    name: String,
    engine: Engine,
}

impl Runner {
    pub(crate) fn start() -> Self {
        Runner::with(&[])
    }

    /// One that tests share while they run at the same time. It is not empty, but knows nothing of the other engine's:
    /// a test whose names are its own finds none of its layers and mounts there.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Runner>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let runner = Arc::new(Runner::start());
            runner.unpack();
            *shared = Arc::downgrade(&runner);
            runner
        })
    }

    /// Has it use all images before several tests do. While builds overlap that are the first to use an image,
    /// BuildKit finds nothing again of what runs on it, as `xtask` knows of the main engine.
    fn unpack(&self) {
        let dockerfile = format!(
            "FROM {}\nRUN --mount=type=bind,from={},target=/busybox --mount=type=bind,from={},target=/syntax true\n",
            self.debian(),
            self.busybox(),
            self.syntax()
        );
        let project = Project::without_manifest().put("Dockerfile", dockerfile).named("Dockerfile");
        project.build().on(self).arg("--output=type=cacheonly").ok();
    }

    /// One whose data are on a disk of a size, such as `800m`.
    pub(crate) fn with_disk(size: &str) -> Self {
        Runner::with(&["--disk", size])
    }

    /// One of an older Docker, `bookworm`, `trixie` or `trixie-containerd`, or a `standalone` BuildKit.
    pub(crate) fn of(docker: &str) -> Self {
        Runner::with(&["--docker", docker])
    }

    fn with(options: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("e2e-{}-{count}", std::process::id());
        let mut variables = engine().variables.clone();
        variables.extend(xtask(&[&["runner", name.as_str()], options].concat()));
        Runner { name, engine: Engine { variables } }
    }
}

impl Deref for Runner {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // A test may be failing already; `cargo xtask down` ends what is left.
        let _ = task(&["down", &self.name]).status();
    }
}

/// `export NAME='VALUE'`, with quotes or without.
fn export(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    Some((name.to_owned(), value.trim_matches(['\'', '"']).to_owned()))
}
