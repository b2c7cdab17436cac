//! Programs that run another one: what they set for it, and where it begins in their words.

use super::simple::{Argument, Call};
use crate::shell::command::User;

/// A program that runs the command in its words.
struct Wrapper {
    name: &'static str,
    /// Options of one letter whose value may be the next word.
    with_value: &'static str,
    /// Long options whose value is the next word, where it is not behind `=`.
    long: &'static [&'static str],
    /// Words before the command.
    operands: usize,
}

const fn wrapper(name: &'static str, with_value: &'static str, operands: usize) -> Wrapper {
    Wrapper { name, with_value, long: &[], operands }
}

/// From their manuals: POSIX's utilities, coreutils, findutils, util-linux, sudo(8), doas(1), gosu and
/// su-exec (their READMEs), eatmydata(1), time(1).
const WRAPPERS: [Wrapper; 18] = [
    wrapper("builtin", "", 0),
    wrapper("command", "", 0),
    wrapper("doas", "uC", 0),
    wrapper("eatmydata", "", 0),
    Wrapper { name: "env", with_value: "uC", long: &["--unset", "--chdir"], operands: 0 },
    wrapper("exec", "a", 0),
    wrapper("gosu", "", 1),
    Wrapper { name: "ionice", with_value: "cnp", long: &["--class", "--classdata"], operands: 0 },
    Wrapper { name: "nice", with_value: "n", long: &["--adjustment"], operands: 0 },
    wrapper("nohup", "", 0),
    Wrapper { name: "runuser", with_value: "ugG", long: &["--user", "--group"], operands: 0 },
    wrapper("setsid", "", 0),
    Wrapper {
        name: "stdbuf",
        with_value: "ioe",
        long: &["--input", "--output", "--error"],
        operands: 0,
    },
    wrapper("su-exec", "", 1),
    Wrapper {
        name: "sudo",
        with_value: "CDRTghprtuU",
        long: &["--chdir", "--chroot", "--group", "--host", "--prompt", "--user"],
        operands: 0,
    },
    Wrapper { name: "time", with_value: "fo", long: &["--format", "--output"], operands: 0 },
    Wrapper { name: "timeout", with_value: "ks", long: &["--kill-after", "--signal"], operands: 1 },
    Wrapper {
        name: "xargs",
        with_value: "EILPadns",
        long: &[
            "--arg-file",
            "--delimiter",
            "--max-args",
            "--max-chars",
            "--max-lines",
            "--max-procs",
            "--replace",
        ],
        operands: 0,
    },
];

/// What wrappers make of a command.
#[derive(Debug)]
pub(super) struct Unwrapped {
    /// Where the command begins.
    pub(super) start: usize,
    /// Whether another process runs it, and the shell's own commands are out of reach.
    pub(super) apart: bool,
    /// Whether the shell ends with it.
    pub(super) replaces: bool,
    /// Whether it gets more words from its input.
    pub(super) more_words: bool,
    pub(super) cleared: bool,
    pub(super) user: User,
    /// `env -C`: the command is elsewhere.
    pub(super) moved: bool,
}

/// Finds the command in a call, and adds to the call's own environment what wrappers set. None where
/// there is no command, or it can't be told where it begins.
pub(super) fn unwrap(call: &mut Call, user: User) -> Option<Unwrapped> {
    let mut found = Unwrapped {
        start: 0,
        apart: false,
        replaces: false,
        more_words: false,
        cleared: false,
        user,
        moved: false,
    };
    loop {
        let Some(name) = call.args.get(found.start)?.known() else { return Some(found) };
        let name = base_name(name);
        let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == name) else {
            return Some(found);
        };
        // With a script, it is another form of `su`.
        if name == "runuser" && script_of_user(call.args_from(found.start)).is_some() {
            return Some(found);
        }
        enter(wrapper, call, &mut found)?;
    }
}

fn enter(wrapper: &Wrapper, call: &mut Call, found: &mut Unwrapped) -> Option<()> {
    let options = Options::read(wrapper, call.args_from(found.start + 1))?;
    let mut start = found.start + 1 + options.length;
    found.apart |= !matches!(wrapper.name, "builtin" | "command" | "exec");
    match wrapper.name {
        "command" if options.has(&["-v", "-V"]) => return None,
        "exec" => found.replaces = true,
        "xargs" => found.more_words = true,
        "env" => {
            if options.has(&["-S", "--split-string"]) {
                return None;
            }
            if options.has(&["-i", "--ignore-environment", "-"]) {
                clear(call, found);
            }
            found.moved |= options.has(&["-C", "--chdir"]);
            for name in options.values(&["-u", "--unset"]) {
                call.own.push((name?, Some(None)));
            }
        }
        "gosu" | "su-exec" => {
            let user = call.args.get(start)?.known()?.to_owned();
            found.user = named(user.split(':').next().unwrap_or_default());
        }
        "sudo" | "doas" | "runuser" => {
            let user = options.values(&["-u", "--user"]).pop();
            found.user =
                user.map_or_else(|| named("root"), |user| user.map_or(User::Unknown, User::Named));
            // With a value, it is the names of those that are kept.
            let keeps = options.values(&["-E", "--preserve-env"]).contains(&None);
            if wrapper.name != "runuser" && !keeps {
                clear(call, found);
            }
            found.moved |= options.has(&["-D", "-R", "-i", "--chdir", "--chroot", "--login"]);
        }
        _ => {}
    }
    start += wrapper.operands;
    if matches!(wrapper.name, "env" | "sudo") {
        start += assignments(call, start);
    }
    found.start = start;
    Some(())
}

