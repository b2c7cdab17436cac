//! Dockerfiles: what the frontend that builds them is asked, and what becomes of its answer.

mod control;
mod delegation;
mod rewriting;

use std::collections::BTreeMap;

use prost::Message;
use strake_frontend::testing::gateway::fake::{Call, FakeGateway};
use strake_frontend::testing::gateway::{
    Environment, Failure, Reference, References, SolveRequest, SolveResult,
};
use strake_frontend::testing::pipeline;
use strake_llb::{
    CacheSharing, Copy, Definition, ExecOp, FileOp, Graph, MarshalOptions, Mount, Output, Platform,
    Range, SecretOpt, SourceInfo, SourceOp, SshOpt,
};
use strake_proto::gateway::{Attestation, Attestations, Ref};
use strake_proto::pb;

use crate::options::daemon;
use crate::seeds::image_of_strake;
use crate::support::{local, solves};

pub(super) const OWN: (&str, &str) = ("source", "strake:1");

/// A step on line 2 that installs with npm, and one on line 3 that does not.
pub(super) const NPM: &str = "FROM busybox\nRUN npm ci\nRUN make\n";

pub(super) fn platform(architecture: &str) -> Platform {
    Platform::new("linux", architecture)
}

/// The steps of a Dockerfile as its frontend makes them: every `RUN` line, as the user of the last `USER` line and
/// with the variables of all `ENV` lines. A `COPY` takes what its last but one word names from the stage before.
pub(super) fn steps(file: &str, architecture: &str) -> (Graph, Output) {
    let mut graph = Graph::new();
    let info = SourceInfo {
        filename: "Dockerfile".into(),
        language: "Dockerfile".into(),
        data: file.into(),
        definition: None,
    };
    let source = graph.add_source_info(info);
    let base = "docker.io/library/busybox:latest@sha256:00";
    let bottom = graph.add(SourceOp::image(base).platform(platform(architecture))).output(0);
    let (mut state, mut before) = (bottom, bottom);
    let (mut user, mut env) = ("", Vec::new());
    for (number, line) in (1..).zip(file.lines()) {
        user = line.strip_prefix("USER ").unwrap_or(user);
        env.extend(line.strip_prefix("ENV ").and_then(|line| line.split_once('=')));
        if line.starts_with("FROM ") {
            (before, state) = (state, bottom);
        }
        if line.starts_with("COPY ") {
            let path = line.rsplit(' ').nth(1).unwrap();
            let copy = Copy::new(before, path, "/");
            state = graph.add(FileOp::new(Some(state)).copy(copy)).output(0);
        }
        let Some(script) = line.strip_prefix("RUN ") else { continue };
        let mut op = ExecOp::new(["/bin/sh", "-c", script])
            .cwd("/")
            .user(user)
            .platform(platform(architecture))
            .mount(Mount::root(Some(state)));
        for (name, value) in &env {
            op = op.env(*name, *value);
        }
        if script.contains("# secret") {
            op = op.mount(Mount::secret("/run/secrets/a", SecretOpt::new("a")));
        }
        if script.contains("# agent") {
            op = op.mount(Mount::ssh("/run/agent", SshOpt::new("default")));
        }
        if script.contains("# own") {
            op = op.mount(Mount::cache("/own", "/own", CacheSharing::Shared));
        }
        if script.contains("# system") {
            for place in ["/var/cache/apt", "/var/lib/apt"] {
                op = op.mount(Mount::cache(place, place, CacheSharing::Locked));
            }
        }
        let step = graph.add(op);
        graph.metadata_mut(step).custom_name(format!("[app {number}/9] RUN {script}"));
        let last = if script.contains("# 3 lines") { number + 2 } else { number };
        graph.locate(step, source, [Range::lines(number, last)]);
        state = graph.mount_output(step, "/").unwrap();
    }
    (graph, state)
}

pub(super) fn definition(file: &str, architecture: &str) -> Definition {
    let (graph, state) = steps(file, architecture);
    graph.marshal(Some(state), &MarshalOptions::default()).unwrap()
}

/// The definition of an SBOM's scan of the image: an exec of its own, which runs npm.
pub(super) fn scan(file: &str) -> Definition {
    let (mut graph, state) = steps(file, "amd64");
    let scanner = ExecOp::new(["npm", "ci"])
        .platform(platform("amd64"))
        .mount(Mount::root(None))
        .mount(Mount::bind("/scanned", state).readonly());
    let scanner = graph.add(scanner);
    graph.marshal(Some(scanner.output(0)), &MarshalOptions::default()).unwrap()
}

