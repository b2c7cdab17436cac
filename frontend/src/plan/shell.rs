//! The shell of scripts.

/// The shell of images that name none.
pub(super) fn default_shell() -> Vec<String> {
    vec!["/bin/sh".into(), "-c".into()]
}

/// A shell that stops at the first command that fails, where it is one that knows `-e`. Other
/// interpreters are called as they are.
pub(super) fn stopping_at_errors(shell: &[String]) -> Vec<String> {
    let mut vector = shell.to_vec();
    let program = shell.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    if matches!(program, "sh" | "ash" | "bash" | "dash" | "ksh" | "mksh" | "zsh") {
        vector.insert(1, "-e".into());
    }
    vector
}

/// The same shell for a script in a file: without the flag by which it takes the script as an
/// argument. None where it has no such flag.
pub(super) fn for_files(shell: &[String]) -> Option<Vec<String>> {
    let (last, rest) = shell.split_last()?;
    let flags = last.strip_prefix('-')?.strip_suffix('c')?;
    let is_flags = flags.bytes().all(|flag| flag.is_ascii_alphabetic());
    if rest.is_empty() || !is_flags {
        return None;
    }
    let mut vector = rest.to_vec();
    if !flags.is_empty() {
        vector.push(format!("-{flags}"));
    }
    Some(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_for_scripts_is_left_out_for_files() {
        for (shell, expected) in [
            ("/bin/sh -e -c", Some("/bin/sh -e")),
            ("bash -e -o pipefail -euxc", Some("bash -e -o pipefail -eux")),
            ("python3 -c", Some("python3")),
            ("perl -e", None),
            ("-c", None),
            ("fish --command-c", None),
        ] {
            let vector: Vec<String> = shell.split(' ').map(str::to_owned).collect();
            let found = for_files(&vector).map(|vector| vector.join(" "));
            assert_eq!(found.as_deref(), expected, "{shell}");
        }
    }

    #[test]
    fn only_shells_get_the_flag() {
        let with = |shell: &[&str]| {
            let shell: Vec<String> = shell.iter().map(|part| (*part).to_owned()).collect();
            stopping_at_errors(&shell).join(" ")
        };
        assert_eq!(with(&["/bin/sh", "-c"]), "/bin/sh -e -c");
        assert_eq!(with(&["bash", "-o", "pipefail", "-c"]), "bash -e -o pipefail -c");
        assert_eq!(with(&["/usr/bin/python3", "-c"]), "/usr/bin/python3 -c");
        assert_eq!(with(&[]), "");
    }
}
