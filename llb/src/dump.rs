//! A definition as text, for people and for snapshots.
//!
//! Stable: vertices are named `n1`, `n2`, ... in the order of the definition, and no digest appears
//! but those that an operation itself mentions. Fields that have their usual value are left out.

use std::fmt::Write as _;

use strake_proto::pb;

use crate::Definition;
use crate::decode::{DecodeError, DecodedOp, decode};
use crate::graph::Graph;
use crate::marshal::MarshalError;
use crate::metadata::{CUSTOM_NAME, Metadata};
use crate::options::MarshalOptions;
use crate::vertex::Output;

mod exec;
mod file;
mod ops;

/// What a dump shows beside the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DumpOptions {
    /// Names, groups and whatever else the metadata says.
    pub metadata: bool,
    /// The capabilities that each vertex needs.
    pub caps: bool,
    /// Where each vertex comes from, as `file:line`.
    pub locations: bool,
}

impl Default for DumpOptions {
    /// All but the capabilities.
    fn default() -> Self {
        Self { metadata: true, caps: false, locations: true }
    }
}

/// The definition as text.
///
/// # Errors
///
/// Fails where the definition does not hold together.
pub fn dump(definition: &Definition) -> Result<String, DecodeError> {
    dump_with(definition, DumpOptions::default())
}

/// The definition as text, with a choice of what to show.
///
/// # Errors
///
/// Fails where the definition does not hold together.
pub fn dump_with(definition: &Definition, options: DumpOptions) -> Result<String, DecodeError> {
    let decoded = decode(&definition.pb)?;
    let mut out = Lines::default();
    for (at, op) in decoded.ops.iter().enumerate() {
        ops::write(&mut out, at, op);
        write_entry(&mut out, definition, op, options);
    }
    let head = decoded.head.map_or_else(|| "scratch".to_owned(), input_name);
    out.line(format_args!("=> {head}"));
    Ok(out.0)
}

impl Graph {
    /// The definition of an output as text, with the default options of marshalling.
    ///
    /// # Errors
    ///
    /// As [`Graph::marshal`].
    pub fn dump(&self, output: Option<Output>) -> Result<String, MarshalError> {
        let definition = self.marshal(output, &MarshalOptions::default())?;
        // What was marshalled just now holds together.
        Ok(dump(&definition).unwrap_or_default())
    }
}

fn write_entry(out: &mut Lines, definition: &Definition, op: &DecodedOp, options: DumpOptions) {
    let digest = op.digest.as_str();
    if let Some(metadata) = definition.pb.metadata.get(digest) {
        let resources = definition.linux_resources.get(digest);
        let metadata = Metadata::from_pb(metadata, resources);
        if options.metadata {
            write_metadata(out, &metadata);
        }
        if options.caps && !metadata.caps.is_empty() {
            let caps: Vec<_> = metadata.caps.iter().map(String::as_str).collect();
            out.field("caps", caps.join(" "));
        }
    }
    let source = definition.pb.source.as_ref().filter(|_| options.locations);
    let locations = source.and_then(|s| s.locations.get(digest).map(|found| (s, found)));
    for (source, location) in
        locations.iter().flat_map(|(s, found)| found.locations.iter().map(move |l| (s, l)))
    {
        out.field("at", location_name(source, location));
    }
}

fn write_metadata(out: &mut Lines, metadata: &Metadata) {
    if let Some(name) = metadata.name() {
        out.quoted("name", name);
    }
    for (key, value) in metadata.description.iter().filter(|(key, _)| *key != CUSTOM_NAME) {
        out.field("description", format_args!("{key} = {value:?}"));
    }
    out.flag("ignore-cache", metadata.ignore_cache);
    if let Some(export) = metadata.export_cache {
        out.field("export-cache", export);
    }
    if let Some(group) = &metadata.progress_group {
        let weak = if group.weak { " weak" } else { "" };
        out.field("group", format_args!("{} {:?}{weak}", group.id, group.name));
    }
    if let Some(resources) = &metadata.linux_resources {
        out.field("resources", resource_list(resources));
    }
}

fn resource_list(resources: &pb::LinuxResources) -> String {
    let limits = [
        ("memory", resources.memory.to_string()),
        ("memory-swap", resources.memory_swap.to_string()),
        ("cpu-shares", resources.cpu_shares.to_string()),
        ("cpu-period", resources.cpu_period.to_string()),
        ("cpu-quota", resources.cpu_quota.to_string()),
        ("cpuset-cpus", resources.cpuset_cpus.clone()),
        ("cpuset-mems", resources.cpuset_mems.clone()),
    ];
    let set = limits.iter().filter(|(_, value)| !value.is_empty() && value != "0");
    set.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn location_name(source: &pb::Source, location: &pb::Location) -> String {
    let info = usize::try_from(location.source_index).ok().and_then(|at| source.infos.get(at));
    let file = info.map_or("?", |info| info.filename.as_str());
    let line = |at: Option<pb::Position>| at.unwrap_or_default().line;
    let range = |range: &pb::Range| match (line(range.start), line(range.end)) {
        (start, end) if end <= start => start.to_string(),
        (start, end) => format!("{start}-{end}"),
    };
    let ranges: Vec<_> = location.ranges.iter().map(range).collect();
    format!("{file}:{}", ranges.join(","))
}

/// The name of an output: `n1`, or `n1[2]` where it is not the first.
fn input_name((op, index): (usize, i64)) -> String {
    let name = op + 1;
    if index == 0 { format!("n{name}") } else { format!("n{name}[{index}]") }
}

/// The name of an operation's input, by the operation's own index.
fn nth_input(op: &DecodedOp, index: i64) -> String {
    let input = usize::try_from(index).ok().and_then(|at| op.inputs.get(at));
    match input {
        Some(input) => input_name(*input),
        None if index < 0 => "scratch".to_owned(),
        None => format!("?{index}"),
    }
}

/// The text so far.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, text: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{text}");
    }

    fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        self.line(format_args!("  {name} {value}"));
    }

    fn quoted(&mut self, name: &str, value: &str) {
        self.field(name, format_args!("{value:?}"));
    }

    /// A text, unless it is empty.
    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.quoted(name, value);
        }
    }

    /// A word that stands for itself, where it holds.
    fn flag(&mut self, name: &str, holds: bool) {
        if holds {
            self.line(format_args!("  {name}"));
        }
    }
}
