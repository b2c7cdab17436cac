//! Files of any size, made of the kinds of lines that such files have; no two steps are the same.

use std::fmt::Write;

use strake_llb::{
    Copy, ExecOp, FileOp, Graph, MarshalError, MarshalOptions, Mount, Output, Platform, Range,
    SourceId, SourceInfo, SourceOp, VertexId,
};

/// A manifest of that many layers.
pub(crate) fn manifest(layers: usize) -> String {
    let mut text = String::from("[stage.app]\nfrom = 'alpine'\nworkdir = '/app'\n");
    for layer in 0..layers {
        let action = match layer % 4 {
            0 => format!("run = 'make part-{layer}'"),
            1 => format!("uses = ['go']\nrun = 'go build ./cmd/part-{layer}'"),
            2 => format!("copy = {{ src = 'part-{layer}', dest = '/srv/' }}"),
            _ => format!("write = {{ path = '/etc/part-{layer}', content = 'on' }}"),
        };
        let _ = write!(text, "\n[[stage.app.layer]]\nname = 'part {layer}'\n{action}\n");
    }
    text
}

/// A Dockerfile of that many steps, and the graph that its frontend makes of it, as bytes.
pub(crate) fn dockerfile(steps: usize) -> Result<(String, Vec<u8>), MarshalError> {
    let mut text = String::from("FROM alpine\n");
    for step in 0..steps {
        let _ = match step % 4 {
            0 => writeln!(text, "RUN make part-{step}"),
            1 => writeln!(text, "RUN cd part-{step} && npm ci && npm run build"),
            2 => writeln!(text, "COPY part-{step} /srv/"),
            _ => writeln!(text, "RUN pip install -r part-{step}.txt"),
        };
    }
    let mut made = Steps::new(&text, steps);
    for (line, instruction) in (1..).zip(text.lines()).skip(1) {
        made.add(line, instruction);
    }
    let definition = made.graph.marshal(Some(made.state), &MarshalOptions::default())?;
    Ok((text, definition.encode_to_vec()))
}

/// Vertices as the Dockerfile frontend has them, with their names and places.
struct Steps {
    graph: Graph,
    file: SourceId,
    context: Output,
    state: Output,
    number: usize,
}

impl Steps {
    fn new(text: &str, number: usize) -> Self {
        let mut graph = Graph::new();
        let file = graph.add_source_info(SourceInfo {
            filename: "Dockerfile".to_owned(),
            language: "Dockerfile".to_owned(),
            data: text.as_bytes().to_vec(),
            definition: None,
        });
        let context = graph.add(SourceOp::local("context").session_id("session")).output(0);
        let base = format!("docker.io/library/alpine:latest@sha256:{:064}", 0);
        let state = graph.add(SourceOp::image(base).platform(platform())).output(0);
        Steps { graph, file, context, state, number }
    }

    fn add(&mut self, line: i32, instruction: &str) {
        let (word, rest) = instruction.split_once(' ').unwrap_or_default();
        let vertex = match word {
            "COPY" => self.copy(rest),
            _ => self.run(rest),
        };
        let name = format!("[{line}/{}] {instruction}", self.number + 1);
        let metadata = self.graph.metadata_mut(vertex);
        metadata.custom_name(name).describe("com.docker.dockerfile.v1.command", instruction);
        self.graph.locate(vertex, self.file, [Range::lines(line, line)]);
        self.state = self.graph.mount_output(vertex, "/").unwrap_or(vertex.into());
    }

    fn run(&mut self, script: &str) -> VertexId {
        let step = ExecOp::new(["/bin/sh", "-c", script])
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .cwd("/")
            .platform(platform())
            .mount(Mount::root(Some(self.state)));
        self.graph.add(step)
    }

    fn copy(&mut self, paths: &str) -> VertexId {
        let (from, to) = paths.split_once(' ').unwrap_or_default();
        let copy = Copy::new(Some(self.context), format!("/{from}"), to);
        let copy = copy.follow_symlinks().dir_copy_contents().create_dest_path().wildcard();
        self.graph.add(FileOp::new(Some(self.state)).copy(copy))
    }
}

fn platform() -> Platform {
    Platform::new("linux", "amd64")
}
