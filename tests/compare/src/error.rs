//! What a user is shown at the end of a failed build.

/// The start of a step's command where strake's program runs it.
const PROGRAM: &str = "/dev/strake/program run ";
/// What buildx puts before the frontend's words: one, or several, or another for the same error a second time.
const BEGINNINGS: [&str; 3] =
    ["failed to build: ", "failed to solve: ", "failed to run Build function: "];

/// The end of a failed build's log, source excerpt included, without what no two builds have the same and
/// without how strake runs a step.
pub(crate) fn shown(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let start = lines.iter().position(|line| line.starts_with("ERROR: ") || is_place(line));
    let shown = start.and_then(|start| lines.get(start..)).unwrap_or_default();
    shown.iter().map(|line| usual(line)).collect::<Vec<_>>().join("\n")
}

/// `Dockerfile:12`, above an excerpt.
fn is_place(line: &str) -> bool {
    line.rsplit_once(':').is_some_and(|(file, number)| {
        !file.contains(' ') && file.contains("ockerfile") && number.parse::<u32>().is_ok()
    })
}

fn usual(line: &str) -> String {
    let line = line.replace(PROGRAM, "");
    let Some(mut error) = line.strip_prefix("ERROR: ") else { return without_reference(&line) };
    while let Some(rest) = BEGINNINGS.iter().find_map(|beginning| error.strip_prefix(beginning)) {
        error = rest;
    }
    without_reference(&format!("ERROR: {error}"))
}

/// References are named anew in every build.
fn without_reference(line: &str) -> String {
    let parts = line.split_once("checksum of ref ").and_then(|(before, rest)| {
        let (_, behind) = rest.split_once(": ")?;
        Some(format!("{before}checksum: {behind}"))
    });
    parts.unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_log_is_the_excerpt_and_the_error() {
        let log = "#5 ERROR: process\n------\n > RUN x:\n------\nDockerfile:2\n   2 | >>> RUN x\n\
                   ERROR: failed to build: failed to solve: process \"/bin/sh -c x\" did not\n";
        let shown_so = "Dockerfile:2\n   2 | >>> RUN x\nERROR: process \"/bin/sh -c x\" did not";
        assert_eq!(shown(log), shown_so);
        assert_eq!(shown(&log.replace("failed to build: ", "")), shown_so);
        let run = log.replace("failed to solve", "failed to run Build function");
        assert_eq!(shown(&run), shown_so);
        assert_eq!(shown(&log.replace("\"/bin/sh", "\"/dev/strake/program run /bin/sh")), shown_so);
    }

    #[test]
    fn references_are_left_out() {
        let log = "ERROR: failed to solve: checksum of ref abc::def: \"/x\": not found";
        assert_eq!(shown(log), "ERROR: checksum: \"/x\": not found");
        assert_eq!(shown("all went well"), "");
    }
}
