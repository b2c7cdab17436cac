//! What a graph says of its steps: all that decides which caches a step can have, without looking at
//! anything but the graph.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use strake_llb::{Decoded, DecodedOp, Definition, Gather as _};
use strake_proto::pb::file_action::Action;
use strake_proto::pb::op::Op;
use strake_proto::pb::{self, MountType};

use crate::cache;
use crate::image::Env;
use crate::paths;
use crate::platform::Platform;
use crate::presets;

/// An exec of a Dockerfile.
#[derive(Debug, Clone)]
pub struct RunStep<'a> {
    /// Its index in the definition.
    pub op: usize,
    /// The digest that it has there.
    pub digest: &'a str,
    /// The line on which its instruction begins.
    pub line: usize,
    /// The line on which it ends.
    pub last_line: usize,
    pub args: &'a [String],
    /// Environment, that of the base image included.
    pub env: Env,
    pub workdir: &'a str,
    /// User, by name or number; empty is root.
    pub user: &'a str,
    /// Platform that it runs on.
    pub platform: Platform,
    /// The image that its root file system begins with, without digest; `scratch` where it is none.
    pub base: String,
    /// Where something is mounted, the root left out.
    pub targets: Vec<String>,
    /// Where it has cache mounts already.
    pub caches: Vec<String>,
    /// The ids of these.
    pub cache_ids: Vec<String>,
    /// Where it has files of contexts, stages and images.
    pub binds: Vec<String>,
    /// Its credentials: ids of secrets and agents, and variables that are named like a credential.
    pub access: BTreeSet<String>,
    pub has_no_network: bool,
    /// Files that are mounted from the graph itself, by path: the scripts of here documents.
    pub files: Vec<(String, String)>,
}

impl RunStep<'_> {
    /// The step as presets see it, as another user's, with the mount elsewhere.
    pub(super) fn cache<'a>(
        &'a self,
        user: &'a str,
        namespace: &'a str,
        led: Option<&'a str>,
    ) -> cache::StepContext<'a> {
        cache::StepContext {
            platform: &self.platform,
            base: &self.base,
            user,
            workdir: self.workdir,
            env: &self.env,
            namespace,
            places: presets::Places::Dockerfile,
            led,
        }
    }
}

/// The execs that instructions of a file became, in the order of the definition. Those of other files
/// (contexts may be built by another Dockerfile) are left alone: whoever builds that file has them, too,
/// and they would run twice.
pub fn steps<'a>(definition: &Definition, decoded: &'a Decoded, file: &[u8]) -> Vec<RunStep<'a>> {
    let (lines, bottoms) = (ranges(definition, file), bottoms(decoded));
    let ops = decoded.ops.iter().enumerate();
    let steps = ops.filter_map(|(at, op)| {
        let lines = lines.get(op.digest.as_str())?;
        step(decoded, at, lines, bottoms[at])
    });
    steps.collect()
}

/// An exec; `bottom` is what its root file system begins with.
fn step<'a>(
    decoded: &'a Decoded,
    at: usize,
    lines: &RangeInclusive<usize>,
    bottom: usize,
) -> Option<RunStep<'a>> {
    let op = &decoded.ops[at];
    let Some(Op::Exec(exec)) = &op.op.op else { return None };
    let meta = exec.meta.as_ref()?;
    let mounts = || exec.mounts.iter().filter(|mount| mount.dest != "/");
    let place = |mount: &pb::Mount| paths::join(&meta.cwd, &mount.dest);
    Some(RunStep {
        op: at,
        digest: op.digest.as_str(),
        line: *lines.start(),
        last_line: *lines.end(),
        args: &meta.args,
        env: Env::from_lines(&meta.env),
        workdir: &meta.cwd,
        user: &meta.user,
        platform: op.op.platform.as_ref().map(Platform::from).unwrap_or_default(),
        base: base(&decoded.ops[bottom]),
        targets: mounts().map(place).collect(),
        caches: mounts()
            .filter(|mount| mount.mount_type() == MountType::Cache)
            .map(place)
            .collect(),
        cache_ids: mounts()
            .filter_map(|mount| mount.cache_opt.as_ref().map(|option| option.id.clone()))
            .collect(),
        binds: mounts().filter(|mount| mount.mount_type() == MountType::Bind).map(place).collect(),
        access: access(exec, meta),
        has_no_network: exec.network() == pb::NetMode::None,
        files: mounts().flat_map(|mount| made_files(decoded, at, mount)).collect(),
    })
}

fn access(exec: &pb::ExecOp, meta: &pb::Meta) -> BTreeSet<String> {
    let mounted = exec.mounts.iter().filter_map(|mount| {
        let secret = mount.secret_opt.as_ref().map(|secret| &secret.id);
        secret.or(mount.ssh_opt.as_ref().map(|agent| &agent.id)).cloned()
    });
    let named = meta.env.iter().filter_map(|line| line.split_once('='));
    let named = named.filter(|(name, value)| !value.is_empty() && lets_in(name));
    let mut access: BTreeSet<String> = mounted.gather();
    access.extend(exec.secretenv.iter().map(|secret| secret.id.clone()));
    access.extend(named.map(|(name, _)| name.to_owned()));
    access
}