fn named(user: &str) -> User {
    User::Named(user.to_owned())
}

fn clear(call: &mut Call, found: &mut Unwrapped) {
    call.own.clear();
    found.cleared = true;
}

/// Takes the words that are assignments; gives their number.
fn assignments(call: &mut Call, start: usize) -> usize {
    let mut taken = 0;
    for argument in call.args.iter().skip(start) {
        let Some((name, value)) = assignment(argument) else { break };
        call.own.push((name, value.map(Some)));
        taken += 1;
    }
    taken
}

/// A word of the form `NAME=VALUE`, and the value where it is known.
pub(super) fn assignment(argument: &Argument) -> Option<(String, Option<String>)> {
    let (name, value) = argument.word.prefix().split_once('=')?;
    let is_name = name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    let known = argument.known().map(|_| value.to_owned());
    (is_name && !name.is_empty()).then(|| (name.to_owned(), known))
}

/// The options before a command.
struct Options {
    /// Each as it is called, and its value, none where that is not known.
    found: Vec<(String, Option<String>)>,
    length: usize,
}

impl Options {
    fn read(wrapper: &Wrapper, args: &[Argument]) -> Option<Self> {
        let mut options = Options { found: Vec::new(), length: 0 };
        while let Some(argument) = args.get(options.length) {
            // An unquoted variable may be options or nothing; a word that begins with something else is
            // the command.
            let word = argument.known().or_else(|| sure_prefix(argument))?;
            if !word.starts_with('-') {
                break;
            }
            options.length += 1;
            if word == "--" {
                break;
            }
            let value = args.get(options.length);
            if options.add(wrapper, word, value.map(|value| value.known().map(str::to_owned))) {
                options.length += 1;
            }
        }
        Some(options)
    }

    /// Adds an option, or several in one word. Whether the next word is its value.
    fn add(&mut self, wrapper: &Wrapper, word: &str, next: Option<Option<String>>) -> bool {
        if word.starts_with("--") || word == "-" {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(Some(value.to_owned()))),
                None => (word, None),
            };
            let takes_next = value.is_none() && wrapper.long.contains(&name);
            let value = if takes_next { next } else { value };
            self.found.push((name.to_owned(), value.flatten()));
            return takes_next;
        }
        for (index, letter) in word.char_indices().skip(1) {
            let rest = &word[index + letter.len_utf8()..];
            let with_value = wrapper.with_value.contains(letter);
            let value = match (with_value, rest.is_empty()) {
                (false, _) => None,
                (true, false) => Some(rest.to_owned()),
                (true, true) => next.clone().flatten(),
            };
            self.found.push((format!("-{letter}"), value));
            if with_value {
                return rest.is_empty();
            }
        }
        false
    }

    fn has(&self, names: &[&str]) -> bool {
        self.found.iter().any(|(found, _)| names.contains(&found.as_str()))
    }

    fn values(&self, names: &[&str]) -> Vec<Option<String>> {
        let found = self.found.iter().filter(|(found, _)| names.contains(&found.as_str()));
        found.map(|(_, value)| value.clone()).collect()
    }
}

/// What a word begins with, where that is something and the word stays one.
fn sure_prefix(argument: &Argument) -> Option<&str> {
    let prefix = argument.word.prefix();
    (!prefix.is_empty() && !prefix.starts_with('-')).then_some(prefix)
}

/// A program without its directories.
pub(in crate::shell) fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Whether a program reads the language that this parser knows.
pub(in crate::shell) fn is_shell(program: &str) -> bool {
    matches!(base_name(program), "sh" | "ash" | "bash" | "dash")
}

/// Which argument of a shell is its script.
pub(in crate::shell) fn script_argument(args: &[Option<&str>]) -> Option<usize> {
    let (program, rest) = args.split_first()?;
    if !is_shell((*program)?) {
        return None;
    }
    let mut takes_script = false;
    let mut index = 0;
    loop {
        let word = (*rest.get(index)?)?;
        index += 1;
        if word == "--rcfile" || word == "--init-file" {
            index += 1;
        } else if word == "--" || !word.starts_with(['-', '+']) {
            let index = if word == "--" { index } else { index - 1 };
            return (takes_script && index < rest.len()).then_some(index + 1);
        } else if !word.starts_with("--") {
            takes_script |= word.starts_with('-') && word.contains('c');
            // The name of an option follows.
            index += word.chars().filter(|letter| matches!(letter, 'o' | 'O')).count();
        }
    }
}

/// Which argument of `su` is the script.
pub(super) fn script_of_user(args: &[Argument]) -> Option<usize> {
    let program = base_name(args.first()?.known()?);
    let flag = args.iter().position(|arg| matches!(arg.known(), Some("-c" | "--command")))?;
    matches!(program, "su" | "runuser").then_some(flag + 1)
}

/// Whether a shell has neither a script among its arguments nor a file of one, and so reads it from
/// its input.
pub(super) fn reads_input(args: &[Argument]) -> bool {
    let Some((program, rest)) = args.split_first() else { return false };
    let is_shell = program.known().is_some_and(is_shell);
    is_shell
        && rest.iter().all(|argument| {
            let option = argument.known().is_some_and(|word| word.starts_with(['-', '+']));
            option || argument.known() == Some("pipefail")
        })
}
