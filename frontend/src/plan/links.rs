//! Tools that are told to link what they install into their cache. The cache is a mount, so the links lead nowhere
//! once the step is over, and the image has no file where each is.

use crate::image::Env;
use crate::presets::Preset;
use crate::shell::{self, Command, Setting, Word};

/// What tells a preset's tool to do so in a step: an option, or a variable.
pub(super) fn request(
    preset: &Preset,
    args: &[String],
    env: &Env,
    directory: &str,
) -> Option<String> {
    let variable = |name: &str, value: Option<&str>| {
        let link = preset.links.iter().find(|link| value == Some(link))?;
        Some(format!("{name}={link}"))
    };
    let mut led = preset.env.iter();
    if let Some(request) = led.find_map(|(name, _)| variable(name, env.get(name))) {
        return Some(request);
    }
    // A script is not taken apart in vain.
    if !preset.links.iter().any(|link| args.iter().any(|arg| arg.contains(link))) {
        return None;
    }
    let env: Vec<(String, String)> =
        env.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let script = shell::read(&shell::Exec { args, env: &env, directory, files: &[] }).ok()?;
    let is_tool = |command: &&Command| {
        let program = command.program.as_deref();
        program.is_some_and(|name| preset.commands.iter().any(|one| one.programs.contains(&name)))
    };
    script.commands.iter().filter(is_tool).find_map(|command| {
        let known = |name: &str| match command.environment.get(name) {
            Setting::Known(value) => variable(name, Some(value)),
            _ => None,
        };
        let mut led = preset.env.iter();
        option(preset, command).or_else(|| led.find_map(|(name, _)| known(name)))
    })
}

/// `--link-mode symlink` and `--link-mode=symlink`, however the option is called.
fn option(preset: &Preset, command: &Command) -> Option<String> {
    let mut before = "";
    for word in command.words.iter().map(|word| Word::known(word).unwrap_or_default()) {
        let (name, value) = word.split_once('=').unwrap_or((before, word));
        if name.starts_with("--") && name.contains("link") && preset.links.contains(&value) {
            return Some(format!("{name} {value}"));
        }
        before = word;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::preset;

    fn uv(script: &str, env: &str) -> Option<String> {
        let args = ["/bin/sh", "-c", script].map(str::to_owned);
        let env = Env::from_lines(&[env.to_owned()]);
        request(preset("uv").unwrap(), &args, &env, "/")
    }

    #[test]
    fn what_makes_links_is_found() {
        let option = Some("--link-mode symlink".to_owned());
        let variable = Some("UV_LINK_MODE=symlink".to_owned());
        assert_eq!(uv("uv sync --link-mode symlink", ""), option);
        assert_eq!(uv("cd /x && uv pip install --link-mode=symlink x", ""), option);
        assert_eq!(uv("UV_LINK_MODE=symlink uv sync", "UV_LINK_MODE=copy"), variable);
        assert_eq!(uv("export UV_LINK_MODE=symlink\nuv sync", ""), variable);
        assert_eq!(uv("make", "UV_LINK_MODE=symlink"), variable);
    }

    #[test]
    fn what_makes_none_is_not() {
        for script in [
            "uv sync --link-mode copy",
            "uv add symlink",
            "uv sync # no symlink",
            "other --link-mode symlink",
            "echo symlink && uv sync",
            "uv sync --link-mode symlink 'not closed",
        ] {
            assert_eq!(uv(script, "UV_LINK_MODE=copy"), None, "{script}");
        }
        assert_eq!(uv("uv sync", "OTHER=symlink"), None);
    }
}
