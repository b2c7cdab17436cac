//! What this parser says against what dash and bash do, over scripts that are made up.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use super::random::Random;
use super::script_maker::Maker;
use crate::shell::text::Text;
use crate::shell::{Exec, Runs, Setting, parser, read};

const SHELLS: [&str; 2] = ["/bin/dash", "/bin/bash"];

fn parses(script: &str) -> Result<(), String> {
    parser::parse(&Text::whole(script), 0).map(drop).map_err(|error| error.to_string())
}

/// Whether a shell accepts a script, without running it.
fn accepts(shell: &str, script: &str) -> bool {
    let status = Command::new(shell)
        .args(["-n", "-c", "--", script])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.unwrap_or_else(|error| panic!("{shell}: {error}")).success()
}

/// Constructs where the parser is right to differ, or that the shells look at only when they run.
fn is_beyond(error: &str) -> bool {
    error.contains("beyond this parser") || error.contains("here document is not read")
}

/// Where both shells agree about a script, so does the parser: whole scripts, and scripts with a
/// piece taken out or put in.
#[test]
fn syntax_is_that_of_the_shells() {
    let mut accepted = 0;
    let mut rejected = 0;
    for seed in 0..700 {
        let mut random = Random::new(seed);
        let mut script = Maker::new(&mut random).script();
        if seed % 3 != 0 {
            script = broken(&script, &mut random);
        }
        let [dash, bash] = SHELLS.map(|shell| accepts(shell, &script));
        match (parses(&script), dash, bash) {
            (Ok(()), true, true) => accepted += 1,
            (Err(_), false, false) => rejected += 1,
            (Err(error), true, true) if !is_beyond(&error) => {
                panic!("refused ({error}):\n{script}");
            }
            (Ok(()), false, false) => panic!("accepted, which no shell does:\n{script}"),
            _ => {}
        }
    }
    assert!(accepted > 250 && rejected > 100, "{accepted} accepted, {rejected} rejected");
}

/// A script with one token too few, too many, or another one.
fn broken(script: &str, random: &mut Random) -> String {
    let noise = [
        "(", ")", "{", "}", ";", "&", "&&", "||", "|", "if", "then", "fi", "do", "done", "case",
        "esac", ";;", "in", "!", "<", ">", "'", "\"", "\n", "for", "else", "f()", "x=1", "t1",
    ];
    let mut tokens: Vec<&str> = script.split(' ').collect();
    let at = random.below(tokens.len());
    match random.below(3) {
        0 => drop(tokens.remove(at)),
        1 => tokens.insert(at, random.pick(&noise)),
        _ => tokens[at] = random.pick(&noise),
    }
    tokens.join(" ")
}

/// One command that ran, as the program below tells it.
type Ran = (String, Vec<String>, String, String);

/// Programs that tell how they were called. Those with an `f` fail.
fn programs(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let tell = "#!/bin/dash\n\
        IFS=$(printf '\\037')\n\
        line=${0##*/}$IFS$PWD$IFS${V-unset}\n\
        [ $# -eq 0 ] || line=$line$IFS$*\n\
        printf '%s\\n' \"$line\" >>\"$LOG\"\n\
        case $0 in */f*) exit 1;; esac\n";
    for name in ["t1", "t2", "t3", "f1", "f2"] {
        let path = directory.join(name);
        fs::write(&path, tell).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Runs a script; gives whether it succeeded, and its commands.
fn run(shell: &str, script: &str, directory: &Path) -> (bool, BTreeSet<Ran>) {
    let log = directory.join("log");
    fs::write(&log, "").unwrap();
    let path = format!("{}:/usr/bin:/bin", directory.display());
    let status = Command::new(shell)
        .args(["-c", "--", script])
        .env_clear()
        .envs([("PATH", path.as_str()), ("HOME", "/tmp"), ("V", "step")])
        .env("LOG", &log)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let log = fs::read_to_string(&log).unwrap();
    let ran = log.lines().filter_map(|line| {
        let mut fields = line.split('\u{1f}').map(str::to_owned);
        let (name, directory, value) = (fields.next()?, fields.next()?, fields.next()?);
        Some((name, fields.collect(), directory, value))
    });
    (status.unwrap().success(), ran.collect())
}

/// Every command that runs is found, with its words, its directory and its environment where they
/// are told; and where the script succeeds, every command ran that is said to run surely.
#[test]
fn commands_are_those_that_run() {
    let directory = env::temp_dir().join(format!("strake-shell-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    programs(&directory);
    let mut successes = 0;
    let mut sure = 0;
    for seed in 1_000..1_250 {
        let mut random = Random::new(seed);
        let script = Maker::to_run(&mut random).script();
        for shell in SHELLS {
            let (succeeded, ran) = run(shell, &script, &directory);
            successes += usize::from(succeeded);
            sure += compare(shell, &script, succeeded, &ran);
        }
    }
    fs::remove_dir_all(&directory).unwrap();
    assert!(successes > 100 && sure > 300, "{successes} successes, {sure} sure commands");
}

/// Gives the number of commands that had to run and did.
fn compare(shell: &str, script: &str, succeeded: bool, ran: &BTreeSet<Ran>) -> usize {
    let args = [shell, "-c", script].map(str::to_owned);
    let env = [("HOME", "/tmp"), ("V", "step")].map(|(name, value)| (name.into(), value.into()));
    let exec = Exec { args: &args, env: &env, directory: "/", files: &[] };
    let read = read(&exec).unwrap_or_else(|error| panic!("{error} at {}:\n{script}", error.place));
    let mut sure = 0;
    let mut explained = BTreeSet::new();
    for command in &read.commands {
        let Some(program) = &command.program else { continue };
        if !matches!(program.as_str(), "t1" | "t2" | "t3" | "f1" | "f2") {
            continue;
        }
        let same = |(name, words, directory, value): &&Ran| {
            let words_fit = match command.words.iter().map(|word| word.known()).collect() {
                Some::<Vec<&str>>(known) => known == *words,
                None => true,
            };
            let value_fits = match command.environment.get("V") {
                Setting::Unset => value == "unset",
                Setting::Known(known) => known == value,
                Setting::Unknown => true,
            };
            let directory_fits = command.directory.as_ref().is_none_or(|known| known == directory);
            name == program && words_fit && value_fits && directory_fits
        };
        let found: Vec<&Ran> = ran.iter().filter(same).collect();
        if command.runs == Runs::Surely && succeeded {
            assert!(!found.is_empty(), "{shell}: not run: {command:?}\n{script}\n{ran:?}");
            sure += 1;
        }
        explained.extend(found);
    }
    for one in ran {
        assert!(explained.contains(one), "{shell}: not found: {one:?}\n{script}");
    }
    sure
}
