//! A typed, pure builder for BuildKit LLB.
//!
//! A [`Graph`] is an arena: operations are added to it and are from then on named by a [`VertexId`],
//! which is `Copy`; an [`Output`] is one of the file systems that a vertex produces.
//! [`Graph::marshal`] turns what is reachable from an output into a [`Definition`], in the bytes
//! that BuildKit itself would write. That matters: the daemon computes every digest anew, and where
//! it gets another one than the definition's author, source locations are lost.
//!
//! ```
//! use strake_llb::{ExecOp, Graph, MarshalOptions, Mount, Platform, SourceOp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let platform = Platform::new("linux", "amd64");
//! let base = g.add(SourceOp::image("docker.io/library/debian:bookworm").platform(platform.clone()));
//! let make = g.add(
//!     ExecOp::new(["/bin/sh", "-c", "make"])
//!         .cwd("/src")
//!         .platform(platform)
//!         .mount(Mount::root(Some(base.output(0)))),
//! );
//! g.metadata_mut(make).custom_name("build everything");
//!
//! let root = g.mount_output(make, "/").ok_or("the root is writable")?;
//! let definition = g.marshal(Some(root), &MarshalOptions::default())?;
//! assert_eq!(definition.pb.def.len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! Definitions that come from elsewhere are [grafted](Graph::graft): their vertices keep their
//! bytes, unknown fields included, and only the digests of inputs are patched where those changed.
//!
//! ```
//! use strake_llb::{FileOp, Graph, MarshalOptions, Mkfile};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut theirs = Graph::new();
//! let file = theirs.add(FileOp::new(None).mkfile(Mkfile::new("/a", 0o644, "a")));
//! let options = MarshalOptions::default();
//! let definition = theirs.marshal(Some(file.output(0)), &options)?;
//!
//! let mut ours = Graph::new();
//! let grafted = ours.graft(&definition)?;
//! assert_eq!(ours.marshal(grafted, &options)?, definition);
//! # Ok(())
//! # }
//! ```
//!
//! A grafted vertex can be edited, as long as it is understood completely; here, every step gets a
//! cache mount.
//!
//! ```
//! use strake_llb::{CacheSharing, EditError, ExecOp, Graph, MarshalOptions, Mount, Op};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut theirs = Graph::new();
//! # let run = theirs.add(ExecOp::new(["npm", "ci"]).mount(Mount::root(None)));
//! # let definition = theirs.marshal(Some(run.output(0)), &MarshalOptions::default())?;
//! let mut graph = Graph::new();
//! let output = graph.graft(&definition)?;
//! let mount = Mount::cache("/root/.npm", "npm", CacheSharing::Shared);
//! for vertex in graph.vertices() {
//!     if matches!(graph.op(vertex), Op::Raw(raw) if raw.exec().is_some()) {
//!         match graph.edit(vertex, |op| op.mount(&mount)) {
//!             Ok(added) => added?,
//!             Err(EditError::NotUnderstood(_)) => println!("left as it is"),
//!             Err(error) => return Err(error.into()),
//!         }
//!     }
//! }
//! assert_eq!(
//!     graph.dump(output)?,
//!     "n1 exec\n\
//!     \x20 args [\"npm\", \"ci\"]\n\
//!     \x20 mount / scratch => [0]\n\
//!     \x20 mount /root/.npm cache \"npm\"\n\
//!     => n1\n"
//! );
//! # Ok(())
//! # }
//! ```

mod caps;
mod cut;
mod decode;
mod definition;
mod digest;

mod dump;
mod encode;
mod gather;
mod graft;
mod graph;
mod insert;
mod marshal;
mod metadata;
mod ops;
mod options;
mod platform;
mod rewrite;
mod source_map;
mod topology;
mod vertex;
mod wire;

pub use decode::{DecodeError, Decoded, DecodedOp, decode};
pub use definition::Definition;
pub use digest::{Digest, digest};
pub use dump::{DumpOptions, dump, dump_with};
pub use encode::{ByteOrder, encode_op};
pub use gather::Gather;
pub use graph::Graph;
pub use insert::{AddedMount, Addition, InsertError, Inserted};
pub use marshal::MarshalError;
pub use metadata::{Metadata, ProgressGroup};
pub use ops::exec::{ExecOp, NetMode, ProxyEnv, SecretEnv, SecurityMode};
pub use ops::file::copy::{Copy, CopyMode};
pub use ops::file::{Chown, FileOp, Mkdir, Mkfile, Rm, Symlink, User, clean_path};
pub use ops::merge::{DiffOp, MergeOp};
pub use ops::mount::{CacheSharing, ContentCache, Mount, MountKind, SecretOpt, SshOpt};
pub use ops::passthrough::PassthroughOp;
pub use ops::raw::RawOp;
pub use ops::source::SourceOp;
pub use ops::source::git::GitSource;
pub use ops::source::http::HttpSource;
pub use ops::source::image::{ImageSource, ResolveMode};
pub use ops::source::local::{Differ, LocalSource};
pub use ops::source::oci_layout::OciLayoutSource;
pub use ops::{InvalidOp, Op};
pub use options::MarshalOptions;
pub use platform::Platform;
pub use rewrite::{EditError, OpEdit};
pub use source_map::{Location, Position, Range, SourceId, SourceInfo};
pub use vertex::{Output, VertexId};
pub use wire::WireError;

/// The limits of a step's control group, from [`strake_proto::pb`].
pub use strake_proto::pb::LinuxResources;
