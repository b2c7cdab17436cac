//! Which frontend builds a Dockerfile: the daemon's own, or the image that the file names. BuildKit
//! followed the file's `# syntax=` line to strake, or was told of strake by `BUILDKIT_SYNTAX`; in the
//! second case the line names the frontend that the file is written for.
//!
//! There is no cycle, whatever the lines say: a file names one image, and a strake
//! that is this image itself goes to the daemon's own frontend.

use std::collections::BTreeMap;

use crate::options::CheckOptions;
use crate::reference::ImageReference;
use crate::source::Span;

/// What builds a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frontend {
    /// The frontend that is part of the daemon.
    BuiltIn,
    /// An image, with the line that names it: the frontend may want what stands behind the name.
    Image {
        reference: String,
        /// All that the line says: the image, and what follows it.
        cmdline: String,
    },
}

impl Frontend {
    /// The frontend of a Dockerfile with this text, which may have a `# strake: dockerfile=` directive.
    /// `options` are the raw ones, by which strake was called.
    pub fn of(text: &str, directive: Option<&str>, options: &BTreeMap<String, String>) -> Self {
        let Some(cmdline) = directive.or_else(|| syntax(text)) else { return Frontend::BuiltIn };
        let reference = first_word(cmdline);
        match own_image(options) {
            Some(own) if !is_same(own, reference) => {
                Frontend::Image { reference: reference.to_owned(), cmdline: cmdline.to_owned() }
            }
            _ => Frontend::BuiltIn,
        }
    }
}

/// The image that this strake is, as the client named it. The daemon always says; a client that runs
/// it by other means may not.
fn own_image(options: &BTreeMap<String, String>) -> Option<&str> {
    let keys = ["source", "cmdline", "build-arg:BUILDKIT_SYNTAX"];
    keys.iter().find_map(|key| options.get(*key)).map(|line| first_word(line))
}

