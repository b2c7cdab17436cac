//! Commands: argument vector, environment and mounts of `run` and of the package managers.

use std::collections::{BTreeMap, BTreeSet};

use strake_llb::{SecretEnv, SecretOpt, SshOpt};

use super::stage::{StageState, expand};
use super::{Exec, Mount, MountKind, PlanInput, apt, boundary, links, packages, shell};
use crate::cache;
use crate::diagnostics::{Diagnostic, codes};
use crate::image::Env;
use crate::manifest::model::{Apt, CommandAction, Layer, Run};
use crate::paths;
use crate::platform::Platform;
use crate::presets;
use crate::select::SourceRef;
use crate::source::{Span, Spanned};

/// Where a script that is run as a file stands while it runs. `/dev` is in memory, so no stub of the
/// mount stays in the layer.
const SCRIPT: &str = "/dev/strake/run";

/// Linux takes no argument and no environment variable that is longer, in bytes with the zero at its
/// end (`MAX_ARG_STRLEN`).
const LONGEST: usize = 128 << 10;

pub(super) struct ExecPlanner<'a> {
    input: PlanInput<'a>,
    platform: &'a Platform,
    stage: &'a StageState,
    layer: &'a Layer,
    env: Env,
    cwd: String,
    user: String,
    /// By place, and where each was asked for.
    mounts: BTreeMap<String, (MountKind, Span)>,
    secret_env: Vec<SecretEnv>,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> ExecPlanner<'a> {
    pub(super) fn new(
        input: PlanInput<'a>,
        platform: &'a Platform,
        stage: &'a StageState,
        layer: &'a Layer,
    ) -> Self {
        let cwd = layer.workdir.as_ref().map(|own| paths::join(&stage.workdir, &own.value));
        let user = layer.user.as_ref().map(|user| user.value.clone());
        ExecPlanner {
            input,
            platform,
            stage,
            layer,
            env: stage.env.clone(),
            cwd: cwd.unwrap_or_else(|| stage.workdir.clone()),
            user: user.unwrap_or_else(|| stage.user.clone()),
            mounts: BTreeMap::new(),
            secret_env: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A command; with a token, one that runs again where the token is another.
    pub(super) fn plan(&mut self, action: &CommandAction, token: Option<&str>) -> Option<Exec> {
        // A system package manager works as root whoever the image is for.
        if matches!(action, CommandAction::Apt(_) | CommandAction::Install(_))
            && self.layer.user.is_none()
        {
            self.user.clear();
        }
        if matches!(action, CommandAction::Pip(_)) {
            self.env.set(packages::BREAK_SYSTEM_PACKAGES, "1");
        }
        self.caches(action);
        self.layer_mounts();
        if let Some(token) = token {
            let content = token.as_bytes().to_vec();
            let inline = MountKind::Inline { content, mode: 0o444 };
            self.mount(boundary::TOKEN, inline, self.layer_span());
        }
        for (name, value) in expand(&self.layer.env, &self.env.clone(), &mut self.problems) {
            self.env.set(&name, value);
        }
        let args = self.args(action);
        let mounts = std::mem::take(&mut self.mounts);
        self.check_lengths(&args);
        self.check_links(action, &args);
        let network = self.layer.network.as_ref().map(|network| network.value);
        self.problems.is_empty().then(|| Exec {
            args,
            env: self.env.to_lines(),
            cwd: self.cwd.clone(),
            user: self.user.clone(),
            network: network.unwrap_or(self.input.options.network),
            insecure: self.layer.insecure.is_some(),
            mounts: mounts.into_iter().map(|(target, (kind, _))| Mount { target, kind }).collect(),
            secret_env: std::mem::take(&mut self.secret_env),
        })
    }

    fn args(&mut self, action: &CommandAction) -> Vec<String> {
        match action {
            CommandAction::Run(Run::Script(script)) => {
                self.script(&script.value, "", &[], script.span)
            }
            CommandAction::Run(Run::Argv(args)) => values(args),
            CommandAction::Run(Run::File { file, args }) => {
                match self.input.facts.script(&file.value) {
                    Some(script) => self.script(script, &file.value, &values(args), file.span),
                    None => Vec::new(),
                }
            }
            CommandAction::Apt(apt) => self.apt(apt),
            CommandAction::Install(install) => packages::install(install),
            CommandAction::Pip(pip) => packages::pip(pip),
            CommandAction::Uv(uv) => packages::uv(uv),
        }
    }

    /// A script for the shell, or a file of its own where it names its interpreter or is too long to
    /// be an argument.
    fn script(&mut self, text: &str, name: &str, args: &[String], span: Span) -> Vec<String> {
        let shell = self.layer.shell.as_ref().unwrap_or(&self.stage.shell);
        let mut vector = shell::stopping_at_errors(shell);
        let interpreter = match text.starts_with("#!") {
            true => Some(Vec::new()),
            false if text.len() >= LONGEST => shell::for_files(&vector),
            false => None,
        };
        if let Some(mut vector) = interpreter {
            let inline = MountKind::Inline { content: text.as_bytes().to_vec(), mode: 0o755 };
            self.mount(SCRIPT, inline, span);
            vector.push(SCRIPT.to_owned());
            vector.extend_from_slice(args);
            return vector;
        }
        vector.push(text.to_owned());
        if !name.is_empty() {
            vector.push(name.to_owned());
            vector.extend_from_slice(args);
        }
        vector
    }

    fn apt(&mut self, apt: &Apt) -> Vec<String> {
        let step = apt::step(apt, self.input.options.source_date_epoch, self.layer_span());
        for (target, kind, span) in step.files {
            self.mount(&target, kind, span);
        }
        step.args
    }

    /// What the kernel would refuse with "argument list too long".
    fn check_lengths(&mut self, args: &[String]) {
        let long_arg = args.iter().any(|arg| arg.len() >= LONGEST);
        // `NAME=VALUE`
        let mut env = self.env.iter();
        let long = env.find(|(name, value)| name.len() + 1 + value.len() >= LONGEST);
        let name = long.map(|(name, _)| name);
        let what = match (long_arg, name) {
            (true, _) => "an argument of this command".to_owned(),
            (false, Some(name)) => format!("the variable `{name}` of this command"),
            (false, None) => return,
        };
        let text = format!("{what} is longer than the {} KiB that Linux allows", LONGEST >> 10);
        let help = "put it into a file: `write`, `copy` or `inputs`";
        let problem = Diagnostic::error(&codes::graph::LONG_ARGUMENT, text);
        self.problems.push(problem.at(self.layer_span()).help(help));
    }

    /// Links into a mount would be broken in the image.
    fn check_links(&mut self, action: &CommandAction, args: &[String]) {
        for name in self.used(action) {
            let Some(preset) = presets::preset(&name.value) else { continue };
            let Some(request) = links::request(preset, args, &self.env, &self.cwd) else {
                continue;
            };
            let text = format!(
                "`{request}` makes links into the cache mount, which is gone when the step is over"
            );
            let mut env = self.layer.env.iter();
            let place =
                env.find(|variable| request.starts_with(&format!("{}=", variable.name.value)));
            let place = place.map_or(self.layer_span(), |variable| variable.value.span);
            let help = format!("leave it out: with `{}`, files are copied", preset.name);
            let problem = Diagnostic::error(&codes::graph::CACHE_LINKS, text);
            self.problems.push(problem.at(place).help(help));
        }
    }

    /// The caches that the layer uses, and the one that a package manager brings along.
    fn used(&self, action: &CommandAction) -> Vec<Spanned<String>> {
        let uses = &self.layer.uses;
        let brought = action.preset().filter(|name| uses.iter().all(|used| used.value != *name));
        let brought = brought.map(|name| Spanned::new(name.to_owned(), self.layer_span()));
        uses.iter().cloned().chain(brought).collect()
    }

    fn caches(&mut self, action: &CommandAction) {
        for name in self.used(action) {
            self.cache(&name);
        }
    }

    /// The environment so far, and the layer's, which decide where a cache is. What is wrong with the
    /// layer's is reported when it is filled in for good.
    fn environment(&self) -> Env {
        let mut env = self.env.clone();
        for (name, value) in expand(&self.layer.env, &self.env, &mut Vec::new()) {
            env.set(&name, value);
        }
        env
    }

    fn layer_span(&self) -> Span {
        self.layer.steps.first().map_or(self.layer.span, |step| step.span)
    }

    fn cache(&mut self, name: &Spanned<String>) {
        let (user, workdir, env) = (self.user.clone(), self.cwd.clone(), self.environment());
        let step = cache::StepContext {
            platform: self.platform,
            base: &self.stage.base_name,
            user: &user,
            workdir: &workdir,
            env: &env,
            namespace: &self.input.options.cache_namespace,
            places: presets::Places::Manifest,
            led: None,
        };
        let found = match cache::step_cache(self.input.manifest, name, step) {
            Ok(found) => found,
            Err(problem) => return self.problems.push(problem),
        };
        for (target, mount) in found.mounts {
            self.mount(&target, MountKind::Cache(mount), name.span);
        }
        if let Some((path, content)) = found.file {
            let content = content.into_bytes();
            self.mount(path, MountKind::Inline { content, mode: 0o644 }, name.span);
        }
        for (name, value) in found.preset_env {
            self.env.set(name, value);
        }
        for (name, value) in expand(found.env, &self.env.clone(), &mut self.problems) {
            self.env.set(&name, value);
        }
    }

    fn layer_mounts(&mut self) {
        let layer = self.layer;
        self.inputs();
        for bind in &layer.binds {
            let from = match &bind.from {
                Some(from) => self.input.names.source_ref(from, self.platform, None),
                None => Ok(SourceRef::MainContext),
            };
            match from {
                Ok(from) => {
                    let source = bind.src.as_ref().map_or("/", |src| &src.value);
                    let source = paths::join("/", source);
                    let kind = MountKind::Bind { from, source, writable: bind.writable };
                    self.mount(&bind.target.value, kind, bind.target.span);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        for tmpfs in &layer.tmpfs {
            self.mount(&tmpfs.target.value, MountKind::Tmpfs(tmpfs.size), tmpfs.target.span);
        }
        self.secrets();
    }

    /// Inputs by their names, then those that a wildcard picks and that are not there already, on
    /// their own or in a directory.
    fn inputs(&mut self) {
        let layer = self.layer;
        let (wild, named): (Vec<_>, Vec<_>) =
            layer.inputs.iter().partition(|input| paths::has_wildcards(&input.value));
        let mut there = BTreeSet::new();
        for input in named {
            self.input(&input.value, input.span);
            there.insert(paths::join("/", &input.value));
        }
        for input in wild {
            for path in self.input.facts.inputs(&input.value) {
                let whole = paths::join("/", path);
                let mut above = std::iter::successors(Some(whole.as_str()), |at| paths::parent(at));
                if !above.any(|at| there.contains(at)) {
                    self.input(path, input.span);
                    there.insert(whole);
                }
            }
        }
    }

    fn input(&mut self, path: &str, span: Span) {
        let (from, source) = (SourceRef::MainContext, paths::join("/", path));
        self.mount(path, MountKind::Bind { from, source, writable: false }, span);
    }

    fn secrets(&mut self) {
        let layer = self.layer;
        for secret in &layer.secrets {
            let id = &secret.id.value;
            if let Some(name) = &secret.env {
                let (id, name) = (id.clone(), name.value.clone());
                self.secret_env.push(SecretEnv { id, name, optional: !secret.required });
            }
            if secret.target.is_some() || secret.env.is_none() {
                let usual = format!("/run/secrets/{id}");
                let target = secret.target.as_ref().map_or(usual, |target| target.value.clone());
                let file = SecretOpt {
                    id: id.clone(),
                    uid: secret.uid,
                    gid: secret.gid,
                    mode: secret.mode,
                    optional: !secret.required,
                };
                self.mount(&target, MountKind::Secret(file), secret.id.span);
            }
        }
        for (number, ssh) in layer.ssh.iter().enumerate() {
            let usual = format!("/run/buildkit/ssh_agent.{number}");
            let target = ssh.target.as_ref().map_or(usual, |target| target.value.clone());
            let target = paths::join(&self.cwd, &target);
            if number == 0 {
                self.env.set("SSH_AUTH_SOCK", target.clone());
            }
            let file = SshOpt {
                id: ssh.id.value.clone(),
                uid: ssh.uid,
                gid: ssh.gid,
                mode: ssh.mode,
                optional: !ssh.required,
            };
            self.mount(&target, MountKind::Ssh(file), ssh.id.span);
        }
    }

    fn mount(&mut self, target: &str, kind: MountKind, span: Span) {
        let target = paths::join(&self.cwd, target);
        if target == "/" {
            let text = "a mount can't be at the root";
            self.problems.push(Diagnostic::error(&codes::graph::MOUNT_TARGET, text).at(span));
        } else if let Some((_, other)) = self.mounts.get(&target) {
            let text = format!("two mounts of this step are at `{target}`");
            self.problems.push(
                Diagnostic::error(&codes::graph::MOUNT_TARGET, text)
                    .at(span)
                    .and_at(*other, "the other one")
                    .help("change the `target` of one of them"),
            );
        } else {
            self.mounts.insert(target, (kind, span));
        }
    }
}

pub(super) fn values(items: &[Spanned<String>]) -> Vec<String> {
    items.iter().map(|item| item.value.clone()).collect()
}
