//! What the progress shows of an operation, in one line.

use crate::manifest::model::{CommandAction, FilesAction, Install, PythonPackages, Run};
use crate::source::Spanned;

/// Longest line that is shown of a script, in characters.
const LINE: usize = 80;

/// A command in one line.
pub(super) fn of_command(action: &CommandAction) -> String {
    match action {
        CommandAction::Run(Run::Script(script)) => format!("run {}", first_line(&script.value)),
        CommandAction::Run(Run::Argv(args)) => format!("run {}", first_line(&list(args))),
        CommandAction::Run(Run::File { file, args }) => {
            first_line(format!("run {} {}", file.value, list(args)).trim_end())
        }
        CommandAction::Apt(apt) => first_line(&format!("apt {}", list(&apt.packages))),
        CommandAction::Install(Install { preset, packages, .. }) => {
            first_line(&format!("{preset} {}", list(packages)))
        }
        CommandAction::Pip(python) => first_line(&format!("pip {}", wanted(python))),
        CommandAction::Uv(python) => first_line(&format!("uv {}", wanted(python))),
    }
}

/// A file operation in one line.
pub(super) fn of_files(action: &FilesAction) -> String {
    match action {
        FilesAction::Copy(copy) => {
            let from = copy.from.as_ref().map_or(String::new(), |from| format!("{}:", from.value));
            first_line(&format!("copy {from}{} {}", list(&copy.src), copy.dest.value))
        }
        FilesAction::FetchUrl(fetch) => format!("fetch {}", fetch.url.value),
        FilesAction::FetchGit(fetch) => format!("fetch {}", fetch.git.value),
        FilesAction::Write(write) => format!("write {}", write.path.value),
        FilesAction::Mkdir(mkdir) => format!("mkdir {}", mkdir.path.value),
        FilesAction::Symlink(link) => format!("symlink {} -> {}", link.path.value, link.to.value),
        FilesAction::Remove(remove) => first_line(&format!("remove {}", list(&remove.paths))),
    }
}

fn wanted(python: &PythonPackages) -> String {
    let all = python.packages.iter().chain(&python.requirements);
    all.map(|item| item.value.as_str()).collect::<Vec<_>>().join(" ")
}

fn list(items: &[Spanned<String>]) -> String {
    items.iter().map(|item| item.value.as_str()).collect::<Vec<_>>().join(" ")
}

pub(super) fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines.next().unwrap_or_default();
    let short: String = line.chars().take(LINE).collect();
    if short.len() < line.len() || lines.next().is_some() { format!("{short} ...") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_first_line() {
        assert_eq!(first_line("\n  make\n"), "make");
        assert_eq!(first_line("make\nmake install"), "make ...");
        assert_eq!(first_line(&"é".repeat(100)), format!("{} ...", "é".repeat(80)));
    }
}