fn first_word(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

fn is_same(one: &str, other: &str) -> bool {
    let complete = |text| ImageReference::parse(text).map(ImageReference::or_latest);
    match (complete(one), complete(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// The parser directives of BuildKit (`frontend/dockerfile/parser/directives.go`).
const DIRECTIVES: [&str; 3] = ["syntax", "escape", "check"];

/// The value of the `# syntax=` line. It stands at the top: the first line that is no directive of
/// BuildKit's, be it a comment, ends them.
fn syntax(text: &str) -> Option<&str> {
    value(text, "syntax")
}

/// Where the `# syntax=` line stands, in a text that has one.
pub(crate) fn syntax_place(text: &str) -> Option<Span> {
    let mut begin = 0;
    text.split_inclusive('\n').find_map(|line| {
        let at = begin;
        begin += line.len();
        let line = line.trim_end();
        let (key, _) = directive(line.trim_start_matches('\u{feff}'))?;
        key.eq_ignore_ascii_case("syntax").then(|| Span::from(at..at + line.len()))
    })
}

/// What the `# check=` line says; the default where there is none, or one for other eyes.
pub fn check(text: &str) -> CheckOptions {
    value(text, "check").and_then(|check| CheckOptions::parse(check).ok()).unwrap_or_default()
}

fn value<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    let text = text.trim_start_matches('\u{feff}');
    let text = match text.strip_prefix("#!") {
        Some(rest) => rest.split_once('\n').map_or("", |(_, below)| below),
        None => text,
    };
    let mut directives = text.lines().map_while(directive);
    directives.find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

fn directive(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix('#')?.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let known = DIRECTIVES.iter().any(|known| known.eq_ignore_ascii_case(key));
    (known && !value.is_empty()).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontend(text: &str, options: &[(&str, &str)]) -> Frontend {
        let options = options.iter().map(|(key, value)| ((*key).into(), (*value).into()));
        Frontend::of(text, None, &options.collect())
    }

    fn image(line: &str) -> Frontend {
        Frontend::Image { reference: first_word(line).to_owned(), cmdline: line.to_owned() }
    }

    const OWN: (&str, &str) = ("source", "docker.io/strake/strake:1");

    #[test]
    fn a_file_that_names_nothing_is_the_daemons() {
        assert_eq!(frontend("FROM x\n", &[OWN]), Frontend::BuiltIn);
        assert_eq!(frontend("# syntax=\nFROM x\n", &[OWN]), Frontend::BuiltIn);
    }

    #[test]
    fn a_file_that_names_strake_is_the_daemons() {
        for line in ["docker.io/strake/strake:1", "strake/strake:1", "strake/strake:1 and more"] {
            assert_eq!(
                frontend(&format!("# syntax={line}\n"), &[OWN]),
                Frontend::BuiltIn,
                "{line}"
            );
        }
        let latest = ("source", "strake");
        assert_eq!(
            frontend("#syntax=docker.io/library/strake:latest", &[latest]),
            Frontend::BuiltIn
        );
    }

    #[test]
    fn a_file_that_names_another_image_is_that_images() {
        for line in ["docker/dockerfile:1", "docker/dockerfile:1-labs and more", "strake/strake:2"]
        {
            assert_eq!(frontend(&format!("# syntax = {line}\n"), &[OWN]), image(line));
        }
    }

    #[test]
    fn a_strake_that_is_named_nowhere_goes_to_the_daemon() {
        assert_eq!(frontend("# syntax=x\n", &[]), Frontend::BuiltIn);
        let cmdline = ("cmdline", "strake:1 more");
        assert_eq!(frontend("# syntax=x\n", &[cmdline]), image("x"));
        assert_eq!(frontend("# syntax=strake:1\n", &[cmdline]), Frontend::BuiltIn);
        let argument = ("build-arg:BUILDKIT_SYNTAX", "strake:1");
        assert_eq!(frontend("# syntax=x\n", &[argument]), image("x"));
    }

    #[test]
    fn the_file_may_say_what_is_not_checked() {
        assert!(check("# syntax=x\n# check=skip=all\nFROM y\n").skip_all);
        assert_eq!(check("# check=skip=a,b;error=true\n").skip, ["a", "b"]);
        assert_eq!(check("FROM y\n# check=skip=all\n"), CheckOptions::default());
        assert_eq!(check("# check=whatever\n"), CheckOptions::default());
    }

    /// Were the line asked, too, two images could hand a file to each other for ever.
    #[test]
    fn a_directive_alone_decides() {
        let of = |directive| {
            let options = [(OWN.0.to_owned(), OWN.1.to_owned())].into();
            Frontend::of("# syntax=docker/dockerfile:1\nFROM x\n", Some(directive), &options)
        };
        assert_eq!(of("docker/dockerfile:1-labs"), image("docker/dockerfile:1-labs"));
        assert_eq!(of("strake/strake:1"), Frontend::BuiltIn);
    }

    #[test]
    fn the_line_is_found_as_buildkit_finds_it() {
        let found = [
            "# syntax=x",
            "#syntax=x\n",
            "#   SyNtAx   =   x   \r\nFROM y",
            "\u{feff}# syntax=x",
            "#!/usr/bin/env docker\n# syntax=x",
            "# escape=`\n# check=skip=all\n# syntax=x",
        ];
        for text in found {
            assert_eq!(syntax(text), Some("x"), "{text:?}");
            let Span { start, end } = syntax_place(text).unwrap();
            assert!(text[start..end].ends_with('x'), "{text:?}");
        }
        let missed = [
            "",
            " # syntax=x",
            "\n# syntax=x",
            "# comment\n# syntax=x",
            "# other=1\n# syntax=x",
            "FROM y\n# syntax=x",
            "# syn tax=x",
        ];
        for text in missed {
            assert_eq!(syntax(text), None, "{text:?}");
        }
        assert_eq!(syntax("# syntax=x\n# syntax=y"), Some("x"));
        assert_eq!(syntax("# syntax=x y=z"), Some("x y=z"));
    }
}
