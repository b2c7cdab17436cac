//! The syntax image. The binary is compiled on this machine and packed by the top-level Dockerfile
//! itself, its build stage replaced by a directory with that binary: what is tried here is the
//! image that is shipped, without a rust image and without compiling twice.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{digest, push};
use crate::engine::{Engine, Instance, download_size, write_whole};
use crate::workspace::Workspace;
use crate::{cmd, ui};

const NAME: &str = "strake/strake";
/// Package and binary of the frontend.
const PACKAGE: &str = "strake-frontend";
const BINARY: &str = "strake";
/// What the Dockerfile takes out of the binary.
const UNWINDING: [&str; 3] = [".eh_frame", ".eh_frame_hdr", ".gcc_except_table"];

/// A program of the frontend's package.
pub(crate) struct Program {
    /// What cargo is asked for.
    pub(crate) arguments: &'static [&'static str],
    pub(crate) name: &'static str,
    /// Where cargo puts it, below the directory of the profile.
    pub(crate) directory: &'static str,
}

pub(crate) const FRONTEND: Program =
    Program { arguments: &["--bin", BINARY], name: BINARY, directory: "" };

/// The syntax image in the registry.
#[derive(Debug)]
pub(crate) struct Syntax {
    /// What goes into the syntax line.
    pub(crate) reference: String,
    /// What a builder downloads, in bytes.
    pub(crate) size: u64,
}

/// How a program is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As it is shipped: as small as can be, which takes a minute and more after each change.
    Release,
    /// As fast as it can be had, for whoever tries a change.
    Quick,
}

impl Profile {
    /// As cargo calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Quick => "quick",
        }
    }
}

/// Compiles a program: static. The target is named although it may be
/// the host: with one named, RUSTFLAGS spares build scripts and procedural macros, which cannot be
/// static.
pub(crate) fn compile(
    workspace: &Workspace,
    program: &Program,
    profile: Profile,
) -> Result<PathBuf> {
    let triple = workspace.static_triple()?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--profile", profile.name()]);
    cargo.args(["--locked", "--target", &triple]);
    cargo.args(["--package", PACKAGE]).args(program.arguments);
    cargo
        .env("RUSTFLAGS", "-C target-feature=+crt-static -C relocation-model=static")
        .env("CARGO_TARGET_DIR", &workspace.target);
    cmd::show(&mut cargo).context("the frontend does not compile")?;
    let made = workspace.target.join(triple).join(profile.name());
    let binary = made.join(program.directory).join(program.name);
    if !binary.exists() {
        bail!("cargo built no {}", binary.display());
    }
    let packed = binary.with_extension("packed");
    let mut objcopy = Command::new("objcopy");
    objcopy.args(UNWINDING.map(|section| format!("--remove-section={section}")));
    cmd::output(objcopy.arg(&binary).arg(&packed)).context("cannot leave out what unwinds")?;
    Ok(packed)
}

/// Packs and pushes the compiled frontend.
pub(crate) fn syntax(
    workspace: &Workspace,
    instance: &Instance,
    engine: &Engine,
    binary: &Path,
) -> Result<Syntax> {
    let reference = pack(workspace, instance, engine, NAME, &fs::read(binary)?)?;
    let tag = reference.rsplit(':').next().unwrap_or_default();
    let manifest = engine.manifest(NAME, tag).context("the registry lost the syntax image")?;
    write_whole(&instance.path("syntax"), reference.as_bytes())?;
    Ok(Syntax { reference, size: download_size(&manifest) })
}

/// Makes an image of a compiled frontend, and gives its reference. The tag is made from the content, so
/// that no builder can take an older image for this one.
pub(crate) fn pack(
    workspace: &Workspace,
    instance: &Instance,
    engine: &Engine,
    name: &str,
    program: &[u8],
) -> Result<String> {
    let dockerfile = workspace.root.join("Dockerfile");
    let tag = format!("dev-{}", digest([program, &fs::read(&dockerfile)?]));
    let reference = engine.reference(name, &tag);
    if engine.manifest(name, &tag).is_none() {
        ui::step(format!("packing {name}"));
        let stage = instance.path("images").join(name);
        fs::create_dir_all(&stage)?;
        fs::write(stage.join(BINARY), program)?;
        fs::set_permissions(stage.join(BINARY), Permissions::from_mode(0o755))?;
        let mut command = push(engine, &format!("{reference},compression-level=9"));
        command.arg("--build-context").arg(format!("build={}", stage.display()));
        command.arg("--file").arg(&dockerfile).arg(&workspace.root);
        cmd::output(&mut command).with_context(|| format!("cannot make {name}"))?;
    }
    Ok(reference)
}