/// Whether a variable is called as what opens a registry.
fn lets_in(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["AUTH", "CREDENTIAL", "INDEX_URL", "PASSWORD", "SECRET", "TOKEN"]
        .iter()
        .any(|word| name.contains(word))
}

/// The files of a mount that the graph makes from nothing.
fn made_files(decoded: &Decoded, at: usize, mount: &pb::Mount) -> Vec<(String, String)> {
    let input =
        usize::try_from(mount.input).ok().and_then(|index| decoded.ops[at].inputs.get(index));
    let Some(Some(Op::File(file))) = input.map(|(below, _)| &decoded.ops[*below].op.op) else {
        return Vec::new();
    };
    let made = file.actions.iter().filter_map(|action| match &action.action {
        Some(Action::Mkfile(made)) => Some(made),
        _ => None,
    });
    let made = made.map(|made| {
        let path = made.path.strip_prefix(&mount.selector).unwrap_or(&made.path);
        let path = paths::join(&mount.dest, path.trim_start_matches('/'));
        (path, String::from_utf8_lossy(&made.data).into_owned())
    });
    made.collect()
}

/// The line on which each operation's instruction begins, by digest.
pub(crate) fn lines<'a>(definition: &'a Definition, file: &[u8]) -> BTreeMap<&'a str, usize> {
    let ranges = ranges(definition, file).into_iter();
    ranges.map(|(digest, lines)| (digest, *lines.start())).collect()
}

/// The lines of each operation's instruction, by digest.
pub(super) fn ranges<'a>(
    definition: &'a Definition,
    file: &[u8],
) -> BTreeMap<&'a str, RangeInclusive<usize>> {
    let Some(source) = &definition.pb.source else { return BTreeMap::new() };
    let is_ours: Vec<bool> = source.infos.iter().map(|info| info.data == file).collect();
    let ours = |location: &&pb::Location| {
        let index = usize::try_from(location.source_index).ok();
        index.and_then(|index| is_ours.get(index)) == Some(&true)
    };
    let number = |position: Option<&pb::Position>| usize::try_from(position?.line).ok();
    let lines = |location: &pb::Location| {
        let first = number(location.ranges.first()?.start.as_ref())?;
        let last = number(location.ranges.last()?.end.as_ref()).unwrap_or(first);
        Some(first..=last.max(first))
    };
    let all = source.locations.iter().filter_map(|(digest, locations)| {
        let lines = locations.locations.iter().filter(ours).find_map(lines)?;
        Some((digest.as_str(), lines))
    });
    all.collect()
}

/// What the root file system of each operation begins with. From the bottom up: a walk down from every
/// step would go through all steps below it.
fn bottoms(decoded: &Decoded) -> Vec<usize> {
    let mut bottoms: Vec<usize> = (0..decoded.ops.len()).collect();
    for at in decoded.inputs_first() {
        if let Some((below, _)) = root_input(decoded, at) {
            bottoms[at] = bottoms[below];
        }
    }
    bottoms
}

fn base(bottom: &DecodedOp) -> String {
    match &bottom.op.op {
        Some(Op::Source(source)) => image(&source.identifier),
        _ => None,
    }
    .unwrap_or_else(|| "scratch".to_owned())
}

fn image(identifier: &str) -> Option<String> {
    let reference = identifier.strip_prefix("docker-image://")?;
    Some(reference.split('@').next().unwrap_or(reference).to_owned())
}

/// The output that the root of an operation's result was made from.
pub(super) fn root_input(decoded: &Decoded, at: usize) -> Option<(usize, i64)> {
    let op = &decoded.ops[at];
    let index = match op.op.op.as_ref()? {
        Op::Exec(exec) => exec.mounts.iter().find(|mount| mount.dest == "/")?.input,
        Op::File(file) => file.actions.first()?.input,
        Op::Merge(merge) => merge.inputs.first()?.input,
        Op::Diff(_) | Op::Source(_) | Op::Build(_) | Op::Passthrough(_) => return None,
    };
    op.inputs.get(usize::try_from(index).ok()?).copied()
}

/// The paths that copies and mounts take from other stages, from every file of the graph.
pub(super) fn taken_paths(decoded: &Decoded) -> BTreeSet<&str> {
    let mut paths = BTreeSet::new();
    for op in &decoded.ops {
        match &op.op.op {
            Some(Op::File(file)) => paths.extend(file.actions.iter().filter_map(copied)),
            Some(Op::Exec(exec)) => {
                paths.extend(exec.mounts.iter().map(|mount| mount.selector.as_str()));
            }
            _ => {}
        }
    }
    paths
}

fn copied(action: &pb::FileAction) -> Option<&str> {
    match &action.action {
        Some(Action::Copy(copy)) => Some(&copy.src),
        _ => None,
    }
}
