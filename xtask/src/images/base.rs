//! The Debian image that examples and tests build on. Its root file system comes from the public
//! image where the engine is a Docker that reaches it, else from debootstrap; the machine's settings
//! are laid over it (see `machine`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::machine::{SUITE, Settings};
use super::{Recipe, digest, write_below};
use crate::engine::{Engine, Instance, install, sources};
use crate::{cmd, ui};

const DOCKERFILE: &str = include_str!("../../images/base.Dockerfile");
const PACKAGES: &str = "ca-certificates,python3,python3-venv";

/// Files that the public image has, too: they keep packages' documentation out and apt's downloads
/// from filling the image. The last one is what cache mounts have to deal with, so it must be here.
const SLIM: [(&str, &str); 4] = [
    (
        "etc/dpkg/dpkg.cfg.d/docker",
        "path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n\
         path-exclude /usr/share/man/*\npath-exclude /usr/share/info/*\n\
         path-exclude /usr/share/locale/*\n",
    ),
    ("etc/apt/apt.conf.d/docker-gzip-indexes", "Acquire::GzipIndexes \"true\";\n"),
    ("etc/apt/apt.conf.d/docker-no-languages", "Acquire::Languages \"none\";\n"),
    (
        "etc/apt/apt.conf.d/docker-clean",
        "DPkg::Post-Invoke { \"rm -f /var/cache/apt/archives/*.deb \
         /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true\"; };\n\
         APT::Update::Post-Invoke { \"rm -f /var/cache/apt/archives/*.deb \
         /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true\"; };\n\
         Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\n",
    ),
];

/// The parts of a fresh root file system that the image goes without.
const LEFT_OUT: [&str; 8] = [
    "./dev/*",
    "./proc/*",
    "./var/cache/apt/*",
    "./var/lib/apt/lists/*",
    "./var/log/*.log",
    "./usr/share/man/*",
    "./usr/share/info/*",
    "./usr/share/locale/*",
];

/// The image's reference; made when it is missing or the machine's settings have changed.
pub(crate) fn base(instance: &Instance, engine: &Engine) -> Result<String> {
    let settings = Settings::read();
    let dockerfile = with_variables(DOCKERFILE, &settings);
    let root = if engine.is_system { "public" } else { "local" };
    let files = settings.files.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
    let key = digest(files.chain([root.as_bytes(), dockerfile.as_bytes()]));
    let recipe = Recipe::new(instance, engine, "strake/base", SUITE.to_owned(), key);
    if recipe.is_done() {
        return Ok(recipe.reference());
    }
    ui::step("making the base image");
    recipe.begin(&dockerfile)?;
    let machine = recipe.directory.join("machine");
    fs::create_dir_all(&machine)?;
    for (path, content) in &settings.files {
        write_below(&machine, path, content.as_bytes())?;
    }
    if recipe.finish_public() {
        return Ok(recipe.reference());
    }
    let archive = root_archive(instance)?;
    fs::hard_link(&archive, recipe.directory.join("rootfs.tar"))?;
    recipe.finish(&["--build-arg=ROOT=local".to_owned()])?;
    Ok(recipe.reference())
}

/// A tar archive of a minimal Debian, made once.
fn root_archive(instance: &Instance) -> Result<PathBuf> {
    let archive = instance.path(&format!("{SUITE}.tar"));
    if archive.exists() {
        return Ok(archive);
    }
    install(&["debootstrap"]).context("the public Debian image cannot be pulled either")?;
    let mirror = sources::mirror().context("no Debian mirror among the machine's apt sources")?;
    ui::step("making a Debian root file system (under a minute)");
    let root = instance.path("rootfs");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let mut command = Command::new("debootstrap");
    command.args(["--variant=minbase", &format!("--include={PACKAGES}"), SUITE]);
    cmd::output(command.arg(&root).arg(mirror))?;
    for (path, content) in SLIM {
        write_below(&root, path, content.as_bytes())?;
    }
    pack(&root, &archive)?;
    fs::remove_dir_all(&root)?;
    Ok(archive)
}

fn pack(root: &Path, archive: &Path) -> Result<()> {
    let draft = archive.with_extension("new");
    let mut command = Command::new("tar");
    command.args(LEFT_OUT.map(|pattern| format!("--exclude={pattern}")));
    command.arg("--numeric-owner").arg("--directory").arg(root).arg("-cf").arg(&draft).arg(".");
    cmd::output(&mut command)?;
    fs::rename(draft, archive)?;
    Ok(())
}

/// The Dockerfile with the variables that every build on the image must see.
fn with_variables(dockerfile: &str, settings: &Settings) -> String {
    let mut text = dockerfile.to_owned();
    for (name, value) in &settings.env {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
        text.push_str(&format!("ENV {name}=\"{value}\"\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_quoted_for_a_dockerfile() {
        let mut settings = Settings::default();
        settings.env.insert("GOPROXY", r#"a"$b"#.to_owned());
        assert_eq!(with_variables("FROM x\n", &settings), "FROM x\nENV GOPROXY=\"a\\\"\\$b\"\n");
    }
}
