//! The fingerprint of a definition: what BuildKit itself knows the result by, without what differs from client to
//! client. Operations count as they are written, files of the client by what they are; so two builds with the same
//! fingerprint would have their layers from one cache. Pure: [`step`] makes the graph of the step that reads the files.

pub(crate) mod step;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use strake_llb::{ByteOrder, Decoded, DecodedOp, Definition, digest, encode_op};
use strake_proto::pb::file_action::Action;
use strake_proto::pb::op::Op;
use strake_proto::pb::user_opt::User;
use strake_proto::pb::{self, ExecOp, FileAction, FileActionCopy, SourceOp};

/// What an operation takes from one of its inputs, which is a directory of the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken<'a> {
    /// The index of the operation in the definition.
    pub at: usize,
    /// Which of its inputs, by index.
    pub input: usize,
    /// The source that the input is, by its index in the definition.
    pub source: usize,
    pub files: Vec<TakenFiles<'a>>,
}

/// Which files of a directory are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TakenFiles<'a> {
    Everything,
    /// A path in it, as a mount has it.
    Mounted(&'a str),
    /// What a copy takes.
    Copied(&'a FileActionCopy),
}

#[derive(Debug, Clone, Copy)]
pub struct FingerprintInput<'a> {
    pub definition: &'a Definition,
    /// The operations of the same definition.
    pub decoded: &'a Decoded,
    /// The digest of each of [`taken`], by operation and input.
    pub contents: &'a BTreeMap<(usize, usize), String>,
    /// The image's config, as JSON; empty where there is none.
    pub config: &'a [u8],
    /// Digests of the operations that every build runs again.
    pub always: &'a BTreeSet<String>,
}

/// What a build is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// Of the layers alone, without the image's config.
    pub layers: String,
    /// Of the layers and the image's config.
    pub image: String,
    /// Of each step, and all that it stands on.
    pub steps: Vec<StepFingerprint>,
    /// Sources that may be another thing tomorrow under the same name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unpinned: Vec<String>,
}

/// A step, as the progress of a build shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepFingerprint {
    pub name: String,
    pub digest: String,
    /// Every build runs it again, whatever its fingerprint is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
}

/// What all operations take of the client's directories.
pub fn taken(decoded: &Decoded) -> Vec<Taken<'_>> {
    let mut all = Vec::new();
    for (at, op) in decoded.ops.iter().enumerate() {
        for (input, (source, _)) in op.inputs.iter().enumerate() {
            if is_local(&decoded.ops[*source]) {
                all.push(Taken { at, input, source: *source, files: files(op, input) });
            }
        }
    }
    all
}

fn is_local(op: &DecodedOp) -> bool {
    matches!(&op.op.op, Some(Op::Source(source)) if source.identifier.starts_with("local://"))
}

fn files(op: &DecodedOp, input: usize) -> Vec<TakenFiles<'_>> {
    let is_it = |index: i64| usize::try_from(index) == Ok(input);
    match &op.op.op {
        Some(Op::Exec(exec)) => {
            let mounts = exec.mounts.iter().filter(|mount| is_it(mount.input));
            mounts.map(|mount| TakenFiles::Mounted(&mount.selector)).collect()
        }
        Some(Op::File(file)) => {
            file.actions.iter().filter_map(|action| taken_files(action, &is_it)).collect()
        }
        _ => vec![TakenFiles::Everything],
    }
}

fn taken_files<'a>(action: &'a FileAction, is_it: &dyn Fn(i64) -> bool) -> Option<TakenFiles<'a>> {
    match &action.action {
        Some(Action::Copy(copy)) if is_it(action.secondary_input) && !is_it(action.input) => {
            Some(TakenFiles::Copied(copy))
        }
        other => {
            let names =
                is_it(action.input) || is_it(action.secondary_input) || owners(other).any(is_it);
            names.then_some(TakenFiles::Everything)
        }
    }
}

/// The file systems in which an action looks up names of users.
fn owners(action: &Option<Action>) -> impl Iterator<Item = i64> {
    let owner = match action {
        Some(Action::Copy(copy)) => copy.owner.as_ref(),
        Some(Action::Mkfile(mkfile)) => mkfile.owner.as_ref(),
        Some(Action::Mkdir(mkdir)) => mkdir.owner.as_ref(),
        Some(Action::Symlink(symlink)) => symlink.owner.as_ref(),
        Some(Action::Rm(_)) | None => None,
    };
    let users = owner.into_iter().flat_map(|owner| [&owner.user, &owner.group]).flatten();
    users.filter_map(|user| match &user.user {
        Some(User::ByName(name)) => Some(name.input),
        Some(User::ById(_)) | None => None,
    })
}

