//! One vertex as text: its kind, and what it is made of.

use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

use super::{Lines, exec, file, nth_input};
use crate::decode::DecodedOp;
use crate::platform::Platform;

pub(super) fn write(out: &mut Lines, at: usize, op: &DecodedOp) {
    let name = at + 1;
    match &op.op.op {
        Some(Body::Source(source)) => {
            out.line(format_args!("n{name} source {}", source.identifier));
            write_attrs(out, source);
        }
        Some(Body::Exec(exec)) => {
            out.line(format_args!("n{name} exec"));
            exec::write(out, op, exec);
        }
        Some(Body::File(file)) => {
            out.line(format_args!("n{name} file"));
            file::write(out, op, file);
        }
        Some(Body::Merge(merge)) => {
            let inputs: Vec<_> = merge.inputs.iter().map(|i| nth_input(op, i.input)).collect();
            out.line(format_args!("n{name} merge {}", inputs.join(" ")));
        }
        Some(Body::Diff(diff)) => write_diff(out, name, op, diff),
        Some(Body::Passthrough(pass)) => write_passthrough(out, name, op, pass),
        Some(Body::Build(build)) => {
            out.line(format_args!("n{name} build {}", nth_input(op, build.builder)));
        }
        None => {
            let inputs: Vec<_> = (0..op.inputs.len() as i64).map(|i| nth_input(op, i)).collect();
            out.line(format_args!("n{name} unknown {}", inputs.join(" ")));
        }
    }
    write_constraints(out, &op.op);
}

fn write_attrs(out: &mut Lines, source: &pb::SourceOp) {
    for (key, value) in &source.attrs {
        out.field(key, format_args!("= {value}"));
    }
}

fn write_diff(out: &mut Lines, name: usize, op: &DecodedOp, diff: &pb::DiffOp) {
    let lower = nth_input(op, diff.lower.unwrap_or_default().input);
    let upper = nth_input(op, diff.upper.unwrap_or_default().input);
    out.line(format_args!("n{name} diff {lower} -> {upper}"));
}

fn write_passthrough(out: &mut Lines, name: usize, op: &DecodedOp, pass: &pb::PassthroughOp) {
    out.line(format_args!("n{name} passthrough {:?}", pass.id));
    for index in 0..op.inputs.len() as i64 {
        let output = pass.outputs.iter().position(|output| *output == index);
        let output = output.map(|output| format!(" => [{output}]")).unwrap_or_default();
        out.field("input", format_args!("{}{output}", nth_input(op, index)));
    }
}

fn write_constraints(out: &mut Lines, op: &pb::Op) {
    if let Some(platform) = &op.platform {
        out.field("platform", Platform::from(platform));
    }
    for filter in op.constraints.iter().flat_map(|constraints| &constraints.filter) {
        out.quoted("worker", filter);
    }
}
