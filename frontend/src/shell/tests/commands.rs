//! Scripts of images, and the commands that are found in them.

use super::render;
use crate::shell::{Exec, Script, read};

pub(super) fn shell(script: &str) -> Result<Script, String> {
    let args = ["/bin/sh".to_owned(), "-c".to_owned(), script.to_owned()];
    let env = [("HOME", "/root"), ("PATH", "/usr/bin:/bin"), ("GOPATH", "/go")];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    read(&Exec { args: &args, env: &env, directory: "/app", files: &[] })
        .map_err(|error| format!("{error} at {}", error.place))
}

/// The scripts of a file, which lines of `#!` part, each with what is found in it.
fn table(file: &str) -> String {
    let mut found = String::new();
    for script in file.split("#!\n").map(str::trim_end).filter(|script| !script.is_empty()) {
        let commands = match shell(script) {
            Ok(read) => render::commands(&read, "/app"),
            Err(error) => format!("  error: {error}\n"),
        };
        found.push_str(&format!("{script}\n{commands}\n"));
    }
    found
}

macro_rules! tables {
    ($($name:ident),+) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(table(include_str!(concat!("cases/", stringify!($name), ".sh"))));
        })+
    };
}

tables!(certainty, environment, expansions, grammar, heredocs, managers, projects, wrappers);

/// Each command's place is where it is written, in scripts within scripts as well.
#[test]
fn places_are_those_of_the_commands() {
    for (script, expected) in [
        ("a b && c", vec!["a b", "c"]),
        ("  X=1 sudo -E a 'b c' >f ;c#d", vec!["X=1 sudo -E a 'b c' >f", "c#d"]),
        ("sh -c 'a b; c'", vec!["a b", "c"]),
        ("sh -c \"a 'b' && \\\"c\\\" d\"", vec!["a 'b'", "\"c\\\" d"]),
        ("bash -c \"sh -c 'a; b'\"", vec!["a", "b"]),
        ("x=`a; b \\`c\\``", vec!["a", "c", "b \\`c\\`"]),
        ("sh <<'EOF'\na b\n\tc ä\nEOF\nd", vec!["a b", "c ä", "d"]),
        ("sh <<-EOF\n\ta b\n\t\tc\n\tEOF\n", vec!["a b", "c"]),
        ("a \\\n  b \\\n  && c", vec!["a \\\n  b", "c"]),
        ("echo ä $(b)", vec!["b", "echo ä $(b)"]),
    ] {
        let read = shell(script).unwrap();
        let found: Vec<&str> = read
            .commands
            .iter()
            .map(|command| &read.text[command.span.start..command.span.end])
            .collect();
        assert_eq!(found, expected, "{script:?}");
    }
}
