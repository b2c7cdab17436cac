//! The graphs of steps in which strake's own program looks into a cache mount, fills it, or writes
//! it down, and of the command that shrinks it before. Pure.
//!
//! The program's image is the root of such a step, so nothing of the user's is in it, and it runs on
//! the platform of the builder whatever the target is. A variable that no other build has makes it
//! run: `ignore_cache` would empty the mount. What it has to tell is a file of its result.

use std::collections::BTreeSet;

use strake_llb::{
    ByteOrder, ContentCache, Copy, DecodeError, Definition, ExecOp, FileOp, Graph, MarshalError,
    MarshalOptions, Mkfile, Mount, MountKind, NetMode, Op, Output, VertexId, decode,
};
use strake_proto::caps::llb as cap;

use super::find::CacheMount;
use crate::caps::is_ignored;
use crate::context::{NamedSource, named_vertex};
use crate::platform::Platform;

/// Where the mount is.
const MOUNT: &str = "/mount";
/// Where the seed is.
const SEED: &str = "/seed";
/// What an export writes.
const OUT: &str = "/out";
/// Where the answer is put.
const ANSWERS: &str = "/answer";
/// The answer, as a path in the result of a step.
pub(crate) const ANSWER: &str = "answer";
/// The variable that holds the nonce of the build.
const NONCE: &str = "STRAKE_NONCE";
/// The variable that names the mount of a step. The id of a cache mount is no part of a step's
/// cache key: without this, steps for two mounts would be one, and its answer that of both.
const OF: &str = "STRAKE_MOUNT";

/// A graph that can't be made of what others gave.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A definition is broken.
    #[error("a definition that was given is broken: {0}")]
    Decode(#[from] DecodeError),
    /// The graph can't be written.
    #[error(transparent)]
    Marshal(#[from] MarshalError),
}

/// strake's own program, and the daemon that runs it.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// The image that the program is in.
    pub image: &'a Definition,
    /// The path of the program in that image.
    pub path: &'a str,
    /// The platform that it is made for: the builder's.
    pub platform: &'a Platform,
    /// A random text that no other build has.
    pub nonce: &'a str,
    /// LLB capabilities of the daemon.
    pub caps: &'a BTreeSet<String>,
}

/// A mount that is exported.
#[derive(Debug, Clone, Copy)]
pub struct Exported<'a> {
    pub mount: &'a CacheMount,
    /// The directory in the seed that its content is in.
    pub key: &'a str,
    /// The display name of the step.
    pub display_name: &'a str,
    /// The most that is written, in bytes.
    pub keep: Option<u64>,
}