pub(super) fn metadata() -> BTreeMap<String, Vec<u8>> {
    [("containerimage.config".to_owned(), b"{}".to_vec())].into()
}

/// A daemon whose Dockerfile frontend, or whose image of one, makes the steps of a file.
pub(super) fn dockerfiles(file: &'static str) -> FakeGateway {
    daemon(file).on_solve(move |request| {
        let is_call = request.frontend_opts.contains_key("requestid");
        let reference = |architecture| Reference {
            id: format!("theirs-{architecture}"),
            definition: Some(definition(file, architecture)),
        };
        let several = request.frontend_opts.get("platform").is_some_and(|all| all.contains(','));
        let references = match several {
            _ if is_call => References::Single(None),
            false => References::Single(Some(reference("amd64"))),
            true => References::ByPlatform(
                ["amd64", "arm64"].map(|name| (format!("linux/{name}"), reference(name))).into(),
            ),
        };
        let result = SolveResult { references, metadata: metadata(), ..SolveResult::default() };
        (!request.frontend.is_empty()).then_some(Ok(result))
    })
}

pub(super) async fn build(
    gateway: &FakeGateway,
    options: &[(&str, &str)],
) -> Result<SolveResult, Failure> {
    build_with(gateway, options, image_of_strake()).await
}

/// Where strake's image is this one; empty where the daemon does not tell.
pub(super) async fn build_with(
    gateway: &FakeGateway,
    options: &[(&str, &str)],
    image: Vec<u8>,
) -> Result<SolveResult, Failure> {
    let options = options.iter().chain(&[OWN]);
    let options = options.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let environment =
        Environment { options, nonce: "nonce".into(), image, ..Environment::default() };
    pipeline::run(gateway, &environment).await
}

/// What another frontend was asked.
pub(super) fn delegated(gateway: &FakeGateway) -> SolveRequest {
    let asked = solves(gateway).into_iter().filter(|request| !request.frontend.is_empty());
    let [asked] = asked.collect::<Vec<_>>().try_into().unwrap();
    asked
}

/// The definitions that were solved after it.
pub(super) fn solved(gateway: &FakeGateway) -> Vec<Definition> {
    let requests = solves(gateway).into_iter().skip_while(|request| request.frontend.is_empty());
    requests.filter_map(|request| request.definition).collect()
}

/// Ids of the cache mounts of each exec, by its last argument.
pub(super) fn mounts(definition: &Definition) -> BTreeMap<String, Vec<String>> {
    let ops = definition.pb.def.iter().map(|op| pb::Op::decode(op.as_slice()).unwrap());
    let execs = ops.filter_map(|op| match op.op {
        Some(pb::op::Op::Exec(exec)) => Some(exec),
        _ => None,
    });
    let mounts = |exec: pb::ExecOp| {
        let ids = exec.mounts.into_iter().filter_map(|mount| Some(mount.cache_opt?.id));
        (exec.meta.unwrap().args.pop().unwrap(), ids.collect())
    };
    execs.map(mounts).collect()
}

/// Where cache mounts are.
pub(super) fn places(definition: &Definition) -> Vec<String> {
    let ops = definition.pb.def.iter().map(|op| pb::Op::decode(op.as_slice()).unwrap());
    let execs = ops.filter_map(|op| match op.op {
        Some(pb::op::Op::Exec(exec)) => Some(exec),
        _ => None,
    });
    let caches = execs.flat_map(|exec| exec.mounts).filter(|mount| mount.cache_opt.is_some());
    caches.map(|mount| mount.dest).collect()
}

/// How many cache mounts the steps of a file have got beside their own.
pub(super) fn added(gateway: &FakeGateway, file: &str) -> usize {
    let count = |of: &Definition| mounts(of).values().map(Vec::len).sum::<usize>();
    solved(gateway).iter().map(count).sum::<usize>() - count(&definition(file, "amd64"))
}

/// What was warned of.
pub(super) fn warned(gateway: &FakeGateway) -> Vec<String> {
    let warnings = gateway.calls().into_iter().filter_map(|call| match call {
        Call::Warn(warning) => Some(warning.short),
        _ => None,
    });
    warnings.collect()
}

pub(super) fn id(result: &SolveResult) -> String {
    result.single_reference().id
}
