//! `up` and `down`: the engine with everything a build needs, and its end.

use std::ffi::OsString;
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};

use crate::engine::{self, Client, Engine, Instance, Release};
use crate::images::{self, Profile, Syntax};
use crate::workspace::Workspace;
use crate::{cmd, ui};

/// The instance that tasks and tests share.
pub(crate) const MAIN: &str = "main";

/// Everything that is up.
#[derive(Debug)]
pub(crate) struct Up {
    /// The engine and its registry.
    pub(crate) engine: Engine,
    /// The image for the syntax line.
    pub(crate) syntax: Syntax,
    /// The reference of the Debian image.
    pub(crate) base: String,
    /// The reference of the busybox image.
    pub(crate) busybox: String,
    /// When the compiler began with the frontend.
    compiled: SystemTime,
    profile: Profile,
}

/// Brings up the engine, the registry and the images; what is up already stays as it is.
pub(crate) fn up(workspace: &Workspace, profile: Profile) -> Result<Up> {
    let (begun, compiled) = (Instant::now(), SystemTime::now());
    let instance = Instance::named(workspace, MAIN)?;
    let _lock = instance.lock()?;
    // Compiling takes longest and needs no engine.
    let (binary, ready) = thread::scope(|scope| {
        let compiling = scope.spawn(|| {
            workspace.add_musl()?;
            images::compile(workspace, &images::FRONTEND, profile)
        });
        let ready = engine_and_bases(&instance);
        (compiling.join(), ready)
    });
    // What is wrong with the machine comes first: the code can be fixed later.
    let (engine, base, busybox) = ready?;
    let binary = binary.ok().context("the compiling thread panicked")??;
    let syntax = images::syntax(workspace, &instance, &engine, &binary)?;
    let up = Up { engine, syntax, base, busybox, compiled, profile };
    up.use_images(&instance)?;
    up.summary();
    ui::note(format!("ready after {}", ui::seconds(begun.elapsed())));
    Ok(up)
}

fn engine_and_bases(instance: &Instance) -> Result<(Engine, String, String)> {
    let engine = engine::up(instance)?;
    let base = images::base(instance, &engine)?;
    let busybox = images::busybox(instance, &engine)?;
    Ok((engine, base, busybox))
}

/// Whether there is an engine that somebody is using already.
pub(crate) fn is_up(workspace: &Workspace) -> Result<bool> {
    Ok(engine::is_up(&Instance::named(workspace, MAIN)?))
}

/// Starts an empty engine that shares only the registry, and gives the variables that lead to it.
pub(crate) fn runner(
    workspace: &Workspace,
    name: &str,
    disk: Option<&str>,
    release: Option<Release>,
) -> Result<String> {
    Ok(exports(&start_runner(workspace, name, disk, release)?.env()))
}

/// Starts an empty engine that shares only the registry.
pub(crate) fn start_runner(
    workspace: &Workspace,
    name: &str,
    disk: Option<&str>,
    release: Option<Release>,
) -> Result<Client> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    ensure!(
        name != MAIN && !name.is_empty() && name.bytes().all(good),
        "`{name}` cannot be the name of a runner: `a` to `z`, digits and `-`, and not `{MAIN}`"
    );
    let main = Instance::named(workspace, MAIN)?;
    let first = {
        let _lock = main.lock()?;
        engine::up(&main)?
    };
    let instance = Instance::named(workspace, name)?;
    let _lock = instance.lock()?;
    engine::start_runner(&instance, &first, disk, release)
}

pub(crate) fn end_runner(workspace: &Workspace, name: &str) -> Result<()> {
    ensure!(
        name != MAIN && Instance::names(workspace).iter().any(|known| known == name),
        "there is no runner `{name}`"
    );
    let instance = Instance::named(workspace, name)?;
    let _lock = instance.lock()?;
    engine::end_runner(&instance)
}

/// Ends what `up` started, and every runner.
pub(crate) fn down(workspace: &Workspace) -> Result<()> {
    for name in Instance::names(workspace).iter().filter(|name| *name != MAIN) {
        end_runner(workspace, name)?;
    }
    let instance = Instance::named(workspace, MAIN)?;
    let _lock = instance.lock()?;
    if !engine::down(&instance)? {
        ui::note("nothing of ours is running");
    }
    Ok(())
}

/// Ends what `up` started, and removes all that was in it. A Docker of the machine keeps what it has.
pub(crate) fn empty(workspace: &Workspace) -> Result<()> {
    down(workspace)?;
    let instance = Instance::named(workspace, MAIN)?;
    let _lock = instance.lock()?;
    engine::empty(&instance)
}

/// Makes the rust image of this machine's toolchain and gives back its reference.
pub(crate) fn rust_base(workspace: &Workspace) -> Result<String> {
    let instance = Instance::named(workspace, MAIN)?;
    let _lock = instance.lock()?;
    let engine = engine::up(&instance)?;
    images::rust_base(workspace, &instance, &engine)
}

impl Up {
    /// Has the engine use all images.
    fn use_images(&self, instance: &Instance) -> Result<()> {
        let images = [&*self.base, &*self.busybox, &*self.syntax.reference];
        images::unpack(instance, &self.engine, images)
    }

    /// Does something that builds much, and meanwhile removes what is used no more. The images stay.
    pub(crate) fn sweeping<R>(&self, workspace: &Workspace, work: impl FnOnce() -> R) -> Result<R> {
        let instance = Instance::named(workspace, MAIN)?;
        Ok(engine::sweeping(&self.engine, &instance.dir, || self.use_images(&instance), work))
    }

    /// The variables with which builds and tests find all of it.
    pub(crate) fn env(&self) -> Vec<(&'static str, OsString)> {
        let mut env = self.engine.client.env();
        env.extend([
            ("STRAKE_SYNTAX", self.syntax.reference.clone().into()),
            ("STRAKE_REGISTRY", self.engine.registry().into()),
            ("STRAKE_BASE", self.base.clone().into()),
            ("STRAKE_BUSYBOX", self.busybox.clone().into()),
            ("STRAKE_COMPILED", self.compiled().into()),
            ("STRAKE_PROFILE", self.profile.name().into()),
        ]);
        let program = std::env::current_exe().map(|program| ("STRAKE_XTASK", program.into()));
        env.extend(program);
        env
    }

    /// In seconds since 1970. A test on an image of older sources fails.
    fn compiled(&self) -> String {
        let since = self.compiled.duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_secs_f64().to_string()
    }

    /// The same as lines for a POSIX shell.
    pub(crate) fn exports(&self) -> String {
        exports(&self.env())
    }

    fn summary(&self) {
        ui::step("running");
        let client = &self.engine.client;
        let whose = if self.engine.is_system { "this machine's" } else { "our own" };
        for (what, value) in [
            ("engine", format!("{} ({whose}), {}", client.version(), client.host())),
            ("registry", self.engine.registry()),
            ("base image", self.base.clone()),
            ("busybox image", self.busybox.clone()),
            ("syntax image", self.syntax.reference.clone()),
            ("its download", ui::megabytes(self.syntax.size)),
        ] {
            ui::note(format!("{what:<14} {value}"));
        }
    }
}

/// Variables as lines for a POSIX shell.
fn exports(env: &[(&'static str, OsString)]) -> String {
    let line = |(name, value): &(&str, OsString)| {
        format!("export {name}={}\n", cmd::quote(&value.to_string_lossy()))
    };
    env.iter().map(line).collect()
}
