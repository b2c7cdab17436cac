//! The argument vector of a step. BuildKit puts the shell of the image before a script; a Dockerfile's
//! here document without a shebang is the script itself, and one with a shebang a file that is
//! mounted below `/dev/pipes` and called by its path.

use super::command::Command;
use super::parser::SyntaxError;
use super::text::Text;
use super::walk;

/// Linux passes no longer argument to a program (`MAX_ARG_STRLEN`, execve(2)), so that a longer script
/// of a shell can't run.
const LONGEST: usize = 128 << 10;

/// What a step runs.
#[derive(Debug, Clone, Copy)]
pub struct Exec<'a> {
    pub args: &'a [String],
    /// The environment, with `HOME` as the user of the step has it, where that is known.
    pub env: &'a [(String, String)],
    /// The working directory: an absolute path.
    pub directory: &'a str,
    /// Files whose content the graph tells, by path.
    pub files: &'a [(String, String)],
}

/// The commands of a step.
#[derive(Debug)]
pub struct Script {
    /// What was read: the script, or the arguments with blanks between.
    pub text: String,
    /// Its commands, in the order in which they are written.
    pub commands: Vec<Command>,
}

/// Finds the commands of a step. There are none where something other than a shell reads the
/// script.
///
/// # Errors
/// Where the script can't be parsed.
pub fn read(exec: &Exec<'_>) -> Result<Script, SyntaxError> {
    let args: Vec<Option<&str>> = exec.args.iter().map(|arg| Some(arg.as_str())).collect();
    let script = match walk::script_argument(&args) {
        Some(index) => exec.args.get(index).map(|arg| mounted(arg, exec.files)),
        None => None,
    };
    match script {
        Some(Body::Shell(text)) => {
            limit(text)?;
            let commands = walk::script(exec, &Text::whole(text))?;
            Ok(Script { text: text.to_owned(), commands })
        }
        Some(Body::Other) => Ok(Script { text: String::new(), commands: Vec::new() }),
        None => {
            let text = exec.args.join(" ");
            limit(&text)?;
            let mut words = Vec::new();
            let mut place = 0;
            for arg in exec.args {
                words.push(Text::at(arg, place));
                place += arg.len() + 1;
            }
            Ok(Script { text, commands: walk::vector(exec, &words)? })
        }
    }
}

fn limit(text: &str) -> Result<(), SyntaxError> {
    match text.len() {
        ..=LONGEST => Ok(()),
        _ => Err(SyntaxError { message: "the script is too long", place: LONGEST }),
    }
}

/// A script by what reads it.
enum Body<'a> {
    Shell(&'a str),
    Other,
}

/// The script itself, or the file that is all that it calls.
fn mounted<'a>(script: &'a str, files: &'a [(String, String)]) -> Body<'a> {
    let Some((_, content)) = files.iter().find(|(path, _)| path == script.trim()) else {
        return Body::Shell(script);
    };
    let first = content.lines().next().unwrap_or_default();
    let words: Vec<&str> = first.trim_start_matches("#!").split_ascii_whitespace().collect();
    let is_env = words.first().is_some_and(|word| walk::base_name(word) == "env");
    let interpreter =
        words.into_iter().skip(usize::from(is_env)).find(|word| !word.starts_with('-'));
    match interpreter {
        Some(program) if walk::is_shell(program) => Body::Shell(content),
        _ => Body::Other,
    }
}
