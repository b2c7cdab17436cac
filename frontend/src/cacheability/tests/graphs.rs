//! Cacheability of small graphs.

use strake_llb::{
    CacheSharing, Copy, Decoded, DiffOp, ExecOp, FileOp, Graph, MarshalOptions, MergeOp, Mkfile,
    Mount, Output, SourceOp, VertexId, decode,
};

use super::super::*;

/// A graph that is written down step by step; each step is known by a letter.
#[derive(Default)]
struct Sketch {
    graph: Graph,
    uncacheable: Vec<VertexId>,
}

impl Sketch {
    fn base(&mut self) -> Output {
        self.graph.add(SourceOp::image("docker.io/library/debian:12")).into()
    }

    /// A command on something, that sees other things.
    fn run(&mut self, name: &str, on: Output, binds: &[Output]) -> Output {
        let mut op = ExecOp::new([name]).mount(Mount::root(Some(on)));
        for (number, bind) in binds.iter().enumerate() {
            op = op.mount(Mount::bind(format!("/bind{number}"), Some(*bind)).readonly());
        }
        let vertex = self.graph.add(op);
        self.graph.mount_output(vertex, "/").unwrap()
    }

    fn copy(&mut self, on: Option<Output>, from: Output) -> Output {
        let copy = Copy::new(Some(from), "/a", "/a");
        self.graph.add(FileOp::new(on).copy(copy)).into()
    }

    fn uncacheable(&mut self, output: Output) -> Output {
        self.uncacheable.push(output.vertex);
        output
    }

    /// What is cacheable and what is to be solved, when a result is asked for.
    fn judge(&self, result: Output) -> Judged {
        let options = MarshalOptions::default();
        let (definition, digests) = self.graph.marshal_with_digests(result, &options).unwrap();
        let decoded = decode(&definition.pb).unwrap();
        let index = |vertex: &VertexId| {
            decoded.ops.iter().position(|op| Some(&op.digest) == digests.get(vertex)).unwrap()
        };
        let uncacheable = self.uncacheable.iter().map(index).collect();
        let indexes = digests.keys().map(|vertex| (*vertex, index(vertex))).collect();
        Judged { cacheability: Cacheability::of(&decoded, &uncacheable), indexes }
    }
}

struct Judged {
    cacheability: Cacheability,
    indexes: std::collections::BTreeMap<VertexId, usize>,
}

impl Judged {
    fn is_cacheable(&self, output: Output) -> bool {
        self.cacheability.is_cacheable(self.indexes[&output.vertex])
    }

    fn blames(&self, output: Output, blamed: Output) -> bool {
        self.cacheability.blame(self.indexes[&output.vertex]) == Some(self.indexes[&blamed.vertex])
    }

    #[track_caller]
    fn has_roots(&self, roots: &[Output]) {
        let roots: BTreeSet<_> =
            roots.iter().map(|root| (self.indexes[&root.vertex], root.index)).collect();
        assert_eq!(self.cacheability.roots().iter().copied().collect::<BTreeSet<_>>(), roots);
    }
}

#[test]
fn a_cacheable_result_is_the_only_root() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let one = sketch.run("one", base, &[]);
    let two = sketch.run("two", one, &[]);
    let judged = sketch.judge(two);
    assert!(judged.is_cacheable(base) && judged.is_cacheable(one) && judged.is_cacheable(two));
    judged.has_roots(&[two]);
}

#[test]
fn nothing_above_an_uncacheable_step_is_cacheable() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let below = sketch.run("below", base, &[]);
    let mount = sketch.run("mount", below, &[]);
    sketch.uncacheable(mount);
    let above = sketch.run("above", mount, &[]);
    let top = sketch.run("top", above, &[]);
    let judged = sketch.judge(top);
    assert!(judged.is_cacheable(below));
    assert!(!judged.is_cacheable(mount) && !judged.is_cacheable(above));
    assert!(judged.blames(mount, mount) && judged.blames(top, mount));
    judged.has_roots(&[below]);
}

#[test]
fn inputs_of_every_kind_count() {
    type Take = fn(&mut Sketch, Output, Output) -> Output;
    let ways: [(&str, Take); 5] = [
        ("copied", |sketch, on, from| sketch.copy(Some(on), from)),
        ("bound", |sketch, on, from| sketch.run("bind", on, &[from])),
        ("merged", |sketch, on, from| sketch.graph.add(MergeOp::new([on, from])).into()),
        ("compared", |sketch, on, from| sketch.graph.add(DiffOp::new(Some(on), Some(from))).into()),
        ("stood on", |sketch, on, from| sketch.copy(Some(from), on)),
    ];
    for (way, take) in ways {
        let mut sketch = Sketch::default();
        let base = sketch.base();
        let mount = sketch.run("mount", base, &[]);
        sketch.uncacheable(mount);
        let clean = sketch.run("clean", base, &[]);
        let taken = take(&mut sketch, clean, mount);
        let judged = sketch.judge(taken);
        assert!(judged.blames(taken, mount), "{way}");
        judged.has_roots(&[clean]);
    }
}

