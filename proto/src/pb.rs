//! LLB's own messages (`solver/pb/ops.proto`).
//!
//! The generated messages stand at BuildKit 0.29. What came after is written by hand:
//!
//! - [`PassthroughOp`], and an [`Op`] that can hold it. They take the place of the generated `Op`,
//!   which no other message contains: operations are sent as bytes.
//! - [`LinuxResources`]. `OpMetadata` is sent inside `Definition`, and that inside the messages of
//!   the gateway, so those keep their generated types and know nothing of it. The messages of
//!   [`limits`](crate::limits) read it from the same bytes.

pub use bollard_buildkit_proto::pb::*;

/// A vertex of the LLB graph, with every operation up to BuildKit 0.32.
///
/// Its bytes as `prost` writes them are not BuildKit's: Go puts the members of a oneof last.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Op {
    /// The edges that lead to this vertex.
    #[prost(message, repeated, tag = "1")]
    pub inputs: Vec<Input>,
    /// The platform of operations that depend on one.
    #[prost(message, optional, tag = "10")]
    pub platform: Option<Platform>,
    /// Which workers may run the vertex.
    #[prost(message, optional, tag = "11")]
    pub constraints: Option<WorkerConstraints>,
    /// What the vertex does. The last entry of a definition does nothing.
    #[prost(oneof = "op::Op", tags = "2, 3, 4, 5, 6, 7, 8")]
    pub op: Option<op::Op>,
}

/// The operations that an [`Op`] can hold.
pub mod op {
    /// What a vertex does.
    #[derive(Clone, PartialEq, prost::Oneof)]
    #[expect(clippy::large_enum_variant, reason = "the shape of the generated messages")]
    pub enum Op {
        /// Runs a command in a file system made of mounts.
        #[prost(message, tag = "2")]
        Exec(super::ExecOp),
        /// Fetches an image, a local directory, a repository or a file.
        #[prost(message, tag = "3")]
        Source(super::SourceOp),
        /// Copies, makes and removes files.
        #[prost(message, tag = "4")]
        File(super::FileOp),
        /// Loads a definition from a file and builds it.
        #[prost(message, tag = "5")]
        Build(super::BuildOp),
        /// Lays file systems over each other.
        #[prost(message, tag = "6")]
        Merge(super::MergeOp),
        /// What one file system has over another.
        #[prost(message, tag = "7")]
        Diff(super::DiffOp),
        /// Hands its inputs on once all of them are there.
        #[prost(message, tag = "8")]
        Passthrough(super::PassthroughOp),
    }
}

/// Hands inputs on unchanged, once all of them are built: ordering without content.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PassthroughOp {
    /// Part of the cache key.
    #[prost(string, tag = "1")]
    pub id: String,
    /// For each output, the index of the input that it hands on.
    #[prost(int64, repeated, tag = "2")]
    pub outputs: Vec<i64>,
}

/// Limits of the control group that a step runs in. Not part of the cache key.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LinuxResources {
    /// Memory without swap, in bytes.
    #[prost(int64, tag = "1")]
    pub memory: i64,
    /// Memory and swap together, in bytes.
    #[prost(int64, tag = "2")]
    pub memory_swap: i64,
    /// Weight against other groups where processors are short.
    #[prost(uint64, tag = "3")]
    pub cpu_shares: u64,
    /// Period of the scheduler in microseconds.
    #[prost(uint64, tag = "4")]
    pub cpu_period: u64,
    /// Share of a period in microseconds.
    #[prost(int64, tag = "5")]
    pub cpu_quota: i64,
    /// Processors to run on, for example `0-3`.
    #[prost(string, tag = "6")]
    pub cpuset_cpus: String,
    /// Memory nodes to use, for example `0,1`.
    #[prost(string, tag = "7")]
    pub cpuset_mems: String,
}
