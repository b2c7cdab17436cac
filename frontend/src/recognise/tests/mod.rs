mod tools;

use super::{Recognised, is_in_cache, notices, recognise};
use crate::shell::{Exec, Runs, read};
use crate::time::worked;

fn step(script: &str, env: &[(&str, &str)]) -> String {
    let args = ["/bin/sh", "-c", script].map(str::to_owned);
    let env: Vec<(String, String)> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let exec = Exec { args: &args, env: &env, directory: "/app", files: &[] };
    let Ok(script) = read(&exec) else { return "  error\n".into() };
    let at = |span: crate::source::Span| script.text[span.start..span.end].replace('\n', "⏎");
    let mut found = String::new();
    let user = env.iter().find(|(name, _)| name == "USER").map_or("", |(_, user)| user.as_str());
    for (name, tool) in tools::TOOLS {
        let Some(Recognised { uses, hazards, defeats }) = recognise(&script, user, tool) else {
            continue;
        };
        for one in uses {
            let sign = if one.runs == Runs::Surely { "" } else { "perhaps " };
            found.push_str(&format!("  {name} {sign}uses: {}\n", at(one.span)));
        }
        for one in hazards {
            found.push_str(&format!("  {name} hazard {:?}: {}\n", one.threat, at(one.span)));
        }
        for one in defeats {
            found.push_str(&format!("  {name} advice {:?}: {}\n", one.reason, at(one.span)));
        }
    }
    let used = |name: &str| found.contains(&format!("  {name} "));
    let unused: Vec<_> = tools::TOOLS.iter().filter(|(name, _)| !used(name)).collect();
    for (name, tool) in unused {
        for one in notices(&script, user, tool) {
            found.push_str(&format!("  {name} notices {:?}: {}\n", one.threat, at(one.span)));
        }
    }
    if found.is_empty() { "  nothing\n".into() } else { found }
}

/// The steps of a file, one a line, each with what is found in it. `ENV` lines set the environment
/// of the steps behind them, and `USER` in it their user.
fn table(file: &str) -> String {
    let mut found = String::new();
    let mut env = Vec::new();
    for line in file.lines() {
        if let Some(settings) = line.strip_prefix("ENV") {
            env = settings.split_whitespace().filter_map(|one| one.split_once('=')).collect();
            found.push_str(&format!("\n{line}\n"));
        } else if !line.is_empty() {
            let script = line.replace("\\n", "\n");
            found.push_str(&format!("\n{line}\n{}", step(&script, &env)));
        }
    }
    found
}

/// Whatever a script has, it is gone through, and soon.
#[test]
fn strange_scripts() {
    let mut words: String = TOOLS_USED.into();
    words.push_str(
        "cd /var/cache/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a; rm ",
    );
    words.push_str(&"../a* ".repeat(10_000));
    let start = worked();
    step(&words, &[]);
    step(&format!("{TOOLS_USED} rm -rf {}", "*/".repeat(50_000)), &[("HOME", "/*/?[")]);
    step(&format!("{TOOLS_USED} rm -rf /{}", "../".repeat(30_000)), &[("HOME", "")]);
    step(&format!("{TOOLS_USED} pip {}", "-x=[ ".repeat(20_000)), &[("HOME", "relative")]);
    assert!(worked().saturating_sub(start) < std::time::Duration::from_secs(30));
    for odd in
        ["", "''", "/", "//", "=", "-", "--", "a=", "=/x", "'[' '*' '?'", "$X$Y", "/$X/*", "~x"]
    {
        for program in ["rm -rf", "pip", "pip install", "python -m", "tar", "cp -r", "''", "$X"] {
            step(&format!("{TOOLS_USED} {program} {odd}"), &[("HOME", "/")]);
            step(&format!("{TOOLS_USED} {program} {odd} > /x{odd}"), &[]);
        }
    }
}

const TOOLS_USED: &str = "pip install x; npm ci; cargo build; dnf install x; apt-get update;";

#[test]
fn uses() {
    insta::assert_snapshot!(table(include_str!("cases/uses.txt")));
}

#[test]
fn hazards() {
    insta::assert_snapshot!(table(include_str!("cases/hazards.txt")));
}

#[test]
fn copied_paths() {
    let of = |path: &str, home: Option<&str>| {
        let tools = tools::TOOLS.iter().filter(|(_, tool)| is_in_cache(path, home, tool));
        tools.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    };
    for (path, home, expected) in [
        ("/root/.npm", None, "npm"),
        ("/home/app/.npm/_cacache", None, "npm"),
        ("/root/.npm", Some("/srv"), ""),
        ("/srv/.npm/", Some("/srv"), "npm"),
        ("/srv/.npm", Some("/app/.././srv/"), "npm"),
        ("/var/cache/dnf/../apt/x", Some("/root"), "apt"),
        ("/var/cache", None, ""),
        ("/root", None, ""),
        ("/*", None, ""),
        ("/go/pkg/mod", None, "go"),
        ("/dev/strake/cache/uv", None, "uv"),
        ("", None, ""),
    ] {
        assert_eq!(of(path, home), expected, "{path} {home:?}");
    }
}

/// Each step of the tables, cut at every place.
#[test]
fn cut_scripts() {
    for file in [include_str!("cases/uses.txt"), include_str!("cases/hazards.txt")] {
        for line in file.lines() {
            for end in 0..line.len() {
                step(&line[..end], &[("HOME", "/root")]);
            }
        }
    }
}

#[test]
fn notices_of_other_steps() {
    insta::assert_snapshot!(table(include_str!("cases/notices.txt")));
}

#[test]
fn advice() {
    insta::assert_snapshot!(table(include_str!("cases/advice.txt")));
}
