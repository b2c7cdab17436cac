//! Argument vectors of package managers that need no shell.

use super::exec::values;
use crate::manifest::model::{Install, PythonPackages};
use crate::source::Spanned;

/// Lets pip install into a Python that the distribution marks as externally managed: a container is an
/// environment of its own. A variable, since versions of pip that do not know the mark refuse the flag.
pub(super) const BREAK_SYSTEM_PACKAGES: &str = "PIP_BREAK_SYSTEM_PACKAGES";

pub(super) fn install(install: &Install) -> Vec<String> {
    let Install { how, recommends, .. } = install;
    let recommends = if *recommends { how.recommends } else { how.no_recommends };
    let words = how.command.iter().chain([&recommends]).map(|&word| word.to_owned());
    words.chain(values(&install.packages)).collect()
}

pub(super) fn pip(pip: &PythonPackages) -> Vec<String> {
    let python = pip.python.as_ref().map_or("python3", |python| &python.value);
    let mut args: Vec<String> = [python, "-m", "pip", "install"].map(String::from).to_vec();
    args.extend(requirements(pip, ["--requirement", "--constraint"]));
    args
}

/// A container is an environment of its own, so the system's interpreter may be installed into, also
/// where the distribution marks it as externally managed.
pub(super) fn uv(uv: &PythonPackages) -> Vec<String> {
    let mut args: Vec<String> = ["uv", "pip", "install"].map(String::from).to_vec();
    match &uv.python {
        Some(python) => args.extend(["--python".into(), python.value.clone()]),
        None => args.extend(["--system".into(), "--break-system-packages".into()]),
    }
    args.extend(requirements(uv, ["--requirements", "--constraints"]));
    args
}

/// Files of requirements and of constraints, each behind its flag, then packages.
fn requirements(python: &PythonPackages, [required, constrained]: [&str; 2]) -> Vec<String> {
    let files = |flag: &str, files: &[Spanned<String>]| -> Vec<String> {
        files.iter().flat_map(|file| [flag.to_owned(), file.value.clone()]).collect()
    };
    let mut args = files(required, &python.requirements);
    args.extend(files(constrained, &python.constraints));
    args.extend(values(&python.packages));
    args
}
