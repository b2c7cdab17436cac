//! Commands in pages.

use super::Block;

/// Flags of `docker buildx build` that pages use, and whether a value follows.
pub const FLAGS: [(&str, bool); 27] = [
    ("--add-host", true),
    ("--attest", true),
    ("--build-arg", true),
    ("--build-context", true),
    ("--cache-from", true),
    ("--cache-to", true),
    ("--call", true),
    ("--file", true),
    ("-f", true),
    ("--iidfile", true),
    ("--load", false),
    ("--metadata-file", true),
    ("--network", true),
    ("--no-cache", false),
    ("--output", true),
    ("-o", true),
    ("--platform", true),
    ("--progress", true),
    ("--provenance", true),
    ("--pull", false),
    ("--push", false),
    ("--sbom", true),
    ("--secret", true),
    ("--tag", true),
    ("-t", true),
    ("--target", true),
    ("--ulimit", true),
];

/// A command without the file that its output, or what it says, goes to.
pub fn without_redirection(command: &str) -> &str {
    [" > ", " 2> "].iter().fold(command, |command, sign| command.split(sign).next().unwrap_or(""))
}

/// The words of a command; a substitution, `$(...)`, is one.
pub fn words(command: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in command.split(' ') {
        match words.last_mut() {
            Some(open) if open.matches("$(").count() > open.matches(')').count() => {
                *open = format!("{open} {word}");
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// The commands of a block: in a console those behind a `$`, and otherwise all lines. None where it
/// is none of commands.
pub fn of(block: &Block) -> Option<Vec<String>> {
    let text = block.text.replace("\\\n", " ");
    let is_console = block.kind == "console";
    let is_list = block.kind.is_empty() && is_command(&text);
    if !is_console && !is_list {
        return None;
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let commands = lines.filter_map(|line| match is_console {
        true => line.strip_prefix("$ "),
        false => Some(line),
    });
    Some(commands.map(command).collect())
}

/// A line with one space between words; options alone are those of a build.
fn command(line: &str) -> String {
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.starts_with('-') { format!("docker buildx build {words} .") } else { words }
}

fn is_command(text: &str) -> bool {
    ["docker ", "cargo ", "uv ", "eval ", "./", "--"].iter().any(|start| text.starts_with(start))
}