impl Program<'_> {
    /// A step that tells whether a mount is empty. Where the build empties the mount, so does this.
    ///
    /// # Errors
    /// A definition that was given is broken.
    pub fn probe(&self, mount: &CacheMount, display_name: &str) -> Result<Definition, StepError> {
        let mut graph = Graph::new();
        let step = self.step(&mut graph, &["probe", MOUNT], None)?;
        let step = step.env(OF, mount.identity.key("")).mount(mount.mount(&mut graph, MOUNT)?);
        let vertex = graph.add(step);
        graph.metadata_mut(vertex).custom_name(display_name).ignore_cache = mount.emptied;
        self.answer(&graph, vertex)
    }

    /// A step that fills a mount, if it is empty, from a directory of a seed.
    ///
    /// # Errors
    /// A definition that was given is broken.
    pub fn prime(
        &self,
        mount: &CacheMount,
        seed: &NamedSource,
        key: &str,
        display_name: &str,
    ) -> Result<Definition, StepError> {
        let mut graph = Graph::new();
        let from = named_vertex(&mut graph, seed, &[key.to_owned()].into())?;
        let step = self.step(&mut graph, &["prime", &format!("{SEED}/{key}"), MOUNT], None)?;
        let step = step.env(OF, mount.identity.key(""));
        let step = step.mount(mount.mount(&mut graph, MOUNT)?).mount(self.seed(from));
        let vertex = graph.add(step);
        graph.metadata_mut(vertex).custom_name(display_name);
        self.answer(&graph, vertex)
    }

    /// A step that compares a mount with a seed and writes the differences over what the exports
    /// `below` wrote, or over the seed where there are none. Its files come with [`Program::image`].
    ///
    /// # Errors
    /// A definition that was given is broken.
    pub fn export(
        &self,
        exported: Exported<'_>,
        below: &[Exported<'_>],
        seed: Option<&NamedSource>,
    ) -> Result<Definition, StepError> {
        let mut graph = Graph::new();
        let from = whole(&mut graph, seed)?;
        let below = self.layers(&mut graph, below, from)?;
        let vertex = self.export_step(&mut graph, exported, from, below)?;
        self.answer(&graph, vertex)
    }

    /// The seed and what exports wrote over it: one layer for each, or all in one. The steps are those
    /// of [`Program::export`], so what ran does not run again.
    ///
    /// What is tried and rejected: `merge` of the seed and a `diff` for each export. Where a diff is just
    /// the layer of a step, BuildKit knows it by the digest of the whole chain up to that layer
    /// (`computeChainMetadata` in `cache/blobs.go`); an image with that chain, fetched by the same
    /// daemon, may then be taken for it, and lacks all files of the layers below (tried with 0.25).
    ///
    /// # Errors
    /// A definition that was given is broken.
    pub fn image(
        &self,
        exported: &[Exported<'_>],
        seed: Option<&NamedSource>,
        squash: bool,
    ) -> Result<Definition, StepError> {
        let mut graph = Graph::new();
        let from = whole(&mut graph, seed)?;
        let layers = self.layers(&mut graph, exported, from)?;
        let image = if squash { Some(squashed(&mut graph, layers)) } else { layers };
        self.marshal(&graph, image)
    }

    /// The command that shrinks a mount, run as the first step that uses it: on top of the same file
    /// system, with the same environment, user and mounts.
    ///
    /// # Errors
    /// The definition is broken.
    pub fn prune(
        &self,
        definition: &Definition,
        mount: &CacheMount,
        command: &str,
        display_name: &str,
    ) -> Result<Definition, StepError> {
        let user = mount.users.first().copied().unwrap_or_default();
        let mut graph = Graph::new();
        let taken = graph.graft(&definition.cut(&decode(&definition.pb)?, (user, 0)))?;
        let Some(raw) = taken.and_then(|taken| exec_of(&graph, taken)) else {
            return Ok(Definition::default());
        };
        let mut step = ExecOp::new(["/bin/sh", "-c", command]);
        if let Some(meta) = raw.exec().and_then(|exec| exec.meta.as_ref()) {
            for line in &meta.env {
                let (name, value) = line.split_once('=').unwrap_or((line, ""));
                step = step.env(name, value);
            }
            step = step.cwd(meta.cwd.clone()).user(meta.user.clone());
        }
        step = step.env(NONCE, self.nonce).env(OF, mount.identity.key("")).network(NetMode::None);
        if let Some(platform) = &raw.op().platform {
            step = step.platform(platform.into());
        }
        // A secret may not be at hand by then; and what is written elsewhere is of no use.
        let needed = |one: &Mount| !matches!(one.kind(), MountKind::Secret(_) | MountKind::Ssh(_));
        let kept = |one: Mount| match one.has_output() && one.target() != "/" {
            true => one.no_output(),
            false => one,
        };
        let step = raw.mounts().into_iter().filter(needed).map(kept).fold(step, ExecOp::mount);
        let vertex = graph.add(step);
        graph.metadata_mut(vertex).custom_name(display_name);
        self.marshal(&graph, Some(vertex.into()))
    }

    /// A vertex that shows a text, and makes a file of a few bytes.
    ///
    /// # Errors
    /// Never in practice: the graph is one operation.
    pub fn summary(&self, text: &str) -> Result<Definition, StepError> {
        let mut graph = Graph::new();
        // A vertex is named by whoever solves it first: of another text it is another one.
        let vertex = graph.add(FileOp::new(None).mkfile(Mkfile::new("/summary", 0o444, text)));
        graph.metadata_mut(vertex).custom_name(text);
        self.marshal(&graph, Some(vertex.into()))
    }

    /// Exports one over the other.
    fn layers(
        &self,
        graph: &mut Graph,
        exported: &[Exported<'_>],
        seed: Option<Output>,
    ) -> Result<Option<Output>, StepError> {
        let mut below = seed;
        for one in exported {
            let vertex = self.export_step(graph, *one, seed, below)?;
            below = graph.mount_output(vertex, OUT);
        }
        Ok(below)
    }

    fn export_step(
        &self,
        graph: &mut Graph,
        exported: Exported<'_>,
        published: Option<Output>,
        below: Option<Output>,
    ) -> Result<VertexId, StepError> {
        let (seed, out) = (format!("{SEED}/{}", exported.key), format!("{OUT}/{}", exported.key));
        let keep = exported.keep.map(|keep| keep.to_string());
        let step = self.step(graph, &["export", MOUNT, &seed, &out], keep.as_deref())?;
        let step = step.env(OF, exported.mount.identity.key(""));
        let mount = exported.mount.mount(graph, MOUNT)?.readonly();
        let step = step.mount(mount).mount(Mount::bind(OUT, below));
        let step = match published {
            Some(_) => step.mount(self.seed(published)),
            None => step,
        };
        let vertex = graph.add(step);
        graph.metadata_mut(vertex).custom_name(exported.display_name);
        Ok(vertex)
    }

    /// A step of the program, with its arguments before the place of the answer and after.
    pub(crate) fn step(
        &self,
        graph: &mut Graph,
        args: &[&str],
        last: Option<&str>,
    ) -> Result<ExecOp, StepError> {
        let image = graph.graft(self.image)?;
        let answer = format!("{ANSWERS}/{ANSWER}");
        let args = [&[self.path], args, &[answer.as_str()]].concat();
        let args = args.into_iter().chain(last);
        Ok(ExecOp::new(args)
            .env(NONCE, self.nonce)
            .network(NetMode::None)
            .platform(self.platform.into())
            .mount(Mount::root(image).readonly())
            .mount(Mount::scratch(ANSWERS)))
    }

    /// The daemon would read all of a seed to tell whether the step ran before.
    fn seed(&self, from: Option<Output>) -> Mount {
        let mount = Mount::bind(SEED, from).readonly();
        match self.caps.contains(cap::EXEC_MOUNT_CACHE_CONTENT) {
            true => mount.content_cache(ContentCache::Off),
            false => mount,
        }
    }

    /// The graph of which [`ANSWER`] is read.
    pub(crate) fn answer(&self, graph: &Graph, step: VertexId) -> Result<Definition, StepError> {
        self.marshal(graph, graph.mount_output(step, ANSWERS))
    }

    pub(super) fn marshal(
        &self,
        graph: &Graph,
        output: Option<Output>,
    ) -> Result<Definition, StepError> {
        let byte_order = match self.caps.contains(cap::EXEC_VALID_EXIT_CODE) {
            true => ByteOrder::Canonical,
            false => ByteOrder::TagOrder,
        };
        let options = MarshalOptions { byte_order, ..MarshalOptions::default() };
        let mut definition = graph.marshal(output, &options)?;
        for metadata in definition.pb.metadata.values_mut() {
            metadata.caps.retain(|cap, _| self.caps.contains(cap) || !is_ignored(cap));
        }
        Ok(definition)
    }
}

fn whole(graph: &mut Graph, seed: Option<&NamedSource>) -> Result<Option<Output>, DecodeError> {
    match seed {
        Some(seed) => named_vertex(graph, seed, &BTreeSet::new()),
        None => Ok(None),
    }
}

fn squashed(graph: &mut Graph, merged: Option<Output>) -> Output {
    let all = Copy::new(merged, "/", "/").dir_copy_contents();
    let vertex = graph.add(FileOp::new(None).copy(all));
    graph.metadata_mut(vertex).custom_name("[mounts] put all layers together");
    vertex.into()
}

fn exec_of(graph: &Graph, at: Output) -> Option<strake_llb::RawOp> {
    match graph.op(at.vertex) {
        Op::Raw(raw) if raw.exec().is_some() => Some(raw.as_ref().clone()),
        _ => None,
    }
}
