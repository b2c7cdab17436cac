//! Which caches hold compiled output.

use crate::image::Env;
use crate::paths;

/// Directories that compilers write to.
const NAMES: [&str; 11] = [
    "target", "build", "obj", "out", "dist", "_build", "bazel", ".build", ".gradle", ".next",
    ".turbo",
];

/// Variables that lead to such a directory.
const VARIABLES: [&str; 2] = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];

/// Whether a cache mount holds compiled output, by its place alone.
///
/// To take another mount for one costs a look through the sources. To miss one ships what was compiled from
/// others. So every mount in the project counts, and everything that is called as such output commonly is.
pub(crate) fn looks_compiled(target: &str, workdir: &str, env: &Env) -> bool {
    let name = target.rsplit('/').next().unwrap_or_default();
    let in_project = workdir.len() > 1 && paths::is_below(target, workdir);
    let led =
        |name: &&str| env.get(name).is_some_and(|place| paths::join(workdir, place) == target);
    in_project
        || VARIABLES.iter().any(led)
        || NAMES.contains(&name)
        || name.starts_with("cmake-build")
        || target.contains("/node_modules/.cache")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_in_the_project_or_of_a_known_name_is_compiled() {
        let env = Env::from_lines(&["CARGO_TARGET_DIR=/elsewhere".to_owned()]);
        let compiled = |target: &str| looks_compiled(target, "/app", &env);
        for target in ["/app/x", "/t/target", "/elsewhere", "/b/cmake-build-debug", "/build"] {
            assert!(compiled(target), "{target}");
        }
        for target in ["/root/.cache/x", "/cache", "/application"] {
            assert!(!compiled(target), "{target}");
        }
        assert!(!looks_compiled("/cache", "/", &env));
    }
}