#[test]
fn the_first_of_several_is_to_blame() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let first = sketch.run("first", base, &[]);
    let second = sketch.run("second", first, &[]);
    sketch.uncacheable(second);
    sketch.uncacheable(first);
    let top = sketch.run("top", second, &[]);
    let judged = sketch.judge(top);
    assert!(judged.blames(top, first) && judged.blames(second, second));
    judged.has_roots(&[]);
}

#[test]
fn roots_are_what_something_uncacheable_wants() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let system = sketch.run("system", base, &[]);
    let tool = sketch.run("tool", base, &[]);
    let unused = sketch.run("below the tool's copy", base, &[]);
    let copied = sketch.copy(Some(tool), unused);
    let mount = sketch.run("mount", system, &[copied]);
    sketch.uncacheable(mount);
    let linked = sketch.copy(None, unused);
    let merged = sketch.graph.add(MergeOp::new([mount, linked])).into();
    let judged = sketch.judge(merged);
    assert!(judged.is_cacheable(linked) && !judged.is_cacheable(merged));
    judged.has_roots(&[system, copied, linked]);
}

#[test]
fn each_output_of_a_step_is_a_root_of_its_own() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let op = ExecOp::new(["two"]).mount(Mount::root(Some(base))).mount(Mount::scratch("/out"));
    let step = sketch.graph.add(op);
    let [root, out] = ["/", "/out"].map(|at| sketch.graph.mount_output(step, at).unwrap());
    let mount = sketch.run("mount", root, &[out]);
    sketch.uncacheable(mount);
    sketch.judge(mount).has_roots(&[root, out]);
}

#[test]
fn what_stands_on_nothing_is_no_root() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let context = sketch.graph.add(SourceOp::from(SourceOp::local("context"))).into();
    let file = sketch.graph.add(FileOp::new(None).mkfile(Mkfile::new("/a", 0o644, "a"))).into();
    let mount = sketch.run("mount", base, &[context, file]);
    sketch.uncacheable(mount);
    let judged = sketch.judge(mount);
    assert!(judged.is_cacheable(base) && judged.is_cacheable(context) && judged.is_cacheable(file));
    judged.has_roots(&[]);
}

#[test]
fn cache_mounts_are_found() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let cache = Mount::cache("/cache", "id", CacheSharing::Shared);
    let step = sketch.graph.add(ExecOp::new(["x"]).mount(Mount::root(Some(base))).mount(cache));
    let root = sketch.graph.mount_output(step, "/").unwrap();
    let top = sketch.run("top", root, &[]);
    let definition = sketch.graph.marshal(Some(top), &MarshalOptions::default()).unwrap();
    let decoded = decode(&definition.pb).unwrap();
    assert_eq!(with_cache_mounts(&decoded), BTreeSet::from([1]));
}

#[test]
fn scratch_has_nothing() {
    let cacheability = Cacheability::of(&Decoded::default(), &BTreeSet::new());
    assert!(cacheability.roots().is_empty() && cacheability.is_cacheable(0));
}

/// A definition may list its operations in any order.
#[test]
fn the_order_of_the_definition_does_not_matter() {
    let mut sketch = Sketch::default();
    let base = sketch.base();
    let below = sketch.run("below", base, &[]);
    let mount = sketch.run("mount", below, &[]);
    let top = sketch.run("top", mount, &[]);
    let mut definition = sketch.graph.marshal(Some(top), &MarshalOptions::default()).unwrap();
    definition.pb.def[..4].reverse();
    let decoded = decode(&definition.pb).unwrap();
    // Now: top, mount, below, base.
    let cacheability = Cacheability::of(&decoded, &BTreeSet::from([1]));
    assert_eq!([0, 1, 2, 3].map(|op| cacheability.blame(op)), [Some(1), Some(1), None, None]);
    assert_eq!(cacheability.roots(), [(2, 0)]);
}

#[test]
fn a_long_chain_needs_no_deep_stack() {
    let mut sketch = Sketch::default();
    let mut state = sketch.base();
    for number in 0..20_000 {
        state = sketch.run(&number.to_string(), state, &[]);
    }
    let definition = sketch.graph.marshal(Some(state), &MarshalOptions::default()).unwrap();
    let decoded = decode(&definition.pb).unwrap();
    let cacheability = Cacheability::of(&decoded, &BTreeSet::from([10_000]));
    assert!(cacheability.is_cacheable(9_999) && cacheability.blame(20_000) == Some(10_000));
}