/// Puts the fingerprint of a build together.
pub fn fingerprint(input: FingerprintInput<'_>) -> Fingerprint {
    let digests = digests(input.decoded, input.contents);
    let layers = match input.decoded.head {
        Some((head, output)) => digest(format!("{}\0{output}", digests[head]).as_bytes()),
        None => digest(b""),
    };
    let config = config(input.config);
    let image = digest(format!("{layers}\0{config}").as_bytes());
    Fingerprint {
        layers: layers.into(),
        image: image.into(),
        steps: steps(&input, &digests),
        unpinned: unpinned(input.decoded),
    }
}

/// Each after those that it stands on.
fn steps(input: &FingerprintInput<'_>, digests: &[String]) -> Vec<StepFingerprint> {
    let step = |at: usize| {
        let own = input.decoded.ops[at].digest.as_str();
        let metadata = input.definition.pb.metadata.get(own)?;
        let name = metadata.description.get("llb.customname")?.clone();
        let always = input.always.contains(own);
        // What strake or the Dockerfile frontend makes for a step is named so, and is a part of it.
        let is_step = !name.starts_with("[internal]");
        is_step.then(|| StepFingerprint { name, digest: digests[at].clone(), always })
    };
    input.decoded.inputs_first().into_iter().filter_map(step).collect()
}

/// The digest of each operation as it would be if its files were a part of it.
fn digests(decoded: &Decoded, contents: &BTreeMap<(usize, usize), String>) -> Vec<String> {
    let mut digests = vec![String::new(); decoded.ops.len()];
    for at in decoded.inputs_first() {
        let op = &decoded.ops[at];
        let inputs = op.inputs.iter().enumerate();
        let inputs = inputs.map(|(input, (from, _))| match contents.get(&(at, input)) {
            Some(content) => content.clone(),
            None => digests[*from].clone(),
        });
        let inputs = inputs.collect();
        digests[at] = digest_of(op, inputs);
    }
    digests
}

/// An operation that holds what this version does not know is taken as it is written: if it takes something from
/// the client, it is another one for each.
fn digest_of(op: &DecodedOp, inputs: Vec<String>) -> String {
    if !op.is_understood() {
        return op.digest.to_string();
    }
    let mut op = op.op.clone();
    for (input, digest) in op.inputs.iter_mut().zip(inputs) {
        input.digest = digest;
    }
    match &mut op.op {
        Some(Op::Exec(exec)) => forget_caches(exec),
        Some(Op::Source(source)) => forget_ways(source),
        _ => {}
    }
    digest(&encode_op(&op, ByteOrder::Canonical)).into()
}

/// What decides how fast a step is, and not what comes of it. BuildKit, too, leaves proxies out.
fn forget_caches(exec: &mut ExecOp) {
    exec.mounts.iter_mut().for_each(|mount| mount.cache_opt = None);
    if let Some(meta) = &mut exec.meta {
        meta.proxy_env = None;
    }
}

/// An image is what its digest says, by whatever way it comes.
fn forget_ways(source: &mut SourceOp) {
    let scheme = source.identifier.split_once("://").map_or("", |(scheme, _)| scheme);
    if matches!(scheme, "docker-image" | "oci-layout" | "local") {
        source.attrs.clear();
    }
}

/// When an image was made, and how, is no part of what it is.
fn config(json: &[u8]) -> String {
    let Ok(Value::Object(mut config)) = serde_json::from_slice(json) else {
        return String::from_utf8_lossy(json).into_owned();
    };
    config.remove("created");
    config.remove("history");
    // A map of `serde_json` is sorted.
    Value::Object(config).to_string()
}

fn unpinned(decoded: &Decoded) -> Vec<String> {
    let sources = decoded.ops.iter().filter_map(|op| match &op.op.op {
        Some(Op::Source(source)) => Some(source),
        _ => None,
    });
    let unpinned = sources.filter(|source| !is_pinned(source));
    let names: BTreeSet<String> = unpinned.map(|source| source.identifier.clone()).collect();
    names.into_iter().collect()
}

/// The keys are those of BuildKit's `solver/pb`.
fn is_pinned(SourceOp { identifier, attrs }: &pb::SourceOp) -> bool {
    match identifier.split_once("://") {
        Some(("docker-image" | "oci-layout", name)) => name.contains('@'),
        Some(("git", name)) => attrs.contains_key("git.checksum") || is_commit(name),
        Some(("http" | "https", _)) => attrs.contains_key("http.checksum"),
        _ => true,
    }
}

/// Whether a remote is named with a commit: `host/path#COMMIT` or `host/path#COMMIT:directory`.
fn is_commit(name: &str) -> bool {
    let fragment = name.split_once('#').map_or("", |(_, fragment)| fragment);
    let reference = fragment.split_once(':').map_or(fragment, |(reference, _)| reference);
    reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
